"""The look-ups of recording links, those of this program and all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.lookups.links import find_link, list_links
from pulumi_userplane.program.functions.invoke import invoke, invoke_output
from pulumi_userplane.program.recording_link import LinkCreator, LinkDomain, LinkProject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from pulumi_userplane import api
    from pulumi_userplane.lookups.source import Source
    from pulumi_userplane.program.account import Provider


@dataclass(frozen=True)
class Link:
    """An existing link. Its fields have the names and meanings of the outputs of `RecordingLink`."""

    link_id: str
    """The link's id."""

    link_url: str
    link_type: str
    created_at: str
    creator: LinkCreator
    project: LinkProject
    domain: LinkDomain
    workspace_id: str
    domain_id: str
    project_id: str
    """The id of its project."""

    link_title: str | None
    link_reusable: bool
    link_provider_type: str
    link_provider_id: str | None
    link_provider_ref: str | None
    meta: dict[str, Any] | None


def get_recording_link(link_id: str, *, workspace_id: str | None = None, provider: Provider | None = None) -> Link:
    """Returns the live link with this id, with one request.

    Args:
        link_id: The link's id.
        workspace_id: The id of the workspace. Left out: the workspace of the settings.
        provider: An explicit account. If one of its settings is an Output, use `get_recording_link_output` instead.

    Raises:
        ProgramError: No live link has this id (the error lists the newest links), a setting is missing, or a request
            failed.
    """
    return invoke(_find, provider, workspace_id, link_id=link_id)


def get_recording_link_output(
    link_id: pulumi.Input[str],
    *,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Link]:
    """`get_recording_link` for arguments or account settings that are Outputs."""
    return invoke_output(_find, provider, workspace_id, link_id=link_id)


def get_recording_links(
    *,
    domain_ids: Sequence[str] | None = None,
    project_ids: Sequence[str] | None = None,
    created_by: Sequence[str] | None = None,
    workspace_id: str | None = None,
    provider: Provider | None = None,
) -> list[Link]:
    """Returns the live links of a workspace, the oldest first, 20 per request.

    Args:
        domain_ids: Return only links on these domains. An empty list returns no link.
        project_ids: Return only links in these projects. An empty list returns no link.
        created_by: Return only links that these members (`workspace_member_id`) created. An empty list returns no link.
        workspace_id: The id of the workspace. Left out: the workspace of the settings.
        provider: As in `get_recording_link`.

    Raises:
        ProgramError: A filter is not a list, a setting is missing, or a request failed.
    """
    return invoke(_list, provider, workspace_id, domain_ids=domain_ids, project_ids=project_ids, created_by=created_by)


def get_recording_links_output(
    *,
    domain_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
    project_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
    created_by: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[list[Link]]:
    """`get_recording_links` for arguments or account settings that are Outputs."""
    return invoke_output(
        _list, provider, workspace_id, domain_ids=domain_ids, project_ids=project_ids, created_by=created_by
    )


def _find(source: Source, *, link_id: str) -> Link:
    return _from_api(find_link(source, link_id), source.workspace_id)


def _list(
    source: Source,
    *,
    domain_ids: Sequence[str] | None,
    project_ids: Sequence[str] | None,
    created_by: Sequence[str] | None,
) -> list[Link]:
    links = list_links(source, domain_ids=domain_ids, project_ids=project_ids, created_by=created_by)
    return [_from_api(link, source.workspace_id) for link in links]


def _from_api(link: api.Link, workspace_id: str) -> Link:
    values = link.model_dump()
    return Link(
        **{
            **values,
            "creator": LinkCreator(**values["creator"]),
            "project": LinkProject(**values["project"]),
            "domain": LinkDomain(**values["domain"]),
            "workspace_id": workspace_id,
            "domain_id": link.domain.domain_id,
            "project_id": link.project.project_id,
        }
    )
