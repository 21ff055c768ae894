"""Writes a workspace as a seed for the emulator: domains, projects and links, without people, addresses and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.export.generated_files import GENERATED, to_yaml
from pulumi_userplane.cli.timestamps import format_milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi_userplane.api import Link
    from pulumi_userplane.cli.export.selection import ExportedLink
    from pulumi_userplane.cli.workspace import Workspace

_DOMAIN_STATUSES = ("pending", "verified", "revoked")
_MEMBERS_BY_ROLE = {"owner": "mem_owner", "admin": "mem_admin"}
_OTHER_MEMBER = "mem_member"


def render_seed(workspace_name: str, places: Workspace, items: Sequence[ExportedLink]) -> str:
    """Returns the text of a seed file.

    Who made a link becomes the emulator's own owner, admin or member, by the role of its creator. Links get addresses
    of the emulator: whoever has a real one can record through it.

    Args:
        workspace_name: What the workspace is called.
        places: What surrounds the links, with the members.
        items: The links.
    """
    roles = {each.workspace_member_id: each.workspace_role for each in places.members}
    content = {
        "workspaceName": workspace_name,
        "domains": _domains(places, items),
        "projects": _projects(places, items),
        "links": [_link(each.link, roles) for each in items],
    }
    return f"# {GENERATED}\n" + to_yaml(content)


def _domains(places: Workspace, items: Sequence[ExportedLink]) -> list[dict[str, Any]]:
    listed = [(each.domain_id, each.domain_url, each.domain_status) for each in places.domains]
    named = [(each.link.domain.domain_id, each.link.domain.url, each.link.domain.status) for each in items]
    # A list that leaves one out must not make a seed that contradicts itself.
    rows = {domain_id: (url, status) for domain_id, url, status in (*named, *listed)}
    return [
        {
            "domainId": domain_id,
            "domainUrl": url,
            "domainStatus": status if status in _DOMAIN_STATUSES else _DOMAIN_STATUSES[0],
        }
        for domain_id, (url, status) in sorted(rows.items())
    ]


def _projects(places: Workspace, items: Sequence[ExportedLink]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {
        each.link.project.project_id: {"projectTitle": each.link.project.title or "", "deleted": True} for each in items
    }
    for each in places.projects:
        rows[each.project_id] = {
            "projectTitle": each.project_title,
            "isDefault": each.is_default,
            "recordingRetentionDays": max(1, int(each.recording_retention_days)),
        }
    return [{"projectId": project_id, **rows[project_id]} for project_id in sorted(rows)]


def _link(link: Link, roles: Mapping[str, str]) -> dict[str, Any]:
    created_at = format_milliseconds(link.created_at)
    return {
        "linkId": link.link_id,
        "domainId": link.domain.domain_id,
        "projectId": link.project.project_id,
        "linkTitle": link.link_title,
        "linkType": link.link_type,
        "linkReusable": link.link_reusable,
        "linkProviderType": link.link_provider_type,
        "linkProviderId": link.link_provider_id,
        "linkProviderReference": link.link_provider_ref,
        "meta": link.meta,
        "workspaceMemberId": _MEMBERS_BY_ROLE.get(roles.get(link.creator.workspace_member_id, ""), _OTHER_MEMBER),
        **({} if created_at is None else {"createdAt": created_at}),
    }
