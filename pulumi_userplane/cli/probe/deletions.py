"""Deletes links of a probe, and knows which are certainly deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from pulumi_userplane.api import paths
from pulumi_userplane.api.errors import APIError, Operation, UserplaneError
from pulumi_userplane.api.responses import unexpected_response
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.api.transport import Request
from pulumi_userplane.cli.probe.exchange import OutOfRequestsError

if TYPE_CHECKING:
    from pulumi_userplane.cli.probe.exchange import Exchange, Reply

_REPEATS = 2


@dataclass
class Cleanup:
    """Which links were deleted, and which remain.

    Attributes:
        deleted: How many links were deleted.
        left: The links that could not be deleted, by their ids: which deletion failed, and why.
        unsettled: The texts in the references of POSTs that may have made a link which was not found, each with the id
            of the link that the response named, or an empty text.
    """

    deleted: int = 0
    left: dict[str, UserplaneError] = field(default_factory=dict)
    unsettled: dict[str, str] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether nothing remains."""
        return not self.left and not self.unsettled


class Deletions:
    """The deletions of one probe.

    Args:
        exchange: Sends them.
        workspace_id: The workspace.

    Attributes:
        deleted: The ids of deleted links.
        left: The links that could not be deleted, by their ids: which deletion failed, and why.
    """

    def __init__(self, exchange: Exchange, workspace_id: str) -> None:
        self.deleted: set[str] = set()
        self.left: dict[str, UserplaneError] = {}
        self._exchange = exchange
        self._workspace_id = workspace_id
        self._not_found: set[str] = set()
        self._repeats = _REPEATS

    @property
    def can_repeat(self) -> bool:
        """Whether a deletion that fails is sent once more."""
        return self._repeats > 0

    def delete(self, link_id: str) -> bool:
        """Deletes a link; returns whether the response proves that."""
        while True:
            reply, failure = self._send_delete(link_id)
            if failure is None:
                self.deleted.add(link_id)
                if reply is not None and reply.status == HTTPStatus.NOT_FOUND:
                    # So may a server say that does not know yet what it has made a moment ago.
                    self._not_found.add(link_id)
                self.left.pop(link_id, None)
                return True
            self.left[link_id] = failure
            if not self._repeats or not self._exchange.may_send:
                return False
            self._repeats -= 1
            if not self._exchange.pause(reply):
                return False  # The server asks to wait for more than a minute.

    def was_found(self, link_id: str) -> bool:
        """Returns whether the server knew a link that `delete` has deleted."""
        return link_id not in self._not_found

    def delete_again(self, link_id: str) -> Reply:
        """Deletes a link that is deleted already, and returns the response.

        Raises:
            UserplaneError: There is no response.
        """
        return self._exchange.send_once(_name_deletion(link_id), self._build_delete(link_id))

    def revive(self, link_id: str) -> bool:
        """Takes back that a link is deleted, if only the server did not know it; returns whether that was so."""
        if link_id not in self._not_found:
            return False
        self._not_found.remove(link_id)
        self.deleted.remove(link_id)
        return True

    def doubt_what_was_not_found(self) -> None:
        """Counts links as left that the server did not know when they were deleted, where no list says otherwise."""
        for link_id in self._not_found:
            self.deleted.discard(link_id)
            operation = _name_deletion(link_id)
            self.left[link_id] = UserplaneError("the server does not know the link yet", operation=operation)

    def _send_delete(self, link_id: str) -> tuple[Reply | None, UserplaneError | None]:
        """Sends a DELETE; returns the response, and why it proves no deletion, None if it does."""
        operation, reply = _name_deletion(link_id), None
        try:
            reply = self._exchange.send_once(operation, self._build_delete(link_id))
            data = self._exchange.read_data(operation, reply)
        except OutOfRequestsError:
            not_tried = UserplaneError(f"{operation} was not tried: the probe has used up its requests")
            return None, self.left.get(link_id, not_tried)
        except UserplaneError as error:
            is_gone = isinstance(error, APIError) and error.proves_link_gone
            return reply, None if is_gone else error
        return reply, None if data.get("linkId") == link_id else unexpected_response(operation, "another link")

    def _build_delete(self, link_id: str) -> Request:
        return Request("DELETE", paths.link(self._workspace_id, link_id))


def _name_deletion(link_id: str) -> Operation:
    return Operation("deletion", describe_link(link_id))
