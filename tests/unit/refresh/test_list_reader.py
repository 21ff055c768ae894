"""Reading many links: rows stand for links, threads share pages, and whatever is wrong with the list harms no read."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from pulumi_userplane import diff
from pulumi_userplane.api.errors import AuthenticationError, LocalRateLimitError, Operation, RateLimitError
from pulumi_userplane.api.models import Link
from pulumi_userplane.api.retry import Deadline
from pulumi_userplane.api.transport import Transport
from pulumi_userplane.refresh.list_reader import _PageRequest
from tests.lists import LinkList, row, shown
from tests.support.operations import as_host
from tests.support.request_log import RequestLog
from tests.unit.conftest import this_run

if TYPE_CHECKING:
    from pulumi_userplane.api.models import LinkPage
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.messages import Messages
    from tests.unit.conftest import Engine, MakeEngine

State = list[tuple[str, dict[str, Any]]]
LIST = r"/links$"
MIB = 1024 * 1024
LISTING = Operation("list", "recording links of workspace ws")


@pytest.fixture
def informed(messages: Messages) -> list[str]:
    """What a user is told as well as warnings."""
    return messages.infos


@pytest.fixture
def state(engine: Engine, server: Emulator) -> State:
    """Thirty links, over two pages: their ids and outputs."""
    for number in range(30):
        server.add_link(
            domainId="dom_help",
            linkTitle=f"T{number}" if number % 3 else None,
            meta={"n": number, "deep": {"a": [None, 1.5]}} if number % 2 else None,
            linkProviderReference="ref" if number % 5 else None,
        )
    client = engine.client
    inputs = {"workspace_id": "ws_demo", "mark": "m", "link_title": "T", "meta": {}}
    links = list(client.list_links("ws_demo"))
    server.clear_requests()
    return [(link.link_id, as_host(diff.outputs(link, inputs, client.base_url))) for link in links]


def refreshed(engine: Engine, state: State) -> State:
    """What one run reads of them, one after another; a link that is gone is left out."""
    results = [engine.provider.read(id_, outputs) for id_, outputs in state]
    return [(result.id, as_host(result.outs)) for result in results if result.id]


def asked(server: Emulator) -> list[str]:
    """What was asked for since the last call: page numbers, and "one" for a link that was asked for by its id."""
    log = RequestLog(server)
    requests = log.entries()
    log.forget()
    return [parse_qs(each.query)["page"][0] if each.path.endswith("/links") else "one" for each in requests]


def test_two_links_are_read_by_their_ids_and_more_of_them_by_pages(
    engine: Engine, server: Emulator, state: State
) -> None:
    assert refreshed(engine, state) == state
    assert asked(server) == ["one", "one", "1", "2"]


@pytest.mark.parametrize("meta_key", ["meta", "linkMeta"])
def test_a_row_brings_what_a_single_read_brings(
    make_engine: MakeEngine, server: Emulator, state: State, meta_key: Any
) -> None:
    server.set_behaviours(meta_key=meta_key)
    for number, (id_, _) in enumerate(state):
        server.edit_link(id_, linkTitle=f"by hand {number}", linkReusable=True, meta={"m": number})
    single, auto = make_engine(refresh="single"), make_engine(refresh="auto")
    alone = [single.provider.read(id_, outputs) for id_, outputs in state]
    assert asked(server) == ["one"] * 30
    together = [auto.provider.read(id_, outputs) for id_, outputs in state]
    assert asked(server) == ["one", "one", "1", "2"]
    for one, other in zip(alone, together, strict=True):
        assert (one.id, one.outs, one.inputs) == (other.id, other.outs, other.inputs)


def test_a_link_that_the_list_does_not_show_is_gone_only_by_its_own_answer(
    engine: Engine, server: Emulator, state: State, warned: list[str]
) -> None:
    server.delete_link(state[10][0])
    assert refreshed(engine, state) == [entry for entry in state if entry != state[10]]
    assert asked(server) == ["one", "one", "1", "one", "one", "2"]
    assert f"({state[10][0]}) was deleted outside Pulumi (410 LINK_GONE)" in warned[0]


def test_a_link_that_lives_and_is_not_listed_is_read_by_its_id(engine: Engine, server: Emulator, state: State) -> None:
    refreshed(engine, state[:3])
    asked(server)
    where_it_is_not = {**state[25][1], "created_at": state[5][1]["created_at"]}
    assert refreshed(engine, [(state[25][0], where_it_is_not)]) == [state[25]]
    assert asked(server) == ["one"]


def test_what_is_looked_up_or_has_no_values_yet_is_read_by_its_id(
    engine: Engine, server: Emulator, state: State
) -> None:
    refreshed(engine, state[:3])
    asked(server)
    for known in ({"__lookup": True, **state[5][1]}, {"__provider": "x"}, {**state[5][1], "created_at": "yesterday"}):
        assert engine.provider.read(state[5][0], known).id == state[5][0]
    assert asked(server) == ["one"] * 3
    refreshed(engine, state[5:6])
    assert asked(server) == []


def test_a_second_read_and_one_after_a_write_see_the_link_as_it_is(
    engine: Engine, server: Emulator, state: State
) -> None:
    refreshed(engine, state[:3])
    inputs = {"workspace_id": "ws_demo", "domain_id": "dom_help", "mark": "m", "link_title": "new", "meta": {}}
    engine.provider.update(state[5][0], state[5][1], inputs)
    for id_, _ in state[1:3]:
        server.edit_link(id_, linkTitle="by hand")
    asked(server)
    again = refreshed(engine, [state[1], state[2], state[5]])
    assert [outputs["link_title"] for _, outputs in again] == ["by hand", "by hand", "new"]
    assert asked(server) == ["one", "one", "one"]

    engine.provider.delete(state[6][0], state[6][1])
    assert refreshed(engine, [state[6]]) == []


def test_a_link_that_this_run_has_made_is_read_as_it_is(engine: Engine, server: Emulator, state: State) -> None:
    engine.up(domain_id="dom_help", mark="m")
    refreshed(engine, state)
    server.edit_link(engine.id, linkTitle="by hand")
    engine.refresh()
    assert engine.outputs["link_title"] == "by hand"


def test_a_row_without_meta_stands_only_for_links_to_which_it_does_not_matter(informed: list[str]) -> None:
    bare = [{key: value for key, value in row(number, number).items() if key != "meta"} for number in range(6)]
    whole = row(6, 6)
    page = shown(1, 1, [Link.model_validate(each) for each in [*bare, whole]])

    class Bare(LinkList):
        def list_links_page(self, _workspace_id: str, _page: int) -> LinkPage:
            return page

    listed = Bare([]).listed(informed.append)

    def is_listed(number: int, **recorded: Any) -> bool:
        made = row(number, number)["createdAt"]
        return listed.find(f"lnk_{number}", {"created_at": made, **recorded}, Deadline()) is not None

    unmanaged = {"__managed": ["link_title"]}
    assert [is_listed(number, **unmanaged) for number in (0, 1, 2)] == [False, False, True]
    assert not is_listed(3, **unmanaged, meta={"a": 1.0})
    assert informed == []
    assert is_listed(6)
    assert not is_listed(4)
    assert not is_listed(5, __managed=["meta"])
    assert informed == ["the list of links of workspace ws does not show the links' meta: links are read one by one"]


FAULTS: list[dict[str, Any]] = [
    {"answer": "status", "status": 403, "code": "FORBIDDEN"},
    {"answer": "status", "status": 404, "code": "LINK_NOT_FOUND"},
    {"answer": "status", "status": 410, "code": "LINK_GONE"},
    {"answer": "status", "status": 400, "code": "BAD_REQUEST"},
    {"answer": "status", "status": 500, "times": None},
    {"answer": "status", "status": 503, "code": "SERVICE_UNAVAILABLE", "times": None},
    {"answer": "drop", "times": None},
    {"answer": "html"},
    {"answer": "empty"},
    {"answer": "cut_json"},
    {"answer": "redirect"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_list_that_fails_is_not_asked_again_and_harms_no_read(
    engine: Engine, server: Emulator, state: State, fault: dict[str, Any], *, informed: list[str], clock: Clock
) -> None:
    server.fault(**fault, path=LIST)
    assert refreshed(engine, state) == state
    assert sum(clock.slept) < 31
    requests = asked(server)
    assert set(requests[2:-28]) == {"1"}
    assert requests[-28:] == ["one"] * 28
    [reason] = [line for line in informed if line.startswith("the list of links")]
    assert reason.startswith("the list of links of workspace ws_demo can't be read")


def pages_asked(server: Emulator) -> list[tuple[int, int]]:
    """Number and size of each page of the list that was asked for since the last call."""
    log = RequestLog(server)
    queries = [parse_qs(each.query) for each in log.entries() if each.path.endswith("/links")]
    log.forget()
    return [(int(query["page"][0]), int(query["per_page"][0])) for query in queries]


def test_a_page_that_is_too_large_is_read_in_smaller_ones(engine: Engine, server: Emulator, state: State) -> None:
    server.fault(answer="oversized", path=LIST)
    assert refreshed(engine, state) == state
    assert RequestLog(server).singles() == 2
    assert pages_asked(server) == [(1, 20), (1, 10), (2, 10), (2, 20)]


def test_a_list_on_which_nothing_fits_into_an_answer_harms_no_read(
    engine: Engine, server: Emulator, state: State, informed: list[str]
) -> None:
    server.fault(answer="oversized", path=LIST, times=None)
    assert refreshed(engine, state) == state
    assert RequestLog(server).singles() == 30
    assert pages_asked(server) == [(1, 20), (1, 10), (1, 5), (1, 1)]
    assert informed[-1].startswith("the list of links of workspace ws_demo can't be read (number 1 of the list alone: ")


def test_large_links_of_others_cost_a_refresh_a_few_pages(engine: Engine, server: Emulator, state: State) -> None:
    for id_, _ in state[:9]:
        server.edit_link(id_, meta={"text": "x" * MIB})
    refreshed(engine, state)
    assert RequestLog(server).singles() == 2
    assert pages_asked(server) == [(1, 20), (1, 10), *((number, 5) for number in (1, 2, 3, 4)), (2, 20)]


@pytest.mark.parametrize("fault", [{"status": 429, "code": "RATE_LIMITED", "headers": {"Retry-After": "40"}}])
def test_a_list_that_is_refused_for_the_limit_is_asked_again_later(
    engine: Engine, server: Emulator, state: State, fault: dict[str, Any], clock: Clock
) -> None:
    server.fault(**fault, answer="status", path=LIST)
    assert refreshed(engine, state) == state
    assert asked(server) == ["one", "one", "1", "one", "1", "2"]
    assert sum(clock.slept) == pytest.approx(40, abs=1)


def test_a_used_up_day_fails_a_read_as_ever(make_engine: MakeEngine, server: Emulator, state: State) -> None:
    engine = make_engine(requestsPerDay="4")
    refreshed(engine, state[:2])
    with pytest.raises(
        LocalRateLimitError, match=r"read of recording link .* failed: the day's limit of 4 requests is used up"
    ):
        refreshed(engine, state[2:3])


@pytest.mark.parametrize("answer", ["unsorted", "another page", "no paging"])
def test_a_list_that_is_none_is_left_alone(
    engine: Engine, server: Emulator, state: State, answer: str, *, informed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = engine.client
    request = client._request

    def spoilt(*given: Any, **more: Any) -> dict[str, Any]:
        data = request(*given, **more)
        if answer == "unsorted" and "links" in data:
            data["links"].reverse()
        elif answer == "another page" and "links" in data:
            data["pagination"]["page"] = 7
        elif "links" in data:
            del data["pagination"]
        return data

    monkeypatch.setattr(client, "_request", spoilt)
    assert refreshed(engine, state) == state
    assert asked(server) == ["one", "one", "1"] + ["one"] * 28
    assert len(informed) == 1


class Slow(LinkList):
    """Answers after a while, to several threads."""

    def list_links_page(self, workspace_id: str, page: int) -> LinkPage:
        found = super().list_links_page(workspace_id, page)
        time.sleep(0.02)
        return found


def test_four_threads_share_pages_and_read_ahead() -> None:
    links = [(number, number) for number in range(1000)]
    userplane = Slow(links)
    listed = userplane.listed()
    most = 0

    def read(link: tuple[int, int]) -> str:
        nonlocal most
        found = userplane.read(listed, *link)
        most = max(most, len(listed._requests))
        assert found is not None
        return found.link_id

    with ThreadPoolExecutor(4) as threads:
        read_ids = list(threads.map(read, links))
    assert read_ids == [f"lnk_{number}" for number, _ in links]
    assert userplane.requests <= 55
    assert most > 1


def test_one_page_is_read_for_a_link_before_it_is_asked_for_by_its_id() -> None:
    links = [(number, number) for number in range(1000)]
    userplane = LinkList(links)
    listed = userplane.listed()
    for number in (0, 1, 700, 600):
        assert userplane.read(listed, number, number) is not None
    assert (userplane.pages, userplane.singles) == ([1, 26], [0, 1, 700, 600])


def test_the_first_reads_are_two_however_many_threads_begin() -> None:
    userplane = Slow([(number, number) for number in range(20)])
    listed = userplane.listed()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda link: userplane.read(listed, *link), userplane.links))
    assert (len(userplane.singles), userplane.pages) == (2, [1])


@pytest.mark.parametrize(
    "failure", [RateLimitError(LISTING, 429), AuthenticationError(LISTING, 401), ZeroDivisionError()], ids=repr
)
def test_whoever_waits_for_a_page_that_fails_goes_on_by_itself(failure: Exception, informed: list[str]) -> None:
    waits, fails = threading.Event(), threading.Event()

    class Failing(LinkList):
        def list_links_page(self, workspace_id: str, page: int) -> LinkPage:
            if not fails.is_set():
                waits.set()
                assert fails.wait(10)
                raise failure
            return super().list_links_page(workspace_id, page)

    userplane = Failing([(number, number) for number in range(9)])
    listed = userplane.listed(informed.append)
    for number in (0, 1):
        userplane.read(listed, number, number)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(userplane.read, listed, 2, 2)
        assert waits.wait(10)
        second = threads.submit(userplane.read, listed, 3, 3)
        time.sleep(0.05)
        fails.set()
        assert (found := second.result()) is not None
        assert found.link_id == "lnk_3"
        if isinstance(failure, ZeroDivisionError):
            with pytest.raises(ZeroDivisionError):
                first.result()
        else:
            first.result()
    assert listed._requests == {}
    assert userplane.pages == ([] if isinstance(failure, AuthenticationError) else [1])


def test_nobody_waits_longer_for_a_page_than_the_own_time_and_the_budgets_waits() -> None:
    other, own, waits = Deadline(60), Deadline(0.05), [7.0, 8.0, 0.0]

    class Budget(threading.Event):
        """Keeps the page waiting for a while each time that somebody looks."""

        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            assert timeout <= own.left + 1
            other.exclude(waits.pop(0))
            return self.is_set()

    request = _PageRequest(other, Budget())
    other.exclude(100)
    assert not request.wait(own)
    assert own.excluded == 15
    request.is_over.set()
    waits.append(9.0)
    assert request.wait(own)
    assert own.excluded == 24


def test_a_link_whose_page_did_not_come_in_time_is_read_by_its_id() -> None:
    userplane = LinkList([(number, number) for number in range(9)])
    listed = userplane.listed()
    for number in (0, 1):
        userplane.read(listed, number, number)
    listed._requests[1] = _PageRequest(Deadline())
    listed._planner.record_request(1)
    assert listed.find("lnk_2", {"created_at": row(2, 2)["createdAt"]}, Deadline(0.05)) is None
    assert listed._by_id_only == {"lnk_0", "lnk_1", "lnk_2"}


def test_a_long_refresh_says_how_far_it_is(
    make_engine: MakeEngine, state: State, informed: list[str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Transport.send

    def slow(*given: Any) -> Any:
        clock.sleep(2)
        return real(*given)

    monkeypatch.setattr(Transport, "send", slow)
    refreshed(make_engine(refresh="single"), state[:20])
    assert informed == ["links so far: 8 read; requests: 8", "links so far: 16 read; requests: 16"]


def test_a_list_of_more_pages_than_anybody_has_is_left_alone(informed: list[str]) -> None:
    userplane = LinkList([(number, number) for number in range(60)])
    listed = userplane.listed(informed.append, max_pages=2)
    for number in range(5):
        userplane.read(listed, number, number)
    assert (len(userplane.pages), userplane.singles) == (1, list(range(5)))
    assert informed == ["the list of links of workspace ws has more than 2 pages: links are read one by one"]


def test_what_is_wrong_with_the_list_is_said_once(informed: list[str]) -> None:
    listed = LinkList([]).listed(informed.append)
    listed._disable("fails")
    listed._disable("fails again")
    assert informed == ["the list of links of workspace ws fails: links are read one by one"]


def test_accounts_and_workspaces_have_lists_of_their_own(make_engine: MakeEngine) -> None:
    one, other = (make_engine(refresh=way).client for way in ("auto", "single"))
    lists = [this_run().list_reader(client, name) for client in (one, other) for name in ("a", "b")]
    assert len(set(map(id, lists))) == 4
    assert this_run().list_reader(one, "a") is lists[0]
