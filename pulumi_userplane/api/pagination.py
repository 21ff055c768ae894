"""Reads the pages of a list: each item once, and in smaller pages where the items are too large for one answer.

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

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class _Part:
    """A page of the longest size, or a smaller one.

    Attributes:
        rows: What is on it.
        size: How many items such a page can have.
        pagination: Where it stands among the pages of its size.
        requests: How many it took, with those whose answers were too large.
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
    """The pages of one list.

    Attributes:
        fetch: Asks for the page of a number, in pages of a size, and returns the answer's data.
        operation: What is being done, for the error.
        key: Where the items stand in the data.
        identity: The attribute that tells one item from another.
        longest: How many items a page can have.
    """

    fetch: Callable[[int, int], dict[str, Any]]
    operation: Operation
    key: str
    identity: str
    longest: int

    def iterate(self, model: type[M]) -> Iterator[M]:
        """Yields the items of all pages, asking for a page only when it is needed.

        Pages shift while items come and go, so an item seen on two pages is yielded once.

        Args:
            model: What the items are.

        Raises:
            InvalidResponseError: The answer is no page, or another page than the one asked for.
            ResponseTooLargeError: An item alone is too large for an answer.
        """
        seen: set[str] = set()
        for part in self._parts(0):
            before = len(seen)
            for row in part.rows:
                item = parse_model(model, row, self.operation)
                if getattr(item, self.identity) not in seen:
                    seen.add(getattr(item, self.identity))
                    yield item
            if not part.is_last and len(seen) == before:
                raise unexpected_response(
                    self.operation, f"page {part.pagination.page} of {self.key} with nothing new on it"
                )

    def page(self, number: int) -> dict[str, Any]:
        """Returns the data of one page of the longest size, and how many `requests` it took.

        Args:
            number: Which.

        Raises:
            InvalidResponseError: As in `iterate`.
            ResponseTooLargeError: As in `iterate`.
        """
        parts = []
        for part in self._parts((number - 1) * self.longest):
            parts.append(part)
            if part.end % self.longest == 0:
                break
        last = parts[-1]
        return {
            self.key: [row for part in parts for row in part.rows],
            "requests": sum(part.requests for part in parts),
            "pagination": {
                "page": number,
                "perPage": self.longest,
                "total": last.pagination.total,
                "totalPages": -(-last.pagination.total_pages * last.size // self.longest),
                "hasMore": last.pagination.has_more,
            },
        }

    def _parts(self, start: int) -> Iterator[_Part]:
        """Yields the list from the first item of a page on, each time as much as fits into an answer."""
        size, requests, before = self.longest, 0, ""
        while True:
            requests += 1
            try:
                part = self._read(start // size + 1, size, requests)
            except ResponseTooLargeError as error:
                if size == 1:
                    error.reason = f"number {start + 1} of the list alone{before}: {error.reason}"
                    raise
                size = _smaller(size, error)
                continue
            yield part
            if part.is_last:
                return
            start, requests, before = part.end, 0, self._next_after(part.rows[-1])
            size = self._next_size(part)

    def _read(self, number: int, size: int, requests: int) -> _Part:
        data = self.fetch(number, size)
        rows = data.get(self.key)
        pagination = parse_model(Pagination, data.get("pagination"), self.operation)
        if not isinstance(rows, list) or pagination.page != number:
            raise unexpected_response(self.operation, f"no page {number} of {self.key}")
        return _Part(rows, size, pagination, requests)

    def _next_after(self, row: dict[str, Any]) -> str:
        return f" (the next after {sanitize(str(row.get(to_camel(self.identity))))})"

    def _next_size(self, part: _Part) -> int:
        """As many as fit, if those to come are as large as these; an answer can only begin where its page does."""
        if part.size == self.longest:
            return part.size
        fitting = MAX_RESPONSE_BYTES * len(part.rows) // len(json.dumps(part.rows))
        return max(
            size
            for size in range(part.size, self.longest + 1)
            if self.longest % size == 0 and part.end % size == 0 and size <= max(fitting, part.size)
        )


def _smaller(size: int, error: ResponseTooLargeError) -> int:
    """As many as fit, if all are equally large; the pages of that size fill one of the larger size."""
    fitting = max(size // error.times, 1)
    return max(part for part in range(1, size) if size % part == 0 and part <= fitting)
