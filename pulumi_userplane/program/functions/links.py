"""Looks up recording links, those of this program and any others."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import APIError, UserplaneError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.lookups.matching import MAX_LISTED, Finder
from pulumi_userplane.program.errors import ProgramError
from pulumi_userplane.program.functions.invoke import invoke, invoke_output
from pulumi_userplane.program.recording_link import LinkCreator, LinkDomain, LinkProject
from pulumi_userplane.recovery.ownership import mark_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from pulumi_userplane import api
    from pulumi_userplane.program.account import Provider
    from pulumi_userplane.program.functions.invoke import InvokeContext


@dataclass(frozen=True)
class Link:
    """A link that is there already, with the names of `RecordingLink`'s outputs."""

    link_id: str
    link_url: str
    link_type: str
    created_at: str
    creator: LinkCreator
    project: LinkProject
    domain: LinkDomain
    workspace_id: str
    domain_id: str
    project_id: str
    link_title: str | None
    link_reusable: bool
    link_provider_type: str
    link_provider_id: str | None
    link_provider_ref: str | None
    meta: dict[str, Any] | None


def get_recording_link(link_id: str, *, workspace_id: str | None = None, provider: Provider | None = None) -> Link:
    """Returns the live link with that id; one request.

    Args:
        link_id: The id.
        workspace_id: Where to look; left out, the settings' workspace.
        provider: An explicit account. Its key must be known as text; with an Output use `get_recording_link_output`.

    Raises:
        ProgramError: No such link lives (lists the newest ones), a setting is missing, or the request failed.
    """
    return invoke(_link, provider, workspace_id, link_id)


def get_recording_link_output(
    link_id: pulumi.Input[str],
    *,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Link]:
    """`get_recording_link` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(_link, provider, workspace_id, link_id=link_id)


def get_recording_links(
    *,
    domain_ids: Sequence[str] | None = None,
    project_ids: Sequence[str] | None = None,
    created_by: Sequence[str] | None = None,
    workspace_id: str | None = None,
    provider: Provider | None = None,
) -> list[Link]:
    """Returns the live links of a workspace, the oldest first; 20 a request.

    Args:
        domain_ids: Only links on these domains; an empty list finds none.
        project_ids: Only links in these projects, as above.
        created_by: Only links that these members (`workspace_member_id`) made, as above.
        workspace_id: Where to look; left out, the settings' workspace.
        provider: As in `get_recording_link`.

    Raises:
        ProgramError: A filter is no list, a setting is missing, or the request failed.
    """
    filters = {"domain_ids": domain_ids, "project_ids": project_ids, "created_by": created_by}
    return invoke(_links, provider, workspace_id, filters)


def get_recording_links_output(
    *,
    domain_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
    project_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
    created_by: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[list[Link]]:
    """`get_recording_links` for arguments, or a provider's settings, that are Outputs."""
    filters = {"domain_ids": domain_ids, "project_ids": project_ids, "created_by": created_by}
    return invoke_output(_links, provider, workspace_id, filters=filters)


def _words(link: Link) -> str:
    mark = mark_in(link.link_provider_ref)
    return f"{link.link_id} ({f'made by {sanitize(mark)}, ' if mark else ''}on {link.domain.url})"


_KIND = Finder[Link]("recording link", _words, "link_id")


def _link(place: InvokeContext, link_id: str) -> Link:
    try:
        return _shown(place, place.once(place.client.get_link, place.workspace_id, link_id))
    except APIError as error:
        if not error.proves_link_gone:
            raise
        raise _missing(place, link_id, error) from None


def _missing(place: InvokeContext, link_id: str, error: APIError) -> UserplaneError:
    """Names the newest links only: all of them may be very many requests."""
    newest_first = place.rows(place.client.list_links, place.workspace_id, sort_direction="desc")
    try:
        newest = [_shown(place, link) for link in itertools.islice(newest_first, MAX_LISTED)]
    except UserplaneError:
        return error
    where = f"{place.workspace} ({error.status} {error.code})"
    return _KIND.missing(link_id, where, newest, lambda link: link.link_id, there_are="the newest are")


def _links(place: InvokeContext, filters: dict[str, Sequence[str] | None]) -> list[Link]:
    for name, ids in filters.items():
        if isinstance(ids, str):
            raise ProgramError(f"{name}= takes a list of ids, not a text", next_step=f'write {name}=["..."]')
    if any(ids is not None and not ids for ids in filters.values()):
        return []
    only = {name: tuple(ids or ()) for name, ids in filters.items()}
    found = place.rows(
        place.client.list_links,
        place.workspace_id,
        domain_ids=only["domain_ids"],
        project_ids=only["project_ids"],
        created_by=only["created_by"],
    )
    return [_shown(place, link) for link in found]


def _shown(place: InvokeContext, link: api.Link) -> Link:
    answered = link.model_dump()
    return Link(
        **{
            **answered,
            "creator": LinkCreator(**answered["creator"]),
            "project": LinkProject(**answered["project"]),
            "domain": LinkDomain(**answered["domain"]),
            "workspace_id": place.workspace_id,
            "domain_id": link.domain.domain_id,
            "project_id": link.project.project_id,
        }
    )
