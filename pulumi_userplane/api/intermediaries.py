"""Says what responded in Userplane's place, a proxy or a login page for example, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.api.advice import SIGN_IN, steps
from pulumi_userplane.api.proxies import advise_password, advise_way
from pulumi_userplane.api.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api.proxies import Proxy

CHECK_SERVER = "check the base URL, and what stands between (a proxy, a login page)"

_NAMING_HEADERS = ("Server", "Via", "X-Squid-Error")
"""In these a proxy names itself, and Squid the reason."""

_MAX_HEADER = 60


def describe_sender(proxy: Proxy | None) -> str:
    """Returns what may have responded: a proxy that signs connections itself, or what it, too, got as a response."""
    return "the server, or something between," if proxy is None else f"{proxy}, or something behind it,"


def describe_headers(headers: Mapping[str, str]) -> str:
    """Returns how a response names its sender, in brackets; empty if it does not."""
    values = {name: sanitize(headers.get(name, ""), _MAX_HEADER) for name in _NAMING_HEADERS}
    names = ", ".join(f"{name}: {value}" for name, value in values.items() if value)
    return f"({names})" if names else ""


def advise_on_response(status: int, host: str, proxy: Proxy | None) -> str:
    """Returns what to do about a response in Userplane's place.

    Args:
        status: Its status.
        host: The server that the request was for.
        proxy: The proxy on the way, if one is set.
    """
    if status == 407 and proxy is not None:
        return advise_password(proxy)
    remedy = CHECK_SERVER if proxy is None else advise_way(proxy, host)
    if status == 511:
        return f"{SIGN_IN}; if it stays so, {remedy}"
    if status in (404, 410):
        return f"it proves no deletion: {remedy}"
    return f"run again in a few minutes; if it stays so, {remedy}" if status == 429 or status >= 500 else remedy


def advise_on_redirect(host: str, proxy: Proxy | None) -> str:
    """Returns what to do about a redirect, which no response of Userplane is."""
    if proxy is None:
        return "if that address is Userplane's, set it as the base URL; if it is a login page, sign in there"
    return steps("if that is a login page, sign in there", advise_way(proxy, host))
