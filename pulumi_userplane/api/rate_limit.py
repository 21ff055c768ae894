"""Keeps one key's requests under Userplane's limits, together with all processes of this machine that use the key.

Limits: 120 requests a minute and 10,000 a day for the key's owner (https://docs.userplane.io/api/rate-limits).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pulumi_userplane.api.constants import MAX_PER_DAY, MAX_PER_MINUTE
from pulumi_userplane.api.errors import LocalRateLimitError
from pulumi_userplane.api.identifiers import validate_limit
from pulumi_userplane.api.progress import MIN_WAIT_TO_NOTIFY, format_wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from sqlite3 import Connection

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.shared_file import SharedFile

DEFAULT_PER_MINUTE, DEFAULT_PER_DAY = 120, 10_000

# The server counts when a request arrives, not when it is sent: the margin keeps a late one out of a full window.
_MINUTE = 61.5
_DAY = 24 * 3600.0 + 60.0
_LOOK_AGAIN = 15.0


@dataclass(frozen=True)
class _Wait:
    seconds: float
    why: str


@dataclass(frozen=True)
class RateLimitUsage:
    """How much of a budget is taken.

    Attributes:
        minute: The requests of the last minute.
        day: Those of the last day.
        wait: The seconds until the next one may be sent, 0 for now.
    """

    minute: int
    day: int
    wait: float


class RateLimit:
    """How many requests may be sent now; a burst is allowed up to the limit.

    Args:
        file: Where the requests of all processes are counted.
        per_minute: 0 for no limit.
        per_day: 0 for no limit.
        notify: Tells the user how long is waited and why.

    Raises:
        ConfigurationError: A limit is out of its bounds.
    """

    def __init__(self, file: SharedFile, per_minute: int, per_day: int, notify: Callable[[str], None]) -> None:
        self._file = file
        self._per_minute = validate_limit(per_minute, MAX_PER_MINUTE, "requests_per_minute")
        self._per_day = validate_limit(per_day, MAX_PER_DAY, "requests_per_day")
        self._notify = notify
        whose = "Userplane takes" if per_minute == DEFAULT_PER_MINUTE else "userplane:requestsPerMinute allows"
        self._why = f"{whose} {per_minute} requests a minute"

    def acquire(self, operation: Operation, waited: Callable[[float], None], longest: float | None = None) -> None:
        """Takes one request out of the budget, waiting for it if need be.

        Args:
            operation: What is being done, for the error.
            waited: Told of each wait, in seconds, when it is over.
            longest: The longest wait, in seconds; any when left out.

        Raises:
            LocalRateLimitError: The day's limit is used up; says when it frees. Or the wait would be longer.
        """
        while (wait := self._try(operation)) is not None:
            if longest is not None and wait.seconds > longest:
                raise LocalRateLimitError(
                    f"it would have to wait {format_wait(wait.seconds)}: {wait.why}",
                    operation=operation,
                    next_step="run again then",
                )
            if wait.seconds >= MIN_WAIT_TO_NOTIFY:
                self._notify(f"waiting {format_wait(wait.seconds)}: {wait.why}")
            seconds = min(wait.seconds, _LOOK_AGAIN)
            time.sleep(seconds)
            waited(seconds)

    def usage(self) -> RateLimitUsage:
        """Returns how much is taken; takes nothing."""

        def look(database: Connection) -> RateLimitUsage:
            now = time.time()
            waits = (
                _pause(database, now),
                self._full(database, now, self._per_minute, _MINUTE),
                self._full(database, now, self._per_day, _DAY),
            )
            return RateLimitUsage(_sent(database, now, _MINUTE), _sent(database, now, _DAY), max(waits))

        return self._file.run(look)

    def pause(self, seconds: float) -> None:
        """Lets no process of this machine send before so many seconds are over: the server said 429."""

        def write(database: Connection) -> None:
            database.execute("DELETE FROM pauses")
            database.execute("INSERT INTO pauses VALUES (?)", (time.time() + seconds,))

        self._file.run(write)

    def _try(self, operation: Operation) -> _Wait | None:
        def take(database: Connection) -> _Wait | None:
            now = time.time()
            # What lies in the future was written before the clock was set back.
            database.execute("DELETE FROM requests WHERE at < ? OR at > ?", (now - _DAY, now + 1))
            if wait := _pause(database, now):
                return _Wait(wait, "the server said that the limit is used up, by other machines as well")
            if wait := self._full(database, now, self._per_day, _DAY):
                frees = datetime.fromtimestamp(now + wait, timezone.utc)
                raise LocalRateLimitError(
                    f"the day's limit of {self._per_day} requests is used up",
                    operation=operation,
                    next_step=f"it frees at {frees:%Y-%m-%d %H:%M} UTC; userplane:requestsPerDay changes the limit",
                )
            if wait := self._full(database, now, self._per_minute, _MINUTE):
                return _Wait(wait, self._why)
            if self._per_minute or self._per_day:
                database.execute("INSERT INTO requests VALUES (?)", (now,))
            return None

        return self._file.run(take)

    def _full(self, database: Connection, now: float, limit: int, window: float) -> float:
        """The seconds until another request fits into the window; 0 when it fits now."""
        if limit == 0:
            return 0.0
        row = database.execute(
            "SELECT at FROM requests WHERE at > ? ORDER BY at DESC LIMIT 1 OFFSET ?", (now - window, limit - 1)
        ).fetchone()
        return max(0.0, row[0] + window - now) if row else 0.0


def _sent(database: Connection, now: float, window: float) -> int:
    """How many requests the window holds; what lies in the future was written before the clock was set back."""
    between = (now - window, now + 1)
    (count,) = database.execute("SELECT count(*) FROM requests WHERE at > ? AND at <= ?", between).fetchone() or (0,)
    return int(count)


def _pause(database: Connection, now: float) -> float:
    """The seconds for which the server has asked not to be asked; 0 when they are over."""
    (until,) = database.execute("SELECT max(until) FROM pauses").fetchone() or (None,)
    return until - now if until is not None and now < until < now + _MINUTE else 0.0
