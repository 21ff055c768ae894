"""Checks of what the server says: address, TLS, key, user, workspace, and what links need there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pulumi_userplane.api.errors import APIError, CertificateError, TLSConnectionError, UserplaneError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.doctor.report import Check, build_failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.api.models import Domain, LinkPage, Me, Project, Workspace

_STATUSES_ABOUT_KEY = {401, 403, 429}
_MEMBER = "member"
_VERIFIED = "verified"


def check_address(base_url: str, proxy: str | None, error: UserplaneError | None) -> Check:
    """Checks whether Userplane responds at the base URL.

    Where TLS or the key is refused, it says no more than that there is a connection.

    Args:
        base_url: The address.
        proxy: The proxy on the way, if one is set.
        error: What ended the first request, or None.
    """
    way = f", through {proxy}" if proxy else ""
    if error is None or _is_about_key(error):
        return Check("address", ok=True, detail=f"{base_url} responds as Userplane does{way}")
    if isinstance(error, (CertificateError, TLSConnectionError)):
        return Check("address", ok=True, detail=f"{urlsplit(base_url).netloc} takes connections{way}")
    return build_failure("address", error)


def check_tls(base_url: str, error: UserplaneError | None) -> Check:
    """Checks whether the connection is encrypted and trusted."""
    if isinstance(error, (CertificateError, TLSConnectionError)):
        return build_failure("TLS", error)
    is_encrypted = urlsplit(base_url).scheme == "https"
    return Check("TLS", ok=True, detail="trusted" if is_encrypted else "none, on this machine's loopback")


def check_key_state(error: UserplaneError | None) -> Check:
    """Checks whether the server takes the key."""
    if error is not None:
        return build_failure("key state", error)
    return Check("key state", ok=True, detail="accepted; the API does not tell when it expires")


def check_user(me: Me) -> Check:
    """Reports whose key it is."""
    name = " ".join(text for text in (me.user.name, f"<{me.user.email}>" if me.user.email else None) if text)
    counts = (("workspaces", me.stats.workspaces), ("links", me.stats.links))
    stats = ", ".join(f"{what}: {count}" for what, count in counts if count is not None)
    return Check("user", ok=True, detail="; ".join(part for part in (sanitize(name or me.user.id), stats) if part))


def check_role(workspace: Workspace) -> Check:
    """Reports what the key's owner may do in a workspace."""
    if workspace.workspace_membership is None:
        return Check("role", ok=True, detail="the server does not tell")
    role = workspace.workspace_membership.workspace_role
    return Check(
        "role",
        ok=True,
        detail=sanitize(role),
        advice="a member can change but not delete links that others made, and replacing such a link would stop "
        "halfway: use the key of an admin"
        if role == _MEMBER
        else "",
    )


def check_domains(domains: Sequence[Domain]) -> Check:
    """Checks whether there is a verified domain, and lists all domains with their status."""
    verified = [domain for domain in domains if domain.domain_status == _VERIFIED]
    others = [domain for domain in domains if domain.domain_status != _VERIFIED]
    names = ", ".join(map(_describe_domain, [*verified, *others]))
    if not verified:
        return Check(
            "domains",
            ok=False,
            detail=f"none is verified, and only a verified one takes links: {names or 'there is none at all'}",
            advice="have an admin add and verify one in the dashboard",
        )
    return Check(
        "domains",
        ok=True,
        detail=names,
        advice=f"no new link can be made on {', '.join(sanitize(domain.domain_url) for domain in others)}"
        if others
        else "",
    )


def check_default_project(projects: Sequence[Project]) -> Check:
    """Checks whether there is a project for links that name none."""
    default = next((project for project in projects if project.is_default), None)
    if default is not None:
        return Check("default project", ok=True, detail=_describe_project(default))
    names = ", ".join(map(_describe_project, projects))
    return Check(
        "default project",
        ok=False,
        detail=f"there is none; projects: {names or 'none'}",
        advice="write project_id= on each link, or have an admin look at the projects in the dashboard",
    )


def check_plan(page: LinkPage) -> Check:
    """Reports how many links there are; the API does not tell the plan's quota."""
    detail = (
        f"{page.pagination.total} live links; the API does not tell the plan's limit: above it, a creation fails with "
        "PLAN_LIMIT_EXCEEDED"
    )
    return Check("plan", ok=True, detail=detail)


def check_meta(page: LinkPage, meta_field: str) -> Check:
    """Checks whether `meta` is sent under the name under which the server returns it."""
    if page.meta_field is None:
        return Check(
            "meta",
            ok=True,
            detail="not known: there is no link that shows whether the server calls it meta or linkMeta",
            advice="run again when there is a link, or `pulumi-userplane probe`, which asks with a link of its own; "
            f"until then meta_field={meta_field} is used unchecked",
        )
    if page.meta_field != meta_field:
        return Check(
            "meta",
            ok=False,
            detail=f"the server calls it {page.meta_field}, the setting meta_field says {meta_field}",
            advice=f"run `pulumi config set userplane:metaField {page.meta_field}`, or set USERPLANE_META_FIELD",
        )
    return Check("meta", ok=True, detail=f"the server calls it {page.meta_field}, as the setting does")


def _describe_domain(domain: Domain) -> str:
    status = "" if domain.domain_status == _VERIFIED else f", {sanitize(domain.domain_status)}"
    return f"{sanitize(domain.domain_url)} ({sanitize(domain.domain_id)}{status})"


def _describe_project(project: Project) -> str:
    return f"{sanitize(project.project_title) or '(no title)'} ({sanitize(project.project_id)})"


def _is_about_key(error: UserplaneError) -> bool:
    return isinstance(error, APIError) and error.status in _STATUSES_ABOUT_KEY and bool(error.code)
