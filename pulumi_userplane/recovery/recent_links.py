"""Reads the newest links of a workspace, as far back as a creation counts as recent."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from pulumi_userplane.api.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.clock import Clock

MAX_AGE_SECONDS = 2 * 3600.0
"""How old the links may be, by the server's clock."""

MAX_REQUESTS = 5
"""How many requests a look may take."""


class RecentLink(NamedTuple):
    """A live link with a reference.

    Attributes:
        link_id: The link.
        reference: Its reference: the mark and random digits, as long as nobody gives it another one.
        is_recent: Whether it was created in the last two hours. An older one is listed where it is on the same page.
    """

    link_id: str
    reference: str
    is_recent: bool = True


class RecentLinks(NamedTuple):
    """The newest links.

    Attributes:
        links: Those with a reference, newest first.
        oldest: When the oldest link was created that was read, as the server wrote it; empty where all links of the
            last two hours were read.
        is_sorted: Whether the server sorts the list as requested. If not, and the list is longer than what was read,
            any link may be missing.
    """

    links: list[RecentLink]
    oldest: str = ""
    is_sorted: bool = True


def read_recent_links(client: Client, workspace_id: str, clock: Clock) -> RecentLinks:
    """Returns the newest links of a workspace: those of the last two hours, or those that five requests bring.

    Args:
        client: The account.
        workspace_id: The workspace.
        clock: The client's clock, which relates this moment to the server's time.

    Raises:
        UserplaneError: The list can't be read.
    """
    # Links shift to the next page while others are created.
    referenced: dict[str, RecentLink] = {}
    created: list[str] = []
    requests, page, total, on_page_before = 0, 0, 0, 0
    while True:
        page += 1
        listed = client.list_links_page(workspace_id, page, sort_direction="desc", max_requests=MAX_REQUESTS - requests)
        requests += listed.requests
        # Where links were deleted meanwhile, others have moved up to the page before.
        has_shifted, total = listed.pagination.total < total, listed.pagination.total
        if has_shifted and requests < MAX_REQUESTS:
            page -= 2
            del created[len(created) - on_page_before :]
            continue
        on_page_before = len(listed.links)
        created += [link.created_at for link in listed.links]
        # A server that does not tell its time has one that is later than its newest link.
        now = client.server_time(clock.monotonic()) or parse_timestamp(created[0] if created else "")
        for link in listed.links:
            if link.link_provider_ref:
                is_recent = not _is_older(link.created_at, now)
                referenced[link.link_id] = RecentLink(link.link_id, link.link_provider_ref, is_recent)
        links, is_sorted = list(referenced.values()), _is_sorted(created)
        if not (listed.links and listed.pagination.has_more) or (is_sorted and _is_older(created[-1], now)):
            return RecentLinks(links)
        if requests >= MAX_REQUESTS:
            return RecentLinks(links, created[-1], is_sorted)


def _is_sorted(created: Sequence[str]) -> bool:
    """Returns whether links are in the order of their creation, the newest first."""
    times = [parse_timestamp(text) for text in created]
    return all(before is None or after is None or before >= after for before, after in itertools.pairwise(times))


def _is_older(created_at: str, now: float | None) -> bool:
    created = parse_timestamp(created_at)
    return created is not None and now is not None and created < now - MAX_AGE_SECONDS
