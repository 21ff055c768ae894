"""What a client needs of a rate limit, wherever that counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.api.errors import Operation


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

    def usage(self) -> RateLimitUsage:
        """Returns how much is used; records nothing."""

    def record_refusal(self, sent_at: float, retry_after: float | None) -> None:
        """Is told of a 429: what `acquire` returned for that request, and the seconds of its Retry-After."""
