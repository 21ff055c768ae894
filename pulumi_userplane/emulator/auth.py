"""What every request passes first: whose key it is, whether the key works, how often its user may ask."""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.envelope import ApiError, failure
from pulumi_userplane.emulator.workspace_store import Key

_STATES = {
    "expired": ApiError(401, "API_KEY_EXPIRED", "This API key has expired."),
    "disabled": ApiError(403, "API_KEY_DISABLED", "This API key is disabled."),
}


class Gate:
    """Lets requests with a working key through; `request.state.user_id` says whose it is."""

    def __init__(self, app: ASGIApp, backend: Backend) -> None:
        self._app = app
        self._backend = backend

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a failure, or go on."""
        try:
            scope["state"]["user_id"] = self._admitted(scope)
        except ApiError as error:
            await failure(error)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _admitted(self, scope: Scope) -> str:
        text = key_text(scope)
        if text is None:
            raise ApiError(401, "API_KEY_REQUIRED", "An API key is required: Authorization: Bearer <key>.")
        key = self._backend.directory.key(text)
        if key is None:
            raise ApiError(401, "API_KEY_INVALID", "This API key is not known.")
        if key.state in _STATES:
            raise _STATES[key.state]
        self._limit(key)
        return key.user_id

    def _limit(self, key: Key) -> None:
        behaviours = self._backend.behaviours
        seconds = self._backend.rate_limiter.seconds_to_wait(key.user_id, behaviours.rate_limit)
        if seconds:
            headers = {"Retry-After": str(seconds)} if behaviours.retry_after else None
            raise ApiError(429, "RATE_LIMITED", f"More than {behaviours.rate_limit} requests in a minute.", headers)


def key_text(scope: Scope) -> str | None:
    """The key that a request bears."""
    scheme, _, text = HTTPConnection(scope).headers.get("authorization", "").partition(" ")
    return text.strip() or None if scheme.lower() == "bearer" else None
