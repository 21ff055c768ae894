"""Makes the links of a probe, and deletes every one of them: also one that the server should have refused.

Each POST has a random text in its reference. Where the response does not say whether there is a link, the list is
searched for that text, since nobody else can have written it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane.api import paths
from pulumi_userplane.api.errors import (
    ConfigurationError,
    ConnectError,
    LimitStoreError,
    LocalRateLimitError,
    Operation,
    ResponseLostError,
    RunCanceledError,
    UserplaneError,
)
from pulumi_userplane.api.identifiers import is_id
from pulumi_userplane.api.responses import unexpected_response
from pulumi_userplane.api.retry import should_retry
from pulumi_userplane.api.transport import Request
from pulumi_userplane.cli.probe.deletions import Cleanup, Deletions
from pulumi_userplane.cli.probe.exchange import OutOfRequestsError
from pulumi_userplane.cli.probe.proofs import (
    PROBE,
    Creation,
    bears,
    is_newer,
    make_token,
    may_still_work,
    name_creation,
    proves_refusal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi_userplane.cli.probe.exchange import Exchange

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
_LOOKS_BEFORE_DELETING = 2
_LOOKS = _LOOKS_BEFORE_DELETING + 1
_SECOND_DELETE = 1
_PAUSE_BETWEEN_LOOKS = 3.0


class ProbeLinks:
    """The links of one probe.

    A link is the probe's if its reference holds the random text of one of its POSTs, in the list or, until that is
    read, in the response. Where the server drops references, only a link that is newer than the probe can be.

    Args:
        cleanup: Sends what deletes the links, also after an interruption.
        workspace_id: The workspace.

    Attributes:
        deletions: What it has deleted.
    """

    def __init__(self, cleanup: Exchange, workspace_id: str) -> None:
        self._cleanup = cleanup
        self._workspace_id = workspace_id
        self._began_at: float | None = None
        self._older: set[object] = set()
        self._claimed: dict[str, str | None] = {}
        self._confirmed: set[str] = set()
        self._live: list[str] = []
        self._unsettled: list[str] = []
        self._late: set[str] = set()
        self._named: dict[str, str] = {}
        self._looks = _LOOKS
        self.deletions = Deletions(cleanup, workspace_id)

    def begin(self, server_time: float | None) -> None:
        """Takes what the server's clock shows before the first link is made, or None if it does not tell."""
        self._began_at = server_time

    def count_needed(self) -> int:
        """Returns how many requests cleaning up may need, with a link that the next request makes."""
        return len(self._live) + len(self._unsettled) + 1 + _SECOND_DELETE + self._looks + self.deletions.can_repeat

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

    def take_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Takes the rows of a list: they prove which links the probe's POSTs have made, whatever the responses said."""
        for row in rows:
            link_id = row.get("linkId")
            if not isinstance(link_id, str) or not is_id(link_id):
                continue
            for token in self._claimed:
                if bears(row, token):
                    self._confirm(token, link_id)
            if self.deletions.revive(link_id):
                self._live.append(link_id)

    def note_older(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Takes the rows that are not the probe's: a list that reaches back to one of them shows all that is newer."""
        self._older.update(row.get("linkId") for row in rows if row.get("linkId") not in self._live)

    def require_own(self, link: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        """Raises unless it is proved that the probe has made this link: nothing is written to another one.

        Args:
            link: The link as the response to the POST shows it.
            rows: The newest links, as `take_rows` has taken them.

        Raises:
            InvalidResponseError: It may be another link.
        """
        link_id = link["linkId"]
        row = next((row for row in rows if row.get("linkId") == link_id), None)
        if row is None and link_id not in self._confirmed:
            # The list may show it late.
            self._cleanup.pause(seconds=_PAUSE_BETWEEN_LOOKS)
            self._look()
        is_unmarked = row is not None and not row.get("linkProviderReference")
        if link_id in self._confirmed or (
            is_unmarked and link_id in self._live and is_newer(row or {}, self._began_at)
        ):
            return
        self._disown(link_id)
        self._named.update(dict.fromkeys(self._unsettled, link_id))
        raise unexpected_response(name_creation(), "a link that the list does not show as the probe's")

    def is_confirmed(self, link_id: str) -> bool:
        """Returns whether a list has shown a link with the random text of one of the probe's POSTs."""
        return link_id in self._confirmed

    def knows(self, row: Mapping[str, Any]) -> bool:
        """Returns whether a row of a list is a link of this probe."""
        return row.get("linkId") in self._live or any(bears(row, token) for token in self._claimed)

    def settle(self, *, is_list_current: bool) -> None:
        """Looks in the list which links the POSTs have made, and once more if that is not clear.

        Args:
            is_list_current: Whether a link that is missing from the list was not made: the probe has seen that a new
                link is in the list at once, with its reference.
        """
        reaches_back = None
        while self._claimed and self._looks > _LOOKS - _LOOKS_BEFORE_DELETING:
            if self._looks < _LOOKS:
                # The server may still be processing a POST.
                self._cleanup.pause(seconds=_PAUSE_BETWEEN_LOOKS)
            reaches_back = self._look()
            if reaches_back is not None and not self._unsettled:
                self._looks = min(self._looks, _LOOKS - _LOOKS_BEFORE_DELETING)
        if is_list_current and reaches_back:
            self._unsettled = [token for token in self._unsettled if token in self._late]

    def delete(self, link_id: str) -> bool:
        """Deletes a link; returns whether the response proves that."""
        is_deleted = self.deletions.delete(link_id)
        if is_deleted:
            self._live.remove(link_id)
        return is_deleted

    def delete_all(self, *, is_list_current: bool) -> Cleanup:
        """Deletes all links that are still there, and looks whether one remains.

        Args:
            is_list_current: As for `settle`, which it does first.
        """
        self.settle(is_list_current=is_list_current)
        self._delete_live()
        if self._claimed:
            is_read = self._look() is not None
            self._delete_live()
            if not (is_list_current and is_read):
                self.deletions.doubt_what_was_not_found()
        unsettled = {token: self._named.get(token, "") for token in self._unsettled}
        return Cleanup(len(self.deletions.deleted), self.deletions.left, unsettled)

    def _post(self, exchange: Exchange, operation: Operation, fields: dict[str, Any], length: int | None) -> Creation:
        token = make_token()
        reference = f"{token} {PROBE}".ljust(length or 0, ".")
        request = Request("POST", paths.links(self._workspace_id), body={**fields, "linkReference": reference})
        self._claimed[token] = None
        self._unsettled.append(token)
        try:
            reply = exchange.send_once(operation, request)
        except _NOT_SENT:
            self._unsettled.remove(token)
            del self._claimed[token]
            raise
        except ResponseLostError:
            self._late.add(token)
            raise
        link = reply.link if reply.link is not None and self._can_be_own(reply.link, token) else None
        if link is not None:
            self._claimed[token] = link["linkId"]
            self._live.append(link["linkId"])
        if link is not None or proves_refusal(reply):
            self._unsettled.remove(token)
        elif may_still_work(reply):
            self._late.add(token)
        if link is None and reply.link is not None:
            self._named[token] = reply.link["linkId"]
        return Creation(token, reference, reply, link)

    def _can_be_own(self, link: Mapping[str, Any], token: str) -> bool:
        link_id = link["linkId"]
        if not is_id(link_id) or link_id in self._older or link_id in self._live:
            return False
        return bears(link, token) or (not link.get("linkProviderReference") and is_newer(link, self._began_at))

    def _confirm(self, token: str, link_id: str) -> None:
        if link_id in self._confirmed or link_id in self.deletions.deleted:
            return
        claimed = self._claimed[token]
        if claimed is not None and claimed != link_id and claimed not in self._confirmed:
            self._disown(claimed)
        self._confirmed.add(link_id)
        if link_id not in self._live:
            self._live.append(link_id)
        if token in self._unsettled:
            self._unsettled.remove(token)

    def _disown(self, link_id: str) -> None:
        """Takes a link for another one's: its POST is unsettled again."""
        self._live = [live for live in self._live if live != link_id]
        for token, claimed in self._claimed.items():
            if claimed == link_id:
                self._claimed[token] = None
                self._unsettled.append(token)

    def _look(self) -> bool | None:
        """Takes the newest links.

        Returns:
            Whether the list reaches back to what is older than the probe; None if it could not be read.
        """
        self._looks -= 1
        operation = Operation("list", f"recording links of workspace {self._workspace_id}")
        request = Request("GET", paths.links(self._workspace_id), NEWEST_PARAMS)
        try:
            reply = self._cleanup.send_once(operation, request)
        except (UserplaneError, OutOfRequestsError):
            return None
        if not reply.is_success:
            return None
        rows = reply.list_rows("links")
        self.take_rows(rows)
        pagination = reply.data.get("pagination")
        counts = pagination if isinstance(pagination, dict) else {}
        is_whole = counts.get("hasMore") is False and counts.get("total", len(rows)) == len(rows)
        moments = [str(row.get("createdAt")) for row in rows]
        is_sorted = moments == sorted(moments, reverse=True)
        return is_whole or (is_sorted and any(row.get("linkId") in self._older for row in rows))

    def _delete_live(self) -> None:
        for link_id in [*self._live]:
            self.delete(link_id)
