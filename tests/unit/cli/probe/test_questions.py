"""What can't be told is not tried or unclear: a question that failed, or a response that fits none of those known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.cli.probe.conftest import list_not_tried, see

if TYPE_CHECKING:
    from pulumi_userplane.api.transport import Request
    from pulumi_userplane.emulator import Emulator
    from tests.unit.cli.probe.conftest import AskOddServer, RunProbe


TEXTS = {"text": "1", "number": "5", "truth": "true", "list": "[1]", "map": "{}"}


@pytest.mark.parametrize(
    ("method", "path", "skip", "unknown"),
    [
        ("GET", "/members", 0, "members_per_page"),
        ("GET", "/links$", 1, "listed_at_once"),
        ("GET", "/links$", 2, "list_order"),
        ("GET", "/search", 0, "search_reference"),
        ("PUT", "/links/", 0, "trim_text"),
        ("PUT", "/links/", 1, "left_out"),
        ("PUT", "/links/", 2, "meta_update"),
        ("PUT", "/links/", 3, "meta_values"),
        ("PUT", "/links/", 4, "null_meta"),
        ("PUT", "/links/", 6, "null_text"),
        ("PUT", "/links/", 8, "unknown_fields"),
        ("PUT", "/links/", 10, "title_length"),
    ],
)
def test_question_that_fails_twice_is_not_tried(  # noqa: PLR0917 - pytest passes fixtures and parameters by name
    server: Emulator, run_probe: RunProbe, method: str, path: str, skip: int, unknown: str
) -> None:
    server.fault(method=method, path=path, skip=skip, answer="status", status=500, times=2)
    outcome = run_probe()
    assert list_not_tried(outcome)[unknown] == "the server responded with 500"
    assert (outcome.error, see(outcome)) == (None, {})
    assert outcome.cleanup.is_clean


def test_question_that_fails_once_is_asked_again(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(method="PUT", answer="status", status=500)
    server.fault(method="GET", path="/search", answer="drop")
    outcome = run_probe()
    assert list_not_tried(outcome).keys() == {"retry_after", "list_order"}
    assert see(outcome) == {}


@pytest.mark.parametrize("status", [500, 403])
def test_refusal_of_long_reference_is_not_tried_when_server_fails(
    server: Emulator, run_probe: RunProbe, status: int
) -> None:
    server.fault(method="POST", skip=5, answer="status", status=status, times=None)
    assert list_not_tried(run_probe())["created_reference_length"] == f"the server responded with {status}"


def test_answers_of_a_workspace_without_an_unverified_domain_are_not_tried(
    server: Emulator, run_probe: RunProbe
) -> None:
    server.set_domain_status("dom_new", "verified")
    outcome = run_probe()
    assert list_not_tried(outcome)["unverified_domain"] == "the workspace has no domain that is not verified"
    assert outcome.requests == 32


def test_long_reference_is_not_tried_when_link_2_was_refused_for_another_reason(
    server: Emulator, run_probe: RunProbe
) -> None:
    server.fault(method="POST", skip=1, answer="status", status=400, code="BAD_REQUEST")
    outcome = run_probe()
    reason = "one of the documented length is taken; a longer one was not tried"
    assert list_not_tried(outcome)["created_reference_length"] == reason
    assert see(outcome) == {}


def test_odd_answers_are_unclear(ask_odd_server: AskOddServer) -> None:
    def change(request: Request, data: dict[str, Any]) -> None:
        sent, link = dict(request.body or {}), data.get("link", {})
        if "pagination" in data:
            data["pagination"] = "odd"
        if request.method == "POST":
            link.update(linkType="An Odd Type", linkReusable=None, meta={"of": "its own"})
        elif "linkReusable" in sent:
            link.update(linkTitle="another", linkProviderId="another", linkProviderReference="another")
        elif "linkProviderRef" in sent and "meta" in sent:
            link["linkTitle"] = "and another"
        elif "meta" in sent:
            link["meta"] = ["odd"]
        elif len(sent.get("linkTitle") or "") > 255:
            link["linkTitle"] = "short"

    outcome = ask_odd_server(change)
    unclear = {unknown for unknown, value in see(outcome).items() if value == "unclear"}
    assert unclear == {
        *("default_link_type", "default_reusable", "default_meta", "domains_per_page", "members_per_page"),
        *("trim_text", "reference_after_update", "left_out"),
    }


def test_map_of_odd_values_is_unclear(ask_odd_server: AskOddServer) -> None:
    def change(request: Request, data: dict[str, Any]) -> None:
        sent = (request.body or {}).get("meta")
        if isinstance(sent, dict) and "added" in sent:
            data["link"]["meta"] = {"odd": "1"}
        elif isinstance(sent, dict) and "number" in sent:
            data["link"]["meta"] = {**sent, "text": 1, "list": "odd", "number": "odd"}

    assert see(ask_odd_server(change)) == {"meta_update": "unclear", "meta_values": "unclear"}


@pytest.mark.parametrize("stored", [["odd"], {"text": "1", "number": 5}, {**TEXTS, "number": "odd"}])
def test_map_that_is_partly_kept_is_unclear(ask_odd_server: AskOddServer, stored: object) -> None:
    def change(request: Request, data: dict[str, Any]) -> None:
        if "number" in ((request.body or {}).get("meta") or {}):
            data["link"]["meta"] = stored

    assert see(ask_odd_server(change))["meta_values"] == "unclear"


def test_texts_that_are_cleared_in_two_ways_are_unclear(ask_odd_server: AskOddServer) -> None:
    def change(request: Request, data: dict[str, Any]) -> None:
        if (request.body or {}).get("linkProviderId") == "":
            data["link"].update(linkProviderId="", linkProviderReference="odd")

    assert see(ask_odd_server(change)) == {"empty_text": "unclear"}


def test_search_that_finds_nothing_at_all_is_not_tried(ask_odd_server: AskOddServer) -> None:
    def change(_: Request, data: dict[str, Any]) -> None:
        if "results" in data:
            data["results"] = None

    reason = "the search does not find the link by its title either: it may be late"
    assert list_not_tried(ask_odd_server(change))["search_reference"] == reason


def test_order_is_not_tried_when_the_list_is_short(ask_odd_server: AskOddServer) -> None:
    def change(_: Request, data: dict[str, Any]) -> None:
        if "links" in data:
            data["links"] = data["links"][:1]

    assert list_not_tried(ask_odd_server(change))["list_order"] == "the list has too few links to tell"


def test_map_that_no_response_shows_is_not_tried(ask_odd_server: AskOddServer) -> None:
    def change(_: Request, data: dict[str, Any]) -> None:
        data.get("link", {}).pop("meta", None)
        data.get("link", {}).pop("project", None)

    outcome = ask_odd_server(change)
    assert {name for name, reason in list_not_tried(outcome).items() if reason == "the server keeps no map"} == {
        *("meta_key", "meta_returned_as", "meta_update", "meta_values", "null_meta", "empty_meta"),
    }


def test_name_of_the_map_is_not_tried_when_its_last_try_fails(server: Emulator, run_probe: RunProbe) -> None:
    server.set_behaviours(meta_returned_as="other", created_reference_length="shorter")
    server.fault(method="PUT", skip=2, answer="status", status=500, times=2)
    outcome = run_probe()
    assert list_not_tried(outcome)["meta_key"] == "the server keeps no map"
    assert see(outcome) == {"created_reference_length": "shorter"}


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (502, "X", "the server responded with 502"),
        (500, "INTERNAL_SERVER_ERROR", "the server responded with 500"),
        (500, "LINK_UPDATE_FAILED", "the server responded with 500 LINK_UPDATE_FAILED"),
        (403, "PLAN_LIMIT_EXCEEDED", "the server responded with 403 PLAN_LIMIT_EXCEEDED"),
    ],
)
def test_passing_failure_is_no_outcome_of_a_creation(
    server: Emulator, run_probe: RunProbe, status: int, code: str, reason: str
) -> None:
    server.fault(method="POST", skip=3, answer="status", status=status, code=code)
    outcome = run_probe()
    assert list_not_tried(outcome)["unknown_domain"] == reason
    assert see(outcome) == {}


@pytest.mark.parametrize("answer", ["html", "redirect"])
def test_page_of_a_proxy_is_no_outcome_of_a_creation(server: Emulator, run_probe: RunProbe, answer: Any) -> None:
    server.fault(method="POST", skip=3, answer=answer)
    outcome = run_probe()
    assert "unknown_domain" in list_not_tried(outcome)
    assert see(outcome) == {}


def test_passing_failure_is_no_outcome_of_a_second_deletion(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(method="DELETE", skip=1, answer="status", status=500)
    outcome = run_probe()
    assert list_not_tried(outcome)["second_delete"] == "the server responded with 500"
    assert outcome.cleanup.is_clean


def test_refusal_is_described_as_most_of_them_are(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(method="PUT", answer="status", status=406, code="ODD")
    outcome = run_probe()
    assert see(outcome) == {}
    assert list_not_tried(outcome)["trim_text"] == "the server responded with 406"


def test_shape_of_a_refusal_does_not_depend_on_the_words_of_the_account(server: Emulator, run_probe: RunProbe) -> None:
    for title in ("message", "error", "BAD_REQUEST_", "code"):
        server.add_link(domainId="dom_help", linkTitle=title)
    assert see(run_probe()) == {}


def test_order_of_untitled_links_is_not_by_title(server: Emulator, run_probe: RunProbe) -> None:
    for link_id in ("lnk_3", "lnk_1", "lnk_2"):
        server.add_link(domainId="dom_help", linkId=link_id)
    server.set_behaviours(list_order="other")
    assert see(run_probe()) == {"list_order": "other"}


def test_order_of_links_of_one_moment_is_unclear(server: Emulator, ask_odd_server: AskOddServer) -> None:
    for _ in range(3):
        server.add_link(domainId="dom_help", deleted=True)

    def change(_: Request, data: dict[str, Any]) -> None:
        if "links" in data:
            data["links"] = [{**row, "createdAt": "2026-01-01T00:00:00.000Z"} for row in data["links"] * 2]

    assert see(ask_odd_server(change)) == {"list_order": "unclear"}


def test_field_that_a_response_does_not_show_is_not_tried(ask_odd_server: AskOddServer) -> None:
    def change(request: Request, data: dict[str, Any]) -> None:
        if request.method == "POST":
            del data["link"]["linkTitle"], data["link"]["linkReusable"]

    outcome = ask_odd_server(change)
    assert see(outcome) == {}
    assert list_not_tried(outcome)["default_title"] == "the response does not show it"


def test_page_that_is_cut_without_a_word_is_as_long_as_its_rows(ask_odd_server: AskOddServer) -> None:
    def change(request: Request, data: dict[str, Any]) -> None:
        if request.path.endswith("/members"):
            data["pagination"]["hasMore"] = True

    assert see(ask_odd_server(change)) == {"members_per_page": 4}


def test_refusals_tell_nothing_when_every_put_is_refused(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(method="PUT", answer="status", status=400, code="BAD_REQUEST", times=None)
    outcome = run_probe()
    assert see(outcome) == {}
    assert list_not_tried(outcome)["meta_values"] == "the server has refused every PUT"
    assert list_not_tried(outcome)["ignored_fields"] == "no PUT has succeeded"


def test_list_without_ids_is_read(ask_odd_server: AskOddServer) -> None:
    def change(request: Request, data: dict[str, Any]) -> None:
        if "links" in data and (request.params or {}).get("sort_by"):
            data["links"].append({"linkId": None})

    assert see(ask_odd_server(change)) == {}


def test_name_of_the_map_is_not_tried_when_both_names_are_refused(server: Emulator, run_probe: RunProbe) -> None:
    server.set_behaviours(meta_returned_as="other", unknown_fields="refuse")
    server.fault(method="PUT", skip=2, answer="status", status=400, code="BAD_REQUEST")
    assert list_not_tried(run_probe())["meta_update"] == "the server keeps no map"
