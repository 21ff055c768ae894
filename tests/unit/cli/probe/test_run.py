"""A probe asks in the order of its plan, deletes its links whatever happens, and names what remains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.cancellation import Cancellation
from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import (
    AuthenticationError,
    GoneError,
    PlanLimitError,
    RateLimitError,
    ResponseLostError,
    ResponseTimeoutError,
    RunCanceledError,
)
from pulumi_userplane.cli.probe.plan import LINKS_USED, LINKS_USED_AT_MOST, PLAN
from pulumi_userplane.cli.probe.run import Probe
from tests.unit.cli.probe.conftest import DOMAIN, list_live, list_not_tried, see

if TYPE_CHECKING:
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.transport import Request, Response
    from pulumi_userplane.cli.probe.run import Outcome
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.unit.cli.probe.conftest import RunProbe


def require_nothing_left(server: Emulator, outcome: Outcome) -> None:
    assert list_live(server) == []
    assert outcome.cleanup.is_clean
    assert outcome.requests <= len(PLAN)


def test_plan_has_40_requests() -> None:
    assert len(PLAN) == 40
    assert (LINKS_USED, LINKS_USED_AT_MOST) == (2, 6)


def test_probe_finds_the_defaults_as_expected_and_leaves_nothing(server: Emulator, run_probe: RunProbe) -> None:
    kept = server.add_link(domainId="dom_help", linkTitle="Somebody's")
    outcome = run_probe()
    assert see(outcome) == {}
    assert list_not_tried(outcome) == {"retry_after": "no 429 came"}
    assert outcome.error is None
    assert list_live(server) == [kept["linkId"]]
    assert server.links[0] == kept
    assert (outcome.cleanup.deleted, len(server.links)) == (LINKS_USED, 1 + LINKS_USED)
    assert outcome.requests == len(server.requests)


def test_probe_sends_what_the_plan_lists_in_its_order(server: Emulator, run_probe: RunProbe) -> None:
    run_probe()
    plan = "".join(f"({step.method} ){'?' if step.condition else ''}" for step in PLAN)
    assert re.fullmatch(plan, "".join(f"{request.method} " for request in server.requests))


@pytest.mark.parametrize("wanted", ["dom_help", "help.acme.example", "https://HELP.acme.example/"])
def test_probe_takes_a_domain_by_id_or_address(server: Emulator, run_probe: RunProbe, wanted: str) -> None:
    assert run_probe(wanted).error is None
    assert {link["domain"]["domainId"] for link in server.links} == {"dom_help"}


def test_probe_leaves_other_links_as_they_are(server: Emulator, run_probe: RunProbe) -> None:
    for number in range(25):
        server.add_link(domainId="dom_help", linkTitle=f"Link {number:02}", meta={"n": number})
    before = server.links
    require_more = run_probe()
    assert server.links[:25] == before
    assert require_more.error is None


@pytest.mark.parametrize(
    ("api_key", "domain", "error"),
    [
        ("uspl_wrong", DOMAIN, "list of domains of workspace ws_demo failed: 401 API_KEY_INVALID"),
        ("uspl_demo_stranger", DOMAIN, "list of domains of workspace ws_demo failed: 403 NOT_A_MEMBER"),
        (None, "dom_new", "no link can be made on the domain new.acme.example (dom_new, pending); name a"),
        (None, "other.example", "the workspace ws_demo has no domain other.example; name one of these"),
    ],
)
def test_probe_makes_nothing_when_it_cannot_begin(
    server: Emulator, run_probe: RunProbe, api_key: str | None, domain: str, error: str
) -> None:
    outcome = run_probe(domain, api_key=api_key)
    assert str(outcome.error).startswith(error)
    assert "\n" not in str(outcome.error)
    assert server.links == []
    assert len(server.requests) == 1


def test_probe_makes_nothing_when_plan_is_full(server: Emulator, run_probe: RunProbe) -> None:
    server.set_workspace("ws_demo", link_quota=0)
    outcome = run_probe()
    assert isinstance(outcome.error, PlanLimitError)
    assert str(outcome.error).startswith("creation of a recording link for the probe failed: 403 PLAN_LIMIT_EXCEEDED")
    assert (server.links, outcome.cleanup.is_clean) == ([], True)


def test_probe_goes_on_when_plan_allows_one_link_only(server: Emulator, run_probe: RunProbe) -> None:
    server.set_workspace("ws_demo", link_quota=1)
    outcome = run_probe()
    assert outcome.error is None
    require_nothing_left(server, outcome)
    assert see(outcome) == {}
    assert list_not_tried(outcome)["created_reference_length"] == "the server responded with 403"


def test_probe_ends_when_the_server_hangs(
    server: Emulator, run_probe: RunProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulumi_userplane.cli.probe.exchange.MAX_SECONDS", 0.2)
    server.fault(latency=60, times=None)
    outcome = run_probe()
    assert isinstance(outcome.error, ResponseTimeoutError)
    assert server.links == []


FIRST_POST = 4
ASKED, SENT = 28, 31
"""How many requests a probe sends that asks everything: without those that delete, and with them."""


@pytest.mark.slow
@pytest.mark.parametrize("number", range(SENT))
@pytest.mark.parametrize("after_work", [False, True])
def test_probe_leaves_nothing_when_a_response_is_lost(
    server: Emulator, run_probe: RunProbe, number: int, after_work: bool
) -> None:
    server.fault(skip=number, answer="drop", after_work=after_work)
    outcome = run_probe()
    assert list_live(server) == []
    assert outcome.requests <= len(PLAN)
    assert not outcome.cleanup.left
    is_post = server.requests[number].method == "POST"
    assert isinstance(outcome.error, ResponseLostError) is is_post
    # Before the list has shown link 1, nothing proves that a link which is missing there was not made.
    assert len(outcome.cleanup.unsettled) == (number == FIRST_POST and not after_work)


@pytest.mark.parametrize("number", [0, FIRST_POST, 6, 7, 13, 24, ASKED - 1])
@pytest.mark.parametrize("after_work", [False, True])
def test_probe_leaves_nothing_when_the_server_fails(
    server: Emulator, run_probe: RunProbe, number: int, after_work: bool
) -> None:
    server.fault(skip=number, answer="status", status=500, after_work=after_work)
    outcome = run_probe()
    assert list_live(server) == []
    assert outcome.requests <= len(PLAN)
    assert not outcome.cleanup.left
    assert len(outcome.cleanup.unsettled) == (number == FIRST_POST and not after_work)


@pytest.mark.parametrize("answer", ["html", "empty", "cut_json", "cut_body", "oversized", "other_link", "redirect"])
@pytest.mark.parametrize("number", [0, FIRST_POST, 6, 13, ASKED - 1])
def test_probe_leaves_nothing_and_touches_no_other_link_when_an_answer_is_spoilt(
    server: Emulator, run_probe: RunProbe, number: int, answer: str
) -> None:
    other = server.add_link(domainId="dom_help", linkId="lnk_another", linkTitle="Another")
    server.fault(skip=number, answer=answer, after_work=True)  # type: ignore[arg-type]  # parametrised over the answers
    outcome = run_probe()
    assert list_live(server) == ["lnk_another"]
    assert server.links[0] == other
    assert not [request for request in server.requests if "lnk_another" in request.path]
    assert not outcome.cleanup.left


class InterruptedClient(Client):
    """A client whose probe is interrupted around one request."""

    cancellation: Cancellation
    number: int
    is_sent: bool

    def send_once(self, operation: Operation, request: Request) -> Response:
        self.number -= 1
        if self.number == -1 and not self.is_sent:
            self.cancellation.request()
        response = super().send_once(operation, request)
        if self.number == -1:
            self.cancellation.request()
        return response


@pytest.mark.slow
@pytest.mark.parametrize("number", range(ASKED))
@pytest.mark.parametrize("is_sent", [False, True])
def test_probe_leaves_nothing_when_it_is_interrupted_at_any_request(
    server: Emulator, clock: Clock, number: int, is_sent: bool
) -> None:
    cancellation = Cancellation()
    client = InterruptedClient(server.api_key, base_url=server.base_url, clock=clock, cancellation=cancellation)
    client.cancellation, client.number, client.is_sent = cancellation, number, is_sent
    cleanup_client = Client(server.api_key, base_url=server.base_url, clock=clock)
    outcome = Probe(client, cleanup_client, server.workspace_id, clock, clock).run(DOMAIN)
    require_nothing_left(server, outcome)
    is_over = is_sent and number == ASKED - 1
    assert isinstance(outcome.error, RunCanceledError) is not is_over


def test_probe_names_a_link_that_cannot_be_deleted(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(method="DELETE", answer="status", status=500, times=None)
    outcome = run_probe()
    assert list(outcome.cleanup.left) == list_live(server)
    assert len(outcome.cleanup.left) == LINKS_USED
    assert all("500 INTERNAL_SERVER_ERROR" in reason for reason in outcome.cleanup.left.values())
    assert list_not_tried(outcome)["second_delete"] == "the first one failed"
    assert outcome.requests <= len(PLAN)


@pytest.mark.parametrize("answer", ["drop", "html", "other_link", "cut_json"])
def test_probe_deletes_again_when_a_deletion_is_not_certain(server: Emulator, run_probe: RunProbe, answer: str) -> None:
    server.fault(method="DELETE", answer=answer, after_work=True)  # type: ignore[arg-type]  # as above
    outcome = run_probe()
    require_nothing_left(server, outcome)
    assert outcome.cleanup.deleted == LINKS_USED


def test_probe_deletes_links_that_should_have_been_refused(server: Emulator, run_probe: RunProbe) -> None:
    server.set_behaviours(
        unverified_domain="taken", unknown_domain="taken", unknown_project="taken", created_reference_length="longer"
    )
    outcome = run_probe()
    require_nothing_left(server, outcome)
    assert len(server.links) == LINKS_USED_AT_MOST


def test_probe_deletes_at_most_what_the_plan_allows_and_names_the_rest(server: Emulator, run_probe: RunProbe) -> None:
    server.set_behaviours(
        unverified_domain="taken", unknown_domain="taken", unknown_project="taken", created_reference_length="longer"
    )
    server.fault(method="DELETE", answer="status", status=500, times=3)
    outcome = run_probe()
    assert set(outcome.cleanup.left) == set(list_live(server))
    assert outcome.requests <= len(PLAN)


def test_probe_finds_a_link_of_a_lost_response_that_the_list_shows_late(
    server: Emulator, run_probe: RunProbe, clock: Clock
) -> None:
    server.set_behaviours(listed_at_once=False)
    server.fault(method="POST", answer="drop", after_work=True)
    require_nothing_left(server, run_probe())
    assert 3.0 in clock.slept


def test_probe_says_that_a_link_may_be_left_when_the_list_cannot_be_read(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(method="POST", skip=1, answer="drop", after_work=True)
    server.fault(method="GET", path="/links$", skip=2, answer="drop", times=2)
    outcome = run_probe()
    assert len(outcome.cleanup.unsettled) == len(list_live(server)) == 1


def test_probe_says_that_a_link_may_be_left_when_the_list_can_prove_nothing(
    server: Emulator, run_probe: RunProbe
) -> None:
    server.set_behaviours(ignored_fields=["linkReference"])
    server.fault(method="POST", skip=1, answer="drop", after_work=True)
    outcome = run_probe()
    assert len(outcome.cleanup.unsettled) == len(list_live(server)) == 1


def test_probe_waits_as_a_429_asks_and_notes_its_header(server: Emulator, run_probe: RunProbe, clock: Clock) -> None:
    server.fault(skip=3, answer="status", status=429, code="RATE_LIMITED", headers={"Retry-After": "7"})
    outcome = run_probe(requests_per_minute=0)
    assert outcome.error is None
    assert see(outcome) == {}
    assert "retry_after" not in list_not_tried(outcome)
    assert 7.0 in clock.slept


def test_probe_waits_when_a_429_asks_for_nothing(server: Emulator, run_probe: RunProbe, clock: Clock) -> None:
    server.fault(skip=3, answer="status", status=429, code="RATE_LIMITED")
    outcome = run_probe(requests_per_minute=0)
    assert (outcome.error, see(outcome)) == (None, {"retry_after": False})
    assert 20.0 in clock.slept


@pytest.mark.parametrize("retry_after", ["7", "90"])
def test_probe_ends_clean_when_429s_go_on(server: Emulator, run_probe: RunProbe, retry_after: str) -> None:
    server.fault(
        skip=7, answer="status", status=429, code="RATE_LIMITED", headers={"Retry-After": retry_after}, times=2
    )
    outcome = run_probe(requests_per_minute=0)
    assert isinstance(outcome.error, RateLimitError)
    require_nothing_left(server, outcome)


def test_probe_ends_clean_when_the_key_is_revoked_meanwhile(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(skip=10, answer="status", status=401, code="API_KEY_INVALID")
    outcome = run_probe()
    assert isinstance(outcome.error, AuthenticationError)
    require_nothing_left(server, outcome)


def test_probe_ends_clean_when_somebody_deletes_its_link(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(skip=13, answer="status", status=410, code="LINK_GONE")
    outcome = run_probe()
    assert isinstance(outcome.error, GoneError)
    require_nothing_left(server, outcome)


def test_probe_never_sends_more_than_planned_when_the_server_fails_often(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(path="/links/", method="PUT", answer="status", status=500, times=None)
    outcome = run_probe()
    require_nothing_left(server, outcome)
    assert outcome.error is None
    assert "the requests were used up" in list_not_tried(outcome).values()


def test_probe_deletes_its_links_when_a_question_has_a_mistake(
    server: Emulator, run_probe: RunProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pulumi_userplane.cli.probe.run.ask_lengths", fail)
    with pytest.raises(ZeroDivisionError):
        run_probe()
    assert len(server.links) == LINKS_USED
    assert list_live(server) == []
