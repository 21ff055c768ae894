"""Decides how fast a machine sends after 429s: slower and evenly, then gradually faster.

Several machines have one limit, and its only sign is the 429: none of them knows how many others there are. These rules
were chosen with a simulation of 2 to 64 machines (`tests/property/test_shared_limit.py` holds the outcome):

- A limit that counts in a sliding window has room again when what filled it leaves it. So a machine waits until the
  oldest of its own requests leaves the window: it takes no room but its own, and an attempt before gains nothing.
- The first 429 says only that there are others: the machine goes on at half of its limit, and evenly. Machines that
  begin together then fill the next window in equal parts, whoever was first before. So the second 429 shows each of
  them its share: as many requests as were accepted in the window. It goes on a little below.
- A machine of which nothing was accepted waits a window, then tries at an even pace. The time that another machine
  leaves between two bursts is short; even attempts meet it sooner or later, random ones or longer and longer waits
  may never. This is also why the pace has a lower bound.
- The increase grows with the square of the time: slow while others still send, fast once they have ended. A linear one
  that is slow enough for eight machines leaves the last of two at half of the limit for minutes.
- 429s of requests that were sent before the last decrease belong to the same overload, and change nothing.
- A slot whose request is not sent is free for the next request, or for one that would wait longer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection

_FIRST_SHARE = 1 / 2
"""The part of the limit at which a machine goes on after its first 429."""

_DECREASE = 0.9
"""The part of its pace, or of what was accepted, at which it goes on after another one."""

_MIN_SHARE = 1 / 6
"""The least part of the limit, rounded to a half: see `_least_per_window`."""

_INCREASE = 0.85
"""By what part of the limit the pace grows in a window without a 429; in half a window by a quarter of that."""


@dataclass(frozen=True)
class Accepted:
    """What the server has accepted of this machine's requests in the last window.

    Attributes:
        count: How many.
        oldest: When the oldest of them was sent; None if there is none.
    """

    count: int
    oldest: float | None


@dataclass(frozen=True)
class Slot:
    """The moment that is given to a request which has to wait.

    Attributes:
        at: The moment.
        decided_at: The pace that has given it; under another one it counts no longer.
    """

    at: float
    decided_at: float


@dataclass(frozen=True)
class Pace:
    """How fast the machine sends since its last 429.

    Attributes:
        decided_at: When that came.
        begins_at: When the next request may be sent.
        per_window: How many requests are sent in a window, at first.
        last_slot: The moment that the last waiting request was given.
    """

    decided_at: float
    begins_at: float
    per_window: float
    last_slot: float

    def per_window_at(self, now: float, limit: int, window: float) -> float:
        """Returns how many requests are sent in a window now; never more than the limit."""
        windows = max(0.0, now - self.begins_at) / window
        return min(float(limit), self.per_window + _INCREASE * limit * windows**2)

    def give_slot(self, now: float, limit: int, window: float) -> Slot:
        """Returns the next moment that is free."""
        gap = window / self.per_window_at(now, limit, window)
        return Slot(max(now, self.begins_at, self.last_slot + gap), self.decided_at)


def slow_down(
    pace: Pace | None, now: float, limit: int, window: float, *, accepted: Accepted, retry_after: float | None
) -> Pace:
    """Returns the pace after a 429.

    Args:
        pace: The pace until now; None if the machine was not slowed.
        now: The present moment.
        limit: How many requests the machine may send in a window.
        window: Its length in seconds.
        accepted: What the server has accepted in the last window.
        retry_after: The seconds that the server asks to wait; None if it asks for none.
    """
    if pace is None:
        per_window, blind_wait = _FIRST_SHARE * limit, window
    else:
        reached = min(pace.per_window_at(now, limit, window), accepted.count)
        per_window = max(_least_per_window(limit), _DECREASE * reached)
        blind_wait = window / per_window
    has_room = now + blind_wait if accepted.oldest is None else accepted.oldest + window
    begins_at = now + retry_after if retry_after is not None else max(has_room, now + window / per_window)
    return Pace(now, begins_at, per_window, last_slot=begins_at - window / per_window)


def _least_per_window(limit: int) -> float:
    """Returns how many requests a window has at least: a whole number and a half.

    Another machine may send a burst in each window, and leave room for a moment only, always at the same time of the
    window. With a half, the attempts of a window lie between those of the window before, so that none of them keeps
    missing that moment.
    """
    return max(1, int(_MIN_SHARE * limit)) + 0.5


def obey_retry_after(pace: Pace, now: float, window: float, *, retry_after: float | None) -> Pace:
    """Returns the pace after one more 429 of the same overload."""
    if retry_after is None:
        return pace
    begins_at = now + retry_after
    return replace(pace, decided_at=now, begins_at=begins_at, last_slot=begins_at - window / pace.per_window)


def read_pace(database: Connection, now: float, limit: int, window: float) -> Pace | None:
    """Returns the pace of the machine; None if it is not slowed, or was written before the clock was set."""
    row = database.execute("SELECT decided_at, begins_at, per_window, last_slot FROM pace").fetchone()
    if row is None:
        return None
    pace = Pace(*row)
    is_over = pace.per_window_at(now, limit, window) >= limit
    return None if is_over or pace.decided_at > now + 1 else pace


def write_pace(database: Connection, pace: Pace) -> None:
    """Replaces the pace of the machine."""
    database.execute("DELETE FROM pace")
    row = (pace.decided_at, pace.begins_at, pace.per_window, pace.last_slot)
    database.execute("INSERT INTO pace VALUES (?, ?, ?, ?)", row)


def find_next_slot(database: Connection, pace: Pace, now: float, limit: int, window: float) -> Slot:
    """Returns the next moment that is free: one that was given back, or else a new one."""
    between = (now, pace.decided_at)
    (at,) = database.execute("SELECT min(at) FROM free_slots WHERE at >= ? AND decided_at = ?", between).fetchone() or (
        None,
    )
    return pace.give_slot(now, limit, window) if at is None else Slot(at, pace.decided_at)


def take_slot(database: Connection, pace: Pace, now: float, limit: int, window: float, *, own: Slot | None) -> Slot:
    """Gives a request the next moment that is free, unless it has an earlier one, and records it.

    Args:
        database: The file.
        pace: The pace of the machine.
        now: The present moment.
        limit: How many requests the machine may send in a window.
        window: Its length in seconds.
        own: What the request was given before, if anything.
    """
    kept = own if own is not None and own.decided_at == pace.decided_at else None
    slot = find_next_slot(database, pace, now, limit, window)
    if kept is not None and kept.at <= slot.at:
        return kept
    database.execute("DELETE FROM free_slots WHERE at = ?", (slot.at,))
    write_pace(database, replace(pace, last_slot=max(pace.last_slot, slot.at)))
    if kept is not None:
        free_slot(database, pace, now, kept)
    return slot


def free_slot(database: Connection, pace: Pace, now: float, slot: Slot) -> None:
    """Records that a request does not need its slot any more, so that another one gets it."""
    database.execute("DELETE FROM free_slots WHERE at < ? OR decided_at <> ?", (now, pace.decided_at))
    database.execute("INSERT INTO free_slots VALUES (?, ?)", (slot.at, slot.decided_at))
