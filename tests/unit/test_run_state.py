"""What a run knows of its links: from four threads, and from several processes at once."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil
import pytest

from pulumi_userplane import run_state
from pulumi_userplane.api import shared_file
from pulumi_userplane.processes import ProcessId, this_process
from pulumi_userplane.run_state import Entry, RunState, open_file, this_run_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeProcess = Callable[[], RunState]

RUN = ProcessId(7, 1000.0, 10.0)
A, B = Entry("lnk_1", "urn:pulumi:dev::p::t::a"), Entry("lnk_1", "urn:pulumi:dev::p::t::b")


@pytest.fixture
def process(tmp_path: Path) -> MakeProcess:
    """Makes what another process of the same run knows."""
    return lambda: RunState(open_file(tmp_path / "runs", RUN, "127.0.0.1:4711"))


def test_a_mark_has_the_links_that_the_state_is_known_to_hold() -> None:
    run = RunState()
    assert run.ids_for_mark("m") == frozenset()
    assert not run.is_existing("m")
    run.record_existing("m")
    assert run.ids_for_mark("m") is None
    assert run.is_existing("m")
    run.record("lnk_1", "m")
    assert run.ids_for_mark("m") == {"lnk_1"}
    run.record("lnk_2", "m")
    run.forget("lnk_1")
    assert run.ids_for_mark("m") == {"lnk_2"}
    assert (run.holds("lnk_1"), run.holds("lnk_2")) == (False, True)


def test_a_link_is_claimed_once_in_all_processes(process: MakeProcess) -> None:
    first, second = process(), process()
    assert first.claim("lnk_1", "how")
    assert not second.claim("lnk_1", "again")
    assert (second.claim_reason("lnk_1"), second.claim_reason("lnk_2")) == ("how", None)
    first.release_claim("lnk_1")
    assert second.claim_reason("lnk_1") is None
    assert second.claim("lnk_1", "later")
    assert first.claim_reason("lnk_1") == "later"


@pytest.mark.parametrize(
    ("mark", "replaced", "is_free"), [("m", False, False), ("m", True, True), ("", False, False), ("", True, True)]
)
def test_a_link_that_the_program_declares_and_keeps_is_claimed_by_nobody(
    process: MakeProcess, mark: str, replaced: bool, is_free: bool
) -> None:
    process().record_declaration("lnk_1", "m", mark, replaces=replaced)
    assert process().claim("lnk_1", "how") is is_free


def test_nothing_is_known_of_replacing_what_has_no_mark(process: MakeProcess) -> None:
    process().record_declaration("lnk_1", "", "", replaces=False)
    process().record_replacement("")
    assert not process().claim("lnk_1", "how")


@pytest.mark.parametrize(
    "wanted", ["lnk_1", "https://help.test/r", "help.test/r/", "https://dash.test/links/lnk_1?x=1"]
)
def test_a_link_is_requested_by_whatever_names_it(process: MakeProcess, wanted: str) -> None:
    process().request_adoption(wanted, "m")
    assert process().adoption_requests("lnk_1", "https://help.test/r") == {"m"}
    assert process().adoption_requests("lnk_2", "https://help.test/s") == set()
    process().request_adoption("lnk_1", "n")
    assert process().adoption_requests("lnk_1", "https://help.test/r") == {"m", "n"}


@pytest.mark.parametrize(
    ("declared", "replaced", "by_other"),
    [
        ([], "", False),
        ([("a", "a")], "", False),
        ([("a", "b")], "", False),
        ([("c", "a")], "", False),
        ([("b", "b")], "", True),
        ([("a", "a"), ("b", "b")], "", True),
        ([("b", "b")], "b", False),
        ([("", "")], "", False),
    ],
)
def test_a_link_is_managed_by_a_resource_of_other_marks_that_keeps_it(
    process: MakeProcess, declared: list[tuple[str, str]], replaced: str, by_other: bool
) -> None:
    for marks in declared:
        process().record_declaration("lnk_1", *marks, replaces=False)
    process().record_replacement(replaced)
    assert process().is_managed_by_other("lnk_1", "a") is by_other
    assert not process().is_managed_by_other("lnk_2", "a")


def test_the_last_name_of_a_link_is_told_in_whatever_process(process: MakeProcess) -> None:
    first, second = process(), process()
    first.read_state(lambda: [A, B, Entry("lnk_2", "urn:pulumi:dev::p::t::c")])
    # What the first deletion found is what all count by; by now the state has lost a name.
    second.read_state(lambda: [B])
    assert second.release("lnk_1") == ["a", "b"]
    assert first.release("lnk_1") == []
    assert first.release("lnk_2") == []
    assert first.release("lnk_none") == []


def test_the_state_is_read_once_in_a_process_and_not_at_all_where_another_has(process: MakeProcess) -> None:
    reads: list[None] = []

    def unreadable() -> None:
        reads.append(None)

    first = process()
    first.read_state(unreadable)
    first.read_state(unreadable)
    assert len(reads) == 1
    assert first.release("lnk_1") == []
    second = process()
    second.read_state(lambda: [A, B])
    process().read_state(unreadable)
    assert len(reads) == 1
    assert first.release("lnk_1") == ["a", "b"]


def test_two_processes_that_read_at_once_count_by_what_was_recorded_first(process: MakeProcess) -> None:
    first, second = process(), process()

    def read_while_the_other_is_faster() -> list[Entry]:
        second.read_state(lambda: [A, B])
        return [A]

    first.read_state(read_while_the_other_is_faster)
    assert first.release("lnk_1") == ["a", "b"]


def test_four_threads_may_ask_and_tell_at_once(process: MakeProcess) -> None:
    run = process()

    def work(thread: int) -> int:
        for number in range(50):
            run.record(f"lnk_{thread}_{number}", f"m{number}")
            run.request_adoption(f"lnk_{thread}_{number}", "m")
            run.ids_for_mark(f"m{number}")
        return sum(run.claim(f"lnk_{number}", "how") for number in range(50))

    with ThreadPoolExecutor(4) as threads:
        claimed = sum(threads.map(work, range(4)))
    assert claimed == 50
    assert run.ids_for_mark("m7") == {f"lnk_{thread}_7" for thread in range(4)}
    assert process().adoption_requests("lnk_3_49", None) == {"m"}


def test_another_run_with_the_same_numbers_begins_anew(tmp_path: Path) -> None:
    RunState(open_file(tmp_path, RUN, "127.0.0.1:1")).claim("lnk_1", "how")
    # The clock was set; the process is the same.
    assert RunState(open_file(tmp_path, RUN._replace(started=5000.0), "127.0.0.1:1")).claim_reason("lnk_1") == "how"
    later = RUN._replace(started=2000.0, uptime=20.0)
    assert RunState(open_file(tmp_path, later, "127.0.0.1:1")).claim_reason("lnk_1") is None
    assert RunState(open_file(tmp_path, RUN, "127.0.0.1:2")).claim_reason("lnk_1") is None


def test_files_of_runs_that_ended_long_ago_are_removed(tmp_path: Path) -> None:
    for port in (1, 2):
        open_file(tmp_path, RUN, f"127.0.0.1:{port}")
    yesterday = time.time() - 25 * 3600
    os.utime(tmp_path / "7-1.sqlite", (yesterday, yesterday))
    open_file(tmp_path, RUN, "127.0.0.1:3")
    assert {file.name for file in tmp_path.iterdir()} == {"7-2.sqlite", "7-3.sqlite"}


def test_without_a_usable_file_the_process_knows_what_it_knew(tmp_path: Path) -> None:
    file = open_file(tmp_path, RUN, "")
    run = RunState(file)
    assert run.claim("lnk_1", "how")
    assert run.claim_reason("lnk_1") == "how"
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"not a database " * 1000)
    assert run.claim("lnk_2", "how")
    assert not file.shared
    assert [run.claim(link, "again") for link in ("lnk_1", "lnk_2", "lnk_3")] == [False, False, True]


def test_a_process_that_no_cli_started_shares_nothing(tmp_path: Path) -> None:
    assert this_run_state() is this_run_state()
    this_run_state().claim("lnk_1", "how")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("words", [["__main__.py", "127.0.0.1:5"], ["__main__.py"]])
def test_a_run_has_a_file_for_its_cli_and_its_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str]
) -> None:
    monkeypatch.setattr(run_state, "find_cli", psutil.Process)
    monkeypatch.setattr(run_state, "this_run", this_process)
    monkeypatch.setattr(sys, "argv", words)
    this_run_state().claim("lnk_1", "how")
    [file] = (tmp_path / "cache" / "pulumi-userplane" / "runs").iterdir()
    assert file.name == f"{os.getpid()}-{'5' if len(words) > 1 else ''}.sqlite"


def test_processes_may_be_at_it_while_a_thread_reads_the_state(process: MakeProcess) -> None:
    first, second = process(), process()
    reading, may_end = threading.Event(), threading.Event()

    def read() -> list[Entry]:
        reading.set()
        assert may_end.wait(10)
        return [A, B]

    thread = threading.Thread(target=first.read_state, args=(read,))
    thread.start()
    assert reading.wait(10)
    assert first.claim("lnk_3", "how")
    assert not second.claim("lnk_3", "how")
    may_end.set()
    thread.join()
    assert second.release("lnk_1") == ["a", "b"]


def test_without_a_home_a_process_knows_what_it_knows_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run_state, "find_cli", psutil.Process)
    monkeypatch.setattr(run_state, "cache_folder", lambda: None)
    assert this_run_state().claim("lnk_1", "how")
    assert not this_run_state().claim("lnk_1", "how")
    assert not (tmp_path / "cache").exists()


def test_without_sqlite_a_process_knows_what_it_knows_itself(
    monkeypatch: pytest.MonkeyPatch, process: MakeProcess
) -> None:
    monkeypatch.setattr(shared_file, "_HAS_SQLITE", False)
    first, second = process(), process()
    assert first.claim("lnk_1", "how")
    assert not first.claim("lnk_1", "how")
    assert second.claim("lnk_1", "how")
