"""Runs one command to its end and watches what it and all that it starts take: time, memory, CPU."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    import subprocess

_SECONDS_BETWEEN = 0.1


@dataclass
class Usage:
    """What a command has taken.

    Attributes:
        seconds: From its start to its end.
        code: Its exit code; None when it was stopped because the time was over.
        largest: The most bytes that one of its processes had in memory.
        whole: The most that all of them had at a time; shared pages count for each.
        watching: CPU seconds that the watching itself took.
    """

    seconds: float = 0.0
    code: int | None = None
    largest: int = 0
    whole: int = 0
    watching: float = 0.0
    _cpu: dict[tuple[int, float], float] = field(default_factory=dict)

    @property
    def cpu(self) -> float:
        """CPU seconds of all its processes, as last seen of each."""
        return sum(self._cpu.values())

    def measure(self, process: psutil.Process) -> None:
        """Takes down what the process and its descendants take now."""
        whole = 0
        for watched in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess), watched.oneshot():
                used = watched.memory_info().rss
                times = watched.cpu_times()
                whole += used
                self.largest = max(self.largest, used)
                self._cpu[watched.pid, watched.create_time()] = times.user + times.system
        self.whole = max(self.whole, whole)


def watch(process: subprocess.Popen[bytes], begin: float, limit: float) -> Usage:
    """Waits for the end of a process that began then, at most so many seconds; it is killed when they are over."""
    watched = Usage()
    ended = Event()
    watcher = Thread(target=_keep_looking, args=(watched, process, ended, begin + limit))
    watcher.start()
    try:
        process.wait()
        watched.seconds = time.monotonic() - begin
    finally:
        ended.set()
        watcher.join()
    # It is killed at the limit, and at no other time.
    watched.code = process.returncode if watched.seconds < limit else None
    return watched


def _keep_looking(watched: Usage, process: subprocess.Popen[bytes], ended: Event, end: float) -> None:
    with suppress(psutil.NoSuchProcess):
        seen = psutil.Process(process.pid)
        while not ended.is_set() and time.monotonic() < end:
            watched.measure(seen)
            ended.wait(_SECONDS_BETWEEN)
    watched.watching = time.thread_time()
    # A process that can't be seen any more still has to be waited for.
    if not ended.wait(max(0.0, end - time.monotonic())):
        process.kill()
