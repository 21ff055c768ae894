"""The control routes under `/_control`: what `admin` offers, over HTTP and without a key."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from pulumi_userplane.emulator.admin import Admin
from pulumi_userplane.emulator.dependencies import BackendDep
from pulumi_userplane.emulator.envelope import ApiError, build_error, build_json, describe_first_error
from pulumi_userplane.emulator.workspace_store import DomainStatus, KeyState

router = APIRouter(prefix="/_control")


async def _get_admin(backend: BackendDep) -> Admin:
    return Admin(backend)


AdminDep = Annotated[Admin, Depends(_get_admin)]
Fields = Annotated[dict[str, Any], Body()]


@router.post("/reset")
async def reset(admin: AdminDep) -> Response:
    """Returns to the seed."""
    admin.reset()
    return _build_done()


@router.post("/seed")
async def seed(admin: AdminDep, fields: Fields) -> Response:
    """Replaces everything with a seed."""
    admin.seed(fields)
    return _build_done()


@router.get("/requests")
async def list_requests(admin: AdminDep) -> Response:
    """Returns the request log."""
    return build_json([asdict(request) for request in admin.requests])


@router.delete("/requests")
async def clear_requests(admin: AdminDep) -> Response:
    """Empties the request log."""
    admin.clear_requests()
    return _build_done()


@router.get("/faults")
async def list_faults(admin: AdminDep) -> Response:
    """Returns the faults that can still match a request."""
    return build_json([_to_json(fault) for fault in admin.faults])


@router.post("/faults")
async def add_fault(admin: AdminDep, fields: Fields) -> Response:
    """Scripts a fault."""
    return build_json(_to_json(admin.fault(**fields)))


@router.delete("/faults")
async def clear_faults(admin: AdminDep) -> Response:
    """Removes all faults."""
    admin.clear_faults()
    return _build_done()


@router.get("/switches")
async def get_behaviours(admin: AdminDep) -> Response:
    """Returns the behaviours."""
    return build_json(_to_json(admin.behaviours))


@router.patch("/switches")
async def set_behaviours(admin: AdminDep, fields: Fields) -> Response:
    """Changes some behaviours."""
    return build_json(_to_json(admin.set_behaviours(**fields)))


@router.get("/links")
async def list_links(admin: AdminDep) -> Response:
    """Returns all links, deleted ones as well."""
    return build_json(admin.links)


@router.post("/links")
async def add_link(admin: AdminDep, fields: Fields) -> Response:
    """Creates a link."""
    return build_json(admin.add_link(**fields))


@router.patch("/links/{link_id}")
async def edit_link(admin: AdminDep, link_id: str, fields: Fields) -> Response:
    """Changes a link."""
    return build_json(admin.edit_link(link_id, **fields))


@router.delete("/links/{link_id}")
async def delete_link(admin: AdminDep, link_id: str) -> Response:
    """Deletes a link."""
    return build_json(admin.delete_link(link_id))


@router.post("/links/{link_id}/restore")
async def restore_link(admin: AdminDep, link_id: str) -> Response:
    """Restores a deleted link."""
    return build_json(admin.restore_link(link_id))


@router.delete("/projects/{project_id}")
async def delete_project(admin: AdminDep, project_id: str) -> Response:
    """Deletes a project, and its links with it."""
    admin.delete_project(project_id)
    return _build_done()


@router.post("/projects/{project_id}/restore")
async def restore_project(admin: AdminDep, project_id: str) -> Response:
    """Restores a deleted project, and its links with it."""
    admin.restore_project(project_id)
    return _build_done()


@router.patch("/domains/{domain_id}")
async def set_domain_status(
    admin: AdminDep, domain_id: str, status: Annotated[DomainStatus, Body(embed=True)]
) -> Response:
    """Sets the status of a domain."""
    admin.set_domain_status(domain_id, status)
    return _build_done()


@router.patch("/keys/{key}")
async def set_key_state(admin: AdminDep, key: str, state: Annotated[KeyState, Body(embed=True)]) -> Response:
    """Sets the state of a key."""
    admin.set_key_state(key, state)
    return _build_done()


@router.patch("/workspaces/{workspace_id}")
async def set_workspace(admin: AdminDep, workspace_id: str, fields: Fields) -> Response:
    """Changes a workspace."""
    admin.set_workspace(workspace_id, **fields)
    return _build_done()


async def on_validation_error(_request: Request, error: RequestValidationError) -> Response:
    """Returns the response to a request whose body is wrong, or was not read as JSON."""
    problem = describe_first_error(error.errors())
    if isinstance(error.body, bytes):
        problem = "body: the header Content-Type: application/json is missing, so it was not read as JSON"
    return build_error(ApiError(400, "BAD_REQUEST", problem))


def _build_done() -> Response:
    return build_json({"done": True})


def _to_json(model: BaseModel) -> object:
    return model.model_dump(mode="json")
