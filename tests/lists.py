"""A Userplane that is nothing but a list of links, for the tests of reading many: it counts what it is asked."""

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
class LinkList:
    """The live links in the order of the list, each a pair of a number and the second in which it was made.

    Attributes:
        links: What is listed.
        per_page: The links of a page.
        pages: The numbers of the pages that were asked for.
        singles: The numbers of the links that were asked for by id.
        skipped: The links that no page can show any more: they went to a page that had been read.
        most_pages: How long the list ever was.
    """

    links: list[tuple[int, int]]
    per_page: int = 20
    pages: list[int] = field(default_factory=list)
    singles: list[int] = field(default_factory=list)
    skipped: set[int] = field(default_factory=set)
    most_pages: int = 0

    def __post_init__(self) -> None:
        self.most_pages = self.length

    @property
    def length(self) -> int:
        """How many pages there are."""
        return max(1, -(-len(self.links) // self.per_page))

    @property
    def requests(self) -> int:
        """How many there were."""
        return len(self.pages) + len(self.singles)

    def within_log(self, reads: int) -> bool:
        """Whether so many reads cost what they may while they are fewer than the pages."""
        return self.requests <= reads + log2(self.most_pages) + 2

    def within_pages(self, hidden: int) -> bool:
        """Whether all reads cost what they may, so many links not being shown by the list."""
        return self.requests <= 2 * self.most_pages + 1 + hidden

    def append(self, number: int, made: int) -> None:
        """Makes a link."""
        self.links.append((number, made))
        self.most_pages = max(self.most_pages, self.length)

    def delete(self, index: int) -> int:
        """Deletes the link at this place, so that all after it move up; returns its number."""
        for page in range(index // self.per_page + 1, self.length):
            if page in self.pages and page + 1 not in self.pages:
                self.skipped.add(self.links[page * self.per_page][0])
        return self.links.pop(index)[0]

    def read(self, listed: ListReader, number: int, made: int) -> Link | None:
        """Reads a link as the provider does; None when it is gone."""
        recorded = {"created_at": _moment(made), "__managed": ["meta"]}
        return listed.find(f"lnk_{number}", recorded, Deadline()) or self.get(number)

    def read_all(self, links: Iterable[tuple[int, int]]) -> None:
        """Reads links that all live, in one run."""
        listed = self.listed()
        for number, made in links:
            link = self.read(listed, number, made)
            assert link is not None
            assert link.link_id == f"lnk_{number}"

    def get(self, number: int) -> Link | None:
        """One link, by its id."""
        self.singles.append(number)
        return next((_link(each, made) for each, made in self.links if each == number), None)

    def listed(self, notify: Callable[[str], None] = lambda _message: None, **options: Any) -> ListReader:
        """What reads this list, in a new run."""
        return ListReader(cast("Client", self), "ws", notify, **options)

    @contextlib.contextmanager
    def operation_deadline(self, seconds: float) -> Iterator[Deadline]:
        """As the client has it."""
        yield Deadline(seconds)

    def list_links_page(self, _workspace_id: str, page: int) -> LinkPage:
        """As the client has it."""
        assert page not in self.pages, "a page was read twice"
        self.pages.append(page)
        rows = self.links[(page - 1) * self.per_page : page * self.per_page]
        return shown(page, self.length, [_link(number, made) for number, made in rows])


def shown(page: int, pages: int, links: list[Link]) -> LinkPage:
    """A page of a list."""
    pagination = {"page": page, "perPage": 20, "total": 0, "totalPages": pages, "hasMore": page < pages}
    return LinkPage.model_validate({"links": links, "pagination": pagination})


def row(number: int, made: int, **fields: Any) -> dict[str, Any]:
    """A link as it stands in an answer."""
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
        "createdAt": _moment(made),
        "project": {"projectId": "prj_default"},
        "creator": {"workspaceMemberId": "mem_owner"},
        "domain": {"domainId": "dom_help", "url": "help.acme.example", "status": "verified"},
        **fields,
    }


def _link(number: int, made: int) -> Link:
    return Link.model_validate(row(number, made))


def _moment(made: int) -> str:
    return (_BEGINNING + timedelta(seconds=made)).isoformat()
