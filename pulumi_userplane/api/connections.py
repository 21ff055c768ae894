"""Connections on which an answer has a time to be complete, however slowly it trickles.

A socket's own time-out begins anew with every byte, and the headers are read before anybody sees a part of them: only
the reading itself can keep to the time.
"""

from __future__ import annotations

import contextlib
import functools
import io
import math
import time
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from typing_extensions import Buffer

_ENDS_AT: ContextVar[float] = ContextVar("ends_at", default=math.inf)


@contextlib.contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """Gives the answer to a request that is sent inside so much time, from now on, until it is read."""
    token = _ENDS_AT.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ENDS_AT.reset(token)


class TimedAdapter(HTTPAdapter):
    """Makes a session's connections such ones, direct or by a proxy of any kind."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as requests has them
        """Returns the pool of connections that the request is to take one from."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _timed(pool.ConnectionCls)
        return pool


@functools.cache
def _timed(kind: type) -> type:
    return kind if issubclass(kind, _Timed) else type(kind.__name__, (_Timed, kind), {})


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as http.client has them
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Reader(sock, self.fp.detach(), _ENDS_AT.get()))


class _Timed:
    response_class = _Answer


class _Reader(io.RawIOBase):
    """Reads from a socket; each read waits as long as the socket may be silent, and never beyond the end."""

    def __init__(self, sock: socket.socket, file: io.RawIOBase, ends_at: float) -> None:
        self._sock = sock
        self._file = file
        self._silence = sock.gettimeout() or math.inf
        self._ends_at = ends_at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer's time is over")
        self._sock.settimeout(min(self._silence, left))
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()
