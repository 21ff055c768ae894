"""Walking the pages of a list."""

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_userplane.api.errors import BadAnswerError, Operation
from pulumi_userplane.api.models import Domain
from pulumi_userplane.api.pages import walk

LIST = Operation("list", "domains of workspace ws")


def row(name: str) -> dict[str, str]:
    return {"domainId": name, "domainUrl": name, "domainStatus": "verified", "createdAt": "c", "updatedAt": "u"}


def page(number: int, *names: str, more: bool) -> dict[str, Any]:
    pagination = {"page": number, "perPage": 2, "total": 9, "totalPages": 5, "hasMore": more}
    return {"domains": [row(name) for name in names], "pagination": pagination}


def walked(fetch: Callable[[int], dict[str, Any]]) -> list[str]:
    return [domain.domain_id for domain in walk(fetch, LIST, Domain, "domains", "domain_id")]


def test_an_item_that_shifts_to_the_next_page_comes_once_and_in_order() -> None:
    pages = [page(1, "a", "b", more=True), page(2, "b", "c", more=True), page(3, "d", more=False)]
    assert walked(lambda number: pages[number - 1]) == ["a", "b", "c", "d"]


def test_a_page_is_asked_for_only_when_it_is_needed() -> None:
    asked: list[int] = []

    def fetch(number: int) -> dict[str, Any]:
        asked.append(number)
        return page(number, f"{number}a", f"{number}b", more=True)

    items = walk(fetch, LIST, Domain, "domains", "domain_id")
    assert asked == []
    assert [next(items).domain_id for _ in range(2)] == ["1a", "1b"]
    assert asked == [1]


def test_an_empty_page_ends_the_list_whatever_it_promises() -> None:
    assert walked(lambda number: page(number, more=True)) == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"domains": [], "pagination": None},
        {**page(1, "a", more=False), "domains": None},
        {**page(1, "a", more=False), "domains": [{"domainId": "a"}]},
        page(2, "a", more=False),
    ],
)
def test_what_is_no_page_or_another_one_is_an_error(data: dict[str, Any]) -> None:
    with pytest.raises(BadAnswerError, match="list of domains of workspace ws failed"):
        walked(lambda _: data)


def test_a_list_that_never_ends_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswerError, match="page 2 of domains with nothing new on it"):
        walked(lambda number: page(number, "a", "b", more=True))
