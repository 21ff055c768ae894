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
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterator

    from typing_extensions import Buffer

_ENDS_AT: ContextVar[float] = ContextVar("ends_at", default=math.inf)


@contextlib.contextmanager
def read_deadline(seconds: float) -> Iterator[None]:
    """Gives the answer to a request that is sent inside so much time, from now on, until it is read."""
    token = _ENDS_AT.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ENDS_AT.reset(token)


class NotConnectedError(Exception):
    """The request was not sent, since there is no connection to send it on.

    Attributes:
        cause: What went wrong.
        at_first_host: Whether it did so at the first host on the way: the proxy, where there is one.
    """

    def __init__(self, cause: Exception, *, at_first_host: bool) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.at_first_host = at_first_host

    @property
    def is_late(self) -> bool:
        """Whether the time was over; urllib3 counts a connection that was refused to those."""
        return isinstance(self.cause, (TimeoutError, ConnectTimeoutError)) and not isinstance(
            self.cause, NewConnectionError
        )


class TimedAdapter(HTTPAdapter):
    """Makes a session's connections such ones, direct or by a proxy of any kind.

    Args:
        context: What TLS connections are checked with; requests' own settings for that don't count.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests has them
        """Makes what keeps the direct connections."""
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401 - as requests has it
        """Returns what keeps the connections by a proxy, which may be reached by TLS itself."""
        is_socks = proxy.lower().startswith("socks")
        own = {} if is_socks else {"proxy_ssl_context": self._context}
        return super().proxy_manager_for(proxy, ssl_context=self._context, **own, **kwargs)

    def cert_verify(self, *_: object, **__: object) -> None:
        """Leaves the context as it is: requests would add certifi's list to what a variable names."""

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
    """Says of each failure before the request was sent that it was one."""

    response_class = _Answer

    def connect(self) -> None:
        connection: Any = super()
        try:
            connection.connect()
        except (OSError, HTTPException, HTTPError) as error:
            raise NotConnectedError(error, at_first_host=self._is_at_first_host()) from None

    def _tunnel(self) -> None:
        connection: Any = super()
        try:
            connection._tunnel()  # noqa: SLF001 - http.client asks a proxy there, and has no public way to take part
        except (OSError, HTTPException) as error:
            raise NotConnectedError(error, at_first_host=True) from None

    def _is_at_first_host(self) -> bool:
        connection: Any = self
        return connection.sock is None or bool(connection.proxy and not connection.has_connected_to_proxy)


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
