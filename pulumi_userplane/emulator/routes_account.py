"""Routes about the user and the user's workspaces."""

from fastapi import APIRouter, Request, Response

from pulumi_userplane.emulator.envelope import success
from pulumi_userplane.emulator.inputs import Flag, ShortPage, State

router = APIRouter()


@router.get("/me")
async def me(request: Request, state: State) -> Response:
    """The owner of the key."""
    user_id: str = request.state.user_id
    mine = state.directory.workspaces(user_id, with_membership=False)
    stats = {"workspaces": len(mine), "recordings": 0, "links": state.links.of_user(user_id)}
    return success("User retrieved successfully", {"user": state.directory.user(user_id), "stats": stats})


@router.get("/workspaces")
async def workspaces(
    request: Request, state: State, page: ShortPage, include_workspace_membership: Flag = "false"
) -> Response:
    """The workspaces of the key's owner."""
    found = state.directory.workspaces(request.state.user_id, with_membership=include_workspace_membership == "true")
    data = {"workspaces": page.of(found), "total": len(found), "pagination": page.pagination(len(found))}
    return success("Workspaces retrieved successfully", data)
