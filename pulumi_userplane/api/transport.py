"""Sends one request and returns the raw response, or raises the error that says why there is none."""

from __future__ import annotations

import os
import platform
import ssl
import threading
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from pulumi_userplane.api.certificates import advise_trust, tls_context
from pulumi_userplane.api.errors import (
    CertificateError,
    ConfigurationError,
    ConnectError,
    InvalidResponseError,
    ResponseLostError,
    ResponseTimeoutError,
    ResponseTooLargeError,
    TLSConnectionError,
)
from pulumi_userplane.api.identifiers import validate_base_url
from pulumi_userplane.api.proxies import Proxy, advise_way, find_proxy, proxy_failure
from pulumi_userplane.api.read_deadline import NotConnectedError, TimedAdapter, read_deadline
from pulumi_userplane.api.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
MAX_RESPONSE_BYTES = 8 * 1024 * 1024
_CHECK_SERVER = "check the base URL, and what stands between"
_SHORTEN_META = f"if a link's `meta` is that large, shorten it where it was written; else {_CHECK_SERVER}"
_RUN_AGAIN = "the server may have done it all the same: run again"


@dataclass(frozen=True)
class Response:
    """What came back.

    Attributes:
        status: The HTTP status.
        headers: The headers.
        body: The whole body.
        host: The server that the request was for.
        proxy: The proxy on the way, if one is set.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    host: str = ""
    proxy: Proxy | None = None


@dataclass(frozen=True)
class Request:
    """What is sent; the path begins after the base URL."""

    method: str
    path: str
    params: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None


class Transport:
    """Sends requests to one server with one key. Several threads can use it; each has a session of its own.

    Args:
        base_url: The server.
        api_key: The key.
        connect_seconds: The time for a connection; `CONNECT_SECONDS` when left out.
        read_seconds: How long the server may stay silent; `READ_SECONDS` when left out.

    Attributes:
        base_url: The server's address in its normal form.
        api_key: As above.

    Raises:
        ConfigurationError: The base URL is malformed.
    """

    def __init__(
        self, base_url: str, api_key: str, *, connect_seconds: float | None = None, read_seconds: float | None = None
    ) -> None:
        self.base_url = validate_base_url(base_url)
        self.api_key = api_key
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._threads = threading.local()

    @property
    def proxy(self) -> Proxy | None:
        """The proxy that this thread's requests go through, once they are prepared."""
        return getattr(self._threads, "proxy", None)

    def prepare(self, operation: Operation) -> None:
        """Reads the proxy and the certificates from the environment, once for each thread; sends nothing.

        Raises:
            ConfigurationError: A variable names a proxy or certificates that can't be used.
        """
        try:
            self._session()
        except ConfigurationError as error:
            error.operation = operation
            raise

    def send(self, operation: Operation, request: Request, deadline: Deadline) -> Response:
        """Sends one request, follows no redirect and reads the whole response.

        Raises:
            ConnectError: No connection was made.
            ResponseLostError: The connection broke, or the server stayed silent, before the whole response was there.
            ConfigurationError: As in `prepare`. Or the request holds a number that JSON has no form for.
            CertificateError: No trusted TLS connection was made.
            ProxyError: The proxy refuses.
            InvalidResponseError: The response is larger than 8 MiB; a `ResponseTooLargeError` if it is a success.
        """
        self.prepare(operation)
        # A time-out of 0 would mean none at all.
        left = max(deadline.left, 0.1)
        connect_seconds = min(self._connect_seconds or CONNECT_SECONDS, left)
        read_seconds = min(self._read_seconds or READ_SECONDS, left)
        try:
            with (
                read_deadline(left),
                self._session().request(
                    request.method,
                    self.base_url + request.path,
                    params=request.params,
                    json=request.body,
                    timeout=(connect_seconds, read_seconds),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                body = _read_body(response, operation, self.proxy)
                return Response(
                    response.status_code, response.headers, body, urlsplit(self.base_url).netloc, self.proxy
                )
        except (requests.exceptions.InvalidJSONError, requests.exceptions.InvalidURL):
            raise ConfigurationError(
                "the request can't be sent: its URL or its JSON is invalid",
                operation=operation,
                next_step="check the base URL, and remove NaN and infinity from `meta`",
            ) from None
        except NotConnectedError as error:
            raise _connect_error(error, operation, self.base_url, self.proxy) from None
        except (requests.RequestException, HTTPError) as error:
            # The cause's text can hold the address and headers: only its class is passed on.
            raise _lost_error(error, operation, self.base_url, self.proxy, deadline) from None

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            scheme = urlsplit(self.base_url).scheme
            adapter = TimedAdapter(tls_context(os.environ) if scheme == "https" else None)
            self._threads.proxy = proxy = find_proxy(self.base_url, adapter)
            session = requests.Session()
            # A .netrc would replace the key; proxies and certificates have been looked up.
            session.trust_env = False
            session.proxies = {scheme: proxy.url} if proxy else {}
            session.mount(f"{scheme}://", adapter)
            session.headers.update(
                {
                    "Accept": "application/json",
                    "Authorization": f"Bearer {self.api_key}",
                    "User-Agent": user_agent(),
                }
            )
            self._threads.session = session
        return session


@cache
def user_agent() -> str:
    """Returns `product/version` of this package, of Pulumi where it is installed, and of Python."""
    products = [f"{name}/{number}" for name in ("pulumi-userplane", "pulumi") if (number := _version(name))]
    return " ".join([*products, f"python/{platform.python_version()}"])


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _read_body(response: requests.Response, operation: Operation, proxy: Proxy | None) -> bytes:
    size: int = response.raw.length_remaining or 0
    if size <= MAX_RESPONSE_BYTES:
        body: bytes = response.raw.read(MAX_RESPONSE_BYTES + 1, decode_content=True)
        if len(body) <= MAX_RESPONSE_BYTES:
            return body
        size = len(body)
    way = _describe_way(proxy)
    reason = f"the response (status {response.status_code}){way} is larger than {MAX_RESPONSE_BYTES // 1024**2} MiB"
    if 200 <= response.status_code < 300:
        raise ResponseTooLargeError(
            reason, operation=operation, next_step=_SHORTEN_META, times=size / MAX_RESPONSE_BYTES
        )
    raise InvalidResponseError(reason, operation=operation, next_step=_CHECK_SERVER)


def _describe_way(proxy: Proxy | None) -> str:
    """Returns which proxy is on the way, for the middle of a sentence."""
    return f" through {proxy}" if proxy is not None else ""


def _connect_error(error: NotConnectedError, operation: Operation, base_url: str, proxy: Proxy | None) -> ConnectError:
    cause, host = error.cause, urlsplit(base_url).netloc
    if proxy is not None and error.is_at_first_host:
        return proxy_failure(error, proxy, host, operation)
    via = _describe_way(proxy)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return CertificateError(
            f"no trusted TLS connection to {host}{via} ({sanitize(cause.verify_message)})",
            operation=operation,
            next_step=f"if a company's proxy signs connections, {advise_trust(os.environ)}",
        )
    remedy = advise_way(proxy, host) if proxy is not None else None
    if isinstance(cause, ssl.SSLError):
        return CertificateError(
            f"the TLS connection to {host}{via} broke before anything was sent",
            operation=operation,
            next_step=remedy or f"{_CHECK_SERVER}, then run again",
        )
    reason = (
        f"{host}{via} did not accept the connection in time" if error.is_timeout else f"no connection to {host}{via}"
    )
    failure = ConnectError(reason, operation=operation, next_step=remedy or "check the network and the base URL")
    failure.is_about_intermediary = proxy is not None
    return failure


def _lost_error(
    error: Exception, operation: Operation, base_url: str, proxy: Proxy | None, deadline: Deadline
) -> ResponseLostError:
    host = f"{urlsplit(base_url).netloc}{_describe_way(proxy)}"
    if isinstance(error, requests.exceptions.SSLError):
        return TLSConnectionError(
            f"the TLS connection to {host} broke",
            operation=operation,
            next_step="check what stands between, then run again",
        )
    if isinstance(error, (requests.exceptions.ReadTimeout, ReadTimeoutError)):
        silence = "stayed silent" if deadline.left else "did not finish its response before the operation's deadline"
        return ResponseTimeoutError(f"{host} {silence}", operation=operation, next_step=_RUN_AGAIN)
    return ResponseLostError(
        f"the connection to {host} broke before the response was complete", operation=operation, next_step=_RUN_AGAIN
    )
