"""What the processes of one CLI share, and what happens when their file is removed or unusable."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from pulumi_userplane.api import shared_file
from pulumi_userplane.lifecycle.claims import Claims
from pulumi_userplane.lifecycle.shared_facts import SharedFacts, open_file
from pulumi_userplane.recovery.processes import ProcessId, this_process

if TYPE_CHECKING:
    from pathlib import Path


RUN = ProcessId(7, 1000.0, 10.0)
HELD = "another resource of this program manages it"


def test_file_is_emptied_when_another_run_has_the_same_pid(tmp_path: Path) -> None:
    def known(run: ProcessId, engine: str) -> bool:
        return Claims(SharedFacts(open_file(tmp_path, run), engine)).claim("lnk_1", "how") is not None

    run = this_process()
    assert not known(run, "127.0.0.1:1")
    # The clock was set; the process is the same.
    assert known(run._replace(started=5000.0), "127.0.0.1:1")
    assert not known(run._replace(started=2000.0, uptime=-1.0), "127.0.0.1:1")
    assert not known(run, "127.0.0.1:2")


def test_open_file_removes_the_files_of_ended_runs(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    open_file(folder, this_process())
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    for name in (f"{done.pid}.sqlite", f"{done.pid}.sqlite-journal", "unknown.sqlite"):
        (folder / name).touch()
    open_file(folder, ProcessId.of(psutil.Process(os.getppid())))
    assert {file.name for file in folder.iterdir()} == {f"{pid}.sqlite" for pid in (os.getpid(), os.getppid())}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_facts_are_shared_again_when_somebody_removed_the_file(tmp_path: Path) -> None:
    first = Claims(SharedFacts(open_file(tmp_path, RUN)))
    for number in range(9):
        first.claim(f"lnk_{number}", "how")
    first.record_declaration("lnk_8", "m", "m", is_replaced=False)
    (path,) = tmp_path.iterdir()
    path.unlink()
    second = Claims(SharedFacts(open_file(tmp_path, RUN)))
    assert second.claim("lnk_new", "how") is None
    assert first.claim("lnk_new", "how") == HELD
    assert first.claim("lnk_0", "how") == HELD


def test_process_keeps_its_facts_when_the_file_is_unusable(tmp_path: Path) -> None:
    file = open_file(tmp_path, RUN)
    run = Claims(SharedFacts(file))
    assert run.claim("lnk_1", "how") is None
    assert run.claim("lnk_1", "how") == HELD
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"not a database " * 1000)
    assert run.claim("lnk_2", "how") is None
    assert not file.is_shared
    assert [run.claim(link, "again") for link in ("lnk_1", "lnk_2", "lnk_3")] == [HELD, HELD, None]


def test_process_keeps_its_facts_when_there_is_no_sqlite(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shared_file, "_HAS_SQLITE", False)
    first, second = (Claims(SharedFacts(open_file(tmp_path, RUN))) for _ in range(2))
    assert first.claim("lnk_1", "how") is None
    assert first.claim("lnk_1", "how") == HELD
    assert second.claim("lnk_1", "how") is None


@pytest.mark.parametrize("has_siblings", [True, False])
def test_facts_are_complete_when_all_processes_share_them(tmp_path: Path, has_siblings: bool) -> None:
    assert SharedFacts(open_file(tmp_path, RUN), has_siblings=lambda: has_siblings).are_complete()
    assert SharedFacts(None, has_siblings=lambda: has_siblings).are_complete() != has_siblings
    (tmp_path / "file").touch()
    unusable = SharedFacts(open_file(tmp_path / "file", RUN), has_siblings=lambda: has_siblings)
    assert unusable.are_complete() != has_siblings
