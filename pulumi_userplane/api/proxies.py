"""Finds the proxy that the environment names for a server; its address may hold a password and is never shown."""

from __future__ import annotations

import os
import re
import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from requests.exceptions import InvalidSchema
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import LocationParseError, NameResolutionError
from urllib3.util import parse_url

from pulumi_userplane.api.errors import ConfigurationError, ConnectError, ProxyError
from pulumi_userplane.api.identifiers import is_loopback
from pulumi_userplane.api.text import sanitize

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.read_deadline import NotConnectedError

_WITH_USER = "http://USER:PASSWORD@HOST:PORT, where @ is %40, : is %3A, / is %2F and # is %23"
_MAY_PASS = {408, 425, 429}


@dataclass(frozen=True)
class Proxy:
    """A proxy.

    Attributes:
        url: Its whole address, as the libraries take it.
        variable: Where that comes from, for an error.
        host: Its host and port, without user and password.
    """

    url: str = field(repr=False)
    variable: str
    host: str

    def __str__(self) -> str:
        return f"the proxy {self.host} of {self.variable}"


def find_proxy(base_url: str, adapter: HTTPAdapter) -> Proxy | None:
    """Returns the proxy by which a server is reached, or None; for this machine itself there is none.

    Args:
        base_url: The server.
        adapter: What will send by the proxy; its libraries say whether they can.

    Raises:
        ConfigurationError: The proxy's address can't be read, or its kind needs a library that is not there.
    """
    # A proxy elsewhere can't reach this machine's loopback, and must not see in plaintext what goes there.
    if is_loopback(urlsplit(base_url).hostname or ""):
        return None
    named = select_proxy(base_url, get_environ_proxies(base_url))
    if not named:
        return None
    variable = _variable(named, urlsplit(base_url).scheme)
    text = named.strip()
    # urllib3 takes `localhost:` of `localhost:3128` for a scheme.
    url = text if "://" in text else f"http://{text}"
    try:
        # Both messages hold the whole address.
        parts = parse_url(url)
        adapter.proxy_manager_for(url)
    except InvalidSchema:
        raise ConfigurationError(
            f"{variable} names a SOCKS proxy, and the library for one is not installed",
            next_step="run `pip install pysocks` in the environment that runs the program, or name an http proxy",
        ) from None
    except ValueError:
        parts = None
    if parts is None or not parts.host or parts.port == 0 or not url.isprintable() or " " in url:
        raise ConfigurationError(
            f"{variable} names a proxy whose address can't be read",
            next_step=f"write it like http://HOST:PORT, or like {_WITH_USER}",
        )
    return Proxy(url, variable, sanitize(parts.netloc or ""))


def _variable(named: str, scheme: str) -> str:
    """The variable that holds this address; on Windows and macOS it can come from the system instead."""
    wanted = (f"{scheme}_proxy", "all_proxy")
    holding = (name for name, value in os.environ.items() if name.lower() in wanted and value == named)
    return next(holding, "the system's settings")


def proxy_failure(error: NotConnectedError, proxy: Proxy, host: str, operation: Operation) -> ConnectError:
    """Returns the error for a request that got no further than to the proxy.

    Args:
        error: What went wrong there.
        proxy: The proxy.
        host: The server that it was to connect to.
        operation: What was being done.
    """
    cause, variable = error.cause, proxy.variable
    without = f"check {variable}, or put {host} into NO_PROXY to go without"
    if isinstance(cause, (NameResolutionError, LocationParseError)) or isinstance(cause.__cause__, socket.gaierror):
        return ProxyError(f"the name of {proxy} is not known", operation=operation, next_step=without)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ProxyError(
            f"no trusted TLS connection to {proxy} ({sanitize(cause.verify_message)})",
            operation=operation,
            next_step="put its CA into the system's store, or name its file in REQUESTS_CA_BUNDLE",
        )
    if isinstance(cause, ssl.SSLError):
        return ProxyError(
            f"no TLS connection to {proxy}",
            operation=operation,
            next_step=f"write http:// in {variable} if the proxy itself speaks no TLS",
        )
    if status := _status(cause):
        kind = ConnectError if status in _MAY_PASS or status >= 500 else ProxyError
        return kind(
            f"{proxy} answers {status} and does not connect to {host}",
            operation=operation,
            next_step=f"write user and password into {variable}: {_WITH_USER}"
            if status == 407
            else f"have its owner allow {host}, {without}",
        )
    reason = f"{proxy} did not answer in time" if error.is_late else f"no connection to {host} by {proxy}"
    return ConnectError(reason, operation=operation, next_step=without)


def _status(cause: Exception) -> int | None:
    """http.client tells what a proxy answered to CONNECT in these words only."""
    told = re.match(r"Tunnel connection failed: (\d{3})\b", str(cause))
    return int(told[1]) if told else None
