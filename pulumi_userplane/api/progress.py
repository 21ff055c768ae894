"""Says how far a run is: of long work, and with whatever is said of a wait."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONG_SECONDS = 15.0
_PAUSE_SECONDS = 5.0

WORTH_SAYING = 1.0
"""The shortest wait, in seconds, that anybody is told of."""


def wait_in_words(seconds: float) -> str:
    """Returns how long a wait is, never as 0 s."""
    return f"{seconds:.0f} s" if seconds >= WORTH_SAYING else "less than 1 s"


class Throttled:
    """Passes a message on at most every so many seconds, from whatever thread it comes."""

    def __init__(self, say: Callable[[str], None], seconds: float = _LONG_SECONDS) -> None:
        self._say = say
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
        self._say(message)


class Progress:
    """Counts links and requests; how many links are still to come only the engine knows.

    Args:
        say: Told at most every 15 s, of work once it has gone on for so long.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = Throttled(say)
        self._lock = threading.Lock()
        self._links: Counter[str] = Counter()
        self._requests = 0
        self._under_way = 0
        self._began = self._ended = -_PAUSE_SECONDS

    @contextlib.contextmanager
    def link(self, done: str) -> Iterator[None]:
        """Counts one link when it is done; `done` says what was done, for example "read"."""
        with self._lock:
            now = time.monotonic()
            if not self._under_way and now - self._ended >= _PAUSE_SECONDS:
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
                is_long = self._ended - self._began >= _LONG_SECONDS
                is_said = is_long and self._links.total() > 1
        if is_said:
            self._say(self._so_far())

    def sends(self) -> None:
        """Counts one request."""
        with self._lock:
            self._requests += 1

    def waits(self, message: str) -> None:
        """Says why something waits, and how far the run is."""
        self._say(f"{message}; {self._so_far()}" if self._links else message)

    def _so_far(self) -> str:
        with self._lock:
            links = ", ".join(f"{count} {done}" for done, count in self._links.items())
        return f"links so far: {links}; requests: {self._requests}"
