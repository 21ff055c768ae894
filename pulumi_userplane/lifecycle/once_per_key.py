"""Makes each value once, while the threads that need the same one wait for it."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class OncePerKey(Generic[K, V]):
    """Values that are made once for each key; a thread that asks meanwhile waits for the one that makes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: defaultdict[K, threading.Lock] = defaultdict(threading.Lock)
        self._values: dict[K, V] = {}

    def get(self, key: K, make: Callable[[], V], waited: Callable[[float], None] = lambda _seconds: None) -> V:
        """Returns the value of a key, made now if need be; where making it fails, the next caller tries again.

        Args:
            key: The key.
            make: Makes the value.
            waited: Is told how many seconds this thread waited for another one.
        """
        with self._lock:
            lock = self._locks[key]
        began = time.monotonic()
        with lock:
            waited(time.monotonic() - began)
            if key not in self._values:
                self._values[key] = make()
            return self._values[key]

    def values(self) -> list[V]:
        """Returns the values made so far."""
        with self._lock:
            return list(self._values.values())

    def clear(self) -> None:
        """Forgets all values."""
        with self._lock:
            self._values.clear()
