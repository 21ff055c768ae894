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
from pulumi_userplane.recovery.journal import JournalEntry, Writer
from pulumi_userplane.recovery.processes import ProcessId, this_process, this_run
from tests.support.journal_rows import read_rows

if TYPE_CHECKING:
    from pathlib import Path

MARK = "pulumi:p/s/n"


@pytest.fixture
def file(tmp_path: Path) -> SharedFile:
    return SharedFile("key", "https://a", tmp_path)


def note(number: int, link_id: str | None = None, mark: str = MARK) -> JournalEntry:
    return JournalEntry(f"{mark}#{number:08x}", "ws", "dom", link_id, 1000.0 + number, 2000.0, 3.0)


DEAD = ProcessId(1, 0.0, -1.0)


def write(file: SharedFile, written: JournalEntry, process: ProcessId = DEAD, run: ProcessId | None = None) -> None:
    """Writes a note in the name of that process."""
    assert journal.record(file, written) is None
    values = (*process, *(run or process), written.reference)
    with file.transaction() as database:
        database.execute(
            f"UPDATE {journal.TABLE} SET process_pid = ?, process_started = ?, process_uptime = ?, "
            "run_pid = ?, run_started = ?, run_uptime = ? WHERE reference = ?",
            values,
        )


def references(file: SharedFile) -> set[str]:
    return {reference for reference, _ in read_rows(file)}


def test_a_note_of_this_process_is_not_left(file: SharedFile) -> None:
    journal.record(file, note(1))
    assert journal.find_abandoned(file, MARK) == []
    assert references(file) == {note(1).reference}


def test_notes_of_dead_processes_come_newest_first_and_of_this_mark_alone(file: SharedFile) -> None:
    for one in (note(1), note(3, "lnk_3"), note(2), note(9, mark="pulumi:p/s/n2")):
        write(file, one)
    assert journal.find_abandoned(file, MARK) == [note(3, "lnk_3"), note(2), note(1)]


def test_a_number_that_another_process_has_now_is_no_life(file: SharedFile) -> None:
    me = this_process()
    write(file, note(1), me._replace(started=me.started - 100, uptime=me.uptime - 100))
    write(file, note(2), me)
    assert journal.find_abandoned(file, MARK) == [note(1)]


def test_a_process_that_ended_and_was_not_waited_for_is_dead(file: SharedFile) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        write(file, note(1), ProcessId.of(psutil.Process(child.pid)), this_run())
        assert journal.find_abandoned(file, MARK) == []
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert journal.find_abandoned(file, MARK) == [note(1)]


def test_a_process_that_is_no_more_is_dead(file: SharedFile) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    write(file, note(1), this_process()._replace(pid=done.pid))
    assert journal.find_abandoned(file, MARK) == [note(1)]


def test_a_note_is_written_anew_and_dropped(file: SharedFile) -> None:
    write(file, note(1))
    write(file, note(1, "lnk_1"))
    assert journal.find_abandoned(file, MARK) == [note(1, "lnk_1")]
    journal.discard(file, note(1).reference)
    assert references(file) == set()


def test_a_link_that_the_state_holds_needs_no_note(file: SharedFile) -> None:
    write(file, note(1, "lnk_1"))
    write(file, note(2, "lnk_2"))
    journal.confirm(file, "lnk_1")
    journal.confirm(file, "lnk_none")
    assert references(file) == {note(2).reference}


def test_the_ids_of_all_notes_are_those_that_are_known(file: SharedFile) -> None:
    write(file, note(1))
    write(file, note(2, "lnk_2"))
    assert journal.list_link_ids(file) == {"lnk_2"}


def test_the_notes_of_a_stack_are_told_by_life(file: SharedFile) -> None:
    write(file, note(1))
    journal.record(file, note(2, mark="pulumi:p/s/m"))
    write(file, note(3, mark="pulumi:p/s2/n"))
    write(file, note(4, mark="pulumi:p%s/n"))
    assert journal.find_by_stack(file, "p", "s") == ([note(1)], [note(2, mark="pulumi:p/s/m")])


def test_a_living_process_of_another_run_is_told_and_nothing_is_written_beside_it(file: SharedFile) -> None:
    me = this_process()
    other = me._replace(pid=me.pid + 1)
    # Answered or not; a dead process and one of this run are in nobody's way.
    write(file, note(1), run=other)
    write(file, note(2), process=me, run=this_run())
    assert journal.find_other_writer(file, MARK) is None
    write(file, note(3, "lnk_3"), process=me, run=other)
    assert journal.find_other_writer(file, MARK) == Writer(me, other)
    assert journal.find_other_writer(file, f"{MARK}2") is None
    assert journal.record(file, note(4)) == Writer(me, other)
    assert note(4).reference not in references(file)
    assert journal.record(file, note(5, mark=f"{MARK}2")) is None


def test_what_was_noted_is_noted_anew_whatever_another_run_does(file: SharedFile) -> None:
    assert journal.record(file, note(1)) is None
    me = this_process()
    other = me._replace(pid=me.pid + 1)
    with file.transaction() as database:
        database.execute(
            f"INSERT INTO {journal.TABLE} SELECT 'other', workspace_id, domain_id, link_id, sent_at, server_time, "
            f"uptime, process_pid, process_started, process_uptime, ?, ?, ?, mark FROM {journal.TABLE}",
            other,
        )
    assert journal.find_other_writer(file, MARK) == Writer(me, other)
    assert journal.record(file, note(1, "lnk_1")) is None
    assert journal.record(file, note(2)) == Writer(me, other)


def test_entries_of_the_unversioned_table_are_moved(file: SharedFile) -> None:
    me = this_process()
    with file.transaction() as database:
        database.execute(
            "CREATE TABLE creations (reference TEXT PRIMARY KEY, mark TEXT NOT NULL, workspace_id TEXT NOT NULL, "
            "domain_id TEXT NOT NULL, link_id TEXT, sent_at REAL NOT NULL, server_time REAL, "
            "uptime_at_sending REAL NOT NULL, pid INTEGER NOT NULL, started REAL NOT NULL, uptime REAL NOT NULL, "
            "run_pid INTEGER NOT NULL, run_started REAL NOT NULL, run_uptime REAL NOT NULL)"
        )
        for entry, process in ((note(1), DEAD), (note(2, "lnk_2"), me)):
            mark_and_entry = (entry.reference, entry.mark, *entry[1:])
            database.execute(
                f"INSERT INTO creations VALUES ({', '.join('?' * 14)})", (*mark_and_entry, *process, *this_run())
            )
    assert journal.find_by_stack(file, "p", "s") == ([note(1)], [note(2, "lnk_2")])
    assert journal.record(file, note(3)) is None
    assert references(file) == {note(number).reference for number in (1, 2, 3)}
    with file.transaction() as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"requests", "pauses", journal.TABLE}
