"""Creating a link: what is sent, and what remains when something fails."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api import Client, transport
from pulumi_userplane.api.constants import META_LIMIT
from pulumi_userplane.api.errors import APIError, UserplaneError
from pulumi_userplane.api.proxies import Proxy
from pulumi_userplane.api.transport import Response
from tests.support.journal_rows import read_rows
from tests.support.request_log import RequestLog
from tests.unit.conftest import forget_run

if TYPE_CHECKING:
    from pulumi_userplane.api import Link
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline
    from pulumi_userplane.api.transport import Request
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.messages import Messages
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:proj/dev/help"
LINK = {"domain_id": "dom_help", "mark": MARK}
TITLED = {**LINK, "link_title": "Help"}
PAGING = {"page": 1, "perPage": 20, "total": 0, "totalPages": 1, "hasMore": False}
REFERENCE = re.compile(re.escape(MARK) + "#[0-9a-f]{8}")


def fail_to_create(engine: Engine, **declared: Any) -> str:
    with pytest.raises(UserplaneError) as caught:
        engine.up(**declared)
    return str(caught.value)


@pytest.mark.parametrize(
    ("declared", "posted"),
    [
        ({}, {}),
        ({"project_id": "prj_onboarding"}, {"projectId": "prj_onboarding"}),
        ({"link_reusable": False}, {"linkReusable": False}),
        ({"link_reusable": True, "meta": {"a": 1}}, {"linkReusable": True, "meta": {"a": 1}}),
        ({"meta": {}}, {"meta": {}}),
        ({"link_title": "", "link_provider_type": "web", "link_provider_id": ""}, {}),
    ],
)
def test_create_sends_one_request_when_the_post_takes_all_fields(
    engine: Engine, sent: Sent, declared: dict[str, Any], posted: dict[str, Any]
) -> None:
    engine.up(**LINK, **declared)
    ((method, body),) = sent()
    assert REFERENCE.fullmatch(body.pop("linkReference"))
    assert (method, body) == ("POST", {"domainId": "dom_help", **posted})


@pytest.mark.parametrize(
    ("field", "value", "put"),
    [
        ("link_title", "Help", {"linkTitle": "Help"}),
        ("link_provider_type", "zendesk", {"linkProviderType": "zendesk"}),
        ("link_provider_id", "7", {"linkProviderId": "7"}),
        ("link_provider_ref", "own", {"linkProviderRef": "own"}),
        ("link_provider_ref", "", {"linkProviderRef": ""}),
    ],
)
def test_create_puts_only_the_fields_that_the_post_does_not_take(
    engine: Engine, sent: Sent, field: str, value: str, put: dict[str, str]
) -> None:
    engine.up(**LINK, meta={"a": 1}, link_reusable=True, **{field: value})
    (post, second) = sent()
    assert post[0] == "POST"
    assert second == ("PUT", put)
    assert (engine.outputs.get(field) or "") == value


def test_create_sends_the_mark_with_a_new_suffix_for_each_link(make_engine: MakeEngine, server: Emulator) -> None:
    for _ in range(2):
        make_engine().up(**LINK)
    references = {str(link["linkProviderReference"]) for link in server.links}
    assert len(references) == 2
    assert all(REFERENCE.fullmatch(reference) for reference in references)


@pytest.mark.parametrize(("mark", "mark_links"), [("", "true"), (MARK, "false")])
@pytest.mark.parametrize("reference", [{}, {"link_provider_ref": "own"}])
def test_create_sends_the_declared_reference_when_there_is_no_mark(
    make_engine: MakeEngine, sent: Sent, mark: str, mark_links: str, reference: dict[str, str]
) -> None:
    engine = make_engine(markLinks=mark_links)
    engine.up(domain_id="dom_help", mark=mark, **reference)
    assert sent() == [
        ("POST", {"domainId": "dom_help", **({"linkReference": "own"} if reference else {})}),
    ]
    assert "mark" not in engine.outputs


@pytest.mark.parametrize(
    "fault",
    [{"answer": "html"}, {"answer": "status", "status": 400}, {"answer": "other_link"}, {"answer": "redirect"}],
)
def test_create_rolls_back_when_the_put_fails(engine: Engine, server: Emulator, sent: Sent, fault: Any) -> None:
    server.fault(method="PUT", **fault)
    text = fail_to_create(engine, **TITLED)
    assert "the new link was deleted again, so nothing remains" in text
    assert not text.endswith(";")
    assert [method for method, _ in sent()] == ["POST", "PUT", "DELETE"]
    assert [link["live"] for link in server.links] == [False]


@pytest.mark.parametrize("mark", [{"mark": MARK}, {}])
def test_create_names_the_put_as_its_step_when_it_fails_or_waits(
    engine: Engine, server: Emulator, messages: Messages, mark: dict[str, str]
) -> None:
    server.fault(method="PUT", answer="status", status=503, code="SERVICE_UNAVAILABLE", headers={"Retry-After": "3"})
    server.fault(method="PUT", answer="status", status=400, code="BAD")
    text = fail_to_create(engine, domain_id="dom_help", link_title="Help", link_provider_id="7", **mark)
    (link,) = server.links
    name = f'recording link "{MARK}" ({link["linkId"]})' if mark else f"recording link {link['linkId']}"
    step = f"creation of {name} failed at step 2 of 2, the PUT of link_title, link_provider_id: "
    assert text.startswith(f"{step}400 BAD ")
    assert [line.partition("503 ")[0] for line in messages.infos] == [step]


@pytest.mark.parametrize("code", ["LINK_NOT_FOUND", "LINK_GONE"])
def test_roll_back_gives_no_advice_about_the_link_when_the_server_lost_it(
    engine: Engine, server: Emulator, code: str
) -> None:
    status = 404 if code == "LINK_NOT_FOUND" else 410
    server.fault(method="PUT", answer="status", status=status, code=code)
    text = fail_to_create(engine, **TITLED)
    assert text.endswith(
        f': {status} {code} "A scripted fault."; the new link was deleted again, so nothing remains; run again; '
        f"more: `pulumi-userplane explain {code}`"
    )
    server.fault(method="PUT", answer="status", status=status, code=code)
    server.fault(method="DELETE", answer="status", status=403, code="FORBIDDEN")
    text = fail_to_create(engine, **TITLED)
    [link] = [link for link in server.links if link["live"]]
    assert f"the new link {link['linkId']} ({link['linkURL']}) is orphaned" in text
    assert text.endswith(
        f'; as a last way, adopt="{link["linkId"]}" takes it over; more: `pulumi-userplane explain {code}`'
    )


def test_roll_back_that_fails_names_what_explains_its_code(engine: Engine, server: Emulator) -> None:
    server.fault(method="PUT", answer="html")
    server.fault(method="DELETE", answer="status", status=403, code="LINK_DELETE_FORBIDDEN")
    text = fail_to_create(engine, **TITLED)
    assert "deleting it failed as well (403 LINK_DELETE_FORBIDDEN " in text
    assert text.endswith("; more: `pulumi-userplane explain LINK_DELETE_FORBIDDEN`")


def test_creation_that_may_have_succeeded_names_what_explains_the_code_of_the_list(
    engine: Engine, server: Emulator
) -> None:
    server.fault(method="POST", answer="drop")
    server.fault(path="/links$", method="GET", skip=1, answer="status", status=403, code="NOT_A_MEMBER", times=None)
    text = fail_to_create(engine, **TITLED)
    assert "whether the link was created is unknown (403 NOT_A_MEMBER " in text
    assert text.endswith("; more: `pulumi-userplane explain NOT_A_MEMBER`")


def test_roll_back_succeeds_when_the_link_is_already_gone(engine: Engine, server: Emulator) -> None:
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    server.fault(method="DELETE", answer="status", status=410, code="LINK_GONE", after_work=True)
    text = fail_to_create(engine, **TITLED)
    assert "the new link was deleted again, so nothing remains" in text
    assert [link["live"] for link in server.links] == [False]


def test_roll_back_names_the_orphaned_link_when_deleting_it_fails(engine: Engine, server: Emulator) -> None:
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    server.fault(method="DELETE", answer="status", status=500, code="LINK_DELETE_FAILED", message="Sorry.", times=None)
    text = fail_to_create(engine, **TITLED)
    (link,) = server.links
    named = f'creation of recording link "{MARK}" ({link["linkId"]})'
    assert text.startswith(f"{named} failed at step 2 of 2, the PUT of link_title: 403 FORBIDDEN ")
    assert f"the new link {link['linkId']} ({link['linkURL']}) is orphaned" in text
    assert '500 LINK_DELETE_FAILED "Sorry."' in text
    assert f'adopt="{link["linkId"]}" takes it over; the key\'s owner may not do this' in text


def test_roll_back_waits_for_the_limit_when_429s_ended_the_creation(engine: Engine, server: Emulator) -> None:
    server.fault(method="PUT", answer="status", status=429, code="RATE_LIMITED", times=None)
    server.fault(method="DELETE", answer="status", status=429, code="RATE_LIMITED", times=3)
    text = fail_to_create(engine, **TITLED)
    assert "; the new link was deleted again, so nothing remains; 429s have made it wait for " in text
    assert [link["live"] for link in server.links] == [False]


@pytest.mark.parametrize(
    ("field", "step"),
    [("linkReusable", ""), ("meta", ""), ("linkTitle", " at step 2 of 2, the PUT of link_title, link_provider_type")],
)
def test_create_rolls_back_when_a_field_is_not_applied(engine: Engine, server: Emulator, field: str, step: str) -> None:
    server.set_behaviours(ignored_fields=[field])
    text = fail_to_create(engine, **TITLED, link_reusable=True, link_provider_type="zendesk", meta={"a": 1})
    assert f"failed{step}: the server accepted the request but did not apply" in text
    assert text.startswith(f'creation of recording link "{MARK}"')
    assert [link["live"] for link in server.links] == [False]


ON_DOMAIN = "domain_id dom_help instead of dom_none"
IN_PROJECT = "project_id prj_default instead of prj_none"
CHECK_DOMAIN = "check that the domain exists in this workspace and is verified"
CHECK_PROJECT = "check that the project exists in this workspace"


@pytest.mark.parametrize(
    ("declared", "where", "advice"),
    [
        ({"domain_id": "dom_none"}, ON_DOMAIN, CHECK_DOMAIN),
        ({"project_id": "prj_none"}, IN_PROJECT, CHECK_PROJECT),
        (
            {"domain_id": "dom_none", "project_id": "prj_none"},
            f"{ON_DOMAIN} and {IN_PROJECT}",
            f"{CHECK_DOMAIN}; {CHECK_PROJECT}",
        ),
    ],
)
@pytest.mark.parametrize("is_lost", [False, True])
def test_create_rolls_back_when_the_server_puts_the_link_elsewhere(
    engine: Engine, server: Emulator, sent: Sent, *, declared: dict[str, str], where: str, advice: str, is_lost: bool
) -> None:
    server.set_behaviours(unknown_domain="taken", unknown_project="taken")
    if is_lost:
        server.fault(method="POST", answer="drop", after_work=True)
    assert fail_to_create(engine, **{**TITLED, **declared}) == (
        f'creation of recording link "{MARK}" failed: the server created the link with {where}; '
        f"the new link was deleted again, so nothing remains; {advice}"
    )
    assert [method for method, _ in sent()] == ["POST", *(["GET"] if is_lost else []), "DELETE"]
    assert [link["live"] for link in server.links] == [False]
    assert read_rows(engine.file) == []


def test_create_rolls_back_when_the_put_clears_what_the_post_has_set(engine: Engine, server: Emulator) -> None:
    server.set_behaviours(left_out="clear")
    text = fail_to_create(engine, **TITLED, meta={"a": 1})
    [link] = server.links
    assert text == (
        f'creation of recording link "{MARK}" ({link["linkId"]}) failed at step 2 of 2, the PUT of link_title: the '
        "server also changed what the request did not send: meta is empty now; the new link was deleted again, so "
        "nothing remains; leave it out of the program, and attach the report of `pulumi-userplane probe` to an issue"
    )
    assert not link["live"]


@pytest.mark.parametrize("reference", [{}, {"link_provider_ref": "own"}])
def test_create_warns_when_the_put_clears_the_mark(
    engine: Engine, server: Emulator, warned: list[str], reference: dict[str, str]
) -> None:
    server.set_behaviours(reference_after_update="clear")
    engine.up(**TITLED, **reference)
    assert warned == [
        f'creation of recording link "{MARK}" ({engine.id}): the server cleared the link\'s reference, which is its '
        "ownership mark: if this run is interrupted, no other machine finds the link; attach the report of "
        "`pulumi-userplane probe` to an issue"
        for _ in ([] if reference else ["the link without a reference of its own"])
    ]


def test_create_names_the_project_only_where_the_advice_is_about_it(engine: Engine, server: Emulator) -> None:
    server.set_behaviours(unknown_domain="404")
    text = fail_to_create(engine, **{**LINK, "domain_id": "dom_none"}, project_id="prj_onboarding")
    assert text.endswith("check the base URL and the workspace id")


def test_create_records_the_stored_form_with_a_warning_when_the_server_changes_it(
    engine: Engine, server: Emulator, warned: list[str]
) -> None:
    server.set_behaviours(trim_text=True)
    engine.up(**LINK, link_title=" Help ")
    assert engine.outputs["link_title"] == "Help"
    (text,) = warned
    assert text == (
        f'creation of recording link "{MARK}" ({engine.id}): the server stored link_title in another form than was '
        "sent, such as trimmed; declare the value that `pulumi refresh --preview-only --diff` shows, "
        "or each refresh shows a change"
    )


def test_create_does_not_resend_a_field_when_the_post_stored_it_in_another_form(
    engine: Engine, sent: Sent, warned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Client.create_link

    def stored_otherwise(*args: Any, **fields: Any) -> Link:
        return made(*args, **fields).model_copy(update={"meta": {"a": "1", "by": "server"}})

    monkeypatch.setattr(Client, "create_link", stored_otherwise)
    engine.up(**LINK, meta={"a": "1"})
    assert [method for method, _ in sent()] == ["POST"]
    assert engine.outputs["meta"] == {"a": "1", "by": "server"}
    assert len(warned) == 1


def test_largest_links_can_be_read_by_id_and_by_page(make_engine: MakeEngine, server: Emulator) -> None:
    """With texts as long as they may be, of what takes the most bytes."""
    most = {
        "link_title": "😀" * 255,
        "link_provider_id": "😀" * 255,
        "link_provider_ref": "😀" * 2048,
        "meta": {"a": "😀" * ((META_LIMIT - len('{"a": ""}')) // 12)},
    }
    engines = [make_engine(refresh=way) for way in ("single", "auto") for _ in range(10)]
    for number, engine in enumerate(engines):
        engine.up(domain_id="dom_help", mark=f"pulumi:p/dev/{number}", **most)
    states = [(engine.id, dict(engine.outputs)) for engine in engines]
    forget_run()
    server.clear_requests()
    for engine in engines:
        engine.refresh()
    assert [(engine.id, dict(engine.outputs)) for engine in engines] == states
    assert RequestLog(server).singles() == 12
    client = engines[0].client
    server.clear_requests()
    assert len(list(client.list_links("ws_demo"))) == 20
    assert len(server.requests) == 1


def test_check_fails_when_meta_is_too_large(engine: Engine, sent: Sent) -> None:
    (failure,) = engine.provider.check({}, {**LINK, "meta": {"a": "x" * META_LIMIT}}).failures
    assert failure.reason.endswith("the limit is 65536")
    assert sent() == []


LOST: list[dict[str, Any]] = [
    {"answer": "drop"},
    {"answer": "cut_body"},
    {"answer": "cut_json"},
    {"answer": "html"},
    {"answer": "empty"},
    {"answer": "oversized"},
    {"answer": "other_link"},
    {"answer": "status", "status": 500, "code": "LINK_CREATE_FAILED"},
    {"answer": "status", "status": 504},
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault["answer"])
def test_create_finds_the_link_by_its_reference_when_the_response_is_lost(
    engine: Engine, server: Emulator, sent: Sent, fault: Any
) -> None:
    server.fault(method="POST", **{**fault, "after_work": True})
    engine.up(**TITLED)
    assert [method for method, _ in sent()] == ["POST", "GET", "PUT"]
    (link,) = server.links
    assert (link["linkId"], link["linkTitle"], link["live"]) == (engine.id, "Help", True)


@pytest.mark.parametrize("fault", [fault for fault in LOST if fault["answer"] in {"drop", "html", "empty", "status"}])
def test_create_posts_again_when_two_look_ups_prove_that_nothing_was_created(
    engine: Engine, server: Emulator, sent: Sent, fault: Any, clock: Clock
) -> None:
    server.fault(method="POST", **fault)
    engine.up(**LINK)
    requests = sent()
    assert [method for method, _ in requests] == ["POST", "GET", "GET", "POST"]
    assert requests[0][1]["linkReference"] != requests[3][1]["linkReference"]
    assert clock.slept == [2.0]
    assert len(server.links) == 1


def test_create_posts_once_and_names_the_link_when_the_server_stores_another_reference(
    engine: Engine, server: Emulator, sent: Sent
) -> None:
    server.set_behaviours(trim_text=True)
    text = fail_to_create(engine, domain_id="dom_help", mark=" own")
    [link] = server.links
    assert [method for method, _ in sent()].count("POST") == 1
    assert text == (
        f'creation of recording link "own" failed: the server\'s response shows {link["linkId"]} ({link["linkURL"]}) '
        "with another reference than was sent; it may be the new link: look at it in the dashboard; if it is, "
        f'write adopt="{link["linkId"]}" or delete it there, then run again'
    )
    assert "nothing was created" not in text


def test_create_posts_three_times_at_most(engine: Engine, server: Emulator, sent: Sent) -> None:
    server.fault(method="POST", answer="drop", times=None)
    assert "the list shows that nothing was created: run again later" in fail_to_create(engine, **LINK)
    assert [method for method, _ in sent()].count("POST") == 3
    assert read_rows(engine.file) == []


def test_create_finds_the_link_in_the_second_look_up_when_it_appears_late(
    engine: Engine, server: Emulator, sent: Sent
) -> None:
    server.fault(method="POST", answer="drop", after_work=True)
    empty = {"message": "", "data": {"links": [], "pagination": PAGING}}
    asked: list[int] = []
    request = Client._request

    def late(client: Client, operation: Operation, method: str, path: str, **more: Any) -> Any:
        if method == "GET" and not asked:
            asked.append(1)
            return empty["data"]
        return request(client, operation, method, path, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "_request", late)
        engine.up(**LINK)
    assert [method for method, _ in sent()] == ["POST", "GET"]
    assert [link["linkId"] for link in server.links] == [engine.id]


@pytest.mark.slow
def test_create_says_that_the_link_may_still_be_created_when_the_server_is_silent(
    engine: Engine, server: Emulator, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.1)
    server.fault(method="POST", latency=1, answer="drop")
    text = fail_to_create(engine, **LINK)
    assert (
        "the link may still be created: run `pulumi up` again on this machine in a few minutes, "
        "and it resumes the link; " in text
    )
    assert "from another machine, find the link with `pulumi-userplane recover --stack dev` first" in text
    assert [method for method, _ in sent()] == ["POST", "GET", "GET"]
    (entry,) = read_rows(engine.file)
    assert entry[0].startswith(f"{MARK}#")


@pytest.mark.slow
def test_create_succeeds_when_a_silent_server_created_the_link(
    engine: Engine, server: Emulator, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.1)
    monkeypatch.setattr(clock, "sleep", lambda seconds: time.sleep(seconds / 4))
    server.fault(method="POST", latency=0.3)
    engine.up(**LINK)
    assert [link["linkId"] for link in server.links] == [engine.id]


def test_create_keeps_its_journal_entry_when_the_list_can_not_be_read(engine: Engine, server: Emulator) -> None:
    server.fault(method="POST", answer="drop", after_work=True)
    server.fault(method="GET", answer="status", status=403, code="FORBIDDEN", times=None)
    assert "whether the link was created is unknown (403 FORBIDDEN" in fail_to_create(engine, **LINK)
    assert len(read_rows(engine.file)) == 1


@pytest.mark.parametrize(
    ("mark", "command"),
    [("pulumi:p/my stack/n", "`pulumi-userplane recover --stack 'my stack'`"), ("mine", "")],
)
def test_create_names_the_recover_command_when_the_mark_has_a_stack(
    engine: Engine, server: Emulator, mark: str, command: str
) -> None:
    server.fault(method="POST", answer="drop", after_work=True)
    server.fault(method="GET", answer="status", status=403, code="FORBIDDEN", times=None)
    text = fail_to_create(engine, domain_id="dom_help", mark=mark)
    assert ("recover" in text) is bool(command)
    assert command in text


@pytest.mark.parametrize(
    ("made", "said"),
    [(True, "without a mark nothing proves which one it is"), (False, "the list shows no new link")],
)
def test_create_names_the_candidates_when_the_response_is_lost_without_a_mark(
    engine: Engine, server: Emulator, sent: Sent, made: bool, said: str
) -> None:
    server.fault(method="POST", answer="drop", after_work=made)
    text = fail_to_create(engine, domain_id="dom_help", mark="")
    assert said in text
    assert all(f"new links on this domain: {link['linkId']}; if one of them is yours" in text for link in server.links)
    assert [method for method, _ in sent()] == ["POST", "GET"]
    assert read_rows(engine.file) == []


def test_create_says_so_when_the_candidates_can_not_be_listed(engine: Engine, server: Emulator) -> None:
    server.fault(method="POST", answer="drop", after_work=True)
    server.fault(method="GET", answer="status", status=403, code="FORBIDDEN", times=None)
    assert "the list of links can't be read (403 FORBIDDEN" in fail_to_create(engine, domain_id="dom_help", mark="")


@pytest.mark.parametrize(("status", "code"), [(503, "SERVICE_UNAVAILABLE"), (429, "RATE_LIMITED")])
def test_create_posts_again_without_a_look_up_when_the_post_was_not_processed(
    engine: Engine, server: Emulator, sent: Sent, status: int, code: str
) -> None:
    server.fault(method="POST", answer="status", status=status, code=code)
    engine.up(**LINK)
    assert [method for method, _ in sent()] == ["POST", "POST"]


@pytest.mark.parametrize("fault", [{"answer": "redirect"}, {"answer": "status", "status": 403, "code": "FORBIDDEN"}])
def test_create_looks_nothing_up_when_the_post_is_refused(
    engine: Engine, server: Emulator, sent: Sent, fault: Any
) -> None:
    server.fault(method="POST", **fault)
    assert "may " not in fail_to_create(engine, **LINK).replace("may not do this", "")
    assert [method for method, _ in sent()] == ["POST"]
    assert read_rows(engine.file) == []


def test_create_speaks_of_no_link_when_there_was_no_connection(make_engine: MakeEngine) -> None:
    engine = make_engine(baseUrl="http://127.0.0.1:1")
    text = fail_to_create(engine, **LINK)
    assert f'creation of recording link "{MARK}" failed: no connection to 127.0.0.1:1' in text
    assert "made" not in text
    assert read_rows(engine.file) == []


@pytest.mark.parametrize("shape", ["envelope", "framework"])
@pytest.mark.parametrize("domain_id", ["dom_new", "dom_none"])
def test_create_shows_the_servers_words_and_a_hint_when_the_domain_is_refused(
    engine: Engine, server: Emulator, shape: Any, domain_id: str
) -> None:
    server.set_behaviours(refused_input=shape)
    text = fail_to_create(engine, **{**TITLED, "domain_id": domain_id})
    assert "not verified" in text or f"no domain {domain_id}" in text
    assert text.endswith(
        "; change what the server names, then run again; often the domain is not verified, "
        "or the project is in another workspace"
    )


PAGE = Response(400, {"Content-Type": "text/html"}, b"<html>")


def respond_in_place(monkeypatch: pytest.MonkeyPatch, response: Response, *, is_passed_on: bool = False) -> None:
    """Lets something between respond to each POST, which it passes on to the server or keeps."""
    real = transport.Transport.send

    def send(self: transport.Transport, operation: Operation, request: Request, deadline: Deadline) -> Response:
        if request.method != "POST":
            return real(self, operation, request, deadline)
        if is_passed_on:
            real(self, operation, request, deadline)
        return response

    monkeypatch.setattr(transport.Transport, "send", send)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_create_speaks_of_the_way_alone_when_a_page_comes_in_userplanes_place(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    respond_in_place(monkeypatch, replace(PAGE, status=status))
    text = fail_to_create(engine, project_id="prj_onboarding", **LINK)
    assert text.endswith("check the base URL, and what stands between (a proxy, a login page)")
    assert "; the list shows that nothing was created: " in text
    assert "change what the server names" not in text


BEHIND_PROXY = replace(PAGE, proxy=Proxy("http://proxy.example:3128", "HTTPS_PROXY", "proxy.example:3128"))
NOT_USERPLANES = {
    "blocked": replace(PAGE, status=403),
    "not found": replace(PAGE, status=404),
    "wants a password": replace(PAGE, status=407),
    "wants a login": replace(PAGE, status=511),
    "too many requests": replace(PAGE, status=429, headers={"Retry-After": "5"}),
    "too many requests, JSON": replace(PAGE, status=429, body=b'{"error": "slow down"}'),
    "blocked, JSON": replace(BEHIND_PROXY, status=403, body=b'{"reason": "policy"}'),
    "blocked, with a code": replace(BEHIND_PROXY, status=403, body=b'{"error": "BLOCKED", "message": "No."}'),
    "gone": replace(PAGE, status=410, body=b'{"error": "LINK_GONE", "message": "No."}'),
    "redirects": replace(BEHIND_PROXY, status=302, headers={"Location": "https://block.example/"}),
}


@pytest.mark.parametrize("response", NOT_USERPLANES.values(), ids=NOT_USERPLANES)
def test_create_takes_the_link_when_the_response_of_another_hides_that_it_was_created(
    engine: Engine, server: Emulator, sent: Sent, response: Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    respond_in_place(monkeypatch, response, is_passed_on=True)
    engine.up(**TITLED)
    assert [method for method, _ in sent()] == ["POST", "GET", "PUT"]
    assert [(link["linkId"], link["live"]) for link in server.links] == [(engine.id, True)]


@pytest.mark.parametrize("name", NOT_USERPLANES)
def test_create_says_that_nothing_was_created_when_the_request_was_blocked(
    engine: Engine, server: Emulator, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    respond_in_place(monkeypatch, NOT_USERPLANES[name])
    text = fail_to_create(engine, **LINK)
    assert "; the list shows that nothing was created: " in text
    assert ("run again later" in text) is (name == "too many requests, JSON")
    assert server.links == []
    assert read_rows(engine.file) == []


@pytest.mark.parametrize("mark", [{"mark": MARK}, {}])
def test_create_says_that_the_link_may_exist_when_the_list_is_blocked_as_well(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, mark: dict[str, str]
) -> None:
    blocked = NOT_USERPLANES["blocked"]
    monkeypatch.setattr(transport.Transport, "send", lambda *_: blocked)
    text = fail_to_create(engine, domain_id="dom_help", **mark)
    assert text.count("in Userplane's place") == (1 if mark else 2)
    assert ("; whether the link was created is unknown (the list got the same response): run " in text) is bool(mark)
    assert ("; the link may exist, and the list of links can't be read (" in text) is not bool(mark)
    assert text.endswith("; check the base URL, and what stands between (a proxy, a login page)")
    assert bool(read_rows(engine.file)) is bool(mark)


def test_create_says_that_nothing_was_created_when_the_plan_is_used_up(engine: Engine, server: Emulator) -> None:
    server.set_workspace("ws_demo", link_quota=0)
    assert "403 PLAN_LIMIT_EXCEEDED" in (text := fail_to_create(engine, **LINK))
    assert "and no link was created: upgrade the plan" in text


@pytest.mark.parametrize(
    ("project_id", "said"),
    [("prj_deleted", "410 LINK_PROJECT_DELETED"), ("prj_none", "404 PROJECT_NOT_FOUND")],
)
def test_create_names_the_project_when_it_takes_no_links(
    engine: Engine, server: Emulator, project_id: str, said: str
) -> None:
    projects = [{"projectId": "prj_deleted", "projectTitle": "Old", "deleted": True}]
    server.seed({"projects": projects})
    text = fail_to_create(engine, **LINK, project_id=project_id)
    assert said in text
    assert project_id in text


def test_create_asks_for_project_id_when_the_workspace_has_no_default_project(engine: Engine, server: Emulator) -> None:
    server.seed({"projects": []})
    assert "the workspace has no default project: set project_id=" in fail_to_create(engine, **LINK)


def test_create_creates_nothing_when_the_key_is_refused(engine: Engine, server: Emulator) -> None:
    server.set_key_state(server.api_key, "disabled")
    with pytest.raises(APIError, match="403 API_KEY_DISABLED"):
        engine.up(**LINK)
    assert server.links == []
