"""What every request passes first: whether its API key works, and whether its user is within the rate limit."""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Literal, NamedTuple

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.envelope import ApiError, build_error
from pulumi_userplane.emulator.workspace_store import WorkspaceStore

RATE_LIMIT_SECONDS = 60.0
"""The sliding window in which the rate limit counts requests."""

DAY_SECONDS = 86_400.0
"""The sliding window of the daily limit."""

_REFUSED_STATES = {
    "expired": ApiError(401, "API_KEY_EXPIRED", "This API key has expired."),
    "disabled": ApiError(403, "API_KEY_DISABLED", "This API key is disabled."),
}


class Usage(NamedTuple):
    """A user's accepted requests in one sliding window."""

    requests: int
    seconds: int
    """The whole seconds until the oldest of them counts no longer; 0 without any."""


class Refusal(NamedTuple):
    """The limit that refuses a user's next request; of two, the one that does so longer."""

    period: Literal["minute", "day"]
    limit: int
    seconds: int
    """The whole seconds until a request is accepted, at least 1."""


class UserUsage(NamedTuple):
    """A user's accepted requests, and what refuses the next one; None if nothing does."""

    minute: Usage
    day: Usage
    refusal: Refusal | None


class RateLimiter:
    """Counts each user's accepted requests in a minute and in a day, both sliding windows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._accepted: dict[str, deque[float]] = {}
        self._seconds: dict[str, deque[_Second]] = {}

    def acquire(self, user_id: str, limit: int, daily_limit: int = 0) -> Refusal | None:
        """Accepts and counts a request, or returns why it is refused.

        Args:
            user_id: Whose request it is.
            limit: Requests that are accepted in one minute; 0 means no limit.
            daily_limit: Requests that are accepted in one day; 0 means no limit.
        """
        with self._lock:
            present = self._clock()
            accepted, seconds = self._count(user_id, present)
            refusal = _find_refusal(accepted, seconds, limit, daily_limit, present)
            if refusal is None:
                accepted.append(present)
                if not seconds or seconds[-1].start <= present - 1:
                    seconds.append(_Second(present))
                seconds[-1].requests += 1
        return refusal

    def usage(self, limit: int = 0, daily_limit: int = 0) -> dict[str, UserUsage]:
        """Returns what each user has used of the minute and of the day; only users who sent any request.

        Args:
            limit: Requests that are accepted in one minute; 0 means no limit.
            daily_limit: Requests that are accepted in one day; 0 means no limit.
        """
        with self._lock:
            present = self._clock()
            return {
                user_id: UserUsage(
                    Usage(len(accepted), math.ceil(accepted[0] + RATE_LIMIT_SECONDS - present) if accepted else 0),
                    Usage(
                        sum(second.requests for second in seconds), math.ceil(seconds[0].start + DAY_SECONDS - present)
                    ),
                    _find_refusal(accepted, seconds, limit, daily_limit, present),
                )
                for user_id in self._accepted
                for accepted, seconds in [self._count(user_id, present)]
                if seconds
            }

    def reset(self) -> None:
        """Forgets all requests."""
        with self._lock:
            self._accepted.clear()
            self._seconds.clear()

    def _count(self, user_id: str, present: float) -> "tuple[deque[float], deque[_Second]]":
        accepted = self._accepted.setdefault(user_id, deque())
        seconds = self._seconds.setdefault(user_id, deque())
        while accepted and accepted[0] <= present - RATE_LIMIT_SECONDS:
            accepted.popleft()
        while seconds and seconds[0].start <= present - DAY_SECONDS:
            seconds.popleft()
        return accepted, seconds


@dataclass
class _Second:
    """How many requests one second had, so that a day takes little memory."""

    start: float
    requests: int = 0


def _find_refusal(
    accepted: deque[float], seconds: deque[_Second], limit: int, daily_limit: int, present: float
) -> Refusal | None:
    refusals: list[Refusal] = []
    if limit and len(accepted) >= limit:
        refusals.append(Refusal("minute", limit, _count_seconds(accepted[-limit] + RATE_LIMIT_SECONDS - present)))
    if daily_limit and (blocking := _find_blocking(seconds, daily_limit)) is not None:
        refusals.append(Refusal("day", daily_limit, _count_seconds(blocking.start + DAY_SECONDS - present)))
    return max(refusals, key=lambda refusal: refusal.seconds, default=None)


def _count_seconds(wait: float) -> int:
    """Returns whole seconds; rounding can make a wait that has not ended 0."""
    return max(math.ceil(wait), 1)


def _find_blocking(seconds: "deque[_Second]", limit: int) -> _Second | None:
    """Returns the latest second whose requests have to be forgotten before there are fewer than the limit."""
    total = 0
    for second in reversed(seconds):
        total += second.requests
        if total >= limit:
            return second
    return None


class AuthMiddleware:
    """Lets requests with a working key pass, within the rate limit; sets `request.state.user_id`.

    Args:
        app: The application behind it.
        workspaces: Where the keys are.
        rate_limiter: Counts the requests.
        behaviours: Returns the present behaviours.
    """

    def __init__(
        self,
        app: ASGIApp,
        workspaces: WorkspaceStore,
        rate_limiter: RateLimiter,
        behaviours: Callable[[], Behaviours],
    ) -> None:
        self._app = app
        self._workspaces = workspaces
        self._rate_limiter = rate_limiter
        self._behaviours = behaviours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or sends an error."""
        try:
            user_id = self._authenticate(scope)
            self._check_rate_limit(user_id)
        except ApiError as error:
            await build_error(error)(scope, receive, send)
        else:
            scope["state"]["user_id"] = user_id
            await self._app(scope, receive, send)

    def find_user_id(self, scope: Scope) -> str | None:
        """Returns the id of the user whose key a request has, whether or not the key works."""
        key = self._workspaces.find_key(_read_bearer_key(scope))
        return key.user_id if key else None

    def _authenticate(self, scope: Scope) -> str:
        key_text = _read_bearer_key(scope)
        if key_text is None:
            raise ApiError(401, "API_KEY_REQUIRED", "An API key is required: Authorization: Bearer <key>.")
        key = self._workspaces.find_key(key_text)
        if key is None:
            raise ApiError(401, "API_KEY_INVALID", "This API key is not known.")
        if key.state in _REFUSED_STATES:
            raise _REFUSED_STATES[key.state]
        return key.user_id

    def _check_rate_limit(self, user_id: str) -> None:
        behaviours = self._behaviours()
        refusal = self._rate_limiter.acquire(user_id, behaviours.rate_limit, behaviours.daily_limit)
        if refusal is not None:
            headers = {"Retry-After": str(refusal.seconds)} if behaviours.retry_after else None
            text = f"More than {refusal.limit} requests in a {refusal.period}."
            raise ApiError(429, "RATE_LIMITED", text, headers)


def _read_bearer_key(scope: Scope) -> str | None:
    scheme, _, key_text = HTTPConnection(scope).headers.get("authorization", "").partition(" ")
    return key_text.strip() or None if scheme.lower() == "bearer" else None
