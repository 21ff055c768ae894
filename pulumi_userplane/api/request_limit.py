"""What a client needs of a rate limit, wherever that counts, and how a request waits for its turn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Protocol

from pulumi_userplane.api.errors import LocalRateLimitError
from pulumi_userplane.api.progress import MIN_WAIT_TO_NOTIFY, format_wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.errors import Operation

DEFAULT_PER_MINUTE, DEFAULT_PER_DAY = 120, 10_000

RECHECK_SECONDS = 15.0
"""The longest sleep in one piece: after it whoever counts is asked again."""


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
        pace: How many requests a minute this machine sends after 429s; None if it is not slowed.
    """

    minute: int
    day: int
    wait: float
    pace: float | None = None


class RequestLimit(Protocol):
    """Says when a request may be sent, and counts it."""

    @property
    def waits_after_refusal(self) -> bool:
        """Whether `acquire` waits after a 429 as long as it takes; if not, whoever sends backs off."""

    def acquire(self, operation: Operation, on_wait: Callable[[Wait], None], max_wait: float | None = None) -> float:
        """Records one request, after waiting until it may be sent; returns when that was."""

    def give_back(self, recorded_at: float) -> None:
        """Is told of a request that is not sent: what `acquire` returned for it."""

    def usage(self) -> RateLimitUsage:
        """Returns how much is used; records nothing."""

    def record_refusal(self, sent_at: float, retry_after: float | None) -> None:
        """Is told of a 429: what `acquire` returned for that request, and the seconds of its Retry-After."""


def describe_minute(per_minute: int) -> str:
    """Returns what a request waits for if the minute is full."""
    limiter = "Userplane allows" if per_minute == DEFAULT_PER_MINUTE else "userplane:requestsPerMinute allows"
    return f"{limiter} {per_minute} requests a minute"


def build_day_error(operation: Operation, who: str, per_day: int, frees_at: float) -> LocalRateLimitError:
    """Returns the error for a day's limit that is used up.

    Args:
        operation: What is being done.
        who: Who has used it, with the verb.
        per_day: The limit.
        frees_at: When another request may be sent, in seconds since 1970.
    """
    frees = datetime.fromtimestamp(frees_at, timezone.utc)
    # Above its own limit Userplane refuses.
    or_raise_limit = ", or raise userplane:requestsPerDay" if per_day < DEFAULT_PER_DAY else ""
    return LocalRateLimitError(
        f"{who} sent its {per_day:,} requests of the day with this key",
        operation=operation,
        next_step=f"run again after {frees:%Y-%m-%d %H:%M} UTC" + or_raise_limit,
    )


def require_short_wait(wait: Wait, max_wait: float | None, operation: Operation) -> None:
    """Raises for a wait that is longer than a request may wait.

    Raises:
        LocalRateLimitError: It is; says how long it would be.
    """
    if max_wait is not None and wait.seconds > max_wait:
        raise LocalRateLimitError(
            f"it would have to wait {format_wait(wait.seconds)}: {wait.reason}",
            operation=operation,
            next_step="run again then",
        )


def sleep_a_piece(wait: Wait, on_wait: Callable[[Wait], None], notify: Callable[[str], None], clock: Clock) -> None:
    """Sleeps until a wait is over, or for a piece of a long one; says so before.

    Args:
        wait: The wait.
        on_wait: Called before, with what is slept; what it raises ends the wait.
        notify: Receives a message if the wait takes long.
        clock: What sleeps.
    """
    if wait.seconds >= MIN_WAIT_TO_NOTIFY:
        notify(f"waiting {format_wait(wait.seconds)}: {wait.reason}")
    seconds = min(wait.seconds, RECHECK_SECONDS)
    on_wait(replace(wait, seconds=seconds))
    clock.sleep(seconds)
