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
    ConfigurationError,
    ConnectError,
    LimitStoreError,
    LocalRateLimitError,
    Operation,
    RunCanceledError,
    UserplaneError,
)
from pulumi_userplane.api.responses import unexpected_response
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.api.transport import Request
from pulumi_userplane.cli.probe.exchange import OutOfRequestsError

if TYPE_CHECKING:
    from pulumi_userplane.cli.probe.exchange import Exchange, Reply

_NOT_SENT = (
    ConfigurationError,
    ConnectError,
    LimitStoreError,
    LocalRateLimitError,
    OutOfRequestsError,
    RunCanceledError,
)
_NAME = "pulumi-userplane probe, may be deleted"
_LOOKS = 2
_SECOND_DELETE = 1
_PAUSE_BETWEEN_LOOKS = 3.0
_REPEATS = 2
NEWEST_PARAMS = {"page": 1, "per_page": 20, "sort_by": "created_at", "sort_direction": "desc"}


def name_creation(what: str = "") -> Operation:
    """Returns the operation that an error of a POST names."""
    return Operation("creation", f"a recording link for the probe{what}")


def make_token() -> str:
    """Returns a text that only this probe writes."""
    return secrets.token_hex(8)


def make_reference(token: str, length: int | None = None) -> str:
    """Returns the reference of a link: the token and what it is, or as many characters as given."""
    reference = f"{token} {_NAME}"
    return reference if length is None else reference.ljust(length, ".")


@dataclass(frozen=True)
class Creation:
    """What became of a POST.

    Attributes:
        reply: The response.
        link: The link that it made; None if the response shows none, or another one.
    """

    reply: Reply
    link: dict[str, Any] | None


@dataclass
class Cleanup:
    """What became of the links.

    Attributes:
        deleted: How many links were deleted.
        left: The ids of links that could not be deleted, with the reason.
        unsettled: The texts in the references of POSTs that may have made a link which was not found.
    """

    deleted: int = 0
    left: dict[str, str] = field(default_factory=dict)
    unsettled: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing remains."""
        return not self.left and not self.unsettled


class MadeLinks:
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
        self._repeats = _REPEATS
        self._last_reply: Reply | None = None
        self._result = Cleanup()

    def count_needed(self) -> int:
        """Returns how many requests cleaning up may need, with a link that the next request makes."""
        return len(self._live) + 1 + _SECOND_DELETE + _LOOKS + self._repeats

    def create(self, exchange: Exchange, what: str, token: str, body: dict[str, Any]) -> Creation:
        """Sends a POST; if it makes a link, `delete_all` deletes it.

        Args:
            exchange: Sends it.
            what: What is particular about it, for an error.
            token: The text in the body's `linkReference` that only this POST has.
            body: The JSON.

        Raises:
            UserplaneError: There is no response.
        """
        operation = name_creation(what)
        self._unsettled.append(token)
        try:
            reply = exchange.send(operation, "POST", paths.links(self._workspace_id), body=body)
        except _NOT_SENT:
            self._unsettled.remove(token)
            raise
        link = reply.link if reply.link is not None and _can_be_of(reply.link, token) else None
        if link is not None:
            self._live.append(link["linkId"])
        if link is not None or 400 <= reply.status < 500:
            self._unsettled.remove(token)
        return Creation(reply, link)

    def delete(self, link_id: str) -> bool:
        """Deletes a link; returns whether that is certain."""
        while not (is_deleted := self._try_to_delete(link_id)) and self._repeats:
            self._repeats -= 1
            self._cleanup.pause(self._last_reply)
        return is_deleted

    def _try_to_delete(self, link_id: str) -> bool:
        operation = Operation("deletion", describe_link(link_id, "the probe's"))
        self._last_reply = None
        try:
            request = Request("DELETE", paths.link(self._workspace_id, link_id))
            self._last_reply = reply = self._cleanup.send_once(operation, request)
            if not _proves_deletion(reply, link_id):
                self._cleanup.require_success(operation, reply)
                raise unexpected_response(operation, "another link")
        except UserplaneError as error:
            self._result.left[link_id] = str(error)
        else:
            self._live.remove(link_id)
            self._result.left.pop(link_id, None)
            self._result.deleted += 1
            return True
        return False

    def delete_again(self, link_id: str) -> Reply:
        """Deletes a link that is deleted already, and returns the response.

        Raises:
            UserplaneError: There is no response.
        """
        operation = Operation("deletion", describe_link(link_id, "the probe's"))
        return self._cleanup.send_once(operation, Request("DELETE", paths.link(self._workspace_id, link_id)))

    def delete_all(self, *, is_list_current: bool) -> Cleanup:
        """Deletes all links that are still there, and looks for those of POSTs without a clear response.

        Args:
            is_list_current: Whether the probe has seen that a new link is in the list at once, with its reference.
        """
        reaches_back = False
        for look in range(_LOOKS):
            if self._unsettled:
                self._cleanup.pause(seconds=_PAUSE_BETWEEN_LOOKS if look else 0.0)
                reaches_back = self._look_for_unsettled() or reaches_back
        for link_id in [*self._live]:
            self.delete(link_id)
        self._result.unsettled = [] if is_list_current and reaches_back else self._unsettled
        return self._result

    def _look_for_unsettled(self) -> bool:
        """Takes up links whose POST had no clear response; returns whether the list reaches back to an older one."""
        operation = Operation("list", f"recording links of workspace {self._workspace_id}")
        request = Request("GET", paths.links(self._workspace_id), NEWEST_PARAMS)
        try:
            rows = self._cleanup.send_once(operation, request).list_rows("links")
        except UserplaneError:
            return False
        reaches_back = any(row.get("linkId") in self._live for row in rows)
        for row in rows:
            self._take_if_unsettled(row)
        return reaches_back

    def _take_if_unsettled(self, row: dict[str, Any]) -> None:
        reference = row.get("linkProviderReference")
        for token in [*self._unsettled]:
            if isinstance(reference, str) and token in reference and isinstance(row.get("linkId"), str):
                self._unsettled.remove(token)
                self._live.append(row["linkId"])


def _can_be_of(link: dict[str, Any], token: str) -> bool:
    """Returns whether a response's link can be what the POST with this token has made: not if it bears another text."""
    reference = link.get("linkProviderReference")
    return not isinstance(reference, str) or not reference or token in reference


def _proves_deletion(reply: Reply, link_id: str) -> bool:
    if reply.is_success:
        return bool(reply.data.get("linkId") == link_id)
    return (reply.status, reply.code) in {(404, "LINK_NOT_FOUND"), (410, "LINK_GONE")}
