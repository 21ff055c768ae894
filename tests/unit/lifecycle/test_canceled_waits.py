"""A canceled run: what waits ends at once, and no request begins any more."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from pulumi_userplane.api.errors import RunCanceledError
from pulumi_userplane.api.limit_store import LimitStore
from pulumi_userplane.api.shared_file import SharedFile
from pulumi_userplane.api.store_address import parse_store_address
from pulumi_userplane.lifecycle.shared_facts import Fact, SharedFacts, open_file
from pulumi_userplane.recovery import state_reader
from pulumi_userplane.recovery.journal import Journal, JournalEntry
from pulumi_userplane.recovery.processes import ProcessId, this_process
from pulumi_userplane.recovery.store_journal import Runner, StoreJournal
from tests.support.canceled import Notice, Work, await_event, begin_run, end_pause
from tests.support.journal_rows import interrupt_run, read_rows
from tests.unit.conftest import Engine, this_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Sent
    from tests.support.store_server import StoreServer
    from tests.unit.conftest import MakeEngine

MARK = "pulumi:p/dev/help"
REFERENCE = f"{MARK}#0123abcd"
LINK = {"domain_id": "dom_help", "mark": MARK}
TITLED = {**LINK, "link_title": "Help", "link_provider_id": "7", "meta": {"area": "help"}}
WAIT: dict[str, Any] = {"answer": "status", "status": 429, "code": "RATE_LIMITED", "headers": {"Retry-After": "50"}}


@pytest.fixture
def clock() -> Clock | None:
    """Instead of the clock of the other tests: the run's own, whose waits last until it is canceled."""
    return None


@pytest.fixture
def notice() -> Notice:
    return begin_run()


def cancel_at_wait(notice: Notice, work: Callable[[], object]) -> str:
    """Cancels the run as soon as it says that it waits; returns the error in which the work ends."""
    working = Work(work)
    await_event(notice.has_come)
    this_run().cancel()
    with pytest.raises(RunCanceledError) as caught:
        working.result()
    return str(caught.value)


def methods(sent: Sent) -> list[str]:
    return [method for method, _ in sent()]


def test_cancel_is_for_good_and_harmless_when_it_is_repeated(engine: Engine, sent: Sent, notice: Notice) -> None:
    assert not this_run().is_canceled
    for _ in range(2):
        this_run().cancel()
        assert this_run().is_canceled
        with pytest.raises(RunCanceledError) as caught:
            engine.up(**TITLED)
        assert str(caught.value) == f'creation of recording link "{MARK}" failed: the run was canceled; run again'
    assert sent() == []
    assert read_rows(engine.file) == []
    assert engine.client.rate_limit.usage().minute == 0


def test_creation_ends_while_it_waits_for_the_own_limit(make_engine: MakeEngine, sent: Sent, notice: Notice) -> None:
    make_engine(requestsPerMinute="1").up(**{**LINK, "mark": f"{MARK}-before"})
    engine = make_engine(requestsPerMinute="1")
    notice.has_come.clear()
    said = cancel_at_wait(notice, lambda: engine.up(**TITLED))
    assert said == f'creation of recording link "{MARK}" failed: the run was canceled; run again'
    assert methods(sent) == ["POST"]
    assert engine.client.rate_limit.usage().minute == 1
    assert MARK not in [reference.partition("#")[0] for reference, _ in read_rows(engine.file)]


@pytest.mark.parametrize("status", [{}, {"status": 503, "code": "SERVICE_UNAVAILABLE"}])
def test_creation_ends_and_leaves_nothing_while_it_waits_after_a_refused_post(
    engine: Engine, server: Emulator, sent: Sent, notice: Notice, status: dict[str, Any]
) -> None:
    server.fault(**{**WAIT, **status})
    said = cancel_at_wait(notice, lambda: engine.up(**TITLED))
    assert said == f'creation of recording link "{MARK}" failed: the run was canceled; run again'
    assert methods(sent) == ["POST"]
    assert (server.links, read_rows(engine.file)) == ([], [])


@pytest.mark.parametrize("operation", ["read", "update", "deletion", "list"])
def test_other_operation_ends_and_changes_nothing_while_it_waits(
    engine: Engine, server: Emulator, sent: Sent, notice: Notice, operation: str
) -> None:
    engine.up(**TITLED)
    sent()
    operations: dict[str, Callable[[], object]] = {
        "read": engine.refresh,
        "update": lambda: engine.up(**{**TITLED, "link_title": "Other"}),
        "deletion": engine.destroy,
        "list": lambda: list(engine.client.list_domains("ws_demo")),
    }
    server.fault(**WAIT)
    said = cancel_at_wait(notice, operations[operation])
    assert said.startswith(f"{operation} of ")
    assert said.endswith(" failed: the run was canceled; run again")
    assert len(sent()) == 1
    assert [link["linkTitle"] for link in server.links if link["live"]] == ["Help"]

    begin_run()
    end_pause(engine)
    operations[operation]()


