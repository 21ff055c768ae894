"""Prepares the machine for a test run: keeps temporary files in memory, and lets Ctrl-C reach the tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

MEMORY = Path("/dev/shm")
_MEMORY_NEEDED = 2 * 1024**3


def pytest_configure() -> None:
    """Does both, before anything runs."""
    _keep_temporary_files_in_memory()
    _hear_interrupts()


def _keep_temporary_files_in_memory() -> None:
    """SQLite waits for the disk at each commit, which proves nothing here: no test cuts the power."""
    if "PYTEST_DEBUG_TEMPROOT" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    there = os.statvfs(MEMORY)
    # Programs are run from temporary folders, too.
    if there.f_bavail * there.f_frsize > _MEMORY_NEEDED and not there.f_flag & os.ST_NOEXEC:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)


def _hear_interrupts() -> None:
    """A script's background job ignores Ctrl-C, and so do the programs that it starts: here some are interrupted."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
