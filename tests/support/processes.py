"""Finds processes that the tests did not start themselves, and waits for their end."""

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

import psutil


def has_ended(process: psutil.Process) -> bool:
    """Returns whether a process runs no more, also where nobody collects what orphans leave, as in many containers."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_ended(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Waits until processes have ended, and returns those that still run after the time."""
    end = time.monotonic() + seconds
    left = list(processes)
    while (left := [process for process in left if not has_ended(process)]) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def processes_of(folder: Path) -> list[str]:
    """Returns the processes that have this folder in their environment, as all that the demo starts."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        # Others may end while they are looked at.
        with contextlib.suppress(OSError):
            if os.fsencode(folder) in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
    return found