def test_refresh_by_pages_ends_for_all_threads_while_one_waits_for_a_page(
    make_engine: MakeEngine, server: Emulator, notice: Notice
) -> None:
    engines = [make_engine() for _ in range(6)]
    for number, engine in enumerate(engines):
        engine.up(**{**LINK, "mark": f"{MARK}-{number}"})
    begin_run()
    for engine in engines[:2]:
        engine.refresh()
    notice = cast("Notice", this_run().notify)
    server.fault(**WAIT, times=None)
    reads = [Work(engine.refresh) for engine in engines[2:]]
    await_event(notice.has_come)
    this_run().cancel()
    for read in reads:
        with pytest.raises(RunCanceledError, match=r"^read of recording link .* failed: the run was canceled; run ag"):
            read.result()
    assert not any("links are read one by one" in message for message in notice.infos)


def test_creation_ends_while_it_waits_for_a_late_post(
    engine: Engine, server: Emulator, sent: Sent, notice: Notice
) -> None:
    now = (time.time(), None, time.monotonic())
    Journal(engine.file).record(JournalEntry(REFERENCE, "ws_demo", "dom_help", None, *now))
    interrupt_run(engine.file)
    said = cancel_at_wait(notice, lambda: engine.up(**TITLED))
    assert said == (
        f'creation of recording link "{MARK}" failed at the look-up of an interrupted creation: the run was canceled; '
        "run again"
    )
    assert methods(sent) == ["GET"]
    assert [reference for reference, _ in read_rows(engine.file)] == [REFERENCE]


def test_creation_ends_while_it_waits_for_the_lease_of_another_machine(
    make_engine: MakeEngine, server: Emulator, store_server: StoreServer, *, sent: Sent, tmp_path: Path, notice: Notice
) -> None:
    engine = make_engine(limitStore=store_server.address)
    store = LimitStore(parse_store_address(store_server.address), server.api_key, server.base_url)
    file = SharedFile(server.api_key, server.base_url, tmp_path / "other")
    runner = Runner("runner-2", "another machine", this_process(), this_process())
    other = StoreJournal(store, file, print, lease_seconds=600, runner=runner)
    assert other.record(JournalEntry(REFERENCE, "ws_demo", "dom_help", None, 1.0, None, 1.0)) is None
    try:
        said = cancel_at_wait(notice, lambda: engine.up(**TITLED))
    finally:
        other.lease.end()
    assert said == f'creation of recording link "{MARK}" failed: the run was canceled; run again'
    assert sent() == []


def test_creation_ends_while_another_process_of_the_run_looks(
    make_engine: MakeEngine, sent: Sent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_run(facts=SharedFacts(open_file(tmp_path / "runs", ProcessId(4711, 1.0, 1.0))))
    engine = make_engine(lookForInterrupted="auto")
    other = this_process()._replace(pid=this_process().pid + 1)
    this_run().facts.add(Fact("looking", f"{engine.client.shared_file.name}/ws_demo", json.dumps(other)))
    asked = threading.Event()

    def is_alive(_: ProcessId) -> bool:
        asked.set()
        return True

    monkeypatch.setattr(ProcessId, "is_alive", is_alive)
    creation = Work(lambda: engine.up(**TITLED))
    await_event(asked)
    this_run().cancel()
    with pytest.raises(RunCanceledError) as caught:
        creation.result()
    assert str(caught.value) == (
        f'creation of recording link "{MARK}" failed at the look for interrupted creations: the run was canceled; '
        "run again"
    )
    assert sent() == []


def test_creation_ends_without_a_warning_when_its_look_is_canceled(
    make_engine: MakeEngine, sent: Sent, notice: Notice, cancel_when: Callable[..., None], server: Emulator
) -> None:
    cancel_when("GET")
    server.fault(answer="status", status=500)
    with pytest.raises(RunCanceledError, match=r"failed at the look for interrupted creations: the run was canceled"):
        make_engine(lookForInterrupted="auto").up(**TITLED)
    assert methods(sent) == ["GET"]
    assert notice.warnings == []


@pytest.mark.parametrize("operation", ["creation", "deletion"])
def test_operation_ends_while_the_state_is_read(
    engine: Engine, server: Emulator, sent: Sent, notice: Notice, operation: str
) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)
    engine.up(domain_id="dom_help", adopt=link["linkId"], mark=MARK)
    Journal(engine.file).record(JournalEntry(REFERENCE, "ws_demo", "dom_help", str(link["linkId"]), 1.0, None, 1.0))
    interrupt_run(engine.file)
    sent()
    reads = threading.Event()

    def read() -> None:
        reads.set()
        this_run().clock.sleep(600)

    begin_run(read_state=read)
    if operation == "creation":
        engine.id, engine.inputs = "", {}
    works = [Work(engine.destroy if operation == "deletion" else lambda: engine.up(**TITLED)) for _ in range(2)]
    await_event(reads)
    this_run().cancel()
    for work in works:
        with pytest.raises(
            RunCanceledError, match=rf'^{operation} of recording link "{MARK}".* failed.*: the run was c'
        ):
            work.result()
    assert "DELETE" not in methods(sent)


def test_export_of_the_state_ends_with_the_run(notice: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(state_reader, "read_state", lambda **options: given.update(options))
    run = this_run()
    assert run.read_state(run.clock.monotonic()) is None
    run.cancel()
    assert given["cancellation"].is_requested
    assert given["clock"] is run.clock
