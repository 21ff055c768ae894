"""The page planner: what it costs in the order of a state file, and each of its rules."""

from __future__ import annotations

import random
from math import log2
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.refresh.page_planner import PagePlanner
from tests.fake_list import FakeList

if TYPE_CHECKING:
    from pulumi_userplane.api.models import LinkPage

RANDOM = random.Random(5)


def numbered_links(total: int) -> list[tuple[int, int]]:
    return [(number, number) for number in range(total)]


@pytest.mark.parametrize(
    ("total", "wanted", "most"),
    [
        (1000, range(1000), 55),
        (10_000, sorted(RANDOM.sample(range(10_000), 10)), 20),
        (10_000, RANDOM.sample(range(10_000), 10), 20),
        (5000, range(1000), 55),
        (5000, range(4000, 5000), 110),
        (5000, range(1234, 2234), 110),
        (5000, sorted(RANDOM.sample(range(5000), 1000)), 350),
        (3, range(3), 3),
        (1, range(1), 1),
        (1000, range(999, -1, -1), 101),
    ],
)
def test_refresh_of_whole_stack_costs_few_requests(total: int, wanted: list[int], most: int) -> None:
    userplane = FakeList(numbered_links(total))
    userplane.read_all((number, number) for number in wanted)
    assert userplane.requests <= most


class Large(FakeList):
    """Each page comes in so many requests."""

    EACH = 5

    def list_links_page(self, workspace_id: str, page: int) -> LinkPage:
        return super().list_links_page(workspace_id, page).model_copy(update={"requests": self.EACH})

    @property
    def requests(self) -> int:
        return len(self.pages) * self.EACH + len(self.single_reads)


