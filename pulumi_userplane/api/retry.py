"""Decides whether a failed request is sent again, and when; the waiting itself is tenacity's.

| what happened | GET, PUT, DELETE | POST |
| --- | --- | --- |
| the connection was never made, 429, 503 `SERVICE_UNAVAILABLE` | again | again: it was not processed |
| another 5xx, the answer was lost | again: repeating is safe | never: it may have made a link |
| no trusted TLS, a proxy that refuses, any other answer | never | never |

The wait is what the server asks for (`Retry-After`), else it grows with full jitter up to 30 s. A server that asks for
more than 60 s is not waited for, and nothing is waited for beyond the operation's total. These rules may change between
releases.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from pulumi_userplane.api.errors import (
    APIError,
    CertificateError,
    ConnectError,
    ProxyError,
    RateLimitError,
    ResponseLostError,
    ServerError,
    TLSConnectionError,
    UserplaneError,
)
from pulumi_userplane.api.progress import WORTH_SAYING, wait_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

TOTAL_SECONDS = 120.0
LONGEST_WAIT_ASKED_FOR = 60.0

_JITTER = wait_random_exponential(multiplier=1, max=30)

T = TypeVar("T")


class Deadline:
    """When an operation has to be over; what the own budget makes it wait does not count.

    Args:
        seconds: From now on.
        outer: That of the operation which this one is a part of: its waits don't count there either.
        budget_wait: The longest such wait; a longer one is an error at once. Any is taken when left out.

    Attributes:
        extended: By how many seconds of such waits it was moved.
    """

    def __init__(
        self, seconds: float = TOTAL_SECONDS, outer: Deadline | None = None, budget_wait: float | None = None
    ) -> None:
        self._end = time.monotonic() + seconds
        self._outer = outer
        self.budget_wait = budget_wait
        self.extended = 0.0

    @property
    def left(self) -> float:
        """The seconds that are left, never below 0."""
        return max(0.0, self._end - time.monotonic())

    def extend(self, seconds: float) -> None:
        """Moves the end by a wait that does not count."""
        self._end += seconds
        self.extended += seconds
        if self._outer is not None:
            self._outer.extend(seconds)


def should_retry(method: str, error: BaseException) -> bool:
    """Returns whether a request that ended with `error` is sent again, if there is time."""
    if isinstance(error, APIError) and (error.retry_after or 0.0) > LONGEST_WAIT_ASKED_FOR:
        return False
    if isinstance(error, RateLimitError) or (isinstance(error, APIError) and error.code == "SERVICE_UNAVAILABLE"):
        return True
    if isinstance(error, (CertificateError, TLSConnectionError, ProxyError)):
        return False
    if isinstance(error, ConnectError):
        return True
    return method != "POST" and isinstance(error, (ServerError, ResponseLostError))


def call_with_retries(send: Callable[[], T], method: str, deadline: Deadline, say: Callable[[str], None]) -> T:
    """Sends until there is an answer to keep, the failure is final or the time is over.

    Raises:
        UserplaneError: The last failure; its next step says what the waiting has shown.
    """

    # tenacity's wait_exception sees the error alone: it can't say "what the server asks for, else jitter by attempt".
    def wait(state: RetryCallState) -> float:
        error = _error_of(state)
        asked = error.retry_after if isinstance(error, APIError) else None
        return _JITTER(state) if asked is None else asked

    began = time.monotonic()

    def told(state: RetryCallState) -> None:
        error, wait = _error_of(state), state.upcoming_sleep
        when = f"in {wait_in_words(wait)}" if wait >= WORTH_SAYING else "now"
        # A short wait after a long one, or after a long silence, is a part of what takes long.
        if time.monotonic() - began + wait >= WORTH_SAYING:
            say(f"{getattr(error, 'failure', error)}; trying again {when}")

    attempts = Retrying(
        retry=retry_if_exception(lambda error: should_retry(method, error)),
        wait=wait,
        stop=lambda state: state.upcoming_sleep >= deadline.left,
        before_sleep=told,
        reraise=True,
    )
    try:
        return attempts(send)
    except UserplaneError as error:
        _explain(error)
        raise


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def _explain(error: UserplaneError) -> None:
    if not isinstance(error, APIError):
        return
    if (error.retry_after or 0.0) > LONGEST_WAIT_ASKED_FOR:
        until = datetime.now(timezone.utc) + timedelta(seconds=error.retry_after or 0.0)
        error.next_step = f"the server asks to wait until {until:%Y-%m-%d %H:%M:%S} UTC: run again then"
    elif isinstance(error, RateLimitError):
        error.next_step = "other machines use this user's limit as well: run later, or give each pipeline its own user"
