"""What the emulator was asked, in order, without any key."""

from collections import deque
from dataclasses import dataclass, field
from threading import Lock

from pydantic import JsonValue

from pulumi_userplane.emulator.clock import now

_KEPT = 200_000


@dataclass(frozen=True)
class LoggedRequest:
    """One request and what became of it."""

    method: str
    path: str
    """From `/api/v1` on, decoded."""
    query: str
    """As it was sent, without the question mark."""
    body: JsonValue
    """The JSON of the body; the text if it is no JSON; None if there is none."""
    status: int | None
    """Of the answer that was sent; None when the connection was dropped without one."""
    user: str | None
    """Whose key it was; None without a known key."""
    fault: str | None
    """What a scripted fault did to it."""
    time: str = field(default_factory=now)


class RequestLog:
    """The requests since the start, or since the log was last cleared."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: deque[LoggedRequest] = deque(maxlen=_KEPT)

    def add(self, entry: LoggedRequest) -> None:
        """Note one request."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[LoggedRequest]:
        """All that is noted, oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._entries.clear()
