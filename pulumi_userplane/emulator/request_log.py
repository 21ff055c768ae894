"""The log of all requests that the emulator received, in order; it never holds a key."""

import json
from collections import deque
from dataclasses import dataclass
from threading import Lock

from pydantic import JsonValue
from starlette.types import Scope

from pulumi_userplane.emulator.clock import Clock

_MAX_ENTRIES = 200_000


@dataclass(frozen=True)
class LoggedRequest:
    """One request and what became of it."""

    method: str
    path: str
    """The decoded path, which begins with `/api/v1`."""
    query: str
    """The query as it was sent, without the question mark."""
    body: JsonValue
    """The JSON of the body; its text if it is not JSON; None if the request had no body."""
    status: int | None
    """The status of the response; None if the connection was closed without one."""
    user: str | None
    """The id of the user whose key it was; None without a known key."""
    fault: str | None
    """What a scripted fault did to the request; None if no fault matched."""
    time: str
    """When the response was ready, such as `2025-01-06T09:00:00.000Z`."""


class RequestLog:
    """Keeps the latest 200,000 requests since the start, or since the log was last cleared."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._entries: deque[LoggedRequest] = deque(maxlen=_MAX_ENTRIES)

    def record(self, scope: Scope, body: bytes, *, status: int | None, user: str | None, fault: str | None) -> None:
        """Adds one request to the log."""
        entry = LoggedRequest(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("ascii", "replace"),
            body=_decode(body),
            status=status,
            user=user,
            fault=fault,
            time=self._clock.now(),
        )
        with self._lock:
            self._entries.append(entry)

    @property
    def entries(self) -> list[LoggedRequest]:
        """The requests, oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Removes all requests from the log."""
        with self._lock:
            self._entries.clear()


def _decode(body: bytes) -> JsonValue:
    try:
        content: JsonValue = json.loads(body) if body else None
    except ValueError:
        return body.decode("utf-8", "replace")
    return content
