"""Which requests reach the page and the control routes: those of this machine, and none of another site's pages."""

import re
import secrets
from collections.abc import Callable, Mapping
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pulumi_userplane.emulator.problems import shorten

_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+))(?::(?P<port>[0-9]{0,5}))?")
_MAX_PORT = 65535
_OWN_SITES = {"same-origin", "none"}
"""What Sec-Fetch-Site says of the emulator's own pages, and of an address that a person typed."""
_LOOPBACK = IPv6Address("::1")
_READING_METHODS = {"GET", "HEAD"}
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers would send the page's own forms with `Origin: null`, as they send those of a sandbox.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Keep a page from loading anything of another site, and from being shown inside one."""
CONTROL_HEADERS = {
    name: PAGE_HEADERS[name] for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy", "Cache-Control")
}
"""Keep the page of another site from using a response, even if its browser says nothing of that site."""


class Guard:
    """Refuses requests by a name that is not this machine's, and those that another site's page sends.

    A name of the internet can be made to lead to this machine, after which its page reads what is here. So a Host
    must be a loopback name or address; its port does not matter, since it may be forwarded.

    Args:
        app: The application behind it.
        refuse: Makes the response with status 403 from one line of text.
        allows_foreign_reads: Whether a page of another site may lead to what GET and HEAD return.
    """

    def __init__(self, app: ASGIApp, refuse: Callable[[str], Response], *, allows_foreign_reads: bool) -> None:
        self._app = app
        self._refuse = refuse
        self._open_methods = _READING_METHODS if allows_foreign_reads else set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or sends a refusal."""
        headers = Headers(scope=scope)
        if not is_loopback_host(headers):
            problem = _describe_wrong_host(scope, headers)
        elif scope["method"] not in self._open_methods and is_from_other_site(headers):
            problem = (
                "Another site's page can't do this: use the emulator's own page, or send neither Origin nor"
                " Sec-Fetch-Site, as curl does."
            )
        else:
            await self._app(scope, receive, send)
            return
        await self._refuse(problem)(scope, receive, send)


class FormTokens:
    """The token that each form of the page bears: no other page can read it. A restarted emulator has another."""

    def __init__(self) -> None:
        self.value = secrets.token_urlsafe()

    def is_valid(self, token: str) -> bool:
        """Returns whether a form bears this token."""
        return compare_digest(token.encode(errors="replace"), self.value.encode())


class WithHeaders:
    """Adds headers to each response of an application.

    Args:
        app: The application behind it.
        headers: The headers to add.
    """

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, and adds the headers to its response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def is_loopback_host(headers: Headers) -> bool:
    """Returns whether a request has exactly one Host, and that is a loopback name or address with any port.

    To other spellings of these, such as `[::ffff:127.0.0.1]`, browsers don't say for which site they send a request.
    """
    hosts = headers.getlist("host")
    match = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if match is None or not 1 <= int(match["port"] or 80) <= _MAX_PORT:
        return False
    try:
        if match["address"]:
            return IPv6Address(match["address"]) == _LOOPBACK
        labels = match["name"].lower().split(".")
        return (labels[-1] == "localhost" and all(labels)) or IPv4Address(match["name"]).is_loopback
    except ValueError:
        return False


def is_from_program(headers: Headers) -> bool:
    """Returns whether a program sent the request to the API, as an API key and types without HTML show.

    Only a key is a sign, not any Authorization: a browser sends the password of a proxy that forwards the port.
    """
    scheme = headers.get("authorization", "").partition(" ")[0].lower()
    accepted = headers.get("accept", "*/*").lower()
    return scheme == "bearer" or not any(kind in accepted for kind in ("text/html", "text/*", "*/*"))


def is_from_other_site(headers: Headers) -> bool:
    """Returns whether a browser sent the request for a page that is not the emulator's own.

    Another port of this machine is another origin, though browsers call it the same site.
    """
    own_origin = f"http://{headers.get('host', '')}".lower()
    return any(origin.lower() != own_origin for origin in headers.getlist("origin")) or any(
        site not in _OWN_SITES for site in headers.getlist("sec-fetch-site")
    )


def _describe_wrong_host(scope: Scope, headers: Headers) -> str:
    hosts = headers.getlist("host")
    said = f"the Host {shorten(', '.join(hosts))}" if hosts else "a request without Host"
    name, port = scope["server"]
    address = f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"
    return f"The page and the control routes don't open for {said}: use {address}."
