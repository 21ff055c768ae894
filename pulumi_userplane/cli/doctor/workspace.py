"""Checks of a workspace and of what links need in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.doctor.check import Check

if TYPE_CHECKING:
    from pulumi_userplane.api.models import Domain, LinkPage, Project, Workspace

_MEMBER = "member"


def membership(workspace: Workspace) -> Check:
    """Returns what the key's owner may do there."""
    if workspace.workspace_membership is None:
        return Check("role", ok=True, detail="the server does not tell")
    role = workspace.workspace_membership.workspace_role
    return Check(
        "role",
        ok=True,
        detail=sanitize(role),
        advice="links that others made can be changed but not deleted, so a replacement of one would stay half done: "
        "use the key of an admin"
        if role == _MEMBER
        else "",
    )


def domains(found: list[Domain]) -> Check:
    """Returns whether there is a domain that takes links, and all of them by their status."""
    verified = [domain for domain in found if domain.domain_status == "verified"]
    others = [domain for domain in found if domain.domain_status != "verified"]
    shown = ", ".join(map(domain_name, [*verified, *others]))
    if not verified:
        return Check(
            "domains",
            ok=False,
            detail=f"none is verified, and only a verified one takes links: {shown or 'there is none at all'}",
            advice="have an admin add and verify one in the dashboard",
        )
    return Check(
        "domains",
        ok=True,
        detail=shown,
        advice=f"no new link can be made on {', '.join(sanitize(domain.domain_url) for domain in others)}"
        if others
        else "",
    )


def domain_name(domain: Domain) -> str:
    """Returns what the report calls a domain."""
    status = "" if domain.domain_status == "verified" else f", {sanitize(domain.domain_status)}"
    return f"{sanitize(domain.domain_url)} ({sanitize(domain.domain_id)}{status})"


def default_project(found: list[Project]) -> Check:
    """Returns the project of links that name none."""
    default = next((project for project in found if project.is_default), None)
    if default is not None:
        return Check("default project", ok=True, detail=project_name(default))
    shown = ", ".join(map(project_name, found))
    return Check(
        "default project",
        ok=False,
        detail=f"there is none; projects: {shown or 'none'}",
        advice="write project_id= on each link, or have an admin look at the projects in the dashboard",
    )


def project_name(project: Project) -> str:
    """Returns what the report calls a project."""
    return f"{sanitize(project.project_title) or '(no title)'} ({sanitize(project.project_id)})"


def plan(page: LinkPage) -> Check:
    """Returns how many links there are, and what can be known of the plan's quota."""
    detail = f"{page.pagination.total} live links; what the plan allows can't be asked (PLAN_LIMIT_EXCEEDED tells)"
    return Check("plan", ok=True, detail=detail)


def meta(page: LinkPage, meta_field: str) -> Check:
    """Returns whether `meta` is written by the name under which the server answers it."""
    if page.meta_field is None:
        return Check("meta", ok=True, detail="no link tells whether the server calls it meta or linkMeta")
    if page.meta_field != meta_field:
        return Check(
            "meta",
            ok=False,
            detail=f"the server calls it {page.meta_field}, the setting meta_field says {meta_field}",
            advice=f"run `pulumi config set userplane:metaField {page.meta_field}`, or set USERPLANE_META_FIELD",
        )
    return Check("meta", ok=True, detail=f"the server calls it {page.meta_field}, as the setting does")
