"""Sends the requests of a probe, within their number, and keeps what each response shows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.advice import DOCUMENTED_CODES
from pulumi_userplane.api.errors import ResponseTimeoutError, TransportError
from pulumi_userplane.api.progress import format_wait
from pulumi_userplane.api.retry import MAX_RETRY_AFTER, should_retry
from pulumi_userplane.api.single_requests import SingleRequests
from pulumi_userplane.api.transport import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.transport import Response

MAX_SECONDS = 10.0
"""How long a request may take."""

_MAX_REFUSED_SECONDS = 120.0
_PAUSE = 1.0
_PAUSE_AFTER_429 = 20.0
_NOT_ABOUT_INPUT = {401, 403, 404, 408, 410, 429}


class OutOfRequestsError(Exception):
    """All requests that the plan allows for asking have been sent."""


@dataclass(frozen=True)
class Reply:
    """A response, and what a probe reads in it."""

    response: Response

    @property
    def status(self) -> int:
        """The status."""
        return self.response.status

    @cached_property
    def content(self) -> Any:  # noqa: ANN401 - whatever JSON came
        """The JSON of the body, or None."""
        try:
            return json.loads(self.response.body)
        except (ValueError, RecursionError):
            return None

    @property
    def is_success(self) -> bool:
        """Whether it is Userplane's envelope of a success."""
        return 200 <= self.status < 300 and isinstance(self._get("data"), dict)

    @property
    def is_refusal(self) -> bool:
        """Whether it refuses what was sent, as a 400 does."""
        return 400 <= self.status < 500 and self.status not in _NOT_ABOUT_INPUT

    @property
    def is_temporary(self) -> bool:
        """Whether it tells of a failure that may be over a moment later."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or self.status >= 500

    @property
    def data(self) -> dict[str, Any]:
        """The data of a success; else empty."""
        return self.content["data"] if self.is_success else {}

    @property
    def code(self) -> str:
        """The code of an error; empty if the body has none."""
        code = self._get("error")
        return code if isinstance(code, str) else ""

    @property
    def link(self) -> dict[str, Any] | None:
        """The link of a success, or None."""
        link = self.data.get("link")
        return link if isinstance(link, dict) and isinstance(link.get("linkId"), str) else None

    def list_rows(self, key: str) -> list[dict[str, Any]]:
        """Returns the objects of a list in the data."""
        rows = self.data.get(key)
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def _get(self, key: str) -> object:
        return self.content.get(key) if isinstance(self.content, dict) else None


@dataclass
class Allowance:
    """How many requests the plan still allows, for those that ask and those that delete together.

    Attributes:
        left: The number.
    """

    left: int


class Exchange:
    """Sends requests with one client, and never more than the plan allows.

    Args:
        client: Sends them, and waits by its clock.
        allowance: How many may be sent.
        count_reserved: Returns how many of these it must leave to what deletes the links.
        max_seconds: How long a request may take.

    Attributes:
        replies: All responses, in their order.
    """

    def __init__(
        self,
        client: Client,
        allowance: Allowance,
        count_reserved: Callable[[], int] = lambda: 0,
        max_seconds: float = MAX_SECONDS,
    ) -> None:
        self.replies: list[Reply] = []
        self._requests = SingleRequests(client)
        self._allowance = allowance
        self._count_reserved = count_reserved
        self._max_seconds = max_seconds

    @property
    def may_send(self) -> bool:
        """Whether the plan allows another request."""
        return self._allowance.left > self._count_reserved()

    def send(
        self,
        operation: Operation,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Sends a request, and once more if it fails for a moment. Not for a POST: twice, it could make two links.

        Args:
            operation: What is being done, for an error.
            method: The HTTP method.
            path: The path below the base URL.
            params: The query.
            body: The JSON.

        Raises:
            UserplaneError: There is no response, or the key is refused, or twice there was a 429.
            OutOfRequestsError: No more request is allowed.
        """
        request = Request(method, path, params, body)
        try:
            reply = self.send_once(operation, request)
        except TransportError as error:
            # A server that hangs would only hang again.
            if not should_retry(method, error) or isinstance(error, ResponseTimeoutError):
                raise
            self.pause()
            return self.check(operation, self.send_once(operation, request))
        if reply.is_temporary and self.may_send and self.pause(reply):
            reply = self.send_once(operation, request)
        return self.check(operation, reply)

    def send_once(self, operation: Operation, request: Request) -> Reply:
        """Sends a request once.

        Raises:
            UserplaneError: There is no response.
            OutOfRequestsError: No more request is allowed.
        """
        if not self.may_send:
            raise OutOfRequestsError
        self._allowance.left -= 1
        reply = Reply(self._requests.send(operation, request, self._max_seconds, _MAX_REFUSED_SECONDS))
        self.replies.append(reply)
        return reply

    def pause(self, reply: Reply | None = None, seconds: float = _PAUSE) -> bool:
        """Waits before a request is sent again, as long as the server asks to; returns whether that was short enough.

        Args:
            reply: The response to the first attempt; None if there was none.
            seconds: How long, if the server asks for nothing.
        """
        wait, reason = seconds, ""
        if reply is not None:
            asked = self._requests.read_retry_after(reply.response)
            if asked is None and reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                asked = _PAUSE_AFTER_429
            wait = seconds if asked is None else asked
            reason = f"waiting {format_wait(wait)}, since {describe_failure(reply)}"
        if wait > MAX_RETRY_AFTER:
            return False
        self._requests.wait(wait, reason)
        return True

    def read_data(self, operation: Operation, reply: Reply) -> dict[str, Any]:
        """Returns the data of a response.

        Raises:
            UserplaneError: It is a failure, or not Userplane's.
        """
        return self._requests.read_data(operation, reply.response)

    def check(self, operation: Operation, reply: Reply) -> Reply:
        """Returns the reply unless it ends the probe: nothing can be asked with a refused key, or above the limit.

        Raises:
            UserplaneError: It does.
        """
        is_about_key = reply.status == HTTPStatus.UNAUTHORIZED and not reply.code
        if is_about_key or reply.code.startswith("API_KEY_") or reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            self.read_data(operation, reply)
        return reply


def describe_failure(reply: Reply) -> str:
    """Returns why a response tells nothing, without the server's own words, which may hold names."""
    return f"the server responded with {reply.status} {reply.code if reply.code in DOCUMENTED_CODES else ''}".rstrip()
