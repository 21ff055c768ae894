"""A clock whose waits are over at once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class Clock:
    """A clock to hand in (`api.clock.Clock`); sleeping moves it on.

    Attributes:
        slept: The waits so far, in seconds.
        ahead: By how many seconds it is ahead of the real one.
    """

    slept: list[float] = field(default_factory=list)
    ahead: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead += seconds

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def time(self) -> float:
        return time.time() + self.ahead
