"""Finds a link whose POST got no answer: by the whole reference, or proves by the list that it was not made."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import APIError, UserplaneError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_userplane.api import Client, Link
    from pulumi_userplane.notes import Note

_MARGIN_SECONDS = 60.0
_MOST_CANDIDATES = 5


def of_noted(client: Client, note: Note, sent_at: float | None = None) -> Link | None:
    """Returns the live link of a note, or None when there is none.

    Args:
        client: The account.
        note: Of this run or of another.
        sent_at: When this run sent the POST, by this machine's clock. Another run's clock may have been wrong: left
            out, only the server's time in the note counts, and without one the list is read to its end.

    Raises:
        UserplaneError: The server could not be asked.
    """
    if note.link_id is None:
        made_since = _newest(client, note.workspace_id, note.domain_id, sent_at, note.server_time)
        return next((link for link in made_since if link.link_provider_ref == note.reference), None)
    try:
        return client.get_link(note.workspace_id, note.link_id)
    except APIError as error:
        if error.proves_link_gone:
            return None
        raise


def candidates(client: Client, workspace_id: str, domain_id: str, sent_at: float) -> str:
    """Says which links a POST without a mark may have made: nothing tells whose they are."""
    try:
        made_since = [link.link_id for link in _newest(client, workspace_id, domain_id, sent_at)]
    except UserplaneError as error:
        return f"a link may have been made, and the list can't be asked ({error.reason}): look in the dashboard"
    if not made_since:
        return "the list shows no link made since: most likely there is none; look in the dashboard before the next run"
    named = ", ".join(made_since[:_MOST_CANDIDATES])
    return (
        f"without a mark nothing proves which link it made, if any; made on this domain since: {named}; "
        f'if one is yours, adopt="{made_since[0]}" takes it over; run again as it is to make another'
    )


def _newest(
    client: Client, workspace_id: str, domain_id: str, sent_at: float | None, server_time: float | None = None
) -> Iterator[Link]:
    """Yields the links of a domain, newest first, until they are older than the POST by the server's clock.

    A list that does not go down in time, as asked, is read to its end: it must not pass for a proof of absence.
    """
    last, goes_down, goes_up = None, False, False
    for link in client.list_links(workspace_id, domain_ids=[domain_id], sort_direction="desc"):
        yield link
        created = seconds(link.created_at)
        posted = server_time if sent_at is None else client.server_time(sent_at)
        if created is None or posted is None:
            continue
        goes_down = goes_down or (last is not None and created < last)
        goes_up = goes_up or (last is not None and created > last)
        if goes_down and not goes_up and created < posted - _MARGIN_SECONDS:
            return
        last = created


def seconds(created_at: str) -> float | None:
    """Returns when a link was made, in seconds of the server's clock, or None if that can't be read."""
    try:
        return datetime.fromisoformat(created_at.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None
