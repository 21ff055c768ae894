"""Keeps the requests of a key under Userplane's rate limit, which all processes of this machine share.

How it is shared: each process records its requests in one SQLite file for the key (`shared_file`), and counts there
those of all processes before it sends the next one.
Limits: 120 requests a minute and 10,000 a day for the key's owner (https://docs.userplane.io/api/rate-limits).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Protocol

from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.api.constants import MAX_PER_DAY, MAX_PER_MINUTE
from pulumi_userplane.api.errors import LocalRateLimitError
from pulumi_userplane.api.identifiers import validate_limit
from pulumi_userplane.api.progress import MIN_WAIT_TO_NOTIFY, format_wait

if TYPE_CHECKING:
    from collections.abc import Callable
    from sqlite3 import Connection

    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.shared_file import SharedFile

DEFAULT_PER_MINUTE, DEFAULT_PER_DAY = 120, 10_000

# The server counts when a request arrives, not when it is sent: the margin keeps a late one out of a full window.
MINUTE_WINDOW = 61.5
DAY_WINDOW = 24 * 3600.0 + 60.0

_REFUSED = "the server said that the rate limit is used up, by other machines as well"

RECHECK_SECONDS = 15.0
"""The longest sleep in one piece: after it the file is read again."""


@dataclass(frozen=True)
class Wait:
    """A wait before a request may be sent.

    Attributes:
        seconds: How long.
        reason: What is waited for, in words.
        is_after_refusal: Whether a 429 is the cause; if not, it is the own limit.
    """

    seconds: float
    reason: str
    is_after_refusal: bool = False


@dataclass(frozen=True)
class RateLimitUsage:
    """How much of the rate limit is used.

    Attributes:
        minute: The requests of the last minute.
        day: The requests of the last day.
        wait: The seconds until the next one may be sent, 0 for now.
    """

    minute: int
    day: int
    wait: float


class RequestLimit(Protocol):
    """What a client needs of a rate limit, wherever that counts."""

    @property
    def waits_after_refusal(self) -> bool:
        """Whether `acquire` waits after a 429 as long as it takes; if not, whoever sends backs off."""

    def acquire(self, operation: Operation, on_wait: Callable[[Wait], None], max_wait: float | None = None) -> None:
        """Records one request, after waiting until it may be sent."""

    def usage(self) -> RateLimitUsage:
        """Returns how much is used; records nothing."""

    def record_refusal(self, retry_after: float | None) -> None:
        """Is told of a 429, and of the seconds that its Retry-After asks for."""

    def record_acceptance(self) -> None:
        """Is told of a response that proves that the server has accepted a request."""


class RateLimit:
    """The rate limit of one key, shared by all processes of this machine. A burst is allowed up to the limit.

    Args:
        file: Where the requests of all processes are recorded.
        per_minute: The most requests a minute; 0 for no limit.
        per_day: The most requests a day; 0 for no limit.
        notify: Receives a message about each wait that takes long: how long, and why.
        clock: What the waits go by.

    Raises:
        ConfigurationError: A limit is out of its bounds.
    """

    def __init__(
        self,
        file: SharedFile,
        per_minute: int,
        per_day: int,
        notify: Callable[[str], None],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._file = file
        self._per_minute = validate_limit(per_minute, MAX_PER_MINUTE, "requests_per_minute")
        self._per_day = validate_limit(per_day, MAX_PER_DAY, "requests_per_day")
        self._notify = notify
        self._clock = clock
        limiter = "Userplane allows" if per_minute == DEFAULT_PER_MINUTE else "userplane:requestsPerMinute allows"
        self._minute_reason = f"{limiter} {per_minute} requests a minute"
        # Above its own limit Userplane refuses.
        self._or_raise_limit = ", or raise userplane:requestsPerDay" if per_day < DEFAULT_PER_DAY else ""

    @property
    def waits_after_refusal(self) -> bool:
        """Never: a 429 without Retry-After stops the machine for a second only."""
        return False

    def acquire(self, operation: Operation, on_wait: Callable[[Wait], None], max_wait: float | None = None) -> None:
        """Records one request, after waiting until the limit allows it.

        Args:
            operation: What is being done, for the error.
            on_wait: Called before each piece of a wait; what it raises ends the wait.
            max_wait: The longest wait, in seconds; no bound when left out.

        Raises:
            LocalRateLimitError: The limit of the day is used up; the error says when it frees. Or the wait would be
                longer than `max_wait`.
        """
        while (wait := self._record_or_wait(operation)) is not None:
            if max_wait is not None and wait.seconds > max_wait:
                raise LocalRateLimitError(
                    f"it would have to wait {format_wait(wait.seconds)}: {wait.reason}",
                    operation=operation,
                    next_step="run again then",
                )
            if wait.seconds >= MIN_WAIT_TO_NOTIFY:
                self._notify(f"waiting {format_wait(wait.seconds)}: {wait.reason}")
            seconds = min(wait.seconds, RECHECK_SECONDS)
            on_wait(replace(wait, seconds=seconds))
            self._clock.sleep(seconds)

    def usage(self) -> RateLimitUsage:
        """Returns how much is used; records nothing."""

        def read(database: Connection) -> RateLimitUsage:
            now = self._clock.time()
            waits = (
                _pause_left(database, now),
                _wait_for_slot(database, now, self._per_minute, MINUTE_WINDOW),
                _wait_for_slot(database, now, self._per_day, DAY_WINDOW),
            )
            return RateLimitUsage(_count(database, now, MINUTE_WINDOW), _count(database, now, DAY_WINDOW), max(waits))

        return self._file.run_transaction(read)

    def record_refusal(self, retry_after: float | None) -> None:
        """Stops all processes of this machine from sending for a time, after a 429 of the server."""
        seconds = retry_after or 1.0

        def write(database: Connection) -> None:
            database.execute("DELETE FROM pauses")
            database.execute("INSERT INTO pauses VALUES (?)", (self._clock.time() + seconds,))

        self._file.run_transaction(write)

    def record_acceptance(self) -> None:
        """Changes nothing."""

    def _record_or_wait(self, operation: Operation) -> Wait | None:
        """Records a request and returns None, or returns the wait before one can be recorded."""

        def record(database: Connection) -> Wait | None:
            now = self._clock.time()
            # What lies in the future was written before the clock was set back.
            database.execute("DELETE FROM requests WHERE at < ? OR at > ?", (now - DAY_WINDOW, now + 1))
            if seconds := _pause_left(database, now):
                return Wait(seconds, _REFUSED, is_after_refusal=True)
            if seconds := _wait_for_slot(database, now, self._per_day, DAY_WINDOW):
                frees = datetime.fromtimestamp(now + seconds, timezone.utc)
                raise LocalRateLimitError(
                    f"this machine has sent its {self._per_day:,} requests of the day with this key",
                    operation=operation,
                    next_step=f"run again after {frees:%Y-%m-%d %H:%M} UTC" + self._or_raise_limit,
                )
            if seconds := _wait_for_slot(database, now, self._per_minute, MINUTE_WINDOW):
                return Wait(seconds, self._minute_reason)
            if self._per_minute or self._per_day:
                database.execute("INSERT INTO requests VALUES (?)", (now,))
            return None

        return self._file.run_transaction(record)


def _wait_for_slot(database: Connection, now: float, limit: int, window: float) -> float:
    """Returns the seconds until another request fits into the window; 0 when it fits now."""
    if limit == 0:
        return 0.0
    row = database.execute(
        "SELECT at FROM requests WHERE at > ? ORDER BY at DESC LIMIT 1 OFFSET ?", (now - window, limit - 1)
    ).fetchone()
    return max(0.0, row[0] + window - now) if row else 0.0


def _count(database: Connection, now: float, window: float) -> int:
    """Returns how many requests the window holds, without those that a clock set back later wrote."""
    between = (now - window, now + 1)
    (count,) = database.execute("SELECT count(*) FROM requests WHERE at > ? AND at <= ?", between).fetchone() or (0,)
    return int(count)


def _pause_left(database: Connection, now: float) -> float:
    """Returns the seconds until a 429 of the server is over; 0 when it is."""
    (until,) = database.execute("SELECT max(until) FROM pauses").fetchone() or (None,)
    return until - now if until is not None and now < until < now + MINUTE_WINDOW else 0.0
