"""What every request passes first: whether its API key works, and whether its user is within the rate limit."""

import math
import time
from collections import deque
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.envelope import ApiError, build_error
from pulumi_userplane.emulator.workspace_store import WorkspaceStore

RATE_LIMIT_SECONDS = 60.0
"""The sliding window in which the rate limit counts requests."""

_REFUSED_STATES = {
    "expired": ApiError(401, "API_KEY_EXPIRED", "This API key has expired."),
    "disabled": ApiError(403, "API_KEY_DISABLED", "This API key is disabled."),
}


class RateLimiter:
    """Counts each user's accepted requests in a sliding window."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._accepted: dict[str, deque[float]] = {}

    def acquire(self, user_id: str, limit: int) -> int:
        """Accepts and counts a request, or refuses it.

        Args:
            user_id: Whose request it is.
            limit: Requests that are accepted in one window; 0 means no limit.

        Returns:
            0 if the request is accepted, else the whole seconds until one will be.
        """
        if not limit:
            return 0
        present = self._clock()
        accepted = self._accepted.setdefault(user_id, deque())
        while accepted and accepted[0] <= present - RATE_LIMIT_SECONDS:
            accepted.popleft()
        if len(accepted) >= limit:
            return math.ceil(accepted[-limit] + RATE_LIMIT_SECONDS - present)
        accepted.append(present)
        return 0

    def reset(self) -> None:
        """Forgets all requests."""
        self._accepted.clear()


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
        seconds = self._rate_limiter.acquire(user_id, behaviours.rate_limit)
        if seconds:
            headers = {"Retry-After": str(seconds)} if behaviours.retry_after else None
            raise ApiError(429, "RATE_LIMITED", f"More than {behaviours.rate_limit} requests in a minute.", headers)


def _read_bearer_key(scope: Scope) -> str | None:
    scheme, _, key_text = HTTPConnection(scope).headers.get("authorization", "").partition(" ")
    return key_text.strip() or None if scheme.lower() == "bearer" else None
