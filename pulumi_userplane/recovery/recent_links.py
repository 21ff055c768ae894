"""Reads the newest links of a workspace, as far back as a creation counts as recent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pulumi_userplane.api.timestamps import parse_timestamp
from pulumi_userplane.recovery.ownership import mark_in

if TYPE_CHECKING:
    from pulumi_userplane.api import Client
    from pulumi_userplane.api.clock import Clock

MAX_AGE_SECONDS = 2 * 3600.0
"""How old the links may be, by the server's clock."""

MAX_REQUESTS = 5
"""How many requests a look may take."""


class RecentLink(NamedTuple):
    """A live link that some creation of this provider has made.

    Attributes:
        link_id: The link.
        reference: Its reference, which begins with the mark.
        is_recent: Whether it was created in the last two hours. An older one is listed where it is on the same page.
    """

    link_id: str
    reference: str
    is_recent: bool = True


class RecentLinks(NamedTuple):
    """The newest links with a mark.

    Attributes:
        links: The links, newest first.
        oldest: When the oldest link was created that was read, with or without a mark, as the server wrote it; empty
            where all links of the last two hours were read.
    """

    links: list[RecentLink]
    oldest: str = ""


def read_recent_links(client: Client, workspace_id: str, clock: Clock) -> RecentLinks:
    """Returns the newest links of a workspace: those of the last two hours, or those that five requests bring.

    Args:
        client: The account.
        workspace_id: The workspace.
        clock: The client's clock, which relates this moment to the server's time.

    Raises:
        UserplaneError: The list can't be read.
    """
    links: list[RecentLink] = []
    requests, page = 0, 0
    while True:
        page += 1
        listed = client.list_links_page(workspace_id, page, sort_direction="desc")
        requests += listed.requests
        now = client.server_time(clock.monotonic())
        links += [
            RecentLink(link.link_id, str(link.link_provider_ref), not _is_older(link.created_at, now))
            for link in listed.links
            if mark_in(link.link_provider_ref) is not None
        ]
        if not (listed.links and listed.pagination.has_more):
            return RecentLinks(links)
        created = [link.created_at for link in listed.links]
        is_in_order = created == sorted(created, reverse=True)
        if is_in_order and _is_older(created[-1], now):
            return RecentLinks(links)
        if requests >= MAX_REQUESTS:
            return RecentLinks(links, min(created))


def _is_older(created_at: str, now: float | None) -> bool:
    created = parse_timestamp(created_at)
    return created is not None and now is not None and created < now - MAX_AGE_SECONDS
