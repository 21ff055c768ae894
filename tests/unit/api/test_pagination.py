"""Walking the pages of a list."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_userplane.api.errors import InvalidResponseError, Operation, ResponseTooLargeError
from pulumi_userplane.api.models import Domain
from pulumi_userplane.api.pagination import PageReader
from pulumi_userplane.api.transport import MAX_RESPONSE_BYTES

LIST = Operation("list", "domains of workspace ws")


def row(name: str) -> dict[str, str]:
    return {"domainId": name, "domainUrl": name, "domainStatus": "verified", "createdAt": "c", "updatedAt": "u"}


def page(number: int, *names: str, more: bool) -> dict[str, Any]:
    pagination = {"page": number, "perPage": 2, "total": 9, "totalPages": 5, "hasMore": more}
    return {"domains": [row(name) for name in names], "pagination": pagination}


def walked(fetch: Callable[[int], dict[str, Any]]) -> list[str]:
    return [domain.domain_id for domain in pages(lambda number, _: fetch(number)).iterate(Domain)]


def pages(fetch: Callable[[int, int], dict[str, Any]], longest: int = 2) -> PageReader:
    return PageReader(fetch, LIST, "domains", "domain_id", longest)


def test_an_item_that_shifts_to_the_next_page_comes_once_and_in_order() -> None:
    answers = [page(1, "a", "b", more=True), page(2, "b", "c", more=True), page(3, "d", more=False)]
    assert walked(lambda number: answers[number - 1]) == ["a", "b", "c", "d"]


def test_a_page_is_asked_for_only_when_it_is_needed() -> None:
    asked: list[int] = []

    def fetch(number: int, _: int) -> dict[str, Any]:
        asked.append(number)
        return page(number, f"{number}a", f"{number}b", more=True)

    items = pages(fetch).iterate(Domain)
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
    with pytest.raises(InvalidResponseError, match="list of domains of workspace ws failed"):
        walked(lambda _: data)


def test_a_list_that_never_ends_is_a_bad_answer() -> None:
    with pytest.raises(InvalidResponseError, match="page 2 of domains with nothing new on it"):
        walked(lambda number: page(number, "a", "b", more=True))


MIB = 1024 * 1024


@dataclass
class Heavy:
    """A list whose items have weights in bytes; it says how large an answer would be, or not."""

    weights: list[int]
    says_size: bool = True
    asked: list[tuple[int, int]] = field(default_factory=list)

    def fetch(self, number: int, size: int) -> dict[str, Any]:
        self.asked.append((number, size))
        part = range(len(self.weights))[(number - 1) * size : number * size]
        weight = sum(self.weights[index] for index in part)
        if weight > MAX_RESPONSE_BYTES:
            times = weight / MAX_RESPONSE_BYTES if self.says_size else 1 + 1 / MAX_RESPONSE_BYTES
            raise ResponseTooLargeError("the response is larger than 8 MiB", operation=LIST, times=times)
        count = len(self.weights)
        return {
            "domains": [{**row(str(index)), "padding": "x" * self.weights[index]} for index in part],
            "pagination": {
                "page": number,
                "perPage": size,
                "total": count,
                "totalPages": -(-count // size),
                "hasMore": number * size < count,
            },
        }

    def walked(self) -> list[int]:
        return [int(domain.domain_id) for domain in pages(self.fetch, 20).iterate(Domain)]


@pytest.mark.parametrize("says_size", [True, False])
def test_no_request_more_where_everything_fits(says_size: bool) -> None:
    heavy = Heavy([60_000] * 45, says_size)
    assert heavy.walked() == list(range(45))
    assert heavy.asked == [(1, 20), (2, 20), (3, 20)]


def test_large_items_come_in_smaller_pages_and_small_ones_after_them_in_long_ones() -> None:
    heavy = Heavy([MIB] * 25 + [100] * 75)
    assert heavy.walked() == list(range(100))
    # 20 MiB are more than twice what fits; after them it is known that 5 fit, and after the last large one that 20 do.
    assert heavy.asked == [(1, 20), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5), (6, 5), (4, 10), (3, 20), (4, 20), (5, 20)]


def test_a_server_that_does_not_say_how_large_its_answer_would_be_is_asked_for_half() -> None:
    heavy = Heavy([MIB] * 20, says_size=False)
    assert heavy.walked() == list(range(20))
    assert [size for _, size in heavy.asked] == [20, 10, 5, 5, 5, 5]


def test_what_is_found_early_costs_no_later_part() -> None:
    heavy = Heavy([MIB] * 15 + [MAX_RESPONSE_BYTES + 1])
    found = pages(heavy.fetch, 20).iterate(Domain)
    assert [int(domain.domain_id) for domain in itertools.islice(found, 5)] == list(range(5))
    assert len(heavy.asked) == 2


@pytest.mark.parametrize(("before", "after"), [(0, ""), (3, " (the next after 2)")])
def test_an_item_that_fits_into_no_answer_is_named(before: int, after: str) -> None:
    heavy = Heavy([100] * before + [MAX_RESPONSE_BYTES + 1] + [100] * 5)
    with pytest.raises(ResponseTooLargeError) as caught:
        heavy.walked()
    assert str(caught.value) == (
        f"list of domains of workspace ws failed: number {before + 1} of the list alone{after}: "
        "the response is larger than 8 MiB"
    )


@pytest.mark.parametrize("number", [1, 2, 3])
def test_one_page_is_the_same_in_however_many_parts_it_comes(number: int) -> None:
    light, heavy = Heavy([100] * 45), Heavy([MIB] * 45)
    one = pages(light.fetch, 20).page(number)
    parts = pages(heavy.fetch, 20).page(number)
    assert [each["domainId"] for each in parts["domains"]] == [each["domainId"] for each in one["domains"]]
    assert parts["pagination"] == one["pagination"]
    assert (one["requests"], parts["requests"]) == (1, 1 if number == 3 else 5)
    assert len(heavy.asked) == parts["requests"]


def test_one_page_ends_with_the_list_in_the_middle_of_its_parts() -> None:
    heavy = Heavy([MIB] * 12)
    last = pages(heavy.fetch, 20).page(1)
    assert (len(last["domains"]), last["requests"], last["pagination"]["hasMore"]) == (12, 5, False)
    assert heavy.asked == [(1, 20), (1, 10), (1, 5), (2, 5), (3, 5)]


def test_a_page_behind_the_last_is_empty() -> None:
    behind = pages(Heavy([100] * 45).fetch, 20).page(4)
    assert (behind["domains"], behind["pagination"]["hasMore"]) == ([], False)


@settings(max_examples=15)
@given(st.lists(st.sampled_from([100, MIB, 5 * MIB]), max_size=25), st.booleans())
def test_each_item_comes_once_and_in_order_whatever_they_weigh(weights: list[int], says_size: bool) -> None:
    heavy = Heavy(weights, says_size)
    assert heavy.walked() == list(range(len(weights)))
    assert len(heavy.asked) <= 4 * max(1, len(weights))
