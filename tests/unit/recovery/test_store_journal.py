"""The journal that machines share in a limit store: which entries count, as what, and when they go."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.api.errors import LimitStoreError
from pulumi_userplane.api.limit_store import LimitStore
from pulumi_userplane.api.shared_file import SharedFile
from pulumi_userplane.api.store_address import parse_store_address
from pulumi_userplane.recovery.journal import Journal, JournalEntry, open_journal
from pulumi_userplane.recovery.processes import ProcessId, this_process
from pulumi_userplane.recovery.store_journal import Runner, StoreJournal
from tests.support.journal_rows import interrupt_run, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pulumi_userplane.api.clock import Clock as RealClock
    from tests.clock import Clock
    from tests.support.store_server import StoreServer

    Machines = Callable[..., StoreJournal]

MARK = "pulumi:p/s/n"
DEAD = ProcessId(1, 0.0, -1.0)
LEASE = 0.6


def make_entry(number: int, link_id: str | None = None, mark: str = MARK) -> JournalEntry:
    return JournalEntry(f"{mark}#{number:08x}", "ws", "dom", link_id, 1000.0 + number, 2000.0, 3.0)


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def machines(store_server: StoreServer, tmp_path: Path, messages: list[str]) -> Iterator[Machines]:
    """Makes the journals of runs on machines that share a store, each with a file of its own."""
    made: list[StoreJournal] = []

    def make(
        host: str = "runner-1",
        *,
        process: ProcessId | None = None,
        lease: float = LEASE,
        is_required: bool = True,
        clock: RealClock = SYSTEM_CLOCK,
    ) -> StoreJournal:
        address = parse_store_address(store_server.address)
        store = LimitStore(address, "uspl_canary", "https://a", is_required=is_required, warn=messages.append)
        file = SharedFile("uspl_canary", "https://a", tmp_path / str(len(made)))
        me = process or this_process()
        runner = Runner(host, host, me, me)
        made.append(StoreJournal(store, file, messages.append, clock=clock, lease_seconds=lease, runner=runner))
        return made[-1]

    yield make
    for journal in made:
        journal.lease.end()


def crash(journal: StoreJournal) -> None:
    """Ends a run without a word: nobody renews its lease."""
    journal.lease._ended.set()


def crash_for_good(journal: StoreJournal) -> None:
    """Ends a run without a word, and waits until its lease is over."""
    crash(journal)
    wait_until(lambda: not journal._store.call(lambda redis: redis.exists(journal.lease.key), lambda: 0))


def wait_until(holds: Callable[[], object]) -> None:
    """Waits until something holds, 20 seconds at most."""
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.slow
def test_other_machine_resumes_entry_when_lease_is_over(machines: Machines) -> None:
    one, other = machines(), machines("runner-2")
    assert one.record(make_entry(1)) is None
    assert one.record(make_entry(2)) is None
    assert other.find_interrupted(MARK) == []
    crash_for_good(one)
    assert [entry.reference for entry in other.find_interrupted(MARK)] == [f"{MARK}#00000002", f"{MARK}#00000001"]
    assert other.find_other_writer(MARK) is None


@pytest.mark.slow
def test_other_machine_waits_for_the_end_of_the_lease_and_says_so(machines: Machines, messages: list[str]) -> None:
    one, other = machines(lease=1.2), machines("runner-2")
    one.record(make_entry(1))
    crash(one)
    began = time.monotonic()
    assert other.find_other_writer(MARK) is None
    assert 1.0 < time.monotonic() - began < 2.5
    assert len(other.find_interrupted(MARK)) == 1
    (message,) = messages
    assert message == (
        f'creation of recording link "{MARK}": waiting up to 1 s: process {this_process().pid} on runner-1 has begun '
        "it, and may have ended"
    )


@pytest.mark.slow
def test_other_machine_is_refused_by_name_when_lease_is_renewed(machines: Machines, messages: list[str]) -> None:
    one, other = machines(lease=1.5), machines("runner-2")
    one.record(make_entry(1))
    writer = other.find_other_writer(MARK)
    assert writer is not None
    assert (writer.host, writer.process) == ("runner-1", this_process())
    assert other.find_interrupted(MARK) == []
    assert len(messages) == 1


def test_record_names_the_other_writer_while_its_lease_lasts(machines: Machines) -> None:
    one, other = machines(lease=5.0), machines("runner-2")
    one.record(make_entry(1))
    crash(one)
    writer = other.record(make_entry(2))
    assert writer is not None
    assert writer.host == "runner-1"
    assert other.record(make_entry(3, mark="pulumi:p/s/other")) is None
    assert other.find_by_stack("p", "s")[0] == []


@pytest.mark.slow
def test_own_entry_may_be_recorded_again_whoever_else_has_one(machines: Machines) -> None:
    one, other = machines(), machines("runner-2", lease=5.0)
    one.record(make_entry(1))
    crash_for_good(one)
    assert other.record(make_entry(2)) is None
    assert one.record(make_entry(1, "lnk_1")) is None
    assert other.list_links() == {make_entry(1).reference, make_entry(2).reference, "lnk_1"}


def test_only_one_of_two_machines_records_when_both_do_at_once(machines: Machines) -> None:
    one, other = machines(lease=5.0), machines("runner-2", lease=5.0)
    for number in range(20):
        mark = f"{MARK}{number}"
        together = threading.Barrier(2)

        def record(journal: StoreJournal, reference: int, mark: str = mark, together: Any = together) -> object:
            together.wait(5)
            return journal.record(make_entry(reference, mark=mark))

        with ThreadPoolExecutor(2) as threads:
            outcomes = list(threads.map(record, (one, other), (1, 2)))
        assert outcomes.count(None) == 1


def test_entry_of_this_machine_is_interrupted_at_once_when_its_process_has_ended(machines: Machines) -> None:
    one, other = machines(process=DEAD, lease=5.0), machines(lease=5.0)
    one.record(make_entry(1))
    assert other.find_other_writer(MARK) is None
    (entry,) = other.find_interrupted(MARK)
    assert other.record(entry._replace(link_id="lnk_1")) is None
    assert other.find_interrupted(MARK) == []


def test_entry_of_the_same_run_hinders_nobody(machines: Machines) -> None:
    one, other = machines(), machines()
    one.record(make_entry(1))
    assert other.find_other_writer(MARK) is None
    assert other.find_interrupted(MARK) == []
    assert other.record(make_entry(2)) is None


@pytest.mark.slow
def test_times_come_out_in_those_of_this_machine(machines: Machines, clock: Clock) -> None:
    one, other = machines(), machines("runner-2", clock=clock)
    clock.ahead = 900.0
    one.record(make_entry(1, "lnk_1"))
    crash_for_good(one)
    (entry,) = other.find_interrupted(MARK)
    age = clock.time() - entry.sent_at
    assert 0.1 < age < 5
    assert clock.monotonic() - entry.sent_monotonic == pytest.approx(age, abs=0.1)
    assert entry._replace(sent_at=1001.0, sent_monotonic=3.0) == make_entry(1, "lnk_1")


def test_discarded_entry_is_gone_for_all(machines: Machines, store_server: StoreServer) -> None:
    journal = machines()
    journal.record(make_entry(1))
    journal.record(make_entry(1, "lnk_1"))
    journal.discard(make_entry(1).reference)
    journal.discard(make_entry(9).reference)
    journal.lease.end()
    assert store_server.client.keys() == []


def test_entry_goes_when_the_state_holds_its_link(machines: Machines) -> None:
    one, other = machines(), machines("runner-2")
    one.record(make_entry(1, "lnk_1"))
    one.record(make_entry(2, "lnk_2", "pulumi:p/s/other"))
    one.record(make_entry(3))
    references = {number: make_entry(number).reference for number in (1, 3)}
    second = make_entry(2, "lnk_2", "pulumi:p/s/other").reference
    assert other.list_links() == {*references.values(), second, "lnk_1", "lnk_2"}
    other.remove_for_link("lnk_1", None)
    other.remove_for_link("lnk_3", references[3])
    other.remove_for_link("lnk_4", "REF-1")
    assert other.list_links() == {second, "lnk_2"}
    interrupted, alive = other.find_by_stack("p", "s")
    assert ([entry.link_id for entry in alive], interrupted) == (["lnk_2"], [])
    assert other.find_by_stack("p", "s2") == ([], [])


def test_entries_of_the_own_file_count_too(machines: Machines) -> None:
    journal = machines()
    own = Journal(journal._file)
    own.record(make_entry(1, "lnk_1"))
    assert journal.list_links() == {make_entry(1).reference, "lnk_1"}
    assert [entry.link_id for entry in journal.find_by_stack("p", "s")[1]] == ["lnk_1"]
    journal.remove_for_link("lnk_1", None)
    own.record(make_entry(2))
    journal.discard(make_entry(2).reference)
    own.record(make_entry(3))
    interrupt_run(journal._file)
    assert journal.find_interrupted(MARK) == [make_entry(3)]


def test_journal_fails_and_names_the_creation_when_the_store_is_down(
    machines: Machines, store_server: StoreServer
) -> None:
    journal = machines()
    store_server.stop()
    for call in (
        lambda: journal.record(make_entry(1)),
        lambda: journal.find_interrupted(MARK),
        lambda: journal.find_other_writer(MARK),
    ):
        with pytest.raises(LimitStoreError) as caught:
            call()
        assert str(caught.value).startswith(
            f'creation of recording link "{MARK}" failed: the limit store at 127.0.0.1:'
        )
    assert read_rows(journal._file) == []


def test_what_follows_the_post_does_not_fail_when_the_store_is_down(
    machines: Machines, store_server: StoreServer
) -> None:
    journal = machines()
    journal.record(make_entry(1))
    store_server.stop()
    assert journal.record(make_entry(1, "lnk_1")) is None
    journal.discard(make_entry(1).reference)
    journal.remove_for_link("lnk_1", None)


def test_own_file_keeps_the_journal_when_the_store_is_lost(
    machines: Machines, store_server: StoreServer, messages: list[str]
) -> None:
    journal = machines(is_required=False)
    journal.record(make_entry(1))
    store_server.stop()
    assert journal.find_other_writer(MARK) is None
    assert journal.record(make_entry(1, "lnk_1")) is None
    assert journal.record(make_entry(2)) is None
    assert sorted(read_rows(journal._file)) == [(f"{MARK}#00000001", "lnk_1"), (f"{MARK}#00000002", None)]
    assert journal.find_interrupted(MARK) == []
    assert journal.list_links() == {make_entry(1).reference, make_entry(2).reference, "lnk_1"}
    assert len(messages) == 1


@pytest.mark.slow
def test_lease_is_renewed_while_the_process_lives_even_after_the_store_was_down(
    machines: Machines, store_server: StoreServer
) -> None:
    journal = machines(lease=0.9)
    journal.record(make_entry(1))
    left = store_server.client.pttl(journal.lease.key)
    wait_until(lambda: store_server.client.pttl(journal.lease.key) < left)
    wait_until(lambda: store_server.client.pttl(journal.lease.key) >= left)
    store_server.stop()
    store_server.start()
    wait_until(lambda: store_server.client.exists(journal.lease.key))
    journal.lease.end()
    assert not store_server.client.exists(journal.lease.key)


def test_store_holds_no_key(machines: Machines, store_server: StoreServer) -> None:
    machines().record(make_entry(1, "lnk_1"))
    assert "lnk_1" in store_server.texts()
    assert "canary" not in store_server.texts()


def test_open_journal_takes_the_store_if_there_is_one(tmp_path: Path) -> None:
    file = SharedFile("key", "https://a", tmp_path)
    assert type(open_journal(file, None, print)) is Journal
    store = LimitStore(parse_store_address("redis://h"), "key", "https://a")
    assert type(open_journal(file, store, print)) is StoreJournal
