"""Refreshing by pages of the list: rows replace single reads, threads share pages, faults of the list harm no read."""

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
from tests.fake_list import FakeList, link_row, list_page
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
    """What the user is shown besides warnings."""
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
    return [(link.link_id, as_host(diff.build_outputs(link, inputs, client.base_url))) for link in links]


def refreshed(engine: Engine, state: State) -> State:
    """What one run reads of them, one after another; a link that is gone is left out."""
    results = [engine.provider.read(id_, outputs) for id_, outputs in state]
    return [(result.id, as_host(result.outs)) for result in results if result.id]


def list_reads(server: Emulator) -> list[str]:
    """Returns the reads since the last call: page numbers, and "one" for a link that was read by its id."""
    log = RequestLog(server)
    requests = log.entries()
    log.forget()
    return [parse_qs(sent.query)["page"][0] if sent.path.endswith("/links") else "one" for sent in requests]


def test_refresh_reads_two_links_by_id_and_more_by_pages(engine: Engine, server: Emulator, state: State) -> None:
    assert refreshed(engine, state) == state
    assert list_reads(server) == ["one", "one", "1", "2"]


@pytest.mark.parametrize("meta_key", ["meta", "linkMeta"])
def test_refresh_returns_same_values_by_page_as_by_id(
    make_engine: MakeEngine, server: Emulator, state: State, meta_key: Any
) -> None:
    server.set_behaviours(meta_key=meta_key)
    for number, (id_, _) in enumerate(state):
        server.edit_link(id_, linkTitle=f"outside {number}", linkReusable=True, meta={"m": number})
    single, auto = make_engine(refresh="single"), make_engine(refresh="auto")
    alone = [single.provider.read(id_, outputs) for id_, outputs in state]
    assert list_reads(server) == ["one"] * 30
    together = [auto.provider.read(id_, outputs) for id_, outputs in state]
    assert list_reads(server) == ["one", "one", "1", "2"]
    for one, other in zip(alone, together, strict=True):
        assert (one.id, one.outs, one.inputs) == (other.id, other.outs, other.inputs)


def test_refresh_reads_link_by_id_when_list_does_not_show_it(
    engine: Engine, server: Emulator, state: State, warned: list[str]
) -> None:
    server.delete_link(state[10][0])
    assert refreshed(engine, state) == [entry for entry in state if entry != state[10]]
    assert list_reads(server) == ["one", "one", "1", "one", "one", "2"]
    assert f"({state[10][0]}) was deleted outside Pulumi (410 LINK_GONE)" in warned[0]


def test_refresh_keeps_live_link_when_list_does_not_show_it(engine: Engine, server: Emulator, state: State) -> None:
    refreshed(engine, state[:3])
    list_reads(server)
    where_it_is_not = {**state[25][1], "created_at": state[5][1]["created_at"]}
    assert refreshed(engine, [(state[25][0], where_it_is_not)]) == [state[25]]
    assert list_reads(server) == ["one"]


def test_refresh_reads_by_id_when_link_is_looked_up(engine: Engine, server: Emulator, state: State) -> None:
    refreshed(engine, state[:3])
    list_reads(server)
    assert engine.provider.read(state[5][0], {"__lookup": True, **state[5][1]}).id == state[5][0]
    assert list_reads(server) == ["one"]
    refreshed(engine, state[5:6])
    assert list_reads(server) == []


def test_import_reads_pages_in_order_since_the_link_may_be_on_any(
    engine: Engine, server: Emulator, state: State
) -> None:
    unknown = [{"__provider": "x"}, {"__provider": "x", "created_at": "yesterday"}]
    for index in range(len(state)):
        assert engine.provider.read(state[index][0], unknown[index % 2]).id == state[index][0]
    assert list_reads(server) == ["one", "one", "1", "2"]


def test_refresh_reads_by_id_when_link_was_read_or_written_before(
    engine: Engine, server: Emulator, state: State
) -> None:
    refreshed(engine, state[:3])
    inputs = {"workspace_id": "ws_demo", "domain_id": "dom_help", "mark": "m", "link_title": "new", "meta": {}}
    engine.provider.update(state[5][0], state[5][1], inputs)
    for id_, _ in state[1:3]:
        server.edit_link(id_, linkTitle="outside")
    list_reads(server)
    again = refreshed(engine, [state[1], state[2], state[5]])
    assert [outputs["link_title"] for _, outputs in again] == ["outside", "outside", "new"]
    assert list_reads(server) == ["one", "one", "one"]

    engine.provider.delete(state[6][0], state[6][1])
    assert refreshed(engine, [state[6]]) == []


def test_refresh_reads_by_id_when_this_run_created_link(engine: Engine, server: Emulator, state: State) -> None:
    engine.up(domain_id="dom_help", mark="m")
    refreshed(engine, state)
    server.edit_link(engine.id, linkTitle="outside")
    engine.refresh()
    assert engine.outputs["link_title"] == "outside"


