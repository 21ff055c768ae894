"""Keeps the requests of a key under Userplane's rate limit, which all processes of this machine share.

How it is shared: each process records its requests in one SQLite file for the key (`shared_file`), and counts there
those of all processes before it sends the next one. What 429s say about other machines is in that file, too (`pace`).
Limits: 120 requests a minute and 10,000 a day for the key's owner (https://docs.userplane.io/api/rate-limits).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.api.constants import MAX_PER_DAY, MAX_PER_MINUTE
from pulumi_userplane.api.identifiers import validate_limit
from pulumi_userplane.api.pace import (
    Accepted,
    Pace,
    find_next_slot,
    free_slot,
    obey_retry_after,
    read_pace,
    slow_down,
    take_slot,
    write_pace,
)
from pulumi_userplane.api.request_limit import (
    RateLimitUsage,
    Wait,
    build_day_error,
    describe_minute,
    require_short_wait,
    sleep_a_piece,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from sqlite3 import Connection

    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.pace import Slot
    from pulumi_userplane.api.shared_file import SharedFile

# The server counts when a request arrives, not when it is sent: the margin keeps a late one out of a full window.
MINUTE_WINDOW = 61.5
DAY_WINDOW = 24 * 3600.0 + 60.0

REFUSED = "the server said that the rate limit is used up, by other machines as well"
_SLOWED = "other machines use the rate limit as well, so this one sends fewer requests"

_MAX_PAUSE = 61.5
"""The longest Retry-After that is obeyed, and a little more; a longer one is an error at once, for every request."""


@dataclass(frozen=True)
class _Turn:
    """What a request got when it asked for its turn: it is recorded, or has to wait.

    Attributes:
        at: When that was.
        wait: What it has to wait for; None if it is recorded.
        slot: The moment that it was given, if the machine is slowed.
    """

    at: float
    wait: Wait | None = None
    slot: Slot | None = None


class RateLimit:
    """The rate limit of one key, shared by all processes of this machine. A burst is allowed up to the limit.

    Args:
        file: Where the requests of all processes are recorded.
        per_minute: The most requests a minute; 0 for no limit.
        per_day: The most requests a day; 0 for no limit.
        notify: Receives a message about each wait that takes long: how long, and why.
        clock: What the waits go by.

    Attributes:
        per_minute: As given; so are `per_day`, `notify` and `clock`.

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
        self.per_minute = validate_limit(per_minute, MAX_PER_MINUTE, "requests_per_minute")
        self.per_day = validate_limit(per_day, MAX_PER_DAY, "requests_per_day")
        self.notify = notify
        self.clock = clock

    @property
    def waits_after_refusal(self) -> bool:
        """Whether this machine slows down after a 429: not without its own limit, nor where nothing is recorded."""
        return self.per_minute > 0 and self._file.keeps_rows

    def acquire(self, operation: Operation, on_wait: Callable[[Wait], None], max_wait: float | None = None) -> float:
        """Records one request, after waiting until the limit allows it.

        Args:
            operation: What is being done, for the error.
            on_wait: Called before each piece of a wait; what it raises ends the wait.
            max_wait: The longest wait, in seconds; no bound when left out.

        Returns:
            When it was recorded. If it is not sent then, `give_back` has to be told.

        Raises:
            LocalRateLimitError: The limit of the day is used up; the error says when it frees. Or the wait would be
                longer than `max_wait`.
        """
        turn = self._take_turn(operation, max_wait, None)
        try:
            while (wait := turn.wait) is not None:
                sleep_a_piece(wait, on_wait, self.notify, self.clock)
                turn = self._take_turn(operation, max_wait, turn.slot)
        except BaseException:
            if turn.slot is not None:
                self._free_slot(turn.slot)
            raise
        return turn.at

    def give_back(self, recorded_at: float) -> None:
        """Removes a request that is not sent, so that another one can be sent now.

        Args:
            recorded_at: What `acquire` returned for it.
        """
        # Requests that were recorded at the same moment are alike.
        statement = "DELETE FROM requests WHERE rowid = (SELECT min(rowid) FROM requests WHERE at = ?)"
        self._file.run_transaction(lambda database: database.execute(statement, (recorded_at,)))

    def usage(self) -> RateLimitUsage:
        """Returns how much is used; records nothing."""

        def read(database: Connection) -> RateLimitUsage:
            now = self.clock.time()
            pace = self._read_pace(database, now)
            waits = (
                _pause_left(database, now),
                _wait_for_slot(database, now, self.per_minute, MINUTE_WINDOW),
                _wait_for_slot(database, now, self.per_day, DAY_WINDOW),
                find_next_slot(database, pace, now, self.per_minute, MINUTE_WINDOW).at - now if pace else 0.0,
            )
            return RateLimitUsage(
                _count(database, now, MINUTE_WINDOW),
                _count(database, now, DAY_WINDOW),
                max(waits),
                pace.per_window_at(now, self.per_minute, MINUTE_WINDOW) if pace else None,
            )

        return self._file.run_transaction(read)

    def record_refusal(self, sent_at: float, retry_after: float | None) -> None:
        """Slows down all processes of this machine after a 429.

        Args:
            sent_at: When the refused request was recorded.
            retry_after: The seconds that the server asks to wait; None if it asks for none.
        """

        def write(database: Connection) -> None:
            now = self.clock.time()
            if retry_after is not None or not self.per_minute:
                database.execute("DELETE FROM pauses")
                database.execute("INSERT INTO pauses VALUES (?)", (now + (retry_after or 1.0),))
            if self.per_minute and (retry_after or 0.0) <= _MAX_PAUSE:
                self._slow_down(database, now, sent_at, retry_after)

        self._file.run_transaction(write)

    def _slow_down(self, database: Connection, now: float, sent_at: float, retry_after: float | None) -> None:
        database.execute("DELETE FROM refusals WHERE sent_at < ? OR sent_at > ?", (now - MINUTE_WINDOW, now + 1))
        database.execute("INSERT INTO refusals VALUES (?)", (sent_at,))
        pace = self._read_pace(database, now)
        if pace is not None and sent_at <= pace.decided_at:
            write_pace(database, obey_retry_after(pace, now, MINUTE_WINDOW, retry_after=retry_after))
            return
        accepted = _read_accepted(database, now)
        slowed = slow_down(pace, now, self.per_minute, MINUTE_WINDOW, accepted=accepted, retry_after=retry_after)
        write_pace(database, slowed)

    def _read_pace(self, database: Connection, now: float) -> Pace | None:
        return read_pace(database, now, self.per_minute, MINUTE_WINDOW) if self.per_minute else None

    def _take_turn(self, operation: Operation, max_wait: float | None, slot: Slot | None) -> _Turn:
        """Records a request, or says how long it has to wait; gives it a slot if the machine is slowed."""

        def take(database: Connection) -> _Turn:
            now = self.clock.time()
            # What lies in the future was written before the clock was set back.
            database.execute("DELETE FROM requests WHERE at < ? OR at > ?", (now - DAY_WINDOW, now + 1))
            own_slot = self._keep_or_give_slot(database, now, slot)
            wait = self._find_wait(database, now, own_slot, operation)
            if wait is not None:
                # Raised in the transaction: the slot is given back.
                require_short_wait(wait, max_wait, operation)
            elif self.per_minute or self.per_day:
                database.execute("INSERT INTO requests VALUES (?)", (now,))
            return _Turn(now, wait, own_slot)

        return self._file.run_transaction(take)

    def _keep_or_give_slot(self, database: Connection, now: float, slot: Slot | None) -> Slot | None:
        """Returns the slot of a request, an earlier one that is free, a new one after a 429, or None if not slowed."""
        pace = self._read_pace(database, now)
        return take_slot(database, pace, now, self.per_minute, MINUTE_WINDOW, own=slot) if pace else None

    def _free_slot(self, slot: Slot) -> None:
        """Frees the slot of a request that no longer waits for it."""

        def free(database: Connection) -> None:
            now = self.clock.time()
            if pace := self._read_pace(database, now):
                free_slot(database, pace, now, slot)

        self._file.run_transaction(free)

    def _find_wait(self, database: Connection, now: float, slot: Slot | None, operation: Operation) -> Wait | None:
        """Returns what a request has to wait for first; None if it may be sent."""
        if seconds := _pause_left(database, now):
            return Wait(seconds, REFUSED, is_after_refusal=True)
        if seconds := _wait_for_slot(database, now, self.per_day, DAY_WINDOW):
            raise build_day_error(operation, "this machine has", self.per_day, now + seconds)
        if seconds := _wait_for_slot(database, now, self.per_minute, MINUTE_WINDOW):
            return Wait(seconds, describe_minute(self.per_minute))
        if slot is not None and slot.at > now:
            return Wait(slot.at - now, _SLOWED, is_after_refusal=True)
        return None


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


def _read_accepted(database: Connection, now: float) -> Accepted:
    row = database.execute(
        "SELECT count(*), min(at) FROM requests WHERE at > ? AND at <= ? AND at NOT IN (SELECT sent_at FROM refusals)",
        (now - MINUTE_WINDOW, now),
    ).fetchone()
    return Accepted(*(row or (0, None)))


def _pause_left(database: Connection, now: float) -> float:
    """Returns the seconds until a 429 of the server is over; 0 when it is."""
    (until,) = database.execute("SELECT max(until) FROM pauses").fetchone() or (None,)
    return until - now if until is not None and now < until < now + _MAX_PAUSE else 0.0
