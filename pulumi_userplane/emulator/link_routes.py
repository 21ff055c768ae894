"""The public API's routes of links."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import JsonValue

from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.dependencies import (
    BackendDep,
    LinksPageDep,
    MemberDep,
    parse_id_filters,
    reject_repeated_parameters,
)
from pulumi_userplane.emulator.envelope import ApiError, InputError, build_success, refuse_unless_taken
from pulumi_userplane.emulator.link_bodies import parse_create, parse_update
from pulumi_userplane.emulator.link_store import LinkQuery
from pulumi_userplane.emulator.schemas import LinkRow, render_link
from pulumi_userplane.emulator.workspace_store import Membership

_FILTERS = ("created_by", "project_id", "domain_id")
_GONE = "This link was deleted."
_SORTS = {
    "newest": ("created_at", "desc"),
    "oldest": ("created_at", "asc"),
    "title": ("link_title", "asc"),
    "other": ("link_id", "asc"),
}

link_router = APIRouter(prefix="/workspace/{workspace_id}/links", dependencies=[Depends(reject_repeated_parameters)])
Payload = Annotated[dict[str, JsonValue], Body()]


@link_router.get("")
async def list_links(
    *,
    request: Request,
    member: MemberDep,
    backend: BackendDep,
    page: LinksPageDep,
    sort_by: Literal["created_at", "link_title"] | None = None,
    sort_direction: Literal["asc", "desc"] | None = None,
) -> Response:
    """Returns the live links of the workspace."""
    filters = parse_id_filters(request, _FILTERS)
    is_sorted = sort_by is not None or sort_direction is not None
    sort = (sort_by or "created_at", sort_direction or "desc") if is_sorted else _SORTS[backend.behaviours.list_order]
    query = LinkQuery(page.offset, page.size, sort, filters, backend.take_unlisted(member.workspace_id))
    links, total = backend.links.list_page(member.workspace_id, query)
    data = {
        "workspaceId": member.workspace_id,
        "links": [render_link(link, backend.behaviours) for link in links],
        "pagination": page.build_pagination(total),
    }
    return build_success("Links retrieved successfully", data)


@link_router.post("")
async def create_link(member: MemberDep, backend: BackendDep, payload: Payload) -> Response:
    """Creates a link."""
    behaviours = backend.behaviours
    link = parse_create(payload, behaviours, member.member_id)
    link.domain_id = _choose_domain(backend, member.workspace_id, link.domain_id)
    link.project_id = _choose_project(backend, member.workspace_id, link.project_id)
    quota = backend.workspaces.get_link_quota(member.workspace_id)
    if quota is not None and backend.links.count_created(member.workspace_id) >= quota:
        raise ApiError(403, "PLAN_LIMIT_EXCEEDED", f"The plan's {quota} links are used up.")
    backend.links.add(member.workspace_id, [link])
    if not behaviours.listed_at_once:
        backend.add_unlisted(member.workspace_id, link.link_id)
    return _build_link("Link created successfully", backend, member, link.link_id, behaviours.created_status)


@link_router.get("/{link_id}")
async def get_link(member: MemberDep, backend: BackendDep, link_id: str) -> Response:
    """Returns one link."""
    return _build_link("Link retrieved successfully", backend, member, link_id)


@link_router.put("/{link_id}")
async def update_link(member: MemberDep, backend: BackendDep, link_id: str, payload: Payload) -> Response:
    """Changes the fields that are given."""
    link = _require_live(backend, member, link_id)
    backend.links.update(link_id, parse_update(payload, backend.behaviours, link))
    status = backend.behaviours.updated_status
    return _build_link("Link updated successfully", backend, member, link_id, status)


@link_router.delete("/{link_id}")
async def delete_link(member: MemberDep, backend: BackendDep, link_id: str) -> Response:
    """Deletes a link; later requests for its id get 410."""
    link = _require_link(backend, member, link_id)
    if link["deletedAt"] is not None:
        refuse_unless_taken(backend.behaviours.second_delete, _GONE)
    elif not link["live"]:
        raise ApiError(410, "LINK_GONE", _GONE)
    if link["creator"]["workspaceMemberId"] != member.member_id and not member.can_delete_any:
        raise ApiError(403, "LINK_DELETE_FORBIDDEN", "Only its creator, admins and owners can delete a link.")
    backend.links.delete(link_id)
    return build_success("Link deleted successfully", {"workspaceId": member.workspace_id, "linkId": link_id})


def _build_link(message: str, backend: Backend, member: Membership, link_id: str, status: int = 200) -> Response:
    link = render_link(_require_live(backend, member, link_id), backend.behaviours)
    return build_success(message, {"workspaceId": member.workspace_id, "link": link}, status)


def _require_live(backend: Backend, member: Membership, link_id: str) -> LinkRow:
    link = _require_link(backend, member, link_id)
    if not link["live"]:
        raise ApiError(410, "LINK_GONE", _GONE)
    return link


def _require_link(backend: Backend, member: Membership, link_id: str) -> LinkRow:
    link = backend.links.find_in_workspace(member.workspace_id, link_id)
    if link is None:
        raise ApiError(404, "LINK_NOT_FOUND", "There is no such link in this workspace.")
    return link


def _choose_domain(backend: Backend, workspace_id: str, domain_id: str) -> str:
    status = backend.workspaces.find_domain_status(workspace_id, domain_id)
    if status == "verified":
        return domain_id
    if status is not None:
        refuse_unless_taken(backend.behaviours.unverified_domain, f"domainId: the domain is {status}, not verified")
        return domain_id
    refuse_unless_taken(backend.behaviours.unknown_domain, f"domainId: the workspace has no domain {domain_id}")
    for domain in backend.workspaces.list_domains(workspace_id):
        if domain["domainStatus"] == "verified":
            return str(domain["domainId"])
    raise InputError("domainId: the workspace has no verified domain")


def _choose_project(backend: Backend, workspace_id: str, project_id: str) -> str:
    project = backend.workspaces.find_project(workspace_id, project_id) if project_id else None
    if project is not None:
        if project.is_deleted:
            raise ApiError(410, "LINK_PROJECT_DELETED", "The project of the link was deleted.")
        return project_id
    if project_id:
        problem = "There is no such project in this workspace."
        refuse_unless_taken(backend.behaviours.unknown_project, problem)
    for content in backend.workspaces.list_projects(workspace_id):
        if content["isDefault"]:
            return str(content["projectId"])
    raise ApiError(404, "LINK_DEFAULT_PROJECT_NOT_FOUND", "The workspace has no default project.")
