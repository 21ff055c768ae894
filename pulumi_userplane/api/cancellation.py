"""Ends what a run waits for as soon as the run is canceled: a Ctrl-C reaches a plugin as the request to cancel.

A request that was sent can't be taken back: its response is awaited, at most until its time-out. A thread that waits
for the request of another one ends with that.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import RunCanceledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.api.errors import Operation


class Cancellation:
    """Whether a run was canceled; once it is, it stays so. Several threads can use it.

    Whoever begins a request asks first, and whoever waits is woken.
    """

    def __init__(self) -> None:
        self._is_requested = threading.Event()
        self._lock = threading.Lock()
        self._ends: list[Callable[[], object]] = []

    @property
    def is_requested(self) -> bool:
        """Whether the run was canceled."""
        return self._is_requested.is_set()

    def request(self) -> None:
        """Cancels the run; a second time it changes nothing."""
        with self._lock:
            self._is_requested.set()
            for end in self._ends:
                end()

    def require_not_requested(self, operation: Operation | None = None) -> None:
        """Raises if the run was canceled.

        Args:
            operation: What is being done, for the error.

        Raises:
            RunCanceledError: It was.
        """
        if self.is_requested:
            raise RunCanceledError(operation)

    def sleep(self, seconds: float) -> None:
        """Waits, but not longer than until the run is canceled.

        Raises:
            RunCanceledError: It was.
        """
        if self._is_requested.wait(seconds):
            raise RunCanceledError

    @contextmanager
    def call_when_requested(self, end: Callable[[], object]) -> Iterator[None]:
        """Calls a function if the run is canceled meanwhile, or was before.

        Args:
            end: Ends at once what this thread is about to wait for; it may have ended by itself.
        """
        with self._lock:
            self._ends.append(end)
            if self.is_requested:
                end()
        try:
            yield
        finally:
            with self._lock:
                self._ends.remove(end)


class CancelableClock:
    """The system's clock, whose waits end with an error when the run is canceled.

    Args:
        cancellation: Tells when.
    """

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation

    def time(self) -> float:
        """Returns the seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Returns seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        """Waits.

        Raises:
            RunCanceledError: The run was canceled before or meanwhile.
        """
        self._cancellation.sleep(seconds)


@contextmanager
def name_operation(operation: Operation) -> Iterator[None]:
    """Names the operation in the error of a wait that ends inside because the run was canceled."""
    try:
        yield
    except RunCanceledError as error:
        error.operation = error.operation or operation
        raise
