"""Reads links for a refresh by pages of the list, where those cost less than the links one by one.

A list only ever shows that a link is there. One that isn't found is asked for by its id, and only that answer can say
that it is gone.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.errors import LocalRateLimitError, RateLimitError, UserplaneError
from pulumi_userplane.api.timestamps import parse_timestamp
from pulumi_userplane.refresh.page_planner import PagePlanner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_userplane.api import Client, Link, LinkPage
    from pulumi_userplane.api.retry import Deadline

PAGE_SECONDS = 30.0
MAX_PAGES = 10_000


@dataclass
class _PageRequest:
    """A page that one thread asks for and others wait for."""

    deadline: Deadline
    is_over: threading.Event = field(default_factory=threading.Event)

    def wait(self, deadline: Deadline) -> bool:
        """Waits for the page; returns whether that was over in time. What the budget makes it wait does not count."""
        known = self.deadline.excluded
        while True:
            is_over = self.is_over.wait(deadline.left)
            extended = self.deadline.excluded
            deadline.exclude(extended - known)
            if is_over or extended == known:
                return is_over
            known = extended


class ListReader:
    """The list of one workspace, as far as it was read; usable from several threads at once.

    Args:
        client: The account.
        workspace_id: The workspace.
        notify: Is told once why the list is no longer read.
    """

    def __init__(self, client: Client, workspace_id: str, notify: Callable[[str], None]) -> None:
        self._client = client
        self._workspace_id = workspace_id
        self._notify = notify
        self._lock = threading.Lock()
        self._planner = PagePlanner()
        self._rows: dict[str, tuple[int, Link]] = {}
        self._requests: dict[int, _PageRequest] = {}
        # Read or written in this run: no row may stand for them any more.
        self._by_id_only: set[str] = set()

    def find(self, link_id: str, recorded: Mapping[str, Any], deadline: Deadline) -> Link | None:
        """Returns a link as the list shows it, or None when it has to be asked for by its id.

        Args:
            link_id: Which one.
            recorded: What the state holds of it; tells when it was made.
            deadline: When the operation that reads it has to be over.
        """
        made = parse_timestamp(str(recorded["created_at"]))
        missed = False
        while made is not None:
            with self._lock:
                if link := self._pop_row(link_id, recorded):
                    return link
                page = self._page_for(link_id, made, missed=missed)
                if page is None:
                    break
                request = self._requests.get(page)
                is_ours = request is None
                if request is None:
                    request = self._requests[page] = _PageRequest(deadline)
                    self._planner.record_request(page)
            came = self._read(page, request) if is_ours else request.wait(deadline)
            if not came:
                self.forget(link_id)
            missed = missed or is_ours
        return None

    def forget(self, link_id: str) -> None:
        """Asks for this link by its id from now on."""
        with self._lock:
            self._rows.pop(link_id, None)
            self._by_id_only.add(link_id)

    def _pop_row(self, link_id: str, recorded: Mapping[str, Any]) -> Link | None:
        if link_id not in self._rows:
            return None
        page, link = self._rows.pop(link_id)
        self._by_id_only.add(link_id)
        if _is_incomplete(link, recorded):
            if not self._planner.record_incomplete_row():
                self._disable("does not show the links' meta")
            return None
        self._planner.record_hit(page)
        return link

    def _page_for(self, link_id: str, made: float, *, missed: bool) -> int | None:
        page = None if link_id in self._by_id_only else self._planner.page_for(made, missed=missed)
        if page is None:
            self._planner.record_single_read()
            self._by_id_only.add(link_id)
        return page

    def _read(self, page: int, request: _PageRequest) -> bool:
        """Reads a page for all who wait for it; returns whether it came."""
        found = None
        try:
            found = self._request_page(page, request.deadline)
        finally:
            with self._lock:
                del self._requests[page]
                if found is None:
                    self._planner.record_failure(page)
                else:
                    self._store(page, found)
            request.is_over.set()
        return found is not None

    def _request_page(self, page: int, deadline: Deadline) -> LinkPage | None:
        try:
            # A list that is silent or broken must leave time to ask for the link itself.
            with self._client.operation_deadline(min(PAGE_SECONDS, deadline.left)):
                return self._client.list_links_page(self._workspace_id, page)
        except (LocalRateLimitError, RateLimitError):
            return None
        except UserplaneError as error:
            self._disable(f"can't be read ({error.reason})")
            return None

    def _store(self, page: int, found: LinkPage) -> None:
        if found.pagination.total_pages > MAX_PAGES:
            self._disable(f"has more than {MAX_PAGES} pages")
            return
        made = [parse_timestamp(link.created_at) for link in found.links]
        if not self._planner.record_page(page, made, found.pagination.total_pages, found.requests):
            self._disable("is not sorted by creation")
            return
        self._rows.update({link.link_id: (page, link) for link in found.links if link.link_id not in self._by_id_only})

    def _disable(self, why: str) -> None:
        if not self._planner.is_disabled:
            self._planner.disable()
            self._notify(f"the list of links of workspace {self._workspace_id} {why}: links are read one by one")


def _is_incomplete(link: Link, recorded: Mapping[str, Any]) -> bool:
    """Whether the row leaves open what `meta` is, and that matters; all other fields a row has to have."""
    matters = "meta" in recorded.get(diff.MANAGED, diff.PUT_FIELDS) or recorded.get("meta")
    return bool(matters) and "meta" not in link.model_fields_set
