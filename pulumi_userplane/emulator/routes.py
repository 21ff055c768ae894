"""The public API's routes of everything but links: users, workspaces, members, domains, projects, and the search."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from pulumi_userplane.emulator.dependencies import (
    BackendDep,
    DomainsPageDep,
    Flag,
    MemberDep,
    MemberOr404Dep,
    MembersPageDep,
    Page,
    PageOf20Dep,
    PositiveInt,
    ProjectsPageDep,
    reject_repeated_parameters,
)
from pulumi_userplane.emulator.envelope import ApiError, InputError, build_success
from pulumi_userplane.emulator.schemas import LinkRow
from pulumi_userplane.emulator.workspace_store import DomainStatus, JsonObject, Membership

_MAX_TERM_LENGTH = 100
_MAX_LINK_MATCHES = 100

router = APIRouter(dependencies=[Depends(reject_repeated_parameters)])
workspace_router = APIRouter(prefix="/workspace/{workspace_id}", dependencies=[Depends(reject_repeated_parameters)])


@router.get("/me")
async def get_user(request: Request, backend: BackendDep) -> Response:
    """Returns the owner of the key."""
    user_id: str = request.state.user_id
    user = backend.workspaces.get_user(user_id)
    stats = {
        "workspaces": len(backend.workspaces.list_workspaces(user_id, include_membership=False)),
        "recordings": 0,
        "links": backend.links.count_live_for_user(user_id),
    }
    return build_success("User retrieved successfully", {"user": user, "stats": stats})


@router.get("/workspaces")
async def list_workspaces(
    request: Request, backend: BackendDep, page: PageOf20Dep, include_workspace_membership: Flag = "false"
) -> Response:
    """Returns the workspaces of the key's owner."""
    workspaces = backend.workspaces.list_workspaces(
        request.state.user_id, include_membership=include_workspace_membership == "true"
    )
    total = len(workspaces)
    data = {"workspaces": page.slice(workspaces), "total": total, "pagination": page.build_pagination(total)}
    return build_success("Workspaces retrieved successfully", data)


@workspace_router.get("")
async def get_workspace(member: MemberOr404Dep, backend: BackendDep) -> Response:
    """Returns one workspace."""
    workspace = backend.workspaces.get_workspace(member.workspace_id)
    return build_success("Workspace retrieved successfully", {"workspace": workspace})


@workspace_router.get("/invite-url")
async def get_invite_url(member: MemberOr404Dep) -> Response:
    """Returns the address that invites to the workspace."""
    url = f"https://dash.userplane.example/invite/{member.workspace_id}"
    return build_success("Invite URL retrieved successfully", {"inviteUrl": url, "workspaceId": member.workspace_id})


@workspace_router.get("/members")
async def list_members(member: MemberDep, backend: BackendDep, page: MembersPageDep) -> Response:
    """Returns the members of the workspace."""
    members = backend.workspaces.list_members(member.workspace_id)
    return _build_list("Members", member, "workspaceMembers", members, page)


@workspace_router.get("/domains")
async def list_domains(
    member: MemberDep, backend: BackendDep, page: DomainsPageDep, status: DomainStatus | None = None
) -> Response:
    """Returns the domains of the workspace, all or those of one status."""
    domains = [
        domain
        for domain in backend.workspaces.list_domains(member.workspace_id)
        if status is None or domain["domainStatus"] == status
    ]
    return _build_list("Domains", member, "domains", domains, page)


@workspace_router.get("/projects")
async def list_projects(member: MemberDep, backend: BackendDep, page: ProjectsPageDep) -> Response:
    """Returns the projects of the workspace that are not deleted."""
    projects = backend.workspaces.list_projects(member.workspace_id)
    return _build_list("Projects", member, "projects", projects, page)


@workspace_router.get("/projects/{project_id}")
async def get_project(member: MemberDep, backend: BackendDep, project_id: str) -> Response:
    """Returns one project, or 410 if it is deleted."""
    project = backend.workspaces.find_project(member.workspace_id, project_id)
    if project is None:
        raise ApiError(404, "PROJECT_NOT_FOUND", "There is no such project in this workspace.")
    if project.is_deleted:
        raise ApiError(410, "PROJECT_GONE", "This project was deleted.")
    data = {"workspaceId": member.workspace_id, "project": project.content}
    return build_success("Project retrieved successfully", data)


@workspace_router.get("/recordings")
async def list_recordings(member: MemberDep, page: PageOf20Dep) -> Response:
    """Returns an empty list: the emulator has no recordings."""
    return _build_list("Recordings", member, "recordings", [], page)


@workspace_router.api_route("/recordings/{recording_id}", methods=["GET", "DELETE"])
async def get_or_delete_recording(_: MemberDep, recording_id: str) -> Response:
    """Returns 404: the emulator has no recordings."""
    raise ApiError(404, "RECORDING_NOT_FOUND", f"There is no recording {recording_id} in this workspace.")


@workspace_router.get("/search")
async def search(
    member: MemberOr404Dep,
    backend: BackendDep,
    q: str = "",
    kind: Annotated[str, Query(alias="type")] = "",
    limit: PositiveInt = 20,
) -> Response:
    """Returns the members, projects, domains or links that match a term."""
    if not q:
        raise ApiError(400, "WORKSPACE_SEARCH_TERM_REQUIRED", "q is required.")
    if len(q) > _MAX_TERM_LENGTH:
        raise InputError(f"q has {len(q)} characters; at most {_MAX_TERM_LENGTH} are allowed")
    workspace_id = member.workspace_id
    if kind == "members":
        results = _filter_by_term(q, backend.workspaces.list_members(workspace_id), "memberName", "memberEmail")
    elif kind == "projects":
        results = _filter_by_term(q, backend.workspaces.list_projects(workspace_id), "projectTitle")
    elif kind == "domains":
        results = _filter_by_term(q, backend.workspaces.list_domains(workspace_id), "domainUrl")
    elif kind == "links":
        links = backend.links.search(workspace_id, q, _MAX_LINK_MATCHES, backend.behaviours.search_reference)
        results = [_render_search_result(link) for link in links]
    else:
        raise ApiError(400, "WORKSPACE_SEARCH_TYPE_INVALID", "type must be members, projects, domains or links.")
    return build_success("Search results retrieved successfully", {"type": kind, "results": results[:limit]})


def _build_list(label: str, member: Membership, key: str, items: list[JsonObject], page: Page) -> Response:
    data = {
        "workspaceId": member.workspace_id,
        key: page.slice(items),
        "pagination": page.build_pagination(len(items)),
    }
    return build_success(f"{label} retrieved successfully", data)


def _filter_by_term(term: str, items: list[JsonObject], *keys: str) -> list[JsonObject]:
    return [item for item in items if any(term.casefold() in str(item[key]).casefold() for key in keys)]


def _render_search_result(link: LinkRow) -> JsonObject:
    return {
        "linkId": link["linkId"],
        "linkTitle": link["linkTitle"],
        "linkType": link["linkType"],
        "createdAt": link["createdAt"],
        "projectId": link["project"]["projectId"],
        "projectTitle": link["project"]["title"],
        "domainId": link["domain"]["domainId"],
        "domainUrl": link["domain"]["url"],
    }
