"""Says how far a run is: of long work, and with whatever is said of a wait."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOTIFY_INTERVAL = 15.0
_IDLE_SECONDS = 5.0

MIN_WAIT_TO_NOTIFY = 1.0
"""The shortest wait, in seconds, that anybody is told of."""


def format_wait(seconds: float) -> str:
    """Returns how long a wait is, never as 0 s."""
    return f"{seconds:.0f} s" if seconds >= MIN_WAIT_TO_NOTIFY else "less than 1 s"


class ThrottledNotifier:
    """Passes a message on at most every so many seconds, from whatever thread it comes."""

    def __init__(self, notify: Callable[[str], None], seconds: float = NOTIFY_INTERVAL) -> None:
        self._notify = notify
        self._seconds = seconds
        self._lock = threading.Lock()
        self._last = -seconds

    def __call__(self, message: str) -> None:
        """Says the message, unless another one was said a moment ago."""
        with self._lock:
            now = time.monotonic()
            if now - self._last < self._seconds:
                return
            self._last = now
        self._notify(message)


class Progress:
    """Counts links and requests; how many links are still to come only the engine knows.

    Args:
        notify: Told at most every 15 s, of work once it has gone on for so long.
    """

    def __init__(self, notify: Callable[[str], None]) -> None:
        self._notify = ThrottledNotifier(notify)
        self._lock = threading.Lock()
        self._links: Counter[str] = Counter()
        self._requests = 0
        self._under_way = 0
        self._began = self._ended = -_IDLE_SECONDS

    @contextlib.contextmanager
    def track_link(self, done: str) -> Iterator[None]:
        """Counts one link when it is done; `done` says what was done, for example "read"."""
        with self._lock:
            now = time.monotonic()
            if not self._under_way and now - self._ended >= _IDLE_SECONDS:
                # Between one link and the next, the run was busy with something else.
                self._began = now
            self._under_way += 1
        try:
            yield
            with self._lock:
                self._links[done] += 1
        finally:
            with self._lock:
                self._under_way -= 1
                self._ended = time.monotonic()
                is_long = self._ended - self._began >= NOTIFY_INTERVAL
                is_said = is_long and self._links.total() > 1
        if is_said:
            self._notify(self._so_far())

    def count_request(self) -> None:
        """Counts one request."""
        with self._lock:
            self._requests += 1

    def notify_wait(self, message: str) -> None:
        """Says why something waits, and how far the run is."""
        self._notify(f"{message}; {self._so_far()}" if self._links else message)

    def _so_far(self) -> str:
        with self._lock:
            links = ", ".join(f"{count} {done}" for done, count in self._links.items())
        return f"links so far: {links}; requests: {self._requests}"
