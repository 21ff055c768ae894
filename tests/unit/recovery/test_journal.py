"""The journal of creations: which entries it keeps, whose they are, and when they go."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from pulumi_userplane.api.shared_file import SharedFile
from pulumi_userplane.recovery import journal
from pulumi_userplane.recovery.journal import Journal, JournalEntry, Writer
from pulumi_userplane.recovery.processes import ProcessId, this_process, this_run_id
from tests.support.journal_rows import read_rows

if TYPE_CHECKING:
    from pathlib import Path

MARK = "pulumi:p/s/n"


@pytest.fixture
def file(tmp_path: Path) -> SharedFile:
    return SharedFile("key", "https://a", tmp_path)


def make_entry(number: int, link_id: str | None = None, mark: str = MARK) -> JournalEntry:
    return JournalEntry(f"{mark}#{number:08x}", "ws", "dom", link_id, 1000.0 + number, 2000.0, 3.0)


DEAD = ProcessId(1, 0.0, -1.0)


def record_as(file: SharedFile, entry: JournalEntry, process: ProcessId = DEAD, run: ProcessId | None = None) -> None:
    """Records an entry in the name of that process."""
    assert Journal(file).record(entry) is None
    values = (*process, *(run or process), entry.reference)
    with file.transaction() as database:
        database.execute(
            f"UPDATE {journal.TABLE} SET process_pid = ?, process_started = ?, process_uptime = ?, "
            "run_pid = ?, run_started = ?, run_uptime = ? WHERE reference = ?",
            values,
        )


def references(file: SharedFile) -> set[str]:
    return {reference for reference, _ in read_rows(file)}


def test_find_abandoned_skips_entry_when_process_is_this_one(file: SharedFile) -> None:
    Journal(file).record(make_entry(1))
    assert Journal(file).find_interrupted(MARK) == []
    assert references(file) == {make_entry(1).reference}


def test_find_abandoned_returns_entries_of_mark_newest_first_when_processes_ended(file: SharedFile) -> None:
    for entry in (make_entry(1), make_entry(3, "lnk_3"), make_entry(2), make_entry(9, mark="pulumi:p/s/n2")):
        record_as(file, entry)
    assert Journal(file).find_interrupted(MARK) == [make_entry(3, "lnk_3"), make_entry(2), make_entry(1)]


def test_find_abandoned_returns_entry_when_another_process_has_its_pid(file: SharedFile) -> None:
    me = this_process()
    record_as(file, make_entry(1), me._replace(started=me.started - 100, uptime=me.uptime - 100))
    record_as(file, make_entry(2), me)
    assert Journal(file).find_interrupted(MARK) == [make_entry(1)]


def test_find_abandoned_returns_entry_when_process_is_a_zombie(file: SharedFile) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        record_as(file, make_entry(1), ProcessId.of(psutil.Process(child.pid)), this_run_id())
        assert Journal(file).find_interrupted(MARK) == []
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert Journal(file).find_interrupted(MARK) == [make_entry(1)]


def test_find_abandoned_returns_entry_when_pid_is_unused(file: SharedFile) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    record_as(file, make_entry(1), this_process()._replace(pid=done.pid))
    assert Journal(file).find_interrupted(MARK) == [make_entry(1)]


def test_record_replaces_entry_when_reference_is_the_same(file: SharedFile) -> None:
    record_as(file, make_entry(1))
    record_as(file, make_entry(1, "lnk_1"))
    assert Journal(file).find_interrupted(MARK) == [make_entry(1, "lnk_1")]
    Journal(file).discard(make_entry(1).reference)
    assert references(file) == set()


def test_confirm_removes_entry_when_state_holds_link(file: SharedFile) -> None:
    record_as(file, make_entry(1, "lnk_1"))
    record_as(file, make_entry(2, "lnk_2"))
    Journal(file).remove_for_link("lnk_1", None)
    Journal(file).remove_for_link("lnk_none", "REF-1")
    assert references(file) == {make_entry(2).reference}


def test_confirm_removes_entry_without_an_id_when_state_holds_its_reference(file: SharedFile) -> None:
    record_as(file, make_entry(1))
    record_as(file, make_entry(2))
    Journal(file).remove_for_link("lnk_1", make_entry(1).reference)
    assert references(file) == {make_entry(2).reference}


def test_list_links_returns_references_and_ids_that_are_known(file: SharedFile) -> None:
    record_as(file, make_entry(1))
    record_as(file, make_entry(2, "lnk_2"))
    assert Journal(file).list_links() == {make_entry(1).reference, make_entry(2).reference, "lnk_2"}


def test_find_by_stack_separates_abandoned_entries_from_those_in_progress(file: SharedFile) -> None:
    record_as(file, make_entry(1))
    Journal(file).record(make_entry(2, mark="pulumi:p/s/m"))
    record_as(file, make_entry(3, mark="pulumi:p/s2/n"))
    record_as(file, make_entry(4, mark="pulumi:p%s/n"))
    assert Journal(file).find_by_stack("p", "s") == ([make_entry(1)], [make_entry(2, mark="pulumi:p/s/m")])


def test_record_writes_nothing_when_another_run_creates_the_link(file: SharedFile) -> None:
    me = this_process()
    other = me._replace(pid=me.pid + 1)
    # Answered or not; a dead process and one of this run are in nobody's way.
    record_as(file, make_entry(1), run=other)
    record_as(file, make_entry(2), process=me, run=this_run_id())
    assert Journal(file).find_other_writer(MARK) is None
    record_as(file, make_entry(3, "lnk_3"), process=me, run=other)
    assert Journal(file).find_other_writer(MARK) == Writer(me, other)
    assert Journal(file).find_other_writer(f"{MARK}2") is None
    assert Journal(file).record(make_entry(4)) == Writer(me, other)
    assert make_entry(4).reference not in references(file)
    assert Journal(file).record(make_entry(5, mark=f"{MARK}2")) is None


def test_record_updates_own_entry_when_another_run_has_one(file: SharedFile) -> None:
    assert Journal(file).record(make_entry(1)) is None
    me = this_process()
    other = me._replace(pid=me.pid + 1)
    with file.transaction() as database:
        database.execute(
            f"INSERT INTO {journal.TABLE} SELECT 'other', workspace_id, domain_id, link_id, sent_at, server_time, "
            "uptime, is_answered, has_checkpoints, is_reported, process_pid, process_started, process_uptime, "
            "?, ?, ?, mark "
            f"FROM {journal.TABLE}",
            other,
        )
    assert Journal(file).find_other_writer(MARK) == Writer(me, other)
    assert Journal(file).record(make_entry(1, "lnk_1")) is None
    assert Journal(file).record(make_entry(2)) == Writer(me, other)


def test_journal_moves_entries_when_table_is_an_earlier_one(file: SharedFile) -> None:
    with file.transaction() as database:
        database.execute(
            "CREATE TABLE journal_v1 (reference TEXT PRIMARY KEY, mark TEXT NOT NULL, workspace_id TEXT NOT NULL, "
            "domain_id TEXT NOT NULL, link_id TEXT, sent_at REAL NOT NULL, server_time REAL, uptime REAL NOT NULL, "
            "process_pid INTEGER NOT NULL, process_started REAL NOT NULL, process_uptime REAL NOT NULL, "
            "run_pid INTEGER NOT NULL, run_started REAL NOT NULL, run_uptime REAL NOT NULL)"
        )
        for entry, process in ((make_entry(1), DEAD), (make_entry(2, "lnk_2"), this_process())):
            values = (entry.reference, entry.mark, *entry[1:7], *process, *this_run_id())
            database.execute(f"INSERT INTO journal_v1 VALUES ({', '.join('?' * 14)})", values)
    # Whether a link whose id is known was answered is unknown now, so the state has to tell.
    second = make_entry(2, "lnk_2")._replace(is_answered=True)
    assert Journal(file).find_by_stack("p", "s") == ([make_entry(1)], [second])
    assert Journal(file).record(make_entry(3)) is None
    assert references(file) == {make_entry(number).reference for number in (1, 2, 3)}
    with file.transaction() as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"requests", "pauses", "refusals", "pace", "free_slots", journal.TABLE}


def test_journal_keeps_what_an_entry_says_of_its_run(file: SharedFile) -> None:
    entry = make_entry(1, "lnk_1")._replace(is_answered=True, has_checkpoints=False, is_reported=True)
    record_as(file, entry)
    assert Journal(file).find_interrupted(MARK) == [entry]
