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


def render_seed(workspace_name: str, workspace: Workspace, links: Sequence[ExportedLink]) -> str:
    """Returns the text of a seed file.

    The creator of a link becomes the emulator's own owner, admin or member, by the role. Links get addresses of the
    emulator, since anybody with a real one can record through it.

    Args:
        workspace_name: The workspace's name.
        workspace: The domains, projects and members.
        links: The links.
    """
    roles = {member.workspace_member_id: member.workspace_role for member in workspace.members}
    content = {
        "workspaceName": workspace_name,
        "domains": _render_domains(workspace, links),
        "projects": _render_projects(workspace, links),
        "links": [_render_link(link.link, roles) for link in links],
    }
    return f"# {GENERATED}\n" + to_yaml(content)


def _render_domains(workspace: Workspace, links: Sequence[ExportedLink]) -> list[dict[str, Any]]:
    of_workspace = [(domain.domain_id, domain.domain_url, domain.domain_status) for domain in workspace.domains]
    of_links = [(link.link.domain.domain_id, link.link.domain.url, link.link.domain.status) for link in links]
    # The list may lack a link's domain, and a seed that lacks one is refused.
    domains = {domain_id: (url, status) for domain_id, url, status in (*of_links, *of_workspace)}
    return [
        {
            "domainId": domain_id,
            "domainUrl": url,
            "domainStatus": status if status in _DOMAIN_STATUSES else _DOMAIN_STATUSES[0],
        }
        for domain_id, (url, status) in sorted(domains.items())
    ]


def _render_projects(workspace: Workspace, links: Sequence[ExportedLink]) -> list[dict[str, Any]]:
    projects: dict[str, dict[str, Any]] = {
        link.link.project.project_id: {"projectTitle": link.link.project.title or "", "deleted": True} for link in links
    }
    for project in workspace.projects:
        projects[project.project_id] = {
            "projectTitle": project.project_title,
            "isDefault": project.is_default,
            "recordingRetentionDays": max(1, int(project.recording_retention_days)),
        }
    return [{"projectId": project_id, **projects[project_id]} for project_id in sorted(projects)]


def _render_link(link: Link, roles: Mapping[str, str]) -> dict[str, Any]:
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