def test_find_ignores_row_without_meta_when_meta_matters(informed: list[str]) -> None:
    bare = [{key: value for key, value in link_row(number, number).items() if key != "meta"} for number in range(6)]
    whole = link_row(6, 6)
    page = list_page(1, 1, [Link.model_validate(fields) for fields in [*bare, whole]])

    class Bare(FakeList):
        def list_links_page(self, _workspace_id: str, _page: int) -> LinkPage:
            return page

    reader = Bare([]).reader(informed.append)

    def is_listed(number: int, **recorded: Any) -> bool:
        created = link_row(number, number)["createdAt"]
        return reader.find(f"lnk_{number}", {"created_at": created, **recorded}, Deadline()) is not None

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
def test_refresh_reads_all_links_by_id_when_list_fails(
    engine: Engine, server: Emulator, state: State, fault: dict[str, Any], *, informed: list[str], clock: Clock
) -> None:
    server.fault(**fault, path=LIST)
    assert refreshed(engine, state) == state
    assert sum(clock.slept) < 31
    requests = list_reads(server)
    assert set(requests[2:-28]) == {"1"}
    assert requests[-28:] == ["one"] * 28
    [reason] = [line for line in informed if line.startswith("the list of links")]
    assert reason.startswith("the list of links of workspace ws_demo can't be read")


def list_page_sizes(server: Emulator) -> list[tuple[int, int]]:
    """Returns number and size of each page of the list that was requested since the last call."""
    log = RequestLog(server)
    queries = [parse_qs(sent.query) for sent in log.entries() if sent.path.endswith("/links")]
    log.forget()
    return [(int(query["page"][0]), int(query["per_page"][0])) for query in queries]


def test_refresh_reads_smaller_pages_when_page_is_too_large(engine: Engine, server: Emulator, state: State) -> None:
    server.fault(answer="oversized", path=LIST)
    assert refreshed(engine, state) == state
    assert RequestLog(server).singles() == 2
    assert list_page_sizes(server) == [(1, 20), (1, 10), (2, 10), (2, 20)]


def test_refresh_reads_all_links_by_id_when_no_page_fits_into_response(
    engine: Engine, server: Emulator, state: State, informed: list[str]
) -> None:
    server.fault(answer="oversized", path=LIST, times=None)
    assert refreshed(engine, state) == state
    assert RequestLog(server).singles() == 30
    assert list_page_sizes(server) == [(1, 20), (1, 10), (1, 5), (1, 1)]
    assert informed[-1].startswith("the list of links of workspace ws_demo can't be read (number 1 of the list alone: ")


def test_refresh_costs_few_pages_when_others_links_are_large(engine: Engine, server: Emulator, state: State) -> None:
    for id_, _ in state[:9]:
        server.edit_link(id_, meta={"text": "x" * MIB})
    refreshed(engine, state)
    assert RequestLog(server).singles() == 2
    assert list_page_sizes(server) == [(1, 20), (1, 10), *((number, 5) for number in (1, 2, 3, 4)), (2, 20)]


@pytest.mark.parametrize("fault", [{"status": 429, "code": "RATE_LIMITED", "headers": {"Retry-After": "40"}}])
def test_refresh_requests_page_again_when_rate_limit_refused_it(
    engine: Engine, server: Emulator, state: State, fault: dict[str, Any], clock: Clock
) -> None:
    server.fault(**fault, answer="status", path=LIST)
    assert refreshed(engine, state) == state
    assert list_reads(server) == ["one", "one", "1", "1", "2"]
    # What it asks for is not a part of the page's time. The machine sends evenly after it: one a second.
    assert sum(clock.slept) == pytest.approx(40 + 1, abs=1)


def test_refresh_fails_when_day_limit_is_used_up(make_engine: MakeEngine, server: Emulator, state: State) -> None:
    engine = make_engine(requestsPerDay="4")
    refreshed(engine, state[:2])
    with pytest.raises(
        LocalRateLimitError, match=r"read of recording link .* failed: this machine has sent its 4 requests of the day"
    ):
        refreshed(engine, state[2:3])


