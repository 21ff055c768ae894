"""Tells the user of waits and of long work, at most every 15 s; whoever waits compares with `MIN_WAIT_TO_NOTIFY`."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING

from pulumi_userplane.api.clock import SYSTEM_CLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.api.clock import Clock

MIN_WAIT_TO_NOTIFY = 1.0
"""The shortest wait, in seconds, that the user is told of."""

NOTIFY_INTERVAL = 15.0
"""The seconds between two messages, and after which work counts as long."""

_IDLE_SECONDS = 5.0
"""The pause between two links after which work begins anew: the run was busy with something else."""


def format_wait(seconds: float) -> str:
    """Returns a wait in words, never as 0 s."""
    return f"{seconds:.0f} s" if seconds >= MIN_WAIT_TO_NOTIFY else "less than 1 s"


class ThrottledNotifier:
    """Passes on at most one message every `NOTIFY_INTERVAL` seconds; the others are dropped.

    Args:
        notify: Receives the messages.
        clock: What the interval goes by.
    """

    def __init__(self, notify: Callable[[str], None], clock: Clock = SYSTEM_CLOCK) -> None:
        self._notify = notify
        self._clock = clock
        self._lock = threading.Lock()
        self._last = -NOTIFY_INTERVAL

    def __call__(self, message: str) -> None:
        """Passes the message on, unless another one was passed on a moment ago."""
        with self._lock:
            now = self._clock.monotonic()
            if now - self._last < NOTIFY_INTERVAL:
                return
            self._last = now
        self._notify(message)


class Progress:
    """Counts links and requests, and tells the user of waits and of long work. Only the engine knows what is to come.

    Args:
        notify: Receives the messages, at most one every `NOTIFY_INTERVAL` seconds.
        clock: What they go by.
    """

    def __init__(self, notify: Callable[[str], None], clock: Clock = SYSTEM_CLOCK) -> None:
        self._notify = ThrottledNotifier(notify, clock)
        self._clock = clock
        self._lock = threading.Lock()
        self._links: Counter[str] = Counter()
        self._requests = 0
        self._in_flight = 0
        self._began = self._ended = -_IDLE_SECONDS

    @contextlib.contextmanager
    def track_link(self, action: str) -> Iterator[None]:
        """Counts one link when it is done, and tells the user how far the run is if it has worked for long.

        Args:
            action: What is done to the link, as a participle: for example "read".
        """
        with self._lock:
            now = self._clock.monotonic()
            if not self._in_flight and now - self._ended >= _IDLE_SECONDS:
                self._began = now
            self._in_flight += 1
        try:
            yield
            with self._lock:
                self._links[action] += 1
        finally:
            with self._lock:
                self._in_flight -= 1
                self._ended = self._clock.monotonic()
                is_long = self._ended - self._began >= NOTIFY_INTERVAL
                should_notify = is_long and self._links.total() > 1
        if should_notify:
            self._notify(self._summary())

    def count_request(self) -> None:
        """Counts one request."""
        with self._lock:
            self._requests += 1

    def notify_wait(self, message: str) -> None:
        """Tells the user why something waits, and how far the run is."""
        self._notify(f"{message}; {self._summary()}" if self._links else message)

    def _summary(self) -> str:
        with self._lock:
            links = ", ".join(f"{count} {action}" for action, count in self._links.items())
        return f"links so far: {links}; requests: {self._requests}"