@pytest.mark.parametrize("wanted", [1, 3, 10, 100, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_planner_keeps_bounds_when_pages_cost_several_requests(wanted: int, seed: int) -> None:
    userplane = Large(numbered_links(1000))
    userplane.read_all(random.Random(seed).sample(numbered_links(1000), wanted))
    assert userplane.requests <= wanted + log2(userplane.length) + 2 + Large.EACH
    in_order = Large(numbered_links(1000))
    in_order.read_all(numbered_links(1000)[:wanted])
    assert in_order.requests <= min(wanted, 2 + Large.EACH * -(-wanted // 20)) + log2(in_order.length) + 2 + Large.EACH


def test_planner_costs_few_requests_when_order_is_slightly_mixed() -> None:
    links = [link for at in range(0, 1000, 8) for link in RANDOM.sample(numbered_links(1000)[at : at + 8], 8)]
    userplane = FakeList(numbered_links(1000))
    userplane.read_all(links)
    assert userplane.requests <= 55


def after_first_reads() -> PagePlanner:
    planner = PagePlanner()
    for _ in range(2):
        assert planner.page_for(0, missed=False) is None
        planner.record_single_read()
    return planner


def load(planner: PagePlanner, page: int, created: list[float | None], pages: int = 9) -> bool:
    planner.record_request(page)
    return planner.record_page(page, created, pages)


def test_page_for_returns_first_page_when_two_links_were_read_by_id() -> None:
    planner = after_first_reads()
    assert planner.page_for(7, missed=False) == 1
    load(planner, 1, [1, 2], pages=9)
    assert planner.page_for(7, missed=True) is None
    assert planner.page_for(7, missed=False) == 6


def test_page_for_prefers_page_after_last_hit() -> None:
    planner = after_first_reads()
    load(planner, 1, [1, 2])
    planner.record_hit(1)
    assert planner.page_for(7, missed=False) == 2


def test_page_for_returns_none_when_pages_read_would_show_link() -> None:
    planner = after_first_reads()
    load(planner, 1, [1, 2])
    load(planner, 2, [4, 5])
    assert planner.page_for(3, missed=False) is None
    assert planner.page_for(1.5, missed=False) is None


def test_page_for_considers_all_pages_when_times_are_equal() -> None:
    planner = after_first_reads()
    load(planner, 5, [3, 3])
    assert planner.page_for(3, missed=False) is not None
    load(planner, 4, [2, 3])
    load(planner, 6, [3, 4])
    assert planner.page_for(3, missed=False) is None


def test_page_for_returns_none_when_list_is_empty() -> None:
    planner = after_first_reads()
    assert load(planner, 1, [], pages=0)
    assert planner.page_for(3, missed=False) is None


@pytest.mark.parametrize("created", [[2, 1], [1, None]])
def test_record_page_returns_false_when_page_is_unsorted(created: list[float | None]) -> None:
    assert not load(after_first_reads(), 1, created)


@pytest.mark.parametrize(("created", "fits"), [([2, 6], True), ([3, 7], True), ([5, 8], False), ([0, 3], False)])
def test_record_page_accepts_overlap_when_deletions_may_cause_it(created: list[float | None], fits: bool) -> None:
    planner = after_first_reads()
    assert load(planner, 1, [1, 3])
    assert load(planner, 3, [5, 7])
    assert load(planner, 2, created) is fits


def test_page_for_returns_none_when_planner_is_disabled() -> None:
    planner = after_first_reads()
    planner.disable()
    assert planner.page_for(7, missed=False) is None


def test_record_incomplete_row_returns_false_when_most_rows_are_incomplete() -> None:
    planner = after_first_reads()
    planner.record_hit(1)
    assert planner.record_incomplete_row()
    assert not planner.record_incomplete_row()


def test_page_for_limits_misses_when_no_link_was_found() -> None:
    planner = after_first_reads()
    for page in range(1, 8):
        load(planner, page, [page], pages=64)
        assert planner.page_for(100, missed=False) is not None
    load(planner, 8, [8], pages=64)
    assert planner.page_for(100, missed=False) is None
    planner.record_hit(1)
    assert planner.page_for(100, missed=False) is not None


def test_page_for_ignores_limits_when_single_reads_cost_as_much_as_all_pages() -> None:
    planner = after_first_reads()
    load(planner, 1, [1], pages=9)
    for _ in range(6):
        planner.record_single_read()
    assert planner.page_for(100, missed=True) is None
    planner.record_single_read()
    assert planner.page_for(100, missed=True) is not None


def test_page_for_shares_page_when_it_is_in_flight() -> None:
    planner = after_first_reads()
    planner.record_request(1)
    assert planner.page_for(7, missed=True) == 1
    planner.record_failure(1)
    assert planner.page_for(7, missed=True) is None


def test_page_for_returns_page_in_flight_when_no_other_is_affordable() -> None:
    planner = after_first_reads()
    load(planner, 1, [1], pages=9)
    planner.record_request(8)
    assert planner.page_for(7, missed=True) == 8


def test_page_for_reads_ahead_when_hits_were_sequential() -> None:
    planner = after_first_reads()
    for page in (1, 2):
        load(planner, page, [page], pages=99)
        planner.record_hit(page)
    ahead = []
    for _ in range(4):
        ahead.append(planner.page_for(3, missed=False))
        planner.record_request(ahead[-1] or 0)
    assert ahead == [3, 4, 5, 3]


def test_page_for_reads_nothing_ahead_when_it_is_not_affordable() -> None:
    planner = after_first_reads()
    load(planner, 1, [1], pages=2)
    planner.record_hit(1)
    for page in (4, 5, 6):
        load(planner, page, [page], pages=9)
    planner.record_request(2)
    for _ in range(5):
        planner.record_request(9)
    load(planner, 9, [9], pages=2)
    assert planner.page_for(3, missed=False) == 2


def test_record_hit_ends_readahead_when_page_is_far_away() -> None:
    planner = after_first_reads()
    load(planner, 1, [1], pages=99)
    for page in (1, 2, 3, 2, 3, 1):
        planner.record_hit(page)
    assert planner.page_for(50, missed=False) == 4
    planner.record_request(4)
    assert planner.page_for(50, missed=False) == 5
    planner.record_hit(60)
    planner.record_hit(10)
    assert planner.page_for(50, missed=False) == 11
    planner.record_request(11)
    assert planner.page_for(50, missed=False) == 11
