"""What one run of a program has heard by its look-ups and claimed for its links, so that nothing is so twice."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorStub
from pulumi.runtime.settings import get_monitor

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

T = TypeVar("T")


class ProgramRun:
    """One run of a program.

    Attributes:
        lock: Held by the look-up that is at work; those of other threads then find what it has heard.
        unverified: What to say of each domain that is not verified, by its id.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.unverified: dict[str, str] = {}
        self._cache: dict[Hashable, Any] = {}
        self._claimed: set[tuple[str, str]] = set()

    def cached(self, key: Hashable, ask: Callable[[], T]) -> T:
        """Returns what was heard under that key, or asks; a failure is not remembered."""
        if key not in self._cache:
            self._cache[key] = ask()
        heard: T = self._cache[key]
        return heard

    def claim(self, key: str, value: object) -> bool:
        """Returns whether nobody has claimed this value of a key before; Outputs and empty texts are free to all."""
        if not isinstance(value, str) or not value:
            return True
        is_first = (key, value) not in self._claimed
        self._claimed.add((key, value))
        return is_first

    def unverified_domain(self, domain_id: object) -> str | None:
        """Returns what to say of a domain, if a look-up has found that it is not verified; no Output is waited for."""
        return self.unverified.get(domain_id) if isinstance(domain_id, str) else None


class LazyList(Generic[T]):
    """A list that is read as far as somebody has looked, each page once."""

    def __init__(self, ask: Callable[[], Iterator[T]]) -> None:
        self._ask = ask
        self._read: list[T] = []
        self._rest = ask()

    def __iter__(self) -> Iterator[T]:
        yield from self._read
        try:
            for row in self._rest:
                self._read.append(row)
                yield row
        except Exception:
            # What broke off must not pass for the whole list the next time.
            self._read, self._rest = [], self._ask()
            raise


_RUNS: WeakKeyDictionary[Any, ProgramRun] = WeakKeyDictionary()
_LOCK = threading.Lock()


def current_program_run() -> ProgramRun:
    """Returns the run that the caller is part of; outside of any, one that nobody else shares.

    A process is not always one run: Pulumi's Automation API runs a program many times in one, and mocks
    (`pulumi.runtime.set_mocks`) stay for all the tests of a file.
    """
    monitor = get_monitor()
    if not isinstance(monitor, ResourceMonitorStub):
        return ProgramRun()
    with _LOCK:
        return _RUNS.setdefault(monitor, ProgramRun())