@pytest.mark.parametrize("answer", ["unsorted", "another page", "no paging"])
def test_refresh_reads_all_links_by_id_when_list_is_malformed(
    engine: Engine, server: Emulator, state: State, answer: str, *, informed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = engine.client
    request = client._request

    def altered_request(*given: Any, **more: Any) -> dict[str, Any]:
        data = request(*given, **more)
        if answer == "unsorted" and "links" in data:
            data["links"].reverse()
        elif answer == "another page" and "links" in data:
            data["pagination"]["page"] = 7
        elif "links" in data:
            del data["pagination"]
        return data

    monkeypatch.setattr(client, "_request", altered_request)
    assert refreshed(engine, state) == state
    assert list_reads(server) == ["one", "one", "1"] + ["one"] * 28
    assert len(informed) == 1


class Slow(FakeList):
    """Answers after a while, to several threads."""

    def list_links_page(self, workspace_id: str, page: int) -> LinkPage:
        links = super().list_links_page(workspace_id, page)
        time.sleep(0.02)
        return links


def test_find_shares_pages_and_reads_ahead_when_four_threads_read() -> None:
    links = [(number, number) for number in range(1000)]
    userplane = Slow(links)
    reader = userplane.reader()
    most = 0

    def read(link: tuple[int, int]) -> str:
        nonlocal most
        link_read = userplane.read(reader, *link)
        most = max(most, len(reader._requests))
        assert link_read is not None
        return link_read.link_id

    with ThreadPoolExecutor(4) as threads:
        read_ids = list(threads.map(read, links))
    assert read_ids == [f"lnk_{number}" for number, _ in links]
    assert userplane.requests <= 55
    assert most > 1


def test_find_reads_one_page_before_link_is_read_by_id() -> None:
    links = [(number, number) for number in range(1000)]
    userplane = FakeList(links)
    reader = userplane.reader()
    for number in (0, 1, 700, 600):
        assert userplane.read(reader, number, number) is not None
    assert (userplane.pages, userplane.single_reads) == ([1, 26], [0, 1, 700, 600])


def test_find_warms_up_with_two_reads_when_many_threads_begin() -> None:
    userplane = Slow([(number, number) for number in range(20)])
    reader = userplane.reader()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda link: userplane.read(reader, *link), userplane.links))
    assert (len(userplane.single_reads), userplane.pages) == (2, [1])


@pytest.mark.parametrize(
    "failure", [RateLimitError(LISTING, 429), AuthenticationError(LISTING, 401), ZeroDivisionError()], ids=repr
)
def test_find_lets_waiting_thread_continue_when_page_fails(failure: Exception, informed: list[str]) -> None:
    waits, fails = threading.Event(), threading.Event()

    class Failing(FakeList):
        def list_links_page(self, workspace_id: str, page: int) -> LinkPage:
            if not fails.is_set():
                waits.set()
                assert fails.wait(10)
                raise failure
            return super().list_links_page(workspace_id, page)

    userplane = Failing([(number, number) for number in range(9)])
    reader = userplane.reader(informed.append)
    for number in (0, 1):
        userplane.read(reader, number, number)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(userplane.read, reader, 2, 2)
        assert waits.wait(10)
        second = threads.submit(userplane.read, reader, 3, 3)
        time.sleep(0.05)
        fails.set()
        assert (link := second.result()) is not None
        assert link.link_id == "lnk_3"
        if isinstance(failure, ZeroDivisionError):
            with pytest.raises(ZeroDivisionError):
                first.result()
        else:
            first.result()
    assert reader._requests == {}
    assert userplane.pages == ([] if isinstance(failure, AuthenticationError) else [1])


def test_page_request_wait_excludes_waits_for_rate_limit() -> None:
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


def test_find_returns_none_when_page_is_late() -> None:
    userplane = FakeList([(number, number) for number in range(9)])
    reader = userplane.reader()
    for number in (0, 1):
        userplane.read(reader, number, number)
    reader._requests[1] = _PageRequest(Deadline())
    reader._planner.record_request(1)
    assert reader.find("lnk_2", {"created_at": link_row(2, 2)["createdAt"]}, Deadline(0.05)) is None
    assert reader._by_id_only == {"lnk_0", "lnk_1", "lnk_2"}


def test_refresh_shows_progress_when_it_is_long(
    make_engine: MakeEngine, state: State, informed: list[str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Transport.send

    def slow(*given: Any) -> Any:
        clock.sleep(2)
        return real(*given)

    monkeypatch.setattr(Transport, "send", slow)
    refreshed(make_engine(refresh="single"), state[:20])
    assert informed == ["links so far: 8 read; requests: 8", "links so far: 16 read; requests: 16"]


def test_find_ignores_list_when_it_has_too_many_pages(informed: list[str]) -> None:
    userplane = FakeList([(number, number) for number in range(60)])
    reader = userplane.reader(informed.append, max_pages=2)
    for number in range(5):
        userplane.read(reader, number, number)
    assert (len(userplane.pages), userplane.single_reads) == (1, list(range(5)))
    assert informed == ["the list of links of workspace ws has more than 2 pages: links are read one by one"]


def test_list_reader_notifies_once_when_list_is_disabled(informed: list[str]) -> None:
    reader = FakeList([]).reader(informed.append)
    reader._disable("fails")
    reader._disable("fails again")
    assert informed == ["the list of links of workspace ws fails: links are read one by one"]


def test_list_reader_is_separate_for_each_account_and_workspace(make_engine: MakeEngine) -> None:
    one, other = (make_engine(refresh=way).client for way in ("auto", "single"))
    lists = [this_run().list_reader(client, name) for client in (one, other) for name in ("a", "b")]
    assert len(set(map(id, lists))) == 4
    assert this_run().list_reader(one, "a") is lists[0]
