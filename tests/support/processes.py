"""Waits for the end of processes that the tests did not start themselves."""

import time
from collections.abc import Iterable

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
