"""On which page to look: what it costs in a state file's order, and each rule by itself."""

from __future__ import annotations

import random
from math import log2
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.refresh.page_planner import PagePlanner
from tests.lists import LinkList

if TYPE_CHECKING:
    from pulumi_userplane.api.models import LinkPage

RANDOM = random.Random(5)


def every(total: int) -> list[tuple[int, int]]:
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
def test_what_stacks_of_some_kinds_cost(total: int, wanted: list[int], most: int) -> None:
    userplane = LinkList(every(total))
    userplane.read_all((number, number) for number in wanted)
    assert userplane.requests <= most


class Large(LinkList):
    """Each page comes in so many requests."""

    EACH = 5

    def list_links_page(self, workspace_id: str, page: int) -> LinkPage:
        return super().list_links_page(workspace_id, page).model_copy(update={"requests": self.EACH})

    @property
    def requests(self) -> int:
        return len(self.pages) * self.EACH + len(self.singles)


@pytest.mark.parametrize("wanted", [1, 3, 10, 100, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_pages_that_cost_several_requests_are_read_as_far_as_they_pay(wanted: int, seed: int) -> None:
    userplane = Large(every(1000))
    userplane.read_all(random.Random(seed).sample(every(1000), wanted))
    assert userplane.requests <= wanted + log2(userplane.length) + 2 + Large.EACH
    in_order = Large(every(1000))
    in_order.read_all(every(1000)[:wanted])
    assert in_order.requests <= min(wanted, 2 + Large.EACH * -(-wanted // 20)) + log2(in_order.length) + 2 + Large.EACH


def test_the_order_of_a_file_may_be_a_little_mixed_up() -> None:
    links = [link for at in range(0, 1000, 8) for link in RANDOM.sample(every(1000)[at : at + 8], 8)]
    userplane = LinkList(every(1000))
    userplane.read_all(links)
    assert userplane.requests <= 55


def after_first_reads() -> PagePlanner:
    planner = PagePlanner()
    for _ in range(2):
        assert planner.page_for(0, missed=False) is None
        planner.record_single_read()
    return planner


def load(planner: PagePlanner, page: int, made: list[float | None], pages: int = 9) -> bool:
    planner.record_request(page)
    return planner.record_page(page, made, pages)


def test_the_third_read_looks_at_the_first_page_which_tells_how_many_there_are() -> None:
    planner = after_first_reads()
    assert planner.page_for(7, missed=False) == 1
    load(planner, 1, [1, 2], pages=9)
    assert planner.page_for(7, missed=True) is None
    assert planner.page_for(7, missed=False) == 6


def test_the_page_after_the_one_that_served_last_comes_first() -> None:
    planner = after_first_reads()
    load(planner, 1, [1, 2])
    planner.record_hit(1)
    assert planner.page_for(7, missed=False) == 2


def test_a_link_between_two_neighbours_is_shown_by_neither() -> None:
    planner = after_first_reads()
    load(planner, 1, [1, 2])
    load(planner, 2, [4, 5])
    assert planner.page_for(3, missed=False) is None
    assert planner.page_for(1.5, missed=False) is None


def test_equal_times_may_go_over_several_pages() -> None:
    planner = after_first_reads()
    load(planner, 5, [3, 3])
    assert planner.page_for(3, missed=False) is not None
    load(planner, 4, [2, 3])
    load(planner, 6, [3, 4])
    assert planner.page_for(3, missed=False) is None


def test_pages_that_show_nothing_are_not_asked_for_again() -> None:
    planner = after_first_reads()
    assert load(planner, 1, [], pages=0)
    assert planner.page_for(3, missed=False) is None


@pytest.mark.parametrize("made", [[2, 1], [1, None]])
def test_a_page_that_does_not_go_up_in_time_is_of_no_use(made: list[float | None]) -> None:
    assert not load(after_first_reads(), 1, made)


@pytest.mark.parametrize(("made", "fits"), [([2, 6], True), ([3, 7], True), ([5, 8], False), ([0, 3], False)])
def test_pages_may_overlap_as_deletions_make_them_and_no_more(made: list[float | None], fits: bool) -> None:
    planner = after_first_reads()
    assert load(planner, 1, [1, 3])
    assert load(planner, 3, [5, 7])
    assert load(planner, 2, made) is fits


def test_a_list_that_is_switched_off_is_not_read() -> None:
    planner = after_first_reads()
    planner.disable()
    assert planner.page_for(7, missed=False) is None


def test_a_list_that_shows_too_little_of_most_links_is_of_no_use() -> None:
    planner = after_first_reads()
    planner.record_hit(1)
    assert planner.record_incomplete_row()
    assert not planner.record_incomplete_row()


def test_misses_are_limited_until_a_link_was_found() -> None:
    planner = after_first_reads()
    for page in range(1, 8):
        load(planner, page, [page], pages=64)
        assert planner.page_for(100, missed=False) is not None
    load(planner, 8, [8], pages=64)
    assert planner.page_for(100, missed=False) is None
    planner.record_hit(1)
    assert planner.page_for(100, missed=False) is not None


def test_single_reads_that_cost_as_much_as_all_pages_end_the_limits() -> None:
    planner = after_first_reads()
    load(planner, 1, [1], pages=9)
    for _ in range(6):
        planner.record_single_read()
    assert planner.page_for(100, missed=True) is None
    planner.record_single_read()
    assert planner.page_for(100, missed=True) is not None


def test_a_page_that_is_under_way_is_shared() -> None:
    planner = after_first_reads()
    planner.record_request(1)
    assert planner.page_for(7, missed=True) == 1
    planner.record_failure(1)
    assert planner.page_for(7, missed=True) is None


def test_who_may_read_no_page_waits_for_one_that_is_under_way() -> None:
    planner = after_first_reads()
    load(planner, 1, [1], pages=9)
    planner.record_request(8)
    assert planner.page_for(7, missed=True) == 8


def test_threads_that_wait_in_order_read_ahead_as_far_as_the_order_has_held() -> None:
    planner = after_first_reads()
    for page in (1, 2):
        load(planner, page, [page], pages=99)
        planner.record_hit(page)
    ahead = []
    for _ in range(4):
        ahead.append(planner.page_for(3, missed=False))
        planner.record_request(ahead[-1] or 0)
    assert ahead == [3, 4, 5, 3]


def test_nobody_reads_ahead_on_credit() -> None:
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


def test_a_leap_ends_what_was_in_a_row_and_a_step_back_does_not() -> None:
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
