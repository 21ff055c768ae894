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
from pulumi_userplane.api.progress import MIN_WAIT_TO_NOTIFY, format_wait

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_OPERATION_SECONDS = 120.0
MAX_RETRY_AFTER = 60.0

_BACKOFF = wait_random_exponential(multiplier=1, max=30)

T = TypeVar("T")


class Deadline:
    """When an operation has to be over; what the own budget makes it wait does not count.

    Args:
        seconds: From now on.
        outer: That of the operation which this one is a part of: its waits don't count there either.
        rate_limit_wait: The longest such wait; a longer one is an error at once. Any is taken when left out.

    Attributes:
        excluded: By how many seconds of such waits it was moved.
    """

    def __init__(
        self,
        seconds: float = MAX_OPERATION_SECONDS,
        outer: Deadline | None = None,
        rate_limit_wait: float | None = None,
    ) -> None:
        self._end = time.monotonic() + seconds
        self._outer = outer
        self.rate_limit_wait = rate_limit_wait
        self.excluded = 0.0

    @property
    def left(self) -> float:
        """The seconds that are left, never below 0."""
        return max(0.0, self._end - time.monotonic())

    def exclude(self, seconds: float) -> None:
        """Moves the end by a wait that does not count."""
        self._end += seconds
        self.excluded += seconds
        if self._outer is not None:
            self._outer.exclude(seconds)


def should_retry(method: str, error: BaseException) -> bool:
    """Returns whether a request that ended with `error` is sent again, if there is time."""
    if isinstance(error, APIError) and (error.retry_after or 0.0) > MAX_RETRY_AFTER:
        return False
    if isinstance(error, RateLimitError) or (isinstance(error, APIError) and error.code == "SERVICE_UNAVAILABLE"):
        return True
    if isinstance(error, (CertificateError, TLSConnectionError, ProxyError)):
        return False
    if isinstance(error, ConnectError):
        return True
    return method != "POST" and isinstance(error, (ServerError, ResponseLostError))


def call_with_retries(send: Callable[[], T], method: str, deadline: Deadline, notify: Callable[[str], None]) -> T:
    """Sends until there is an answer to keep, the failure is final or the time is over.

    Raises:
        UserplaneError: The last failure; its next step says what the waiting has shown.
    """

    # tenacity's wait_exception sees the error alone: it can't say "what the server asks for, else jitter by attempt".
    def wait(state: RetryCallState) -> float:
        error = _error_of(state)
        asked = error.retry_after if isinstance(error, APIError) else None
        return _BACKOFF(state) if asked is None else asked

    began = time.monotonic()

    def told(state: RetryCallState) -> None:
        error, wait = _error_of(state), state.upcoming_sleep
        when = f"in {format_wait(wait)}" if wait >= MIN_WAIT_TO_NOTIFY else "now"
        # A short wait after a long one, or after a long silence, is a part of what takes long.
        if time.monotonic() - began + wait >= MIN_WAIT_TO_NOTIFY:
            notify(f"{getattr(error, 'failure', error)}; trying again {when}")

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
    if (error.retry_after or 0.0) > MAX_RETRY_AFTER:
        until = datetime.now(timezone.utc) + timedelta(seconds=error.retry_after or 0.0)
        error.next_step = f"the server asks to wait until {until:%Y-%m-%d %H:%M:%S} UTC: run again then"
    elif isinstance(error, RateLimitError):
        error.next_step = "other machines use this user's limit as well: run later, or give each pipeline its own user"
