"""Finds a link whose POST got no answer: by the whole reference, or proves by the list that it was not made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import APIError, UserplaneError
from pulumi_userplane.api.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.api import Client, Link
    from pulumi_userplane.recovery.journal import JournalEntry

_MARGIN_SECONDS = 60.0
_MOST_CANDIDATES = 5


def find_pending(client: Client, note: JournalEntry, *, is_own: bool = False) -> Link | None:
    """Returns the live link of a note, or None when there is none.

    Args:
        client: The account.
        note: Of this run or of another. No clock of this machine counts: without the server's time in another run's
            note the list is read to its end.
        is_own: Whether this process has sent the POST.

    Raises:
        UserplaneError: The server could not be asked.
    """
    if note.link_id is None:

        def posted() -> float | None:
            return client.server_time(note.uptime) if is_own else note.server_time

        made_since = _newest_first(client, note.workspace_id, note.domain_id, posted)
        return next((link for link in made_since if link.link_provider_ref == note.reference), None)
    try:
        return client.get_link(note.workspace_id, note.link_id)
    except APIError as error:
        if error.proves_link_gone:
            return None
        raise


def describe_candidates(client: Client, workspace_id: str, domain_id: str, uptime: float) -> str:
    """Says which links a POST without a mark may have made: nothing tells whose they are.

    Args:
        client: The account.
        workspace_id: Where it was to make one.
        domain_id: On which domain.
        uptime: When this process sent it, in seconds of `time.monotonic`.
    """
    try:
        newest = _newest_first(client, workspace_id, domain_id, lambda: client.server_time(uptime))
        made_since = [link.link_id for link in newest]
    except UserplaneError as error:
        return f"a link may have been made, and the list can't be asked ({error.reason}): look in the dashboard"
    if not made_since:
        return "the list shows no link made since: most likely there is none; look in the dashboard before the next run"
    named = ", ".join(made_since[:_MOST_CANDIDATES])
    return (
        f"without a mark nothing proves which link it made, if any; made on this domain since: {named}; "
        f'if one is yours, adopt="{made_since[0]}" takes it over; run again as it is to make another'
    )


def _newest_first(
    client: Client, workspace_id: str, domain_id: str, posted: Callable[[], float | None]
) -> Iterator[Link]:
    """Yields the links of a domain, newest first, until they are older than the POST by the server's clock.

    `posted` tells when that was; after the first request of a run only the answers to the list let it know. A list that
    does not go down in time, as asked, is read to its end: it must not pass for a proof of absence.
    """
    last, goes_down, goes_up = None, False, False
    for link in client.list_links(workspace_id, domain_ids=[domain_id], sort_direction="desc"):
        yield link
        created = parse_timestamp(link.created_at)
        since = posted()
        if created is None or since is None:
            continue
        goes_down = goes_down or (last is not None and created < last)
        goes_up = goes_up or (last is not None and created > last)
        if goes_down and not goes_up and created < since - _MARGIN_SECONDS:
            return
        last = created
