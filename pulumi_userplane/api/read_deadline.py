"""Gives a response a deadline until it is read whole, however slowly it trickles in.

A socket's own time-out begins anew with every byte, and the headers are read before anybody sees a part of them. So the
deadline is kept where the connection reads from its socket. requests and urllib3 have no setting for that. Within a
proxy's TLS, urllib3 makes the server's TLS itself, by many reads: there the socket keeps the deadline as well.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import io
import math
import ssl
import time
from contextvars import ContextVar
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from requests.utils import get_auth_from_url
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from typing_extensions import Buffer

_DEADLINE: ContextVar[float] = ContextVar("deadline", default=math.inf)


@contextlib.contextmanager
def read_deadline(seconds: float) -> Iterator[None]:
    """Gives the response to a request that is sent inside so many seconds, from now on, until it is read."""
    token = _DEADLINE.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


class NotConnectedError(Exception):
    """The request was not sent, since no connection was made.

    Attributes:
        cause: What went wrong.
        is_at_first_host: Whether it went wrong at the first host on the way: at the proxy, if there is one.
    """

    def __init__(self, cause: Exception, *, is_at_first_host: bool) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.is_at_first_host = is_at_first_host

    @property
    def is_timeout(self) -> bool:
        """Whether it took too long. urllib3 counts a refused connection as a time-out; this does not."""
        return isinstance(self.cause, (TimeoutError, ConnectTimeoutError)) and not isinstance(
            self.cause, NewConnectionError
        )


class TimedAdapter(HTTPAdapter):
    """Makes a session's connections keep `read_deadline`, direct ones and those through a proxy of any kind.

    Args:
        context: What TLS connections are checked with. The settings of requests for that don't count.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests has them
        """Creates the pools of direct connections."""
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401 - as requests has it
        """Returns the pools of connections through a proxy, which may itself be reached by TLS."""
        is_socks = proxy.lower().startswith("socks")
        proxy_tls = {} if is_socks else {"proxy_ssl_context": self._context}
        return super().proxy_manager_for(proxy, ssl_context=self._context, **proxy_tls, **kwargs)

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        """Returns the header with user and password for a proxy. requests would send Latin-1; others send UTF-8."""
        user, password = get_auth_from_url(proxy)
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"Proxy-Authorization": f"Basic {basic}"} if user or password else {}

    def cert_verify(self, *_: object, **__: object) -> None:
        """Leaves the context as it is. requests would add certifi's list to the certificates of a variable."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as requests has them
        """Returns the pool from which the request takes its connection."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _timed_class(pool.ConnectionCls)
        return pool


@functools.cache
def _timed_class(connection: type) -> type:
    """Returns the class of connection with a deadline."""
    if issubclass(connection, _TimedConnection):
        return connection
    return type(connection.__name__, (_TimedConnection, connection), {})


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as http.client has them
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(sock, self.fp.detach(), _DEADLINE.get()))


class _TimedConnection:
    """A connection whose responses keep the deadline; any failure before the request is a `NotConnectedError`."""

    response_class = _TimedResponse

    def connect(self) -> None:
        connection: Any = super()
        try:
            connection.connect()
        except (OSError, HTTPException, HTTPError) as error:
            raise NotConnectedError(error, is_at_first_host=self._is_at_first_host()) from None

    def _tunnel(self) -> None:
        connection: Any = self
        if isinstance(connection.sock, ssl.SSLSocket):
            _keep_deadline(connection.sock)
        inherited: Any = super()
        try:
            inherited._tunnel()  # noqa: SLF001 - http.client asks a proxy there, and has no public way to take part
        except (OSError, HTTPException) as error:
            raise NotConnectedError(error, is_at_first_host=True) from None

    def _is_at_first_host(self) -> bool:
        connection: Any = self
        return connection.sock is None or bool(connection.proxy and not connection.has_connected_to_proxy)


def _keep_deadline(sock: Any) -> None:  # noqa: ANN401 - its class has no place for another `recv`
    """Lets the socket of a proxy's TLS keep the deadline in `recv`, by which urllib3 reads the TLS inside."""
    recv = sock.recv

    def recv_in_time(*args: Any) -> bytes:  # noqa: ANN401 - as the socket has them
        _limit_wait(sock, sock.gettimeout() or math.inf, _DEADLINE.get())
        received: bytes = recv(*args)
        return received

    sock.recv = recv_in_time


def _limit_wait(sock: socket.socket, max_silence: float, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the response's deadline is over")
    sock.settimeout(min(max_silence, left))


class _TimedReader(io.RawIOBase):
    """Reads from a socket; each read waits as long as the socket may be silent, and never beyond the deadline."""

    def __init__(self, sock: socket.socket, file: io.RawIOBase, deadline: float) -> None:
        self._sock = sock
        self._file = file
        self._max_silence = sock.gettimeout() or math.inf
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        _limit_wait(self._sock, self._max_silence, self._deadline)
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()
