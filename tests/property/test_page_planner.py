"""Whatever the sizes, gaps and orders, and whatever happens meanwhile: each link is read right, at a bounded cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from pulumi_userplane.refresh.page_planner import PagePlanner
from tests.lists import LinkList, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from pulumi_userplane.api.models import LinkPage

orders = st.sampled_from(["file", "backwards", "any", "nearly"])
gaps = st.integers(0, 3) | st.sampled_from([0, 0, 1, 1000])


@st.composite
def stacks(draw: st.DrawFn) -> tuple[LinkList, list[tuple[int, int]]]:
    """A workspace and those of its links, some deleted before, that a run asks for, in its order."""
    total = draw(st.integers(0, 400))
    pattern = draw(st.lists(gaps, min_size=1, max_size=8))
    made, links = 0, []
    for number in range(total):
        made += pattern[number % len(pattern)]
        links.append((number, made))
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
    dead = set(chance.sample(links, draw(st.integers(0, min(total, 5)))))
    return LinkList([link for link in links if link not in dead], draw(st.integers(1, 20))), wanted


@given(
    stacks(), st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["append", "delete", "delete"]), st.integers(0)))
)
def test_each_link_is_read_right_within_both_bounds(
    stack: tuple[LinkList, list[tuple[int, int]]], events: list[tuple[int, str, int]]
) -> None:
    userplane, wanted = stack
    listed = userplane.listed()
    lived = {number for number, _ in userplane.links}
    fewest_pages = userplane.length
    dead, deleted = 0, 0
    for place, (number, made) in enumerate(wanted):
        for _, event, index in (each for each in events if each[0] == place):
            if event == "append":
                userplane.append(1000 + len(userplane.links) + index, 1_000_000)
            elif userplane.links and (deleted := deleted + 1) < userplane.per_page:
                userplane.delete(index % len(userplane.links))
        fewest_pages = min(fewest_pages, userplane.length)
        lives = any(number == each for each, _ in userplane.links)
        found = userplane.read(listed, number, made)
        dead += found is None
        # A page may be older than a deletion; but no link that lives is missed, and none that was dead is seen.
        assert found is not None if lives else (found is None or number in lived)
        assert found is None or found.link_id == f"lnk_{number}"
        if place + 1 < fewest_pages:
            assert userplane.within_log(place + 1)
    hidden = dead + len(userplane.skipped & {number for number, _ in wanted})
    assert userplane.within_pages(hidden), (userplane.requests, userplane.most_pages, hidden)


class Threads:
    """Four readers that take turns wherever one of them has to wait for a page; the pages come in any order."""

    def __init__(self, userplane: LinkList, chance: Random) -> None:
        self.userplane = userplane
        self.chance = chance
        self.planner = PagePlanner()
        self.rows: dict[tuple[int, int], int] = {}
        self.waiting: dict[int, list[Iterator[int]]] = {}

    def read(self, links: list[tuple[int, int]]) -> None:
        """Reads all of them, each as `ListReader.find` does."""
        left = [self._reader(link) for link in reversed(links)]
        while left or self.waiting:
            while left and sum(map(len, self.waiting.values())) < 4:
                self._go_on(left.pop())
            if self.waiting:
                page = self.chance.choice(sorted(self.waiting))
                rows = self.userplane.links[(page - 1) * self.userplane.per_page : page * self.userplane.per_page]
                assert self.planner.record_page(page, [float(made) for _, made in rows], self.userplane.length)
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
def test_four_threads_keep_both_bounds(stack: tuple[LinkList, list[tuple[int, int]]], chance: Random) -> None:
    userplane, wanted = stack
    Threads(userplane, chance).read(wanted)
    if len(wanted) < userplane.length:
        assert userplane.within_log(len(wanted))
    assert userplane.within_pages(len(set(wanted) - set(userplane.links)))


class Confused(LinkList):
    """A list that shows anything."""

    answers: list[tuple[int, int, list[int]]]

    def list_links_page(self, workspace_id: str, page: int) -> LinkPage:
        found = super().list_links_page(workspace_id, page)
        pages, turned, leave = self.answers[page % len(self.answers)]
        links = [link for place, link in enumerate(found.links) if place not in leave]
        return shown(page, pages, links[turned:] + links[:turned])


@given(
    stacks(),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3), st.lists(st.integers(0, 19))), min_size=1, max_size=9),
)
def test_a_list_that_shows_anything_hides_no_link_that_lives(
    stack: tuple[LinkList, list[tuple[int, int]]], answers: list[tuple[int, int, list[int]]]
) -> None:
    true, wanted = stack
    userplane = Confused(true.links, true.per_page)
    userplane.answers = answers
    listed = userplane.listed()
    lives = {number for number, _ in userplane.links}
    for number, made in wanted:
        found = userplane.read(listed, number, made)
        assert (found.link_id if found else None) == (f"lnk_{number}" if number in lives else None)
