"""The log of all requests that the emulator received, in order."""

import json
from collections import deque
from dataclasses import dataclass
from threading import Lock

from pydantic import JsonValue
from starlette.types import Scope

from pulumi_userplane.emulator.clock import Clock

_MAX_ENTRIES = 200_000
_MAX_ERROR = 1000
_FIRST_REFUSED_STATUS = 400


@dataclass(frozen=True)
class LoggedRequest:
    """One request without its headers, the status of its response, and why it was refused.

    So it holds no key, unless the client puts one into the address or the body: a test can find that.
    """

    method: str
    path: str
    """The decoded path; it begins with `/api/v1`, unless the client has another base URL."""
    query: str
    """The query as it was sent, without the question mark."""
    body: JsonValue
    """The JSON of the body; its text if it is not JSON; None if the request had no body."""
    body_size: int
    """How many bytes the body had as it was sent."""
    status: int | None
    """The status of the response; None if the connection was closed without one."""
    error: str | None
    """Why the request was refused: the error code and message of the response, such as `LINK_GONE: The link was
    deleted.`, or the text of a body that has none; None below status 400."""
    user: str | None
    """The id of the user whose key it was; None without a known key."""
    fault: str | None
    """What a scripted fault did to the request; None if no fault matched."""
    time: str
    """When the response was ready, such as `2025-01-06T09:00:00.000Z`."""


class RequestLog:
    """Keeps the latest 200,000 requests since the start, or since the log was last cleared."""

    def __init__(self, clock: Clock, max_entries: int = _MAX_ENTRIES) -> None:
        self._clock = clock
        self._lock = Lock()
        self._entries: deque[LoggedRequest] = deque(maxlen=max_entries)
        self._recorded = 0

    def record(
        self, scope: Scope, body: bytes, *, response: tuple[int, bytes] | None, user: str | None, fault: str | None
    ) -> None:
        """Adds one request to the log.

        Args:
            scope: The request.
            body: Its body.
            response: The status and the body of the response; None if there was none.
            user: The id of the user whose key it was, if any.
            fault: What a scripted fault did to it, if any.
        """
        status, content = response or (None, b"")
        entry = LoggedRequest(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("ascii", "replace"),
            body=_decode(body),
            body_size=len(body),
            status=status,
            error=_describe_refusal(content) if status and status >= _FIRST_REFUSED_STATUS else None,
            user=user,
            fault=fault,
            time=self._clock.now(),
        )
        with self._lock:
            self._entries.append(entry)
            self._recorded += 1

    @property
    def entries(self) -> list[LoggedRequest]:
        """The requests, oldest first."""
        with self._lock:
            return list(self._entries)

    def list_newest(self, offset: int, limit: int) -> tuple[list[tuple[int, LoggedRequest]], int]:
        """Returns requests with their numbers, counted from 1, newest first; and how many the log holds.

        Args:
            offset: How many newer requests to leave out.
            limit: How many to return at most.
        """
        with self._lock:
            end = max(len(self._entries) - offset, 0)
            entries = [self._entries[index] for index in range(end - 1, max(end - limit, 0) - 1, -1)]
            last = self._recorded - offset
            return [(last - index, entry) for index, entry in enumerate(entries)], len(self._entries)

    def clear(self) -> None:
        """Removes all requests from the log."""
        with self._lock:
            self._entries.clear()
            self._recorded = 0


def _describe_refusal(body: bytes) -> str:
    content = _decode(body)
    fields = content if isinstance(content, dict) else {}
    code, message = fields.get("error", fields.get("code")), fields.get("message")
    if isinstance(code, str) and isinstance(message, str):
        return f"{code}: {message}"[:_MAX_ERROR]
    return body.decode("utf-8", "replace")[:_MAX_ERROR]


def _decode(body: bytes) -> JsonValue:
    try:
        content: JsonValue = json.loads(body) if body else None
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
    return content
