"""A probe asks in the order of its plan, deletes its links whatever happens, and names what remains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.cancellation import Cancellation
from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import (
    AuthenticationError,
    ConnectError,
    GoneError,
    InvalidResponseError,
    PlanLimitError,
    RateLimitError,
    ResponseLostError,
    ResponseTimeoutError,
    RunCanceledError,
)
from pulumi_userplane.api.transport import Transport
from pulumi_userplane.cli.probe.exchange import Allowance, Exchange
from pulumi_userplane.cli.probe.plan import LINKS_USED, LINKS_USED_AT_MOST, PLAN
from pulumi_userplane.cli.probe.probe_links import ProbeLinks
from pulumi_userplane.cli.probe.run import Probe
from tests.unit.cli.probe.conftest import DOMAIN, OddTransport, list_live, list_not_tried, see

if TYPE_CHECKING:
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline
    from pulumi_userplane.api.transport import Request, Response
    from pulumi_userplane.cli.probe.run import Outcome
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.unit.cli.probe.conftest import AskOddServer, RunProbe


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
    assert (outcome.error, outcome.leftovers) == (None, [])
    assert list_live(server) == [kept["linkId"]]
    assert server.links[0] == kept
    assert (outcome.cleanup.deleted, len(server.links)) == (LINKS_USED, 1 + LINKS_USED)
    assert outcome.requests == len(server.requests)


def describe(method: str, path: str, query: str) -> str:
    """Returns a request as the plan lists it."""
    place = path.rpartition("/ws_demo/")[2]
    kind = "link" if "/" in place else place
    size = re.search(r"per_page=(\d+)", query)
    is_planned = size is not None and size[1] != "20"
    return f"{method} {kind}{f'?per_page={size[1]}' if size and is_planned else ''} "


def test_probe_sends_what_the_plan_lists_in_its_order(server: Emulator, run_probe: RunProbe) -> None:
    run_probe()
    planned = [
        (re.sub(r",.*|(?<=link) \d|(another|a) (?=link)", "", f"{step.method} {step.target} "), step) for step in PLAN
    ]
    pattern = "".join(f"({re.escape(text.rstrip())} ){'?' if step.condition else ''}" for text, step in planned)
    sent = "".join(describe(request.method, request.path, request.query) for request in server.requests)
    assert re.fullmatch(pattern, sent), sent


@pytest.mark.parametrize("wanted", ["dom_help", "help.acme.example", "https://HELP.acme.example/"])
def test_probe_takes_a_domain_by_id_or_address(server: Emulator, run_probe: RunProbe, wanted: str) -> None:
    assert run_probe(wanted).error is None
    assert {link["domain"]["domainId"] for link in server.links} == {"dom_help"}


def test_probe_leaves_other_links_as_they_are(server: Emulator, run_probe: RunProbe) -> None:
    for number in range(25):
        server.add_link(domainId="dom_help", linkTitle=f"Link {number:02}", meta={"n": number})
    before = server.links
    outcome = run_probe()
    assert server.links[:25] == before
    assert outcome.error is None


@pytest.mark.parametrize(
    ("api_key", "domain", "error"),
    [
        ("uspl_wrong", DOMAIN, "list of domains of workspace ws_demo failed: 401 API_KEY_INVALID"),
        ("uspl_demo_stranger", DOMAIN, "list of domains of workspace ws_demo failed: 403 NOT_A_MEMBER"),
        (
            None,
            "dom_new",
            "no link can be made on the domain new.acme.example (dom_new, pending); name a verified domain",
        ),
        (
            None,
            "other.example",
            "the workspace ws_demo has no domain other.example; name a verified domain with --domain: help",
        ),
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
    assert list_not_tried(outcome)["created_reference_length"] == "the server responded with 403 PLAN_LIMIT_EXCEEDED"


@pytest.mark.slow
def test_probe_ends_when_the_server_hangs(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(latency=60, times=None)
    outcome = run_probe(max_seconds=0.2)
    assert isinstance(outcome.error, ResponseTimeoutError)
    assert server.links == []


FIRST_POST = 4
ASKED, SENT = 28, 33
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
    # The server may go on working after the connection is lost: no list proves that it makes no link.
    is_made = after_work and number in {FIRST_POST, FIRST_POST + 2}
    assert len(outcome.cleanup.unsettled) == (is_post and not is_made)


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, FIRST_POST, 6, 7, 13, 24, ASKED - 1])
@pytest.mark.parametrize("after_work", [False, True])
@pytest.mark.parametrize(
    ("status", "code"),
    [(408, "X"), (409, "X"), (429, "RATE_LIMITED"), (500, "X"), (502, "X"), (503, "SERVICE_UNAVAILABLE")],
)
def test_probe_leaves_nothing_when_the_server_fails(  # noqa: PLR0917 - pytest passes fixtures and parameters by name
    server: Emulator, run_probe: RunProbe, number: int, after_work: bool, status: int, code: str
) -> None:
    server.fault(skip=number, answer="status", status=status, code=code, after_work=after_work)
    outcome = run_probe(requests_per_minute=0)
    assert list_live(server) == []
    assert outcome.requests == len(server.requests) <= len(PLAN)
    assert not outcome.cleanup.left
    # Before the list has shown link 1, nothing proves that a link which is missing there was not made. Nor does it
    # after a status with which a server may go on working.
    is_made = after_work and number in {FIRST_POST, FIRST_POST + 2}
    is_first = number == FIRST_POST and outcome.error is not None
    is_late = server.requests[number].method == "POST" and status in {408, 502}
    assert len(outcome.cleanup.unsettled) == (not is_made and (is_first or is_late))


def test_probe_sends_40_requests_at_most_when_everything_goes_wrong_at_once(
    server: Emulator, run_probe: RunProbe
) -> None:
    server.set_behaviours(
        unverified_domain="taken", unknown_domain="taken", unknown_project="taken", created_reference_length="longer"
    )
    for skip in (1, 3, 5):
        server.fault(method="POST", skip=skip, answer="status", status=500, after_work=True)
    for skip in (0, 2, 4, 6, 8):
        server.fault(method="PUT", skip=skip, answer="status", status=500)
    server.fault(method="DELETE", answer="status", status=500, times=2)
    outcome = run_probe()
    assert outcome.requests == len(server.requests) <= len(PLAN)
    assert set(outcome.cleanup.left) == set(list_live(server))


def test_probe_keeps_enough_requests_to_delete_all_its_links(server: Emulator, run_probe: RunProbe) -> None:
    server.set_behaviours(
        unverified_domain="taken", unknown_domain="taken", unknown_project="taken", created_reference_length="longer"
    )
    for skip in (0, 2, 4, 6, 8, 10):
        server.fault(method="PUT", skip=skip, answer="status", status=500)
    outcome = run_probe()
    require_nothing_left(server, outcome)
    assert str(outcome.error).startswith("the server failed so often that")


def test_links_remain_named_when_the_requests_are_used_up(server: Emulator, clock: Clock) -> None:
    client = Client(server.api_key, base_url=server.base_url, clock=clock)
    links = ProbeLinks(Exchange(client, Allowance(0)), server.workspace_id)
    creation = links.create(Exchange(client, Allowance(1)), "", {"domainId": "dom_help"})
    assert creation.link is not None
    link_id = creation.link["linkId"]
    left = links.delete_all(is_list_current=True).left
    assert {link: str(failure) for link, failure in left.items()} == {
        link_id: f"deletion of recording link {link_id} was not tried: the probe has used up its requests"
    }


@pytest.mark.parametrize(
    ("base_url", "proxy", "pauses"),
    [("http://127.0.0.1:1/api/v1", "", [1.0]), ("https://api.example", f"http://{'x' * 64}.example", [])],
)
def test_creation_that_was_not_sent_leaves_no_doubt(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, base_url: str, proxy: str, pauses: list[float]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    exchange = Exchange(Client("uspl_x", base_url=base_url, clock=clock), Allowance(9))
    links = ProbeLinks(exchange, "ws_demo")
    with pytest.raises(ConnectError):
        links.create(exchange, "", {"domainId": "dom_help"})
    assert links.delete_all(is_list_current=False).is_clean
    assert clock.slept == pauses


@pytest.mark.slow
def test_probe_does_not_take_a_link_for_absent_when_its_post_may_come_late(
    server: Emulator, run_probe: RunProbe
) -> None:
    server.fault(method="POST", skip=1, latency=60)
    outcome = run_probe(max_seconds=0.5)
    assert isinstance(outcome.error, ResponseTimeoutError)
    # The emulator carries the request out when the client has hung up: then a look finds it.
    assert bool(outcome.cleanup.unsettled) is (len(list_live(server)) == 1)


def test_probe_finds_a_verified_domain_whose_address_another_one_shares(server: Emulator, run_probe: RunProbe) -> None:
    server.seed(
        {
            "domains": [
                {"domainId": "dom_pending", "domainUrl": DOMAIN, "domainStatus": "pending"},
                {"domainId": "dom_verified", "domainUrl": DOMAIN},
            ]
        }
    )
    assert run_probe().error is None
    assert {link["domain"]["domainId"] for link in server.links} == {"dom_verified"}


@pytest.mark.parametrize("limit", ["refuse", 10])
def test_probe_says_among_how_many_domains_it_has_looked(
    server: Emulator, run_probe: RunProbe, limit: str | int
) -> None:
    domains = [{"domainId": f"dom_{number}", "domainUrl": f"d{number}.acme.example"} for number in range(12)]
    server.seed({"domains": domains})
    server.set_behaviours(domains_per_page=limit)  # type: ignore[arg-type]  # parametrised over both kinds
    outcome = run_probe("d11.acme.example")
    assert str(outcome.error).startswith(
        "the workspace ws_demo has no domain d11.acme.example among its first 10; name "
    )
    outcome = run_probe("d9.acme.example")
    assert outcome.error is None
    assert list_not_tried(outcome)["unverified_domain"] == "none of the first 10 domains is one that is not verified"


def test_probe_names_links_of_another_probe(server: Emulator, run_probe: RunProbe) -> None:
    left = server.add_link(domainId="dom_help", linkProviderReference="0123456789abcdef pulumi-userplane probe")
    titled = server.add_link(domainId="dom_help", linkTitle="pulumi-userplane probe")
    server.add_link(domainId="dom_help", linkTitle="Somebody's")
    outcome = run_probe()
    assert sorted(outcome.leftovers) == sorted([left["linkId"], titled["linkId"]])
    assert len(list_live(server)) == 3


def test_probe_looks_before_it_deletes_what_proves_the_list(server: Emulator, run_probe: RunProbe) -> None:
    for _ in range(25):
        server.add_link(domainId="dom_help")
    server.set_behaviours(created_reference_length="shorter", unverified_domain="500 LINK_CREATE_FAILED")
    outcome = run_probe()
    assert (outcome.error, outcome.cleanup.is_clean) == (None, True)
    assert len(list_live(server)) == 25


@pytest.mark.slow
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


class InterruptedTransport(Transport):
    """Interrupts the probe while one of its requests is on its way."""

    cancellation: Cancellation
    number: int

    def send(self, operation: Operation, request: Request, deadline: Deadline) -> Response:
        self.number -= 1
        if self.number == -1:
            self.cancellation.request()
        return super().send(operation, request, deadline)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(ASKED))
def test_probe_leaves_nothing_when_it_is_interrupted_at_any_request(
    server: Emulator, clock: Clock, number: int
) -> None:
    cancellation = Cancellation()
    client = Client(server.api_key, base_url=server.base_url, clock=clock, cancellation=cancellation)
    client._transport = transport = InterruptedTransport(server.base_url, server.api_key)
    transport.cancellation, transport.number = cancellation, number
    cleanup_client = Client(server.api_key, base_url=server.base_url, clock=clock)
    outcome = Probe(client, cleanup_client, server.workspace_id).run(DOMAIN)
    require_nothing_left(server, outcome)
    # The last one is the last that asks: what follows only deletes.
    assert isinstance(outcome.error, RunCanceledError) is (number < ASKED - 1)


def test_probe_names_a_link_that_cannot_be_deleted(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(method="DELETE", answer="status", status=500, times=None)
    outcome = run_probe()
    assert list(outcome.cleanup.left) == list_live(server)
    assert len(outcome.cleanup.left) == LINKS_USED
    assert all("500 INTERNAL_SERVER_ERROR" in str(reason) for reason in outcome.cleanup.left.values())
    assert list_not_tried(outcome)["second_delete"] == "the first one failed"
    assert outcome.requests <= len(PLAN)


@pytest.mark.parametrize("answer", ["drop", "html", "other_link", "cut_json"])
def test_probe_deletes_again_when_a_deletion_is_not_certain(server: Emulator, run_probe: RunProbe, answer: str) -> None:
    server.fault(method="DELETE", answer=answer, after_work=True)  # type: ignore[arg-type]  # as above
    outcome = run_probe()
    require_nothing_left(server, outcome)
    assert outcome.cleanup.deleted == LINKS_USED


def test_probe_names_a_link_at_once_when_the_server_asks_for_a_long_wait(server: Emulator, run_probe: RunProbe) -> None:
    headers = {"Retry-After": "3600"}
    server.fault(method="DELETE", answer="status", status=503, headers=headers, times=None)
    outcome = run_probe()
    assert set(outcome.cleanup.left) == set(list_live(server))
    assert len(server.links) == LINKS_USED


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
    server.fault(method="GET", path="/links$", skip=2, answer="drop", times=3)
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
    assert str(outcome.error).startswith("the server failed so often that")
    assert list_not_tried(outcome)["trim_text"] == "the server responded with 500"


def test_probe_deletes_its_links_when_a_question_has_a_mistake(
    server: Emulator, run_probe: RunProbe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pulumi_userplane.cli.probe.run.ask_lengths", fail)
    outcome = run_probe()
    assert isinstance(outcome.error, ZeroDivisionError)
    assert len(server.links) == LINKS_USED
    assert list_live(server) == []


@pytest.mark.parametrize("reference", ["of another", None])
@pytest.mark.parametrize("number", [1, 2])
def test_probe_touches_no_link_that_a_response_names_by_mistake(
    server: Emulator, ask_odd_server: AskOddServer, number: int, reference: str | None
) -> None:
    victim = server.add_link(
        domainId="dom_help", linkId="lnk_victim", createdAt="2026-01-01T00:00:00.000Z", linkProviderReference=reference
    )
    posts: list[Request] = []

    def change(request: Request, data: dict[str, Any]) -> None:
        if request.method == "POST":
            posts.append(request)
            if len(posts) == number:
                data["link"].update(linkId="lnk_victim", createdAt=victim["createdAt"])
                if reference is None:
                    data["link"]["linkProviderReference"] = None

    outcome = ask_odd_server(change)
    assert list_live(server) == ["lnk_victim"]
    assert server.links[0] == victim
    assert not [request for request in server.requests if "lnk_victim" in request.path]
    assert outcome.cleanup.is_clean


def test_probe_touches_no_link_of_a_response_that_forges_everything(
    server: Emulator, ask_odd_server: AskOddServer
) -> None:
    server.add_link(domainId="dom_help", linkId="lnk_victim", createdAt="2026-01-01T00:00:00.000Z")

    def change(request: Request, data: dict[str, Any]) -> None:
        if request.method == "POST":
            data["link"]["linkId"] = "lnk_victim"

    outcome = ask_odd_server(change)
    assert list_live(server) == ["lnk_victim"]
    assert not [request for request in server.requests if "lnk_victim" in request.path]
    assert str(outcome.error).startswith("creation of a recording link for the probe failed: ")


@pytest.mark.parametrize("link_id", ["", "..", "a\nb"])
def test_probe_takes_no_link_whose_id_leads_elsewhere(
    server: Emulator, ask_odd_server: AskOddServer, link_id: str
) -> None:
    def change(request: Request, data: dict[str, Any]) -> None:
        if request.method == "POST":
            data["link"]["linkId"] = link_id

    outcome = ask_odd_server(change)
    assert list_live(server) == []
    assert isinstance(outcome.error, InvalidResponseError)


def test_probe_deletes_links_that_a_proxy_has_made_twice(server: Emulator, ask_odd_server: AskOddServer) -> None:
    def change(request: Request, data: dict[str, Any]) -> None:
        if request.method == "POST":
            fields = {"domainId": "dom_help", "linkProviderReference": (request.body or {})["linkReference"]}
            server.add_link(**fields)

    outcome = ask_odd_server(change)
    assert outcome.cleanup.is_clean
    assert list_live(server) == []
    assert len(server.links) == 2 * LINKS_USED


@pytest.mark.parametrize("skip", [0, 2])
def test_probe_deletes_again_what_the_list_still_shows_after_a_404(
    server: Emulator, run_probe: RunProbe, skip: int
) -> None:
    server.fault(method="DELETE", skip=skip, answer="status", status=404, code="LINK_NOT_FOUND")
    outcome = run_probe()
    assert ("second_delete" in list_not_tried(outcome)) is (skip == 0)
    require_nothing_left(server, outcome)
    assert outcome.cleanup.deleted == LINKS_USED


def test_probe_does_not_need_the_servers_clock_when_the_list_proves_its_links(
    server: Emulator, run_probe: RunProbe
) -> None:
    server.set_behaviours(date_header=False)
    assert run_probe().error is None


def test_probe_writes_to_no_link_that_nothing_proves_to_be_its_own(server: Emulator, run_probe: RunProbe) -> None:
    server.set_behaviours(date_header=False, ignored_fields=["linkReference"])
    outcome = run_probe()
    assert isinstance(outcome.error, InvalidResponseError)
    assert not [request for request in server.requests if request.method in {"PUT", "DELETE"}]
    assert len(outcome.cleanup.unsettled) == len(list_live(server)) == 1


@pytest.mark.parametrize("is_missing", [False, True])
def test_list_without_references_proves_nothing(
    server: Emulator, ask_odd_server: AskOddServer, is_missing: bool
) -> None:
    def change(_: Request, data: dict[str, Any]) -> None:
        for row in data.get("links", ()):
            row["linkProviderReference"] = None
            if is_missing:
                del row["linkProviderReference"]

    server.fault(method="POST", skip=1, answer="status", status=500, after_work=True)
    outcome = ask_odd_server(change)
    seen = {finding.id: finding.seen for finding in outcome.findings}
    assert seen["ignored_fields"] == ["linkReference"]
    # What deletes reads the list as it is, and finds the link.
    assert list_live(server) == []


def test_probe_ends_when_a_put_shows_another_link(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(method="PUT", answer="other_link")
    outcome = run_probe()
    assert str(outcome.error).startswith("update of recording link lnk_")
    assert "another link" in str(outcome.error)
    require_nothing_left(server, outcome)


def test_link_that_is_not_found_remains_where_no_list_says_otherwise(server: Emulator, run_probe: RunProbe) -> None:
    server.set_behaviours(listed_at_once=False)
    server.fault(method="DELETE", answer="status", status=404, code="LINK_NOT_FOUND", times=None)
    server.fault(method="GET", path="/links$", skip=3, answer="drop", times=None)
    outcome = run_probe()
    assert set(outcome.cleanup.left) == set(list_live(server))
    assert all("the server does not know the link yet" in str(failure) for failure in outcome.cleanup.left.values())


@pytest.mark.parametrize("change_list", ["cut", "unsorted"])
def test_list_that_is_cut_or_unsorted_proves_nothing(server: Emulator, clock: Clock, change_list: str) -> None:
    def change(_: Request, data: dict[str, Any]) -> None:
        if "links" in data and change_list == "cut":
            data["links"] = data["links"][:1]
            data["pagination"]["hasMore"] = False
        elif "links" in data:
            data["links"] = [
                row for row in reversed(data["links"]) if "pulumi" not in str(row["linkProviderReference"])
            ]
            data["pagination"]["hasMore"] = True

    for _ in range(3):
        server.add_link(domainId="dom_help")
    server.fault(method="POST", skip=3, answer="status", status=500, code="X")
    asking, cleaning_up = (Client(server.api_key, base_url=server.base_url, clock=clock) for _ in range(2))
    cleaning_up._transport = transport = OddTransport(server.base_url, server.api_key)
    transport.change = change
    outcome = Probe(asking, cleaning_up, server.workspace_id).run(DOMAIN)
    assert len(outcome.cleanup.unsettled) == 1
    assert len(list_live(server)) == 3


def test_probe_does_not_name_its_own_link_as_another_probes(server: Emulator, run_probe: RunProbe) -> None:
    server.fault(method="POST", answer="status", status=503, code="SERVICE_UNAVAILABLE", after_work=True)
    outcome = run_probe()
    assert outcome.leftovers == []
    require_nothing_left(server, outcome)
    assert len(server.links) == LINKS_USED + 1


@pytest.mark.parametrize("answer", ["html", "empty"])
def test_page_in_answer_to_a_post_leaves_a_doubt(server: Emulator, run_probe: RunProbe, answer: Any) -> None:
    server.fault(method="POST", skip=3, answer=answer)
    outcome = run_probe()
    assert len(outcome.cleanup.unsettled) == 1
    assert list_live(server) == []


def test_probe_names_the_link_of_a_response_that_proves_nothing(server: Emulator, run_probe: RunProbe) -> None:
    server.set_behaviours(date_header=False, ignored_fields=["linkReference"])
    outcome = run_probe()
    assert list(outcome.cleanup.unsettled.values()) == list_live(server)
