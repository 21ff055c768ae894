"""The clock that waits and deadlines go by, handed in so that a test can hand in its own."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What waits and deadlines need of a clock; Python's module `time` is the real one."""

    def time(self) -> float:
        """Returns the seconds since 1970, as this machine's clock shows them."""

    def monotonic(self) -> float:
        """Returns seconds that only ever grow."""

    def sleep(self, seconds: float, /) -> None:
        """Waits."""


SYSTEM_CLOCK: Clock = time
