"""Per-run cache of look-ups, and the marks and adoptions already in use."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorStub
from pulumi.runtime.settings import get_monitor

from pulumi_userplane.lookups.source import Cache


class ProgramRun:
    """One run of a program.

    Attributes:
        cache: What the look-ups of this run have read.
    """

    def __init__(self) -> None:
        self.cache = Cache()
        self._claimed: set[tuple[str, str]] = set()

    def claim(self, argument: str, value: object) -> bool:
        """Claims the value of an argument for one link, and returns whether no other link has claimed it.

        Outputs and empty texts are never claimed: an Output's value is not known yet, and an empty text names nothing.
        """
        if not isinstance(value, str) or not value:
            return True
        is_first = (argument, value) not in self._claimed
        self._claimed.add((argument, value))
        return is_first

    def unverified_domain(self, domain_id: object) -> str | None:
        """Returns why no new link can be on a domain, if a look-up of this run read it; None for an Output."""
        return self.cache.unverified.get(domain_id) if isinstance(domain_id, str) else None


_RUNS: WeakKeyDictionary[Any, ProgramRun] = WeakKeyDictionary()
_LOCK = threading.Lock()


def current_program_run() -> ProgramRun:
    """Returns the run that the caller is part of; outside of any run a new one, shared with nobody.

    A process is not always one run: Pulumi's Automation API runs a program many times in one process, and mocks
    (`pulumi.runtime.set_mocks`) stay for all the tests of a file.
    """
    monitor = get_monitor()
    if not isinstance(monitor, ResourceMonitorStub):
        return ProgramRun()
    with _LOCK:
        return _RUNS.setdefault(monitor, ProgramRun())
