"""Reads links for a refresh by pages of the list, where pages cost less than reading the links by their ids.

The list only proves that a link exists. A link that is not on its page is read by its id, and only that response can
prove that it is deleted.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.errors import LocalRateLimitError, RateLimitError, RunCanceledError, UserplaneError
from pulumi_userplane.api.timestamps import parse_timestamp
from pulumi_userplane.refresh.page_planner import PagePlanner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_userplane.api import Client, Link, LinkPage
    from pulumi_userplane.api.retry import Deadline

PAGE_SECONDS = 30.0
"""How long a page may take: a list that is silent or broken must leave time to read the link itself."""
PAGE_REFUSED_SECONDS = 120.0
"""How long 429s may make it wait meanwhile."""
MAX_PAGES = 10_000


@dataclass
class _PageRequest:
    """A page that one thread requests and others wait for."""

    deadline: Deadline
    is_over: threading.Event = field(default_factory=threading.Event)

    def wait(self, deadline: Deadline) -> bool:
        """Waits for the page, and returns whether it was over in time. Its waits for the rate limit do not count."""
        counted = self.deadline.excluded
        while True:
            is_over = self.is_over.wait(deadline.left)
            excluded = self.deadline.excluded
            deadline.exclude(excluded - counted)
            if is_over or excluded == counted:
                return is_over
            counted = excluded


class ListReader:
    """The list of one workspace, as far as it was read. Several threads may use it at once.

    Args:
        client: The account.
        workspace_id: The workspace.
        notify: Is told once why the list is no longer read.
        planner: Decides which pages to read.
        max_pages: A longer list is not read.
        page_seconds: How long a page may take.
    """

    def __init__(
        self,
        client: Client,
        workspace_id: str,
        notify: Callable[[str], None],
        *,
        planner: PagePlanner | None = None,
        max_pages: int = MAX_PAGES,
        page_seconds: float = PAGE_SECONDS,
    ) -> None:
        self._client = client
        self._workspace_id = workspace_id
        self._notify = notify
        self._planner = planner or PagePlanner()
        self._max_pages = max_pages
        self._page_seconds = page_seconds
        self._lock = threading.Lock()
        self._rows: dict[str, tuple[int, Link]] = {}
        self._requests: dict[int, _PageRequest] = {}
        # Read or written in this run: their rows are out of date.
        self._by_id_only: set[str] = set()

    def find(self, link_id: str, recorded: Mapping[str, Any], deadline: Deadline) -> Link | None:
        """Returns a link as the list shows it, or None if it has to be read by its id.

        Args:
            link_id: Its id.
            recorded: What the state holds of it. Without the time of its creation, as for an import, it may be on any
                page.
            deadline: When the operation that reads it has to be over.
        """
        created = parse_timestamp(str(recorded.get("created_at")))
        missed = False
        while True:
            with self._lock:
                if link := self._pop_row(link_id, recorded):
                    return link
                page = self._page_for(link_id, created, missed=missed)
                if page is None:
                    return None
                request = self._requests.get(page)
                is_own_request = request is None
                if request is None:
                    request = self._requests[page] = _PageRequest(deadline)
                    self._planner.record_request(page)
            is_read = self._read(page, request) if is_own_request else request.wait(deadline)
            if not is_read:
                self.require_read_by_id(link_id)
            missed = missed or is_own_request

    def require_read_by_id(self, link_id: str) -> None:
        """Has this link read by its id from now on."""
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

    def _page_for(self, link_id: str, created: float | None, *, missed: bool) -> int | None:
        page = None if link_id in self._by_id_only else self._planner.page_for(created, missed=missed)
        if page is None:
            self._planner.record_single_read()
            self._by_id_only.add(link_id)
        return page

    def _read(self, page: int, request: _PageRequest) -> bool:
        """Reads a page for all threads that wait for it, and returns whether it could be read."""
        links = None
        try:
            links = self._request_page(page, request.deadline)
        finally:
            with self._lock:
                del self._requests[page]
                if links is None:
                    self._planner.record_failure(page)
                else:
                    self._store(page, links)
            request.is_over.set()
        return links is not None

    def _request_page(self, page: int, deadline: Deadline) -> LinkPage | None:
        try:
            # Whatever the list does, there has to be time for a read by id.
            with self._client.operation_deadline(
                min(self._page_seconds, deadline.left), refused_wait=min(PAGE_REFUSED_SECONDS, deadline.refused_left)
            ):
                return self._client.list_links_page(self._workspace_id, page)
        except (LocalRateLimitError, RateLimitError, RunCanceledError):
            return None
        except UserplaneError as error:
            self._disable(f"can't be read ({error.reason})")
            return None

    def _store(self, page: int, link_page: LinkPage) -> None:
        if link_page.pagination.total_pages > self._max_pages:
            self._disable(f"has more than {self._max_pages} pages")
            return
        created = [parse_timestamp(link.created_at) for link in link_page.links]
        if not self._planner.record_page(page, created, link_page.pagination.total_pages, link_page.requests):
            self._disable("is not sorted by creation")
            return
        rows = {link.link_id: (page, link) for link in link_page.links}
        self._rows.update({link_id: row for link_id, row in rows.items() if link_id not in self._by_id_only})

    def _disable(self, why: str) -> None:
        if not self._planner.is_disabled:
            self._planner.disable()
            self._notify(f"the list of links of workspace {self._workspace_id} {why}: links are read one by one")


def _is_incomplete(link: Link, recorded: Mapping[str, Any]) -> bool:
    """Returns whether the row lacks `meta`, and it matters; all other fields are in every row."""
    matters = "meta" in recorded.get(diff.MANAGED, diff.PUT_FIELDS) or recorded.get("meta")
    return bool(matters) and "meta" not in link.model_fields_set
