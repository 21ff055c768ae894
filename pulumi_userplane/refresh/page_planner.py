"""Pure: chooses the page of the list on which a link should be, and decides whether it is worth a request."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WARMUP_READS = 2
"""How many links are read by their ids before the first page: small stacks pay nothing for the list."""
MAX_READAHEAD = 3


class PagePlanner:
    """Decides for one link after another: read a page of the list, or read the link by its id.

    The list is sorted by creation, ascending, and the state knows when each link was created. So the pages already read
    show between which pages a link must be. Which links are still to come is unknown, and how many.

    n links cost n requests when read by their ids. A page costs a request, and each link found on it saves one. With P
    pages, whatever the order of the links,

    - n links cost at most n + log2(P) + 2 requests while n < P. No further page is read once the pages read outnumber
      the links found by log2(P).
    - They cost at most 2 P + 1 requests, plus one for each link that the list does not show. No page is read twice.
      Once P links were read by their ids, a link is looked for until its page is found, whatever that costs.

    A page whose links are too large for one response costs several requests, and all of them count. Those of the last
    page come on top of the bounds.

    A deletion during the run hides a link if it moves the link to a page that was already read. Both bounds hold while
    fewer links are deleted than a page has.

    No strategy keeps both bounds for every n. In the worst order each link is on an unread page that can't be told from
    its neighbour. Then about every second page is read for nothing, however the pages are chosen.

    Args:
        warmup_reads: How many links are read by their ids before the first page.
        max_readahead: How many pages are read ahead of the one that follows, at most.
    """

    def __init__(self, *, warmup_reads: int = WARMUP_READS, max_readahead: int = MAX_READAHEAD) -> None:
        self._warmup_reads = warmup_reads
        self._max_readahead = max_readahead
        self._pages = 1
        self._read: set[int] = set()
        self._in_flight: set[int] = set()
        # Of the pages read that show links, in order: number, and when the first and the last link there were created.
        self._numbers: list[int] = []
        self._firsts: list[float] = []
        self._lasts: list[float] = []
        self._single_reads = 0
        self._hits = 0
        self._extra_requests = 0
        self._cursor = 0
        self._sequential_hits = 0
        self._incomplete_rows = 0
        self.is_disabled = False

    def page_for(self, created: float | None, *, missed: bool) -> int | None:
        """Returns the page to read for a link, perhaps one that is in flight already, or None to read it by its id.

        Args:
            created: When the link was created, if that is known. It is on no page that was read.
            missed: Whether a page was already read for it, and did not show it.
        """
        if self.is_disabled or self._single_reads < self._warmup_reads:
            return None
        candidates = self._candidate_pages(created)
        if not candidates:
            return None
        following = self._cursor + 1
        page = following if following in candidates else candidates[len(candidates) // 2]
        if page == following and page in self._in_flight:
            page = self._page_ahead(candidates) or page
        if page in self._in_flight or (self._is_affordable and not missed) or self._is_cheaper:
            return page
        return next((candidate for candidate in candidates if candidate in self._in_flight), None)

    def record_request(self, page: int) -> None:
        """Records that a page is being read."""
        self._in_flight.add(page)

    def record_failure(self, page: int) -> None:
        """Records that a page could not be read; it may be requested again."""
        self._in_flight.discard(page)

    def record_page(self, page: int, created: Sequence[float | None], pages: int, requests: int = 1) -> bool:
        """Records a page that was read, and returns whether the list is sorted by creation, as requested.

        Args:
            page: Its number.
            created: When the links on it were created, in its order; None where that can't be parsed.
            pages: How many pages the list has now.
            requests: How many the page took: several if its links are too large for one response.
        """
        self._in_flight.discard(page)
        self._read.add(page)
        self._extra_requests += requests - 1
        self._pages = max(pages, 1)
        times = [time for time in created if time is not None]
        if len(times) < len(created) or not self._is_in_order(page, times):
            return False
        if times:
            index = bisect_left(self._numbers, page)
            self._numbers.insert(index, page)
            self._firsts.insert(index, times[0])
            self._lasts.insert(index, times[-1])
        return True

    def record_hit(self, page: int) -> None:
        """Records that a link was found on a page that was read."""
        self._hits += 1
        if page == self._cursor + 1:
            self._sequential_hits += 1
            self._cursor = page
        elif not self._cursor - self._max_readahead <= page <= self._cursor:
            self._sequential_hits = 0
            self._cursor = page

    def record_incomplete_row(self) -> bool:
        """Records that a page shows too little of a link, and returns whether most links are shown whole."""
        self._incomplete_rows += 1
        return self._incomplete_rows <= self._hits

    def record_single_read(self) -> None:
        """Records that a link is read by its id."""
        self._single_reads += 1

    def disable(self) -> None:
        """Reads no further page."""
        self.is_disabled = True

    @property
    def _requests_spent(self) -> int:
        return len(self._read) + self._extra_requests + len(self._in_flight)

    @property
    def _is_affordable(self) -> bool:
        return self._requests_spent <= self._hits + self._pages.bit_length()

    @property
    def _is_cheaper(self) -> bool:
        requests_per_page = 1 + self._extra_requests / max(len(self._read), 1)
        return bool(self._read) and self._single_reads >= self._pages * requests_per_page

    def _candidate_pages(self, created: float | None) -> list[int]:
        """Returns the unread pages on which the link can be; links of one time may fill several pages."""
        if created is None:
            return [page for page in range(1, self._pages + 1) if page not in self._read]
        after, before = bisect_left(self._firsts, created), bisect_right(self._lasts, created)
        first = self._numbers[after - 1] if after else 1
        last = self._numbers[before] if before < len(self._numbers) else self._pages
        return [page for page in range(first, last + 1) if page not in self._read]

    def _page_ahead(self, candidates: list[int]) -> int | None:
        """Returns the page to read while the one that follows is in flight: a reader in order will want it next."""
        if not self._is_affordable:
            return None
        last = self._cursor + 1 + min(self._sequential_hits, self._max_readahead)
        return next((page for page in candidates if self._cursor < page <= last and page not in self._in_flight), None)

    def _is_in_order(self, page: int, times: list[float]) -> bool:
        """Returns whether the page fits between its neighbours.

        Deletions during the run make pages overlap. So the first times are compared with each other, and the last ones.
        """
        index = bisect_left(self._numbers, page)
        before, after = slice(max(index - 1, 0), index), slice(index, index + 1)
        firsts = [*self._firsts[before], *times[:1], *self._firsts[after]]
        lasts = [*self._lasts[before], *times[-1:], *self._lasts[after]]
        return all(values == sorted(values) for values in (times, firsts, lasts))
