"""Decides whether a failed request is sent again, how long it waits, and how long all attempts may last.

| failure | GET, PUT, DELETE | POST |
| --- | --- | --- |
| 429 `RATE_LIMITED` | retried when the rate limit allows it | likewise: the server did not process it |
| another 429 | likewise | never: a proxy may have passed it on before it responded |
| no connection, 503 `SERVICE_UNAVAILABLE` | retried | retried: the server did not process it |
| another 5xx except 511, response lost | retried: repeating is safe | never: it may have created a link |
| no trusted TLS, proxy that refuses or asks for a login (511), any other response | never | never |

How long retries may last: an operation has `MAX_OPERATION_SECONDS` for all its requests and retries. The wait before
a retry is what the server asks for (`Retry-After`); above `MAX_RETRY_AFTER` the request fails at once. Without that
header, or if it asks for less than a second, the wait grows with full jitter up to `MAX_BACKOFF`. A wait that would
pass the deadline is not begun. Waits for this machine's own rate limit do not count. Nor, up to `MAX_REFUSED_SECONDS`
for one operation, does what 429s make it wait; without a rate limit of our own (`requestsPerMinute: 0`) a 429 counts
like any other failure. These rules may change between releases. The waiting is tenacity's, after a 429 the rate
limit's.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.api.errors import (
    APIError,
    CertificateError,
    ConnectError,
    LocalRateLimitError,
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

    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.request_limit import Wait

MAX_OPERATION_SECONDS = 120.0
"""The time for all requests and retries of one operation."""

MAX_REFUSED_SECONDS = 600.0
"""How long 429s may make one operation wait, with all its requests; this is not a part of its time."""

MAX_RETRY_AFTER = 60.0
"""The longest wait, in seconds, that a server can ask for; a longer one is an error at once."""

_MIN_RETRY_AFTER = 1.0

MAX_BACKOFF = 30.0
"""The longest wait, in seconds, where the server asks for none."""

_ADVICE = "other machines use this user's rate limit too: run later, or give each pipeline its own user"

_BACKOFF = wait_random_exponential(multiplier=1, max=MAX_BACKOFF)

T = TypeVar("T")


class _RefusedTooLongError(LocalRateLimitError):
    """429s have made an operation wait for as long as they may."""


class Deadline:
    """When an operation with all its retries has to be over. Waits for the rate limit do not count.

    Args:
        seconds: The time from now on.
        outer: The deadline of the operation that this one is a part of. What does not count here does not count there.
        rate_limit_wait: The longest wait for the own rate limit, in seconds; no bound when left out.
        refused_wait: How long 429s may make it wait in all, in seconds. Left out: as long as the outer deadline allows,
            `MAX_REFUSED_SECONDS` if there is none.
        clock: What the deadline goes by.

    Attributes:
        excluded: How many seconds of waits did not count.
        rate_limit_wait: As above.
        clock: As above.
    """

    def __init__(
        self,
        seconds: float = MAX_OPERATION_SECONDS,
        *,
        outer: Deadline | None = None,
        rate_limit_wait: float | None = None,
        refused_wait: float | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.clock = clock
        self.rate_limit_wait = rate_limit_wait
        self.excluded = 0.0
        self._end = clock.monotonic() + seconds
        self._outer = outer
        self._refused_wait = MAX_REFUSED_SECONDS if refused_wait is None else refused_wait
        self._refused = 0.0
        if refused_wait is None and outer is not None:
            self._refused_wait, self._refused = outer._refused_wait, outer._refused  # noqa: SLF001 - of the same class

    @property
    def left(self) -> float:
        """The seconds that are left, never below 0."""
        return max(0.0, self._end - self.clock.monotonic())

    @property
    def refused_left(self) -> float:
        """How many more seconds 429s may make it wait."""
        return self._refused_wait - self._refused

    def exclude(self, seconds: float) -> None:
        """Moves the end by a wait that does not count."""
        self._end += seconds
        self.excluded += seconds
        if self._outer is not None:
            self._outer.exclude(seconds)

    def exclude_wait(self, wait: Wait, operation: Operation) -> None:
        """Moves the end by a wait for the rate limit that is about to begin.

        Raises:
            LocalRateLimitError: 429s would make the operation wait for too long.
        """
        if wait.is_after_refusal:
            if wait.seconds > self.refused_left:
                raise _RefusedTooLongError(
                    f"429s have made it wait for {self._refused:.0f} s, and {self._refused_wait:.0f} s are the most",
                    operation=operation,
                    next_step=_ADVICE,
                )
            self.count_refused(wait.seconds)
        self.exclude(wait.seconds)

    def count_refused(self, seconds: float) -> None:
        """Counts a wait after a 429."""
        self._refused += seconds
        if self._outer is not None:
            self._outer.count_refused(seconds)


def should_retry(method: str, error: BaseException) -> bool:
    """Returns whether a request that failed with `error` is sent again, if there is time."""
    if isinstance(error, APIError) and (error.retry_after or 0.0) > MAX_RETRY_AFTER:
        return False
    if isinstance(error, RateLimitError):
        return method != "POST" or bool(error.code)
    if isinstance(error, APIError) and error.code == "SERVICE_UNAVAILABLE":
        return True
    if isinstance(error, (CertificateError, TLSConnectionError, ProxyError)):
        return False
    if isinstance(error, ConnectError):
        return True
    return method != "POST" and isinstance(error, (ServerError, ResponseLostError))


def call_with_retries(
    send: Callable[[], T],
    method: str,
    deadline: Deadline,
    notify: Callable[[str], None],
    *,
    waits_after_refusal: bool = False,
) -> T:
    """Sends a request until it succeeds, fails for good or the deadline is over.

    Args:
        send: Sends the request once.
        method: Its HTTP method.
        deadline: When the operation has to be over; retries go by its clock.
        notify: Receives a message about each wait that takes long.
        waits_after_refusal: Whether `send`, after a 429, first waits until the rate limit allows the next attempt, and
            says so.

    Raises:
        UserplaneError: The last failure. Its next step says what the waiting has shown.
    """
    clock = deadline.clock
    began = clock.monotonic()
    refusal: RateLimitError | None = None

    def wait_before_retry(state: RetryCallState) -> float:
        is_waited_for = waits_after_refusal and isinstance(_error_of(state), RateLimitError)
        return 0.0 if is_waited_for else _wait_before_retry(state)

    def before_wait(state: RetryCallState) -> None:
        nonlocal refusal
        error, wait = _error_of(state), state.upcoming_sleep
        refusal = error if isinstance(error, RateLimitError) else None
        # A proxy that fails is told at once: it is near, and its owner may have to do something.
        is_told_at_once = isinstance(error, UserplaneError) and error.is_about_intermediary
        if refusal is not None and waits_after_refusal and not is_told_at_once:
            return
        when = f"in {format_wait(wait)}" if wait >= MIN_WAIT_TO_NOTIFY else "now"
        # A short wait after a long one, or after a long silence, is a part of what takes long.
        if is_told_at_once or clock.monotonic() - began + wait >= MIN_WAIT_TO_NOTIFY:
            notify(f"{getattr(error, 'failure', error)}; trying again {when}")

    attempts = Retrying(
        sleep=clock.sleep,
        retry=retry_if_exception(lambda error: should_retry(method, error)),
        wait=wait_before_retry,
        stop=lambda state: state.upcoming_sleep >= deadline.left,
        before_sleep=before_wait,
        reraise=True,
    )
    try:
        return attempts(send)
    except LocalRateLimitError as error:
        # What the server said tells more than that the wait for it was too long.
        if isinstance(error, _RefusedTooLongError) and refusal is not None:
            advice = refusal.next_step if refusal.is_about_intermediary else error.next_step
            refusal.next_step = f"{error.reason}; {advice}"
        elif refusal is not None and deadline.rate_limit_wait is not None:
            _explain(refusal, clock)
        else:
            raise
        raise refusal from None
    except UserplaneError as error:
        _explain(error, clock)
        raise


# tenacity's wait_exception sees the error alone: it can't say "what the server asks for, else jitter by attempt".
def _wait_before_retry(state: RetryCallState) -> float:
    error = _error_of(state)
    retry_after = error.retry_after if isinstance(error, APIError) else None
    # A wait of 0 s would be no time that passes: the operation would last until the day's requests are used up.
    return _BACKOFF(state) if retry_after is None or retry_after < _MIN_RETRY_AFTER else retry_after


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def _explain(error: UserplaneError, clock: Clock) -> None:
    if not isinstance(error, APIError):
        return
    if (error.retry_after or 0.0) > MAX_RETRY_AFTER:
        until = datetime.fromtimestamp(clock.time() + (error.retry_after or 0.0), timezone.utc)
        sender, advice = ("it", error.next_step) if error.is_about_intermediary else ("the server", "")
        error.next_step = steps(f"{sender} asks to wait until {until:%Y-%m-%d %H:%M:%S} UTC: run again then", advice)
    elif isinstance(error, RateLimitError) and not error.is_about_intermediary:
        error.next_step = _ADVICE
