"""A probe asks in the order of its plan, deletes its links whatever happens, and names what is left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import (
    PlanLimitError,
    ResponseTimeoutError,
)
from pulumi_userplane.cli.probe.plan import LINKS_USED, LINKS_USED_AT_MOST, PLAN
from tests.unit.cli.probe.conftest import DOMAIN, list_live, list_not_tried, see

if TYPE_CHECKING:
    from pulumi_userplane.cli.probe.run import Outcome
    from pulumi_userplane.emulator import Emulator
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
    assert list_not_tried(outcome)["created_reference_length"] == "the server answered 403"


def test_probe_ends_when_the_server_hangs(
    server: Emulator, run_probe: RunProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulumi_userplane.cli.probe.exchange.MAX_SECONDS", 0.2)
    server.fault(latency=60, times=None)
    outcome = run_probe()
    assert isinstance(outcome.error, ResponseTimeoutError)
    assert server.links == []


NUMBER_OF_REQUESTS = 31


@pytest.mark.parametrize("number", range(NUMBER_OF_REQUESTS))
@pytest.mark.parametrize("after_work", [False, True])
def test_probe_leaves_nothing_when_a_response_is_lost(
    server: Emulator, run_probe: RunProbe, number: int, after_work: bool
) -> None:
    server.fault(skip=number, answer="drop", after_work=after_work)
    outcome = run_probe()
    assert list_live(server) == []
    assert outcome.requests <= len(PLAN)
    assert not outcome.cleanup.left
    # Only a POST that was lost before the list has shown link 1 leaves a doubt.
    assert outcome.cleanup.is_clean or (number == 4 and not after_work)
