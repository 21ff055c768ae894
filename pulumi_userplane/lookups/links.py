"""Finds a workspace's live links by id, domain, project or creator."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import APIError, UserplaneError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.lookups.matching import MAX_LISTED, Finder, MatchError
from pulumi_userplane.recovery.ownership import mark_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pulumi_userplane import api
    from pulumi_userplane.lookups.source import Source


def find_link(source: Source, link_id: str) -> api.Link:
    """Returns the live link with that id.

    Raises:
        MatchError: There is none; lists the newest links.
        UserplaneError: The request failed, or the newest links can't be listed either.
    """
    try:
        return source.read(source.client.get_link, source.workspace_id, link_id)
    except APIError as error:
        if not error.proves_link_gone:
            raise
        raise _no_match(source, link_id, error) from None


def list_links(
    source: Source,
    *,
    domain_ids: Sequence[str] | None,
    project_ids: Sequence[str] | None,
    created_by: Sequence[str] | None,
) -> list[api.Link]:
    """Returns the live links that all filters let through, the oldest first; an empty filter lets none through.

    Raises:
        MatchError: A filter is a text.
    """
    filters = {"domain_ids": domain_ids, "project_ids": project_ids, "created_by": created_by}
    for name, ids in filters.items():
        if isinstance(ids, str):
            raise MatchError(f"{name}= takes a list of ids, not a text", next_step=f'write {name}=["..."]')
    if any(ids is not None and not ids for ids in filters.values()):
        return []
    rows = source.read_list(
        source.client.list_links,
        source.workspace_id,
        domain_ids=tuple(domain_ids or ()),
        project_ids=tuple(project_ids or ()),
        created_by=tuple(created_by or ()),
    )
    return list(rows)


def _no_match(source: Source, link_id: str, error: APIError) -> UserplaneError:
    """Lists only the newest links: a list of all can take hundreds of requests."""
    newest_first: Iterable[api.Link] = source.read_list(
        source.client.list_links, source.workspace_id, sort_direction="desc"
    )
    try:
        newest = list(itertools.islice(newest_first, MAX_LISTED))
    except UserplaneError:
        return error
    where = f"{source.workspace} ({error.status} {error.code})"
    no_match = _FINDER.no_match(link_id, where, newest, lambda link: link.link_id, there_are="the newest are")
    no_match.code = error.code
    return no_match


def _describe(link: api.Link) -> str:
    mark = mark_in(link.link_provider_ref)
    return f"{link.link_id} ({f'made by {sanitize(mark)}, ' if mark else ''}on {link.domain.url})"


_FINDER: Finder[api.Link] = Finder("recording link", _describe, "link_id")
