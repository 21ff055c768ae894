"""Finds the proxy that the environment sets for a server; its address may hold a password and is never shown."""

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

from pulumi_userplane.api.advice import SIGN_IN, steps
from pulumi_userplane.api.certificates import advise_trust
from pulumi_userplane.api.errors import ConfigurationError, ConnectError, ProxyError
from pulumi_userplane.api.identifiers import is_loopback
from pulumi_userplane.api.text import sanitize

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.read_deadline import NotConnectedError

_WITH_USER = "http://USER:PASSWORD@HOST:PORT, where @ is %40, : is %3A, / is %2F, # is %23 and % is %25"
_TEMPORARY_STATUSES = {408, 425, 429}
# tinyproxy responds 401 to a wrong password, and 407 to none.
_STATUSES_ABOUT_USER = {401, 407}
_STATUS_ABOUT_LOGIN = 511


@dataclass(frozen=True)
class Proxy:
    """A proxy.

    Attributes:
        url: Its whole address, as requests expects it.
        variable: The variable that holds the address, for an error.
        host: Its host and port, without user and password.
    """

    url: str = field(repr=False)
    variable: str
    host: str

    @property
    def has_user(self) -> bool:
        """Whether the address holds a user, and maybe a password."""
        return "@" in self.url

    def __str__(self) -> str:
        return f"the proxy {self.host} of {self.variable}"


def find_proxy(base_url: str, adapter: HTTPAdapter) -> Proxy | None:
    """Returns the proxy through which a server is reached, or None. This machine itself is never reached by a proxy.

    Args:
        base_url: The server.
        adapter: What sends the requests; its libraries tell whether they support the proxy.

    Raises:
        ConfigurationError: The proxy's address can't be read, or it needs a library that is not installed.
    """
    # A proxy elsewhere can't reach this machine's loopback, and must not see in plaintext what goes there.
    if is_loopback(urlsplit(base_url).hostname or ""):
        return None
    value = select_proxy(base_url, get_environ_proxies(base_url))
    if not value:
        return None
    variable = _variable_of(value, urlsplit(base_url).scheme)
    text = value.strip()
    # urllib3 takes `localhost:` of `localhost:3128` for a scheme.
    url = text if "://" in text else f"http://{text}"
    try:
        # The messages of both errors hold the whole address.
        parts = parse_url(url)
        adapter.proxy_manager_for(url)
    except InvalidSchema:
        raise ConfigurationError(
            f"{variable} names a SOCKS proxy, and the library for SOCKS is not installed",
            next_step="run `pip install pysocks` in the environment that runs the program, or use an http proxy",
        ) from None
    except ValueError:
        parts = None
    # With a `/`, `?` or `#` that is not escaped, what comes before it looks like a host, and is a user and a password.
    is_cut = parts is not None and "@" in url and parts.auth is None
    if parts is None or is_cut or not parts.host or parts.port == 0 or not url.isprintable() or " " in url:
        raise ConfigurationError(
            f"{variable} names a proxy whose address can't be read",
            next_step=f"write it as http://HOST:PORT, or as {_WITH_USER}",
        )
    return Proxy(url, variable, sanitize(parts.netloc or ""))


def _variable_of(address: str, scheme: str) -> str:
    """Returns the variable that holds an address; on Windows and macOS it can come from the system instead."""
    set_to_it = [name for name, value in os.environ.items() if value == address]
    # In the order in which they count: several are often set to the same.
    for wanted in (f"{scheme}_proxy", "all_proxy"):
        for name in sorted(set_to_it, reverse=True):
            if name.lower() == wanted:
                return name
    return "the system's settings"


def advise_way(proxy: Proxy, host: str, target: str = "") -> str:
    """Returns what to do when a proxy does not let requests through to a server.

    Args:
        proxy: The proxy.
        host: The server.
        target: What the proxy's owner has to allow, if that is more than the server's host.
    """
    return f"ask the proxy's owner to allow {target or host}; or {_advise_other_way(proxy, host)}"


def advise_password(proxy: Proxy) -> str:
    """Returns what to do when a proxy wants a user and a password, or others."""
    verb = "correct user and password in" if proxy.has_user else "write user and password into"
    return f"{verb} {proxy.variable}: {_WITH_USER}"


def _advise_other_way(proxy: Proxy, host: str) -> str:
    # It holds host names, without a port. The name in small letters wins.
    exempting = "no_proxy" if os.environ.get("no_proxy") else "NO_PROXY"
    name = urlsplit(f"//{host}").hostname
    return f"check {proxy.variable}, or add {name} to {exempting} to go without the proxy"


def proxy_failure(error: NotConnectedError, proxy: Proxy, host: str, operation: Operation) -> ConnectError:
    """Returns the error for a request that got no further than the proxy.

    Args:
        error: What went wrong there.
        proxy: The proxy.
        host: The server that the proxy was to connect to.
        operation: What was being done.
    """
    failure = _proxy_failure(error, proxy, host, operation)
    failure.is_about_intermediary = True
    return failure


def _proxy_failure(error: NotConnectedError, proxy: Proxy, host: str, operation: Operation) -> ConnectError:
    cause, check = error.cause, _advise_other_way(proxy, host)
    if isinstance(cause, (NameResolutionError, LocationParseError)) or isinstance(cause.__cause__, socket.gaierror):
        return ProxyError(f"the host name of {proxy} is not known", operation=operation, next_step=check)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ProxyError(
            f"no trusted TLS connection to {proxy} ({sanitize(cause.verify_message)})",
            operation=operation,
            next_step=advise_trust(os.environ),
        )
    if isinstance(cause, ssl.SSLError):
        return ProxyError(
            f"no TLS connection to {proxy}",
            operation=operation,
            next_step=_advise_plaintext(proxy),
        )
    if status := _status(cause):
        is_temporary = status in _TEMPORARY_STATUSES or (status >= 500 and status != _STATUS_ABOUT_LOGIN)
        error_class = ConnectError if is_temporary else ProxyError
        return error_class(
            f"{proxy} responded {status} and does not connect to {host}",
            operation=operation,
            next_step=_advise_after(status, proxy, host),
        )
    reason = f"{proxy} did not respond in time" if error.is_timeout else f"no connection to {host} through {proxy}"
    # A proxy without TLS may wait for the end of what it takes for a line.
    is_tls = proxy.url.lower().startswith("https:")
    return ConnectError(reason, operation=operation, next_step=steps(_advise_plaintext(proxy) if is_tls else "", check))


def _advise_after(status: int, proxy: Proxy, host: str) -> str:
    """Returns what to do after a response to CONNECT."""
    if status in _STATUSES_ABOUT_USER:
        return advise_password(proxy)
    if status == _STATUS_ABOUT_LOGIN:
        return SIGN_IN
    parts = urlsplit(f"//{host}")
    return advise_way(proxy, host, f"{parts.hostname}, port {parts.port or 443} (CONNECT)")


def _advise_plaintext(proxy: Proxy) -> str:
    return f"if the proxy itself does not use TLS, write http:// in {proxy.variable}"


def _status(cause: Exception) -> int | None:
    """Returns the status of a proxy's response to CONNECT; http.client tells it in its message alone."""
    status = re.match(r"Tunnel connection failed: (\d{3})\b", str(cause))
    return int(status[1]) if status else None
