"""Finds the link of a POST whose response was lost, by its whole reference, or proves that there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import APIError, UserplaneError
from pulumi_userplane.api.timestamps import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pulumi_userplane.api import Client, Link
    from pulumi_userplane.recovery.journal import JournalEntry

_MARGIN_SECONDS = 60.0
_MAX_CANDIDATES = 5


def find_for_entry(client: Client, entry: JournalEntry, *, is_own: bool = False) -> Link | None:
    """Returns the live link of a journal entry, or None if there is none.

    Args:
        client: The account.
        entry: An entry of this run or of another one. This machine's clock does not count: if another run's entry
            lacks the server's time, the list is read to its end.
        is_own: Whether this process sent the POST.

    Raises:
        UserplaneError: The look-up failed.
    """
    if entry.link_id is None:

        def sent_at() -> float | None:
            return client.server_time(entry.sent_monotonic) if is_own else entry.server_time

        # A server may put a link on another domain than it was asked for: until the creation is verified, all count.
        domain_ids = [] if is_own else [entry.domain_id]
        links = _newest_first(client, entry.workspace_id, domain_ids, sent_at)
        return next((link for link in links if link.link_provider_ref == entry.reference), None)
    try:
        return client.get_link(entry.workspace_id, entry.link_id)
    except APIError as error:
        if error.proves_link_gone:
            return None
        raise


def describe_candidates(client: Client, workspace_id: str, domain_id: str, sent_monotonic: float) -> str:
    """Returns a sentence about the links that a POST without a mark may have made: nothing proves whose they are.

    Args:
        client: The account.
        workspace_id: The workspace of the new link.
        domain_id: The domain of the new link.
        sent_monotonic: When this process sent the POST, in seconds of `time.monotonic`.
    """
    try:
        links = _newest_first(client, workspace_id, [domain_id], lambda: client.server_time(sent_monotonic))
        link_ids = [link.link_id for link in links]
    except UserplaneError as error:
        return f"the link may exist, and the list of links can't be read ({error.reason}): look in the dashboard"
    if not link_ids:
        return "the list shows no new link, so most likely there is none; look in the dashboard before the next run"
    candidates = ", ".join(link_ids[:_MAX_CANDIDATES])
    return (
        "the link may exist, but without a mark nothing proves which one it is; "
        f"new links on this domain: {candidates}; if one of them is yours, write adopt= with its id; "
        "if none is, run again as it is"
    )


def _newest_first(
    client: Client, workspace_id: str, domain_ids: Sequence[str], sent_at: Callable[[], float | None]
) -> Iterator[Link]:
    """Yields links, newest first, until they are older than the POST by the server's clock.

    Without `domain_ids` it yields those of all domains. `sent_at` returns when the POST was sent, or None: before the
    first response of a run the server's time is unknown.
    A list that is not sorted by creation, descending, as requested, is read to its end: it proves no absence before.
    """
    last, has_descended, has_ascended = None, False, False
    for link in client.list_links(workspace_id, domain_ids=domain_ids, sort_direction="desc"):
        yield link
        created = parse_timestamp(link.created_at)
        sent = sent_at()
        if created is None or sent is None:
            continue
        has_descended = has_descended or (last is not None and created < last)
        has_ascended = has_ascended or (last is not None and created > last)
        if has_descended and not has_ascended and created < sent - _MARGIN_SECONDS:
            return
        last = created
