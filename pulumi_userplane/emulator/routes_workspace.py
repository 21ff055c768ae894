"""Routes about a workspace and what is in it, links apart: members, domains, projects, recordings, and the search."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.envelope import ApiError, InputError, success
from pulumi_userplane.emulator.inputs import FreePage, KnownMember, Member, ProjectsPage, ShortPage, State, Whole
from pulumi_userplane.emulator.schemas import LinkRow
from pulumi_userplane.emulator.workspace_store import DomainStatus, Wire

_TERM_LENGTH = 100
_LINK_HITS = 100

router = APIRouter(prefix="/workspace/{workspace_id}")


@router.get("")
async def workspace(member: KnownMember, state: State) -> Response:
    """The workspace itself."""
    return success("Workspace retrieved successfully", {"workspace": state.directory.workspace(member.workspace_id)})


@router.get("/invite-url")
async def invite_url(member: KnownMember) -> Response:
    """The address that invites to the workspace."""
    address = f"https://dash.userplane.example/invite/{member.workspace_id}"
    return success("Invite URL retrieved successfully", {"inviteUrl": address, "workspaceId": member.workspace_id})


@router.get("/members")
async def members(member: Member, state: State, page: FreePage) -> Response:
    """The members."""
    found = state.directory.members(member.workspace_id)
    data = {
        "workspaceId": member.workspace_id,
        "workspaceMembers": page.of(found),
        "pagination": page.pagination(len(found)),
    }
    return success("Members retrieved successfully", data)


@router.get("/domains")
async def domains(member: Member, state: State, page: FreePage, status: DomainStatus | None = None) -> Response:
    """The domains, of one status if asked."""
    found = [
        domain
        for domain in state.directory.domains(member.workspace_id)
        if status is None or domain["domainStatus"] == status
    ]
    data = {
        "workspaceId": member.workspace_id,
        "domains": page.of(found),
        "pagination": page.pagination(len(found)),
    }
    return success("Domains retrieved successfully", data)


@router.get("/projects")
async def projects(member: Member, state: State, page: ProjectsPage) -> Response:
    """The projects that are not deleted."""
    found = state.directory.projects(member.workspace_id)
    data = {
        "workspaceId": member.workspace_id,
        "projects": page.of(found),
        "pagination": page.pagination(len(found)),
    }
    return success("Projects retrieved successfully", data)


@router.get("/projects/{project_id}")
async def project(member: Member, state: State, project_id: str) -> Response:
    """One project."""
    found = state.directory.project(member.workspace_id, project_id)
    if found is None:
        raise ApiError(404, "PROJECT_NOT_FOUND", "There is no such project in this workspace.")
    content, deleted = found
    if deleted:
        raise ApiError(410, "PROJECT_GONE", "This project was deleted.")
    return success("Project retrieved successfully", {"workspaceId": member.workspace_id, "project": content})


@router.get("/recordings")
async def recordings(member: Member, page: ShortPage) -> Response:
    """The recordings: there are never any."""
    data = {"workspaceId": member.workspace_id, "recordings": [], "pagination": page.pagination(0)}
    return success("Recordings retrieved successfully", data)


@router.api_route("/recordings/{recording_id}", methods=["GET", "DELETE"])
async def recording(_: Member, recording_id: str) -> Response:
    """One recording: there is never any."""
    raise ApiError(404, "RECORDING_NOT_FOUND", f"There is no recording {recording_id} in this workspace.")


@router.get("/search")
async def search(
    member: KnownMember,
    state: State,
    q: str = "",
    kind: Annotated[str, Query(alias="type")] = "",
    limit: Whole = 20,
) -> Response:
    """Members, projects, domains or links that a term finds."""
    if not q:
        raise ApiError(400, "WORKSPACE_SEARCH_TERM_REQUIRED", "q is required.")
    if len(q) > _TERM_LENGTH:
        raise InputError(f"q has {len(q)} characters; at most {_TERM_LENGTH} are allowed")
    if kind not in _SEARCHED:
        raise ApiError(400, "WORKSPACE_SEARCH_TYPE_INVALID", "type must be members, projects, domains or links.")
    found = _SEARCHED[kind](state, member.workspace_id, q)[:limit]
    return success("Search results retrieved successfully", {"type": kind, "results": found})


def _members(state: Backend, workspace_id: str, term: str) -> list[Wire]:
    return _holding(term, state.directory.members(workspace_id), "memberName", "memberEmail")


def _projects(state: Backend, workspace_id: str, term: str) -> list[Wire]:
    return _holding(term, state.directory.projects(workspace_id), "projectTitle")


def _domains(state: Backend, workspace_id: str, term: str) -> list[Wire]:
    return _holding(term, state.directory.domains(workspace_id), "domainUrl")


def _links(state: Backend, workspace_id: str, term: str) -> list[Wire]:
    return [_hit(link) for link in state.links.search(workspace_id, term, _LINK_HITS)]


_SEARCHED = {"members": _members, "projects": _projects, "domains": _domains, "links": _links}


def _holding(term: str, found: list[Wire], *names: str) -> list[Wire]:
    return [one for one in found if any(term.casefold() in str(one[name]).casefold() for name in names)]


def _hit(link: LinkRow) -> Wire:
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
