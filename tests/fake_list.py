"""A fake Userplane that is only a list of links, for the tests of the list reader; it counts the requests."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from math import log2
from typing import TYPE_CHECKING, Any, cast

from pulumi_userplane.api.models import Link, LinkPage
from pulumi_userplane.api.retry import Deadline
from pulumi_userplane.refresh.list_reader import ListReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pulumi_userplane.api import Client

_BEGINNING = datetime(2026, 1, 1, tzinfo=timezone.utc)


@dataclass
class FakeList:
    """The live links in the order of the list, each a pair of a number and the second in which it was created.

    Attributes:
        links: The links.
        per_page: How many links a page has.
        pages: The numbers of the pages that were requested.
        single_reads: The numbers of the links that were read by id.
        skipped: The links that no page can show any more: they moved to a page that was already read.
        max_pages_seen: How many pages the list ever had, at most.
    """

    links: list[tuple[int, int]]
    per_page: int = 20
    pages: list[int] = field(default_factory=list)
    single_reads: list[int] = field(default_factory=list)
    skipped: set[int] = field(default_factory=set)
    max_pages_seen: int = 0

    def __post_init__(self) -> None:
        self.max_pages_seen = self.length

    @property
    def length(self) -> int:
        """How many pages there are."""
        return max(1, -(-len(self.links) // self.per_page))

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return len(self.pages) + len(self.single_reads)

    def within_log(self, reads: int) -> bool:
        """Returns whether this number of reads kept the bound that holds while it is below the number of pages."""
        return self.requests <= reads + log2(self.max_pages_seen) + 2

    def within_pages(self, hidden: int) -> bool:
        """Returns whether all reads kept the bound by pages, where the list does not show `hidden` links."""
        return self.requests <= 2 * self.max_pages_seen + 1 + hidden

    def append(self, number: int, created: int) -> None:
        """Creates a link."""
        self.links.append((number, created))
        self.max_pages_seen = max(self.max_pages_seen, self.length)

    def delete(self, index: int) -> int:
        """Deletes the link at an index, so that all after it move up, and returns its number."""
        for page in range(index // self.per_page + 1, self.length):
            if page in self.pages and page + 1 not in self.pages:
                self.skipped.add(self.links[page * self.per_page][0])
        return self.links.pop(index)[0]

    def read(self, reader: ListReader, number: int, created: int | None) -> Link | None:
        """Reads a link as the provider does, and returns it, or None if it is deleted."""
        recorded = {} if created is None else {"created_at": _timestamp(created), "__managed": ["meta"]}
        return reader.find(f"lnk_{number}", recorded, Deadline()) or self.get(number)

    def read_all(self, links: Iterable[tuple[int, int]]) -> None:
        """Reads live links in one run."""
        reader = self.reader()
        for number, created in links:
            link = self.read(reader, number, created)
            assert link is not None
            assert link.link_id == f"lnk_{number}"

    def get(self, number: int) -> Link | None:
        """Returns a link by its number, or None if it is deleted."""
        self.single_reads.append(number)
        return next((_link(number, created) for listed, created in self.links if listed == number), None)

    def reader(self, notify: Callable[[str], None] = lambda _message: None, **options: Any) -> ListReader:
        """Returns a reader of this list, in a new run."""
        return ListReader(cast("Client", self), "ws", notify, **options)

    @contextlib.contextmanager
    def operation_deadline(self, seconds: float, *, refused_wait: float) -> Iterator[Deadline]:
        """Stands for the client's method."""
        yield Deadline(seconds)

    def list_links_page(self, _workspace_id: str, page: int) -> LinkPage:
        """Stands for the client's method."""
        assert page not in self.pages, "a page was read twice"
        self.pages.append(page)
        rows = self.links[(page - 1) * self.per_page : page * self.per_page]
        return list_page(page, self.length, [_link(number, created) for number, created in rows])


def list_page(page: int, pages: int, links: list[Link]) -> LinkPage:
    """Returns a page of a list."""
    pagination = {"page": page, "perPage": 20, "total": 0, "totalPages": pages, "hasMore": page < pages}
    return LinkPage.model_validate({"links": links, "pagination": pagination})


def link_row(number: int, created: int, **fields: Any) -> dict[str, Any]:
    """Returns a link as it is in a response."""
    return {
        "linkId": f"lnk_{number}",
        "linkTitle": None,
        "linkType": "recording",
        "linkReusable": False,
        "linkProviderType": "web",
        "linkProviderId": None,
        "linkProviderReference": None,
        "linkURL": "https://help.acme.example/",
        "meta": None,
        "createdAt": _timestamp(created),
        "project": {"projectId": "prj_default"},
        "creator": {"workspaceMemberId": "mem_owner"},
        "domain": {"domainId": "dom_help", "url": "help.acme.example", "status": "verified"},
        **fields,
    }


def _link(number: int, created: int) -> Link:
    return Link.model_validate(link_row(number, created))


def _timestamp(created: int) -> str:
    return (_BEGINNING + timedelta(seconds=created)).isoformat()
