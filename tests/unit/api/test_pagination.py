"""The pages of a list."""

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


def read_ids(fetch: Callable[[int], dict[str, Any]]) -> list[str]:
    return [domain.domain_id for domain in pages(lambda number, _: fetch(number)).iterate(Domain)]


def pages(fetch: Callable[[int, int], dict[str, Any]], longest: int = 2) -> PageReader:
    return PageReader(fetch, LIST, "domains", "domain_id", longest)


def test_iterate_yields_item_once_when_it_shifts_to_the_next_page() -> None:
    responses = [page(1, "a", "b", more=True), page(2, "b", "c", more=True), page(3, "d", more=False)]
    assert read_ids(lambda number: responses[number - 1]) == ["a", "b", "c", "d"]


def test_iterate_requests_a_page_only_when_it_is_needed() -> None:
    requests: list[int] = []

    def fetch(number: int, _: int) -> dict[str, Any]:
        requests.append(number)
        return page(number, f"{number}a", f"{number}b", more=True)

    items = pages(fetch).iterate(Domain)
    assert requests == []
    assert [next(items).domain_id for _ in range(2)] == ["1a", "1b"]
    assert requests == [1]


def test_iterate_ends_when_a_page_is_empty() -> None:
    assert read_ids(lambda number: page(number, more=True)) == []


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
def test_iterate_raises_when_response_is_not_the_requested_page(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidResponseError, match="list of domains of workspace ws failed"):
        read_ids(lambda _: data)


def test_iterate_raises_when_list_never_ends() -> None:
    with pytest.raises(InvalidResponseError, match="page 2 of domains with nothing new on it"):
        read_ids(lambda number: page(number, "a", "b", more=True))


MIB = 1024 * 1024


@dataclass
class Heavy:
    """A list whose items have weights in bytes; it says how large a response would be, or not."""

    weights: list[int]
    says_size: bool = True
    requests: list[tuple[int, int]] = field(default_factory=list)

    def fetch(self, number: int, size: int) -> dict[str, Any]:
        self.requests.append((number, size))
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

    def read_ids(self) -> list[int]:
        return [int(domain.domain_id) for domain in pages(self.fetch, 20).iterate(Domain)]


@pytest.mark.parametrize("says_size", [True, False])
def test_iterate_sends_no_extra_request_when_everything_fits(says_size: bool) -> None:
    heavy = Heavy([60_000] * 45, says_size)
    assert heavy.read_ids() == list(range(45))
    assert heavy.requests == [(1, 20), (2, 20), (3, 20)]


def test_iterate_adapts_page_size_to_the_size_of_items() -> None:
    heavy = Heavy([MIB] * 25 + [100] * 75)
    assert heavy.read_ids() == list(range(100))
    # 20 MiB are more than twice what fits; after them it is known that 5 fit, and after the last large one that 20 do.
    fives = [(number, 5) for number in range(1, 7)]
    assert heavy.requests == [(1, 20), *fives, (4, 10), (3, 20), (4, 20), (5, 20)]


def test_iterate_halves_page_size_when_response_size_is_unknown() -> None:
    heavy = Heavy([MIB] * 20, says_size=False)
    assert heavy.read_ids() == list(range(20))
    assert [size for _, size in heavy.requests] == [20, 10, 5, 5, 5, 5]


def test_iterate_requests_no_later_page_when_consumer_stops() -> None:
    heavy = Heavy([MIB] * 15 + [MAX_RESPONSE_BYTES + 1])
    domains = pages(heavy.fetch, 20).iterate(Domain)
    assert [int(domain.domain_id) for domain in itertools.islice(domains, 5)] == list(range(5))
    assert len(heavy.requests) == 2


@pytest.mark.parametrize(("before", "after"), [(0, ""), (3, " (the next after 2)")])
def test_iterate_names_the_item_when_it_fits_into_no_response(before: int, after: str) -> None:
    heavy = Heavy([100] * before + [MAX_RESPONSE_BYTES + 1] + [100] * 5)
    with pytest.raises(ResponseTooLargeError) as caught:
        heavy.read_ids()
    assert str(caught.value) == (
        f"list of domains of workspace ws failed: number {before + 1} of the list alone{after}: "
        "the response is larger than 8 MiB"
    )


@pytest.mark.parametrize("number", [1, 2, 3])
def test_page_is_the_same_when_it_takes_several_requests(number: int) -> None:
    light, heavy = Heavy([100] * 45), Heavy([MIB] * 45)
    whole = pages(light.fetch, 20).read_page(number)
    parts = pages(heavy.fetch, 20).read_page(number)
    assert [row["domainId"] for row in parts["domains"]] == [row["domainId"] for row in whole["domains"]]
    assert parts["pagination"] == whole["pagination"]
    assert (whole["requests"], parts["requests"]) == (1, 1 if number == 3 else 5)
    assert len(heavy.requests) == parts["requests"]


def test_page_ends_when_the_list_ends_within_it() -> None:
    heavy = Heavy([MIB] * 12)
    last = pages(heavy.fetch, 20).read_page(1)
    assert (len(last["domains"]), last["requests"], last["pagination"]["hasMore"]) == (12, 5, False)
    assert heavy.requests == [(1, 20), (1, 10), (1, 5), (2, 5), (3, 5)]


def test_page_ends_early_when_it_took_as_many_requests_as_it_may() -> None:
    heavy = Heavy([MIB] * 20 + [100])
    begun = pages(heavy.fetch, 20).read_page(1, max_requests=3)
    assert [row["domainId"] for row in begun["domains"]] == [str(number) for number in range(10)]
    assert (len(heavy.requests), begun["requests"], begun["pagination"]["hasMore"]) == (3, 3, True)


def test_page_ends_early_when_the_last_request_that_it_may_take_brings_too_much() -> None:
    heavy = Heavy([100] * 5 + [4 * MIB] * 15, says_size=False)
    begun = pages(heavy.fetch, 20).read_page(1, max_requests=4)
    assert heavy.requests == [(1, 20), (1, 10), (1, 5), (2, 5)]
    assert (len(begun["domains"]), begun["requests"]) == (5, 4)


def test_page_raises_when_all_requests_that_it_may_take_bring_too_much() -> None:
    heavy = Heavy([MIB] * 20, says_size=False)
    with pytest.raises(ResponseTooLargeError):
        pages(heavy.fetch, 20).read_page(1, max_requests=2)
    assert len(heavy.requests) == 2


def test_page_is_empty_when_it_is_after_the_last() -> None:
    empty = pages(Heavy([100] * 45).fetch, 20).read_page(4)
    assert (empty["domains"], empty["pagination"]["hasMore"]) == ([], False)


@settings(max_examples=15)
@given(st.lists(st.sampled_from([100, MIB, 5 * MIB]), max_size=25), st.booleans())
def test_iterate_yields_each_item_once_and_in_order_whatever_their_size(weights: list[int], says_size: bool) -> None:
    heavy = Heavy(weights, says_size)
    assert heavy.read_ids() == list(range(len(weights)))
    assert len(heavy.requests) <= 4 * max(1, len(weights))
