"""Makes the links of a probe, and deletes every one of them: also one that the server should have refused.

Each POST has a random text in its reference. Where the response does not say whether there is a link, the list is
searched for that text, since nobody else can have written it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api import paths
from pulumi_userplane.api.errors import (
    APIError,
    ConfigurationError,
    ConnectError,
    LimitStoreError,
    LocalRateLimitError,
    Operation,
    ResponseTimeoutError,
    RunCanceledError,
    UserplaneError,
)
from pulumi_userplane.api.responses import unexpected_response
from pulumi_userplane.api.retry import should_retry
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.api.transport import Request
from pulumi_userplane.cli.probe.exchange import OutOfRequestsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_userplane.cli.probe.exchange import Exchange, Reply

PROBE = "pulumi-userplane probe"
"""What stands in the title or the reference of each link of a probe."""

NEWEST_PARAMS = {"page": 1, "per_page": 20, "sort_by": "created_at", "sort_direction": "desc"}
"""The query for the newest links."""

_NOT_SENT = (
    ConfigurationError,
    ConnectError,
    LimitStoreError,
    LocalRateLimitError,
    OutOfRequestsError,
    RunCanceledError,
)
_MAY_HAVE_WORKED = {408, 409, 425, 429}
_LOOKS = 2
_SECOND_DELETE = 1
_PAUSE_BETWEEN_LOOKS = 3.0
_REPEATS = 2


def make_token() -> str:
    """Returns a text that only this probe writes."""
    return secrets.token_hex(8)


def name_creation(what: str = "") -> Operation:
    """Returns the operation that an error of a POST names."""
    return Operation("creation", f"a recording link for the probe{what}")


@dataclass(frozen=True)
class Creation:
    """What a POST has led to.

    Attributes:
        token: The random text at the beginning of the reference.
        reference: The reference that was sent.
        reply: The response.
        link: The link that it made; None if the response shows none, or another one.
    """

    token: str
    reference: str
    reply: Reply
    link: dict[str, Any] | None


@dataclass
class Cleanup:
    """Which links were deleted, and which remain.

    Attributes:
        deleted: How many links were deleted.
        left: The links that could not be deleted, by their ids: which deletion failed, and why.
        unsettled: The texts in the references of POSTs that may have made a link which was not found.
    """

    deleted: int = 0
    left: dict[str, str] = field(default_factory=dict)
    unsettled: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing remains."""
        return not self.left and not self.unsettled


