"""The control plane under /_control: the same hand as in-process, over HTTP and without a key."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response
from pydantic import BaseModel

from pulumi_userplane.emulator.admin import Admin
from pulumi_userplane.emulator.envelope import json_answer
from pulumi_userplane.emulator.inputs import State
from pulumi_userplane.emulator.workspace_store import DomainStatus, KeyState

router = APIRouter(prefix="/_control")


async def _hand(state: State) -> Admin:
    return Admin(state)


ByHand = Annotated[Admin, Depends(_hand)]
Fields = Annotated[dict[str, Any], Body()]


def _done() -> Response:
    return json_answer({"done": True})


@router.post("/reset")
async def reset(hand: ByHand) -> Response:
    """Back to the seed."""
    hand.reset()
    return _done()


@router.post("/seed")
async def seed(hand: ByHand, fields: Fields) -> Response:
    """Another seed in the place of everything."""
    hand.seed(fields)
    return _done()


@router.get("/requests")
async def requests(hand: ByHand) -> Response:
    """The request log."""
    return json_answer([asdict(request) for request in hand.requests])


@router.delete("/requests")
async def clear_requests(hand: ByHand) -> Response:
    """An empty request log."""
    hand.clear_requests()
    return _done()


@router.get("/faults")
async def faults(hand: ByHand) -> Response:
    """The faults that may still hit a request."""
    return json_answer([_plain(fault) for fault in hand.faults])


@router.post("/faults")
async def add_fault(hand: ByHand, fields: Fields) -> Response:
    """One more fault."""
    return json_answer(_plain(hand.fault(**fields)))


@router.delete("/faults")
async def clear_faults(hand: ByHand) -> Response:
    """No faults."""
    hand.clear_faults()
    return _done()


@router.get("/switches")
async def behaviours(hand: ByHand) -> Response:
    """The switches."""
    return json_answer(_plain(hand.behaviours))


@router.patch("/switches")
async def set_behaviours(hand: ByHand, fields: Fields) -> Response:
    """Some switches changed."""
    return json_answer(_plain(hand.set_behaviours(**fields)))


@router.get("/links")
async def links(hand: ByHand) -> Response:
    """All links, deleted ones as well."""
    return json_answer(hand.links)


@router.post("/links")
async def add_link(hand: ByHand, fields: Fields) -> Response:
    """A link made by hand."""
    return json_answer(hand.add_link(**fields))


@router.patch("/links/{link_id}")
async def edit_link(hand: ByHand, link_id: str, fields: Fields) -> Response:
    """A link edited by hand."""
    return json_answer(hand.edit_link(link_id, **fields))


@router.delete("/links/{link_id}")
async def delete_link(hand: ByHand, link_id: str) -> Response:
    """A link deleted by hand."""
    return json_answer(hand.delete_link(link_id))


@router.post("/links/{link_id}/restore")
async def restore_link(hand: ByHand, link_id: str) -> Response:
    """A deleted link brought back."""
    return json_answer(hand.restore_link(link_id))


@router.delete("/projects/{project_id}")
async def delete_project(hand: ByHand, project_id: str) -> Response:
    """A project deleted, its links with it."""
    hand.delete_project(project_id)
    return _done()


@router.post("/projects/{project_id}/restore")
async def restore_project(hand: ByHand, project_id: str) -> Response:
    """A deleted project brought back, its links with it."""
    hand.restore_project(project_id)
    return _done()


@router.patch("/domains/{domain_id}")
async def edit_domain(hand: ByHand, domain_id: str, status: Annotated[DomainStatus, Body(embed=True)]) -> Response:
    """A domain with another status."""
    hand.set_domain_status(domain_id, status)
    return _done()


@router.patch("/keys/{key}")
async def edit_key(hand: ByHand, key: str, state: Annotated[KeyState, Body(embed=True)]) -> Response:
    """A key in another state."""
    hand.set_key_state(key, state)
    return _done()


@router.patch("/workspaces/{workspace_id}")
async def edit_workspace(hand: ByHand, workspace_id: str, fields: Fields) -> Response:
    """A workspace renamed, with another quota, or gone."""
    hand.set_workspace(workspace_id, **fields)
    return _done()


def _plain(model: BaseModel) -> object:
    return model.model_dump(mode="json")
