"""Routes about links: list, create, get, update, delete."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request, Response
from pydantic import JsonValue

from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.envelope import ApiError, InputError, success
from pulumi_userplane.emulator.inputs import Member, ShortPage, State, id_filters
from pulumi_userplane.emulator.links import LinkQuery
from pulumi_userplane.emulator.payloads import created_link, shown, updated_fields
from pulumi_userplane.emulator.schemas import LinkRow

_FILTERS = ("created_by", "project_id", "domain_id")

router = APIRouter(prefix="/workspace/{workspace_id}/links")
Payload = Annotated[dict[str, JsonValue], Body()]


@router.get("")
async def list_links(
    *,
    request: Request,
    member: Member,
    state: State,
    page: ShortPage,
    sort_by: Literal["created_at", "link_title"] = "created_at",
    sort_direction: Literal["asc", "desc"] = "desc",
) -> Response:
    """The links that are not deleted."""
    query = LinkQuery(page.offset, page.size, (sort_by, sort_direction), id_filters(request, _FILTERS))
    rows, total = state.links.page(member.workspace_id, query)
    data = {
        "workspaceId": member.workspace_id,
        "links": [shown(row, state.behaviours) for row in rows],
        "pagination": page.pagination(total),
    }
    return success("Links retrieved successfully", data)


@router.post("")
async def create_link(member: Member, state: State, payload: Payload) -> Response:
    """Make a link."""
    link = created_link(payload, state.behaviours, member.member_id)
    _check_domain(state, member.workspace_id, link.domain_id)
    _check_project(state, member.workspace_id, link.project_id)
    quota = state.directory.link_quota(member.workspace_id)
    if quota is not None and state.links.made(member.workspace_id) >= quota:
        raise ApiError(403, "PLAN_LIMIT_EXCEEDED", f"The plan's {quota} links are used up.")
    state.links.add(member.workspace_id, [link])
    return _one("Link created successfully", state, member.workspace_id, link.link_id, state.behaviours.created_status)


@router.get("/{link_id}")
async def get_link(member: Member, state: State, link_id: str) -> Response:
    """One link."""
    _live(state, member.workspace_id, link_id)
    return _one("Link retrieved successfully", state, member.workspace_id, link_id)


@router.put("/{link_id}")
async def update_link(member: Member, state: State, link_id: str, payload: Payload) -> Response:
    """Change the fields that are given."""
    link = _live(state, member.workspace_id, link_id)
    state.links.change(link_id, updated_fields(payload, state.behaviours, link))
    return _one("Link updated successfully", state, member.workspace_id, link_id)


@router.delete("/{link_id}")
async def delete_link(member: Member, state: State, link_id: str) -> Response:
    """Delete a link; its id stays known."""
    link = _live(state, member.workspace_id, link_id)
    if link["creator"]["workspaceMemberId"] != member.member_id and not member.can_delete_any:
        raise ApiError(403, "LINK_DELETE_FORBIDDEN", "Only its creator, admins and owners can delete a link.")
    state.links.delete(link_id)
    return success("Link deleted successfully", {"workspaceId": member.workspace_id, "linkId": link_id})


def _live(state: Backend, workspace_id: str, link_id: str) -> LinkRow:
    link = state.links.find_in(workspace_id, link_id)
    if link is None:
        raise ApiError(404, "LINK_NOT_FOUND", "There is no such link in this workspace.")
    if not link["live"]:
        raise ApiError(410, "LINK_GONE", "This link was deleted.")
    return link


def _one(message: str, state: Backend, workspace_id: str, link_id: str, status: int = 200) -> Response:
    link = shown(_live(state, workspace_id, link_id), state.behaviours)
    return success(message, {"workspaceId": workspace_id, "link": link}, status)


def _check_domain(state: Backend, workspace_id: str, domain_id: str) -> None:
    status = state.directory.domain_status(workspace_id, domain_id)
    if status is None:
        raise InputError(f"domainId: the workspace has no domain {domain_id}")
    if status != "verified":
        raise InputError(f"domainId: the domain is {status}, not verified")


def _check_project(state: Backend, workspace_id: str, project_id: str) -> None:
    if not project_id:
        if not any(project["isDefault"] for project in state.directory.projects(workspace_id)):
            raise ApiError(404, "LINK_DEFAULT_PROJECT_NOT_FOUND", "The workspace has no default project.")
        return
    found = state.directory.project(workspace_id, project_id)
    if found is None:
        raise ApiError(404, "PROJECT_NOT_FOUND", "There is no such project in this workspace.")
    if found[1]:
        raise ApiError(410, "LINK_PROJECT_DELETED", "The project of the link was deleted.")
