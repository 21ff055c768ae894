"""Pure: on which page of the list a link should stand, and whether that page is worth a request."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WARMUP_READS = 2
MAX_READAHEAD = 3


class PagePlanner:
    """Tells for one link after another which page of the list to read for it, or that the link itself is cheaper.

    The list is sorted by creation, ascending, and the state knows when each link was made: the pages already read tell
    between which pages it must stand. Nobody knows which links are still to come, nor how many.

    n links cost n requests, and the pages read less the links found on them: what is found has no request of its own.
    With P pages that is, in whatever order they come,

    - at most n + log2(P) + 2 while n < P: no page is read when those read already are more by log2(P) than the links
      found;
    - at most 2 P + 1, and one for each link that the list does not show: no page is read twice, and once P links were
      asked for by their ids, a link is looked for until its page is found, whatever that costs.

    A page whose links are too large for one answer costs the several requests that it took; that the last one read may
    have been such a page comes on top.

    Deletions meanwhile hide a link where they move it to a page that was read. Both hold while they are fewer than a
    page has links. Nothing keeps both for all n: with links asked for in the worst order, each on an unread page that
    can't be told from its neighbour, about every second page is read in vain, however the others are chosen.
    """

    def __init__(self) -> None:
        self._pages = 1
        self._read: set[int] = set()
        self._in_flight: set[int] = set()
        # Of the pages read that show links, in order: number, and when the first and the last link there were made.
        self._numbers: list[int] = []
        self._firsts: list[float] = []
        self._lasts: list[float] = []
        self._single_reads = 0
        self._found = 0
        self._more_requests = 0
        self._cursor = 0
        self._sequential_hits = 0
        self._incomplete_rows = 0
        self.is_disabled = False

    def page_for(self, made: float, *, missed: bool) -> int | None:
        """Returns the page to read for a link, maybe one that is under way already, or None to ask for it by its id.

        Args:
            made: When the link was made; it is on no page that was read.
            missed: Whether a page was read for it in vain already.
        """
        if self.is_disabled or self._single_reads < WARMUP_READS:
            return None
        places = self._candidate_pages(made)
        if not places:
            return None
        following = self._cursor + 1
        page = following if following in places else places[len(places) // 2]
        if page == following and page in self._in_flight:
            page = self._page_ahead(places) or page
        if page in self._in_flight or (self._is_affordable and not missed) or self._is_cheaper:
            return page
        return next((place for place in places if place in self._in_flight), None)

    def page_requested(self, page: int) -> None:
        """Takes down that a page is being read."""
        self._in_flight.add(page)

    def page_failed(self, page: int) -> None:
        """Takes down that a page did not come; it may be asked for again."""
        self._in_flight.discard(page)

    def page_loaded(self, page: int, made: Sequence[float | None], pages: int, requests: int = 1) -> bool:
        """Takes down a page, and returns whether the list goes up in time, as it was asked to.

        Args:
            page: Its number.
            made: When the links on it were made, in its order; None where that can't be read.
            pages: How many pages the list has now.
            requests: How many it took: several where its links are too large for one answer.
        """
        self._in_flight.discard(page)
        self._read.add(page)
        self._more_requests += requests - 1
        self._pages = max(pages, 1)
        times = [time for time in made if time is not None]
        if len(times) < len(made) or not self._is_in_order(page, times):
            return False
        if times:
            index = bisect_left(self._numbers, page)
            self._numbers.insert(index, page)
            self._firsts.insert(index, times[0])
            self._lasts.insert(index, times[-1])
        return True

    def link_found(self, page: int) -> None:
        """Takes down that a link was found on a page that was read."""
        self._found += 1
        if page == self._cursor + 1:
            self._sequential_hits += 1
            self._cursor = page
        elif not self._cursor - MAX_READAHEAD <= page <= self._cursor:
            self._sequential_hits = 0
            self._cursor = page

    def row_incomplete(self) -> bool:
        """Takes down that a page shows too little of a link, and returns whether most links are shown whole."""
        self._incomplete_rows += 1
        return self._incomplete_rows <= self._found

    def fetched_by_id(self) -> None:
        """Takes down that a link is asked for by its id."""
        self._single_reads += 1

    def disable(self) -> None:
        """Reads no further page."""
        self.is_disabled = True

    @property
    def _requests_spent(self) -> int:
        return len(self._read) + self._more_requests + len(self._in_flight)

    @property
    def _is_affordable(self) -> bool:
        return self._requests_spent <= self._found + self._pages.bit_length()

    @property
    def _is_cheaper(self) -> bool:
        requests_a_page = 1 + self._more_requests / max(len(self._read), 1)
        return bool(self._read) and self._single_reads >= self._pages * requests_a_page

    def _candidate_pages(self, made: float) -> list[int]:
        """The unread pages on which the link can stand; equal times may go over several pages."""
        after, before = bisect_left(self._firsts, made), bisect_right(self._lasts, made)
        first = self._numbers[after - 1] if after else 1
        last = self._numbers[before] if before < len(self._numbers) else self._pages
        return [page for page in range(first, last + 1) if page not in self._read]

    def _page_ahead(self, places: list[int]) -> int | None:
        """The page to read while the one that follows is under way: who reads in order will want it next."""
        if not self._is_affordable:
            return None
        last = self._cursor + 1 + min(self._sequential_hits, MAX_READAHEAD)
        return next((page for page in places if self._cursor < page <= last and page not in self._in_flight), None)

    def _is_in_order(self, page: int, times: list[float]) -> bool:
        """Deletions meanwhile make pages overlap; so each end has its place among the same ends of the others."""
        index = bisect_left(self._numbers, page)
        before, after = slice(max(index - 1, 0), index), slice(index, index + 1)
        firsts = [*self._firsts[before], *times[:1], *self._firsts[after]]
        lasts = [*self._lasts[before], *times[-1:], *self._lasts[after]]
        return all(each == sorted(each) for each in (times, firsts, lasts))