class ProbeLinks:
    """The links of one probe.

    Args:
        cleanup: Sends what deletes the links, also after an interruption.
        workspace_id: The workspace.
    """

    def __init__(self, cleanup: Exchange, workspace_id: str) -> None:
        self._cleanup = cleanup
        self._workspace_id = workspace_id
        self._live: list[str] = []
        self._unsettled: list[str] = []
        self._late: set[str] = set()
        self._older: set[object] = set()
        self._looks = _LOOKS
        self._repeats = _REPEATS
        self._result = Cleanup()

    def count_needed(self) -> int:
        """Returns how many requests cleaning up may need, with a link that the next request makes."""
        return len(self._live) + len(self._unsettled) + 1 + _SECOND_DELETE + self._looks + self._repeats

    def note_older(self, link_ids: Iterable[object]) -> None:
        """Takes the ids of links that are older than the probe: a list that reaches back to one is complete enough."""
        self._older.update(link_ids)

    def create(self, exchange: Exchange, what: str, fields: dict[str, Any], length: int | None = None) -> Creation:
        """Sends a POST, and another one if the first was not processed; `delete_all` deletes what they make.

        Args:
            exchange: Sends it.
            what: What is particular about the link, for an error.
            fields: The body without the reference.
            length: How long the reference is; left out: as short as it can be.

        Raises:
            UserplaneError: There is no response.
            OutOfRequestsError: No more request is allowed.
        """
        operation = name_creation(what)
        try:
            creation = self._post(exchange, operation, fields, length)
        except ConnectError as error:
            if not should_retry("POST", error):
                raise
            exchange.pause()
            creation = self._post(exchange, operation, fields, length)
        reply = creation.reply
        if (reply.status == 429 or reply.code == "SERVICE_UNAVAILABLE") and exchange.may_send and exchange.pause(reply):
            creation = self._post(exchange, operation, fields, length)
        exchange.check(operation, creation.reply)
        return creation

    def _post(self, exchange: Exchange, operation: Operation, fields: dict[str, Any], length: int | None) -> Creation:
        token = make_token()
        reference = f"{token} {PROBE}".ljust(length or 0, ".")
        request = Request("POST", paths.links(self._workspace_id), body={**fields, "linkReference": reference})
        self._unsettled.append(token)
        try:
            reply = exchange.send_once(operation, request)
        except _NOT_SENT:
            self._unsettled.remove(token)
            raise
        except ResponseTimeoutError:
            self._late.add(token)
            raise
        link = reply.link if reply.link is not None and _can_be_of(reply.link, token) else None
        if link is not None:
            self._live.append(link["linkId"])
        if link is not None or _proves_refusal(reply):
            self._unsettled.remove(token)
        return Creation(token, reference, reply, link)

    def settle(self, *, is_list_current: bool) -> None:
        """Looks in the list for links of POSTs without a clear response.

        Args:
            is_list_current: Whether a link that is missing from the list was not made: the probe has seen that a new
                link is in the list at once, with its reference.
        """
        reaches_back = False
        while self._unsettled and self._looks:
            if self._looks < _LOOKS:
                # The server may still be processing the POST.
                self._cleanup.pause(seconds=_PAUSE_BETWEEN_LOOKS)
            self._looks -= 1
            reaches_back = self._look()
        if is_list_current and reaches_back:
            self._unsettled = [token for token in self._unsettled if token in self._late]

    def delete(self, link_id: str) -> bool:
        """Deletes a link; returns whether that is certain."""
        while True:
            reply, failure = self._send_delete(link_id)
            if not failure:
                self._live.remove(link_id)
                self._result.left.pop(link_id, None)
                self._result.deleted += 1
                return True
            self._result.left[link_id] = failure
            if not self._repeats or not self._cleanup.may_send:
                return False
            self._repeats -= 1
            self._cleanup.pause(reply)

    def delete_again(self, link_id: str) -> Reply:
        """Deletes a link that is deleted already, and returns the response.

        Raises:
            UserplaneError: There is no response.
        """
        return self._cleanup.send_once(_name_deletion(link_id), self._build_delete(link_id))

    def delete_all(self, *, is_list_current: bool) -> Cleanup:
        """Deletes all links that are still there.

        Args:
            is_list_current: As for `settle`, which it does first.
        """
        self.settle(is_list_current=is_list_current)
        for link_id in [*self._live]:
            self.delete(link_id)
        self._result.unsettled = self._unsettled
        return self._result

    def _look(self) -> bool:
        """Takes up links of unsettled POSTs; returns whether the list reaches back to what is older than the probe."""
        operation = Operation("list", f"recording links of workspace {self._workspace_id}")
        request = Request("GET", paths.links(self._workspace_id), NEWEST_PARAMS)
        try:
            reply = self._cleanup.send_once(operation, request)
        except (UserplaneError, OutOfRequestsError):
            return False
        rows = reply.list_rows("links")
        for row in rows:
            self._take_if_unsettled(row)
        pagination = reply.data.get("pagination")
        is_whole = isinstance(pagination, dict) and pagination.get("hasMore") is False
        return is_whole or any(row.get("linkId") in self._older for row in rows)

    def _take_if_unsettled(self, row: dict[str, Any]) -> None:
        reference, link_id = row.get("linkProviderReference"), row.get("linkId")
        for token in [*self._unsettled]:
            if isinstance(reference, str) and token in reference and isinstance(link_id, str):
                self._unsettled.remove(token)
                self._live.append(link_id)

    def _send_delete(self, link_id: str) -> tuple[Reply | None, str]:
        """Sends a DELETE; returns the response, and why it proves no deletion, empty if it does."""
        operation, reply = _name_deletion(link_id), None
        try:
            reply = self._cleanup.send_once(operation, self._build_delete(link_id))
            data = self._cleanup.read_data(operation, reply)
        except OutOfRequestsError:
            return None, self._result.left.get(
                link_id, f"{operation} was not tried: the probe has used up its requests"
            )
        except UserplaneError as error:
            is_gone = isinstance(error, APIError) and error.proves_link_gone
            return reply, "" if is_gone else error.failure
        return reply, "" if data.get("linkId") == link_id else unexpected_response(operation, "another link").failure

    def _build_delete(self, link_id: str) -> Request:
        return Request("DELETE", paths.link(self._workspace_id, link_id))


def _name_deletion(link_id: str) -> Operation:
    return Operation("deletion", describe_link(link_id))


def _can_be_of(link: dict[str, Any], token: str) -> bool:
    """Returns whether a response's link can be what the POST with this token has made: not if it bears another text."""
    reference = link.get("linkProviderReference")
    return not isinstance(reference, str) or not reference or token in reference


def _proves_refusal(reply: Reply) -> bool:
    """Returns whether a response says that no link was made. A page can be a proxy's, which has passed the POST on."""
    return 400 <= reply.status < 500 and reply.status not in _MAY_HAVE_WORKED and isinstance(reply.content, dict)
