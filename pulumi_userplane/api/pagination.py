"""Reads the pages of a list: each item once, and in smaller pages where the items are too large for one response.

Paging: https://docs.userplane.io/api/pagination
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic.alias_generators import to_camel

from pulumi_userplane.api.errors import ResponseTooLargeError
from pulumi_userplane.api.models import Model, Pagination
from pulumi_userplane.api.responses import parse_model, unexpected_response
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.api.transport import MAX_RESPONSE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.api.errors import Operation

MAX_PER_PAGE = {"workspaces": 20, "links": 20, "projects": 10, "domains": 10, "workspaceMembers": 10}
"""How many items a page can have, for each list by its key in the response."""

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class _Page:
    """A page as the server returned it, of the largest size or of a smaller one.

    Attributes:
        rows: The items on it.
        size: How many items a page of this size can have.
        pagination: Where it stands among the pages of its size.
        requests: How many requests it took, with those whose responses were too large.
    """

    rows: list[Any]
    size: int
    pagination: Pagination
    requests: int

    @property
    def end(self) -> int:
        return self.pagination.page * self.size

    @property
    def is_last(self) -> bool:
        return not (self.pagination.has_more and self.rows)


@dataclass(frozen=True)
class PageReader:
    """Reads one list.

    Attributes:
        fetch: Requests a page by its number and its size, and returns the data of the response.
        operation: What is being done, for the error.
        key: The key of the items in the data.
        identity: The attribute that identifies an item.
        max_per_page: How many items a page can have.
    """

    fetch: Callable[[int, int], dict[str, Any]]
    operation: Operation
    key: str
    identity: str
    max_per_page: int

    def iterate(self, model: type[M]) -> Iterator[M]:
        """Yields the items of all pages, and requests a page only when it is needed.

        Pages shift while items come and go, so an item that is on two pages is yielded once.

        Args:
            model: The class of the items.

        Raises:
            InvalidResponseError: The response is not a page, or not the page that was requested.
            ResponseTooLargeError: One item alone is too large for a response.
        """
        seen: set[str] = set()
        for page in self._pages_from(0):
            before = len(seen)
            for row in page.rows:
                item = parse_model(model, row, self.operation)
                if getattr(item, self.identity) not in seen:
                    seen.add(getattr(item, self.identity))
                    yield item
            if not page.is_last and len(seen) == before:
                raise unexpected_response(
                    self.operation, f"page {page.pagination.page} of {self.key} with nothing new on it"
                )

    def read_page(self, number: int, max_requests: int | None = None) -> dict[str, Any]:
        """Returns the data of one page of the largest size, with the number of `requests` it took.

        Args:
            number: The number of the page.
            max_requests: How many requests it may take; what they brought is returned then. No bound when left out.

        Raises:
            InvalidResponseError: As in `iterate`.
            ResponseTooLargeError: As in `iterate`; or so many requests brought nothing.
        """
        parts = []
        for part in self._pages_from((number - 1) * self.max_per_page, max_requests):
            parts.append(part)
            if part.end % self.max_per_page == 0:
                break
        last = parts[-1]
        is_whole = last.is_last or last.end % self.max_per_page == 0
        return {
            self.key: [row for part in parts for row in part.rows],
            "requests": sum(part.requests for part in parts) if is_whole else max_requests,
            "pagination": {
                "page": number,
                "perPage": self.max_per_page,
                "total": last.pagination.total,
                "totalPages": -(-last.pagination.total_pages * last.size // self.max_per_page),
                "hasMore": last.pagination.has_more,
            },
        }

    def _pages_from(self, start: int, max_requests: int | None = None) -> Iterator[_Page]:
        """Yields the pages from one item on, each as large as fits into a response, for at most so many requests."""
        size, requests, after, sent = self.max_per_page, 0, "", 0
        while sent != max_requests:
            sent += 1
            requests += 1
            try:
                page = self._request(start // size + 1, size, requests)
            except ResponseTooLargeError as error:
                if size == 1:
                    error.reason = f"number {start + 1} of the list alone{after}: {error.reason}"
                if size == 1 or sent == requests == max_requests:
                    raise
                size = _smaller_size(size, error)
                continue
            yield page
            if page.is_last:
                return
            start, requests, after = page.end, 0, self._describe_position(page.rows[-1])
            size = self._next_size(page)

    def _request(self, number: int, size: int, requests: int) -> _Page:
        data = self.fetch(number, size)
        rows = data.get(self.key)
        pagination = parse_model(Pagination, data.get("pagination"), self.operation)
        if not isinstance(rows, list) or pagination.page != number:
            raise unexpected_response(self.operation, f"something other than page {number} of {self.key}")
        return _Page(rows, size, pagination, requests)

    def _describe_position(self, row: dict[str, Any]) -> str:
        return f" (the next after {sanitize(str(row.get(to_camel(self.identity))))})"

    def _next_size(self, page: _Page) -> int:
        """Returns how many items fit if the next are as large as these; a page begins at a multiple of its size."""
        if page.size == self.max_per_page:
            return page.size
        fitting = MAX_RESPONSE_BYTES * len(page.rows) // len(json.dumps(page.rows))
        return max(
            size
            for size in range(page.size, self.max_per_page + 1)
            if self.max_per_page % size == 0 and page.end % size == 0 and size <= max(fitting, page.size)
        )


def _smaller_size(size: int, error: ResponseTooLargeError) -> int:
    """Returns how many items fit if all are equally large; pages of that size fill one of the larger size."""
    fitting = max(size // error.times, 1)
    return max(smaller for smaller in range(1, size) if size % smaller == 0 and smaller <= fitting)
