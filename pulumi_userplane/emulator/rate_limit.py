"""Userplane's limit of requests a minute, for each user."""

import math
import time
from collections import deque
from collections.abc import Callable

_WINDOW = 60.0


class RateLimiter:
    """A sliding window over the requests that were let through."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._passed: dict[str, deque[float]] = {}

    def seconds_to_wait(self, user_id: str, limit: int) -> int:
        """0 lets the request through and counts it; else whole seconds until the next one may pass."""
        if not limit:
            return 0
        present = self._clock()
        passed = self._passed.setdefault(user_id, deque())
        while passed and passed[0] <= present - _WINDOW:
            passed.popleft()
        if len(passed) >= limit:
            return math.ceil(passed[-limit] + _WINDOW - present)
        passed.append(present)
        return 0

    def forget(self) -> None:
        """Begin anew for everyone."""
        self._passed.clear()
