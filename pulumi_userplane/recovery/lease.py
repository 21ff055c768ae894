"""The lease of a process in the limit store: it shows other machines that the process still runs.

A thread renews it; once the process has ended, it is over when its time is up, by the store's clock.
"""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_userplane.api.limit_store import LimitStore

LEASE_SECONDS = 30.0
_RENEWALS = 3
"""How often a lease is renewed in its time: two renewals in a row may fail."""


class Lease:
    """The lease of this process, for what it journals in one store.

    Args:
        store: The store.
        seconds: How long it lasts without a renewal.

    Attributes:
        name: What tells it from those of other processes.
        key: The store's entry that exists while it lasts.
        milliseconds: How long it lasts without a renewal.
    """

    def __init__(self, store: LimitStore, seconds: float = LEASE_SECONDS) -> None:
        self.name = uuid.uuid4().hex
        self.key = key(store, self.name)
        self.milliseconds = round(seconds * 1000)
        self._store = store
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def keep(self) -> None:
        """Renews it from now on, as long as this process runs."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew, name="limit store lease", daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Ends it, as if the process had ended, but at once."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._store.try_call(lambda redis: redis.delete(self.key))

    def _renew(self) -> None:
        while not self._ended.wait(self.milliseconds / 1000 / _RENEWALS):
            self._store.try_call(lambda redis: redis.set(self.key, "", px=self.milliseconds))


def key(store: LimitStore, name: str) -> str:
    """Returns the store's entry that exists while a lease lasts."""
    return store.key("lease", name)
