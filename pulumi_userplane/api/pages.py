"""Walks the pages of a list, each item once.

Paging: https://docs.userplane.io/api/pagination
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pulumi_userplane.api.answers import bad_answer, parsed
from pulumi_userplane.api.models import Model, Pagination

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.api.errors import Operation

M = TypeVar("M", bound=Model)


def walk(
    fetch: Callable[[int], dict[str, Any]], operation: Operation, model: type[M], key: str, identity: str
) -> Iterator[M]:
    """Yields the items of all pages, asking for a page only when it is needed.

    Pages shift while items come and go, so an item seen on two pages is yielded once.

    Args:
        fetch: Asks for the page of that number and returns the answer's data.
        operation: What is being done, for the error.
        model: What the items are.
        key: Where the items stand in the data.
        identity: The attribute that tells one item from another.

    Raises:
        BadAnswerError: The answer is no page, or another page than the one asked for.
    """
    seen: set[str] = set()
    number, more = 1, True
    while more:
        data = fetch(number)
        rows = data.get(key)
        pagination = parsed(Pagination, data.get("pagination"), operation)
        if not isinstance(rows, list) or pagination.page != number:
            raise bad_answer(operation, f"no page {number} of {key}")
        before = len(seen)
        for row in rows:
            item = parsed(model, row, operation)
            if getattr(item, identity) not in seen:
                seen.add(getattr(item, identity))
                yield item
        more = pagination.has_more and bool(rows)
        if more and len(seen) == before:
            raise bad_answer(operation, f"page {number} of {key} with nothing new on it")
        number += 1
