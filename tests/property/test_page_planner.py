"""Every link is read correctly and at a bounded cost, whatever the sizes, gaps, orders and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_userplane.refresh.page_planner import PagePlanner
from tests.fake_list import FakeList, list_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from pulumi_userplane.api.models import LinkPage

orders = st.sampled_from(["file", "backwards", "any", "nearly"])
gaps = st.integers(0, 3) | st.sampled_from([0, 0, 1, 1000])


@st.composite
def stacks(draw: st.DrawFn) -> tuple[FakeList, list[tuple[int, int]]]:
    """Draws a workspace and the links that a run reads, in its order; some of them are deleted before."""
    total = draw(st.integers(0, 400))
    pattern = draw(st.lists(gaps, min_size=1, max_size=8))
    created, links = 0, []
    for number in range(total):
        created += pattern[number % len(pattern)]
        links.append((number, created))
    chance: Any = draw(st.randoms(use_true_random=False))
    first = draw(st.integers(0, total))
    part = links[first : first + draw(st.integers(0, total))]
    wanted = chance.sample(part, min(len(part), draw(st.integers(0, total))))
    order = draw(orders)
    if order != "any":
        wanted.sort(reverse=order == "backwards")
    if order == "nearly":
        wanted = [
            link
            for at in range(0, len(wanted), 8)
            for link in chance.sample(wanted[at : at + 8], len(wanted[at : at + 8]))
        ]
    deleted = set(chance.sample(links, draw(st.integers(0, min(total, 5)))))
    return FakeList([link for link in links if link not in deleted], draw(st.integers(1, 20))), wanted


@given(
    stacks(),
    st.sets(st.integers(0, 400)),
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["append", "delete", "delete"]), st.integers(0))),
)
def test_refresh_reads_each_link_within_both_bounds(
    stack: tuple[FakeList, list[tuple[int, int]]], imported: set[int], events: list[tuple[int, str, int]]
) -> None:
    userplane, wanted = stack
    reader = userplane.reader()
    live_before = {number for number, _ in userplane.links}
    fewest_pages = userplane.length
    missing, deletions = 0, 0
    for index, (number, created) in enumerate(wanted):
        for event, draw in ((event, draw) for when, event, draw in events if when == index):
            if event == "append":
                userplane.append(1000 + len(userplane.links) + draw, 1_000_000)
            elif userplane.links and (deletions := deletions + 1) < userplane.per_page:
                userplane.delete(draw % len(userplane.links))
        fewest_pages = min(fewest_pages, userplane.length)
        is_live = number in {live for live, _ in userplane.links}
        # An import doesn't know when the link was created.
        link = userplane.read(reader, number, None if number in imported else created)
        missing += link is None
        # A page may be older than a deletion. But no live link is missed, and none that was deleted before is shown.
        assert link is not None if is_live else (link is None or number in live_before)
        assert link is None or link.link_id == f"lnk_{number}"
        if index + 1 < fewest_pages:
            assert userplane.within_log(index + 1)
    hidden = missing + len(userplane.skipped & {number for number, _ in wanted})
    assert userplane.within_pages(hidden), (userplane.requests, userplane.max_pages_seen, hidden)


class Threads:
    """Four readers that take turns when one of them has to wait for a page; the pages arrive in any order."""

    def __init__(self, userplane: FakeList, chance: Random) -> None:
        self.userplane = userplane
        self.chance = chance
        self.planner = PagePlanner()
        self.rows: dict[tuple[int, int], int] = {}
        self.waiting: dict[int, list[Iterator[int]]] = {}

    def read(self, links: list[tuple[int, int]]) -> None:
        """Reads all links, each as `ListReader.find` does."""
        left = [self._reader(link) for link in reversed(links)]
        while left or self.waiting:
            while left and sum(map(len, self.waiting.values())) < 4:
                self._go_on(left.pop())
            if self.waiting:
                page = self.chance.choice(sorted(self.waiting))
                rows = self.userplane.links[(page - 1) * self.userplane.per_page : page * self.userplane.per_page]
                assert self.planner.record_page(page, [float(created) for _, created in rows], self.userplane.length)
                self.rows.update(dict.fromkeys(rows, page))
                for reader in self.waiting.pop(page):
                    self._go_on(reader)

    def _go_on(self, reader: Iterator[int]) -> None:
        for page in reader:
            self.waiting.setdefault(page, []).append(reader)
            return

    def _reader(self, link: tuple[int, int]) -> Iterator[int]:
        missed = False
        while link not in self.rows:
            page = self.planner.page_for(link[1], missed=missed)
            if page is None:
                self.planner.record_single_read()
                self.userplane.get(link[0])
                return
            is_ours = page not in self.waiting
            if is_ours:
                assert page not in self.userplane.pages
                self.userplane.pages.append(page)
                self.planner.record_request(page)
            yield page
            missed = missed or is_ours
        self.planner.record_hit(self.rows.pop(link))


@given(stacks(), st.randoms(use_true_random=False))
def test_planner_keeps_bounds_when_four_threads_read(
    stack: tuple[FakeList, list[tuple[int, int]]], chance: Random
) -> None:
    userplane, wanted = stack
    Threads(userplane, chance).read(wanted)
    if len(wanted) < userplane.length:
        assert userplane.within_log(len(wanted))
    assert userplane.within_pages(len(set(wanted) - set(userplane.links)))


class Confused(FakeList):
    """A list that shows wrong pages."""

    answers: list[tuple[int, int, list[int]]]

    def list_links_page(self, workspace_id: str, page: int) -> LinkPage:
        links = super().list_links_page(workspace_id, page).links
        pages, turned, omitted = self.answers[page % len(self.answers)]
        rows = [link for index, link in enumerate(links) if index not in omitted]
        return list_page(page, pages, rows[turned:] + rows[:turned])


@given(
    stacks(),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3), st.lists(st.integers(0, 19))), min_size=1, max_size=9),
)
def test_refresh_finds_every_live_link_when_list_shows_anything(
    stack: tuple[FakeList, list[tuple[int, int]]], answers: list[tuple[int, int, list[int]]]
) -> None:
    true, wanted = stack
    userplane = Confused(true.links, true.per_page)
    userplane.answers = answers
    reader = userplane.reader()
    live = {number for number, _ in userplane.links}
    for number, created in wanted:
        link = userplane.read(reader, number, created)
        assert (link.link_id if link else None) == (f"lnk_{number}" if number in live else None)
