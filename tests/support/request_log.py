"""What an emulator was asked: the one way in which tests read its request log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pulumi_userplane.emulator.request_log import LoggedRequest

Asked = tuple[str, Any]
"""Method and body of a request."""

Sent = Callable[[], list[Asked]]
"""Tells what was asked since the last call."""


class _Logged(Protocol):
    @property
    def requests(self) -> list[LoggedRequest]: ...

    def clear_requests(self) -> None: ...


class RequestLog:
    """The requests since the log was last cleared, oldest first; `path` is what a request's path has to hold."""

    def __init__(self, userplane: _Logged) -> None:
        self._userplane = userplane

    def take(self, path: str = "") -> list[Asked]:
        """Method and body of each request; all requests are forgotten, the others as well."""
        taken = self.asked(path)
        self.forget()
        return taken

    def asked(self, path: str = "") -> list[Asked]:
        """Method and body of each request."""
        return [(request.method, request.body) for request in self.entries(path)]

    def writes(self, path: str = "") -> list[Asked]:
        """Method and body of each request that changes something, or tries to."""
        return [(method, body) for method, body in self.asked(path) if method != "GET"]

    def methods(self, path: str = "") -> list[str]:
        """The method of each request."""
        return [request.method for request in self.entries(path)]

    def paths(self, path: str = "") -> list[str]:
        """The path of each request, from what follows `/api/v1/public` on."""
        return [request.path.removeprefix("/api/v1/public") for request in self.entries(path)]

    def singles(self) -> int:
        """How often a link was asked for by its id."""
        return sum(request.method == "GET" for request in self.entries("/links/"))

    def pages(self) -> int:
        """How many pages of the list of links were asked for."""
        return sum(request.method == "GET" and request.path.endswith("/links") for request in self.entries())

    def entries(self, path: str = "") -> list[LoggedRequest]:
        """Each request with all that is logged of it."""
        return [request for request in self._userplane.requests if path in request.path]

    def forget(self) -> None:
        """Forgets all requests."""
        self._userplane.clear_requests()
