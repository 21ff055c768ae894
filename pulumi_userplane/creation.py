"""Makes a link, all or nothing: either it is there as declared, or it is not there."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from pulumi_userplane import changes, echo
from pulumi_userplane.api.errors import (
    AnswerLostError,
    APIError,
    BadAnswerError,
    Operation,
    ServerError,
    UserplaneError,
    steps,
)
from pulumi_userplane.api.vocabulary import link_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api import Client, Link


def create(client: Client, workspace_id: str, inputs: Mapping[str, Any]) -> Link:
    """Makes the declared link: one POST, and one PUT where something is declared that a POST doesn't take.

    Raises:
        UserplaneError: It could not be made; what had been made is deleted again. Where the link may exist all the
            same, the error says how to find it.
    """
    reference = _reference(inputs)
    link = _post(client, workspace_id, inputs, reference)
    try:
        return _completed(client, workspace_id, inputs, link)
    except UserplaneError as error:
        _delete_again(client, workspace_id, link, reference, error)
        raise


def _reference(inputs: Mapping[str, Any]) -> str | None:
    """The text before `#` says who made the link, the whole of it which POST did."""
    mark = inputs.get("mark")
    return f"{mark}#{secrets.token_hex(4)}" if mark else inputs.get("link_provider_ref")


def _post(client: Client, workspace_id: str, inputs: Mapping[str, Any], reference: str | None) -> Link:
    try:
        return client.create_link(
            workspace_id,
            domain_id=inputs["domain_id"],
            project_id=inputs.get("project_id"),
            link_provider_ref=reference,
            link_reusable=inputs.get("link_reusable"),
            meta=changes.canonical(inputs.get("meta")),
            name=changes.name_of(inputs),
        )
    except (AnswerLostError, BadAnswerError, ServerError) as error:
        if not (isinstance(error, ServerError) and error.code == "SERVICE_UNAVAILABLE"):
            error.next_step = _maybe_made(reference)
        raise
    except APIError as error:
        if error.status == 400:
            error.next_step = "the domain must be verified, and the project must be one of this workspace"
        if error.proves_link_gone:
            error.next_step = "that is no answer to a creation: check the base URL and the workspace id"
        elif error.status in {404, 410} and inputs.get("project_id") is not None:
            error.next_step = f"{error.next_step} (it is {inputs['project_id']} now)"
        raise


def _completed(client: Client, workspace_id: str, inputs: Mapping[str, Any], link: Link) -> Link:
    made = link.model_dump()
    posted = {key: inputs[key] for key in ("link_reusable", "meta") if inputs.get(key) is not None}
    operation = Operation("create", link_name(link.link_id, changes.name_of(inputs)))
    echo.verify(operation, posted, {"link_reusable": False, "meta": {}}, made)
    rest = {key: value for key, value in changes.changed_fields(made, inputs).items() if key not in posted}
    if not rest:
        return link
    title = changes.name_of(inputs)
    updated = client.update_link(workspace_id, link.link_id, title=title, **rest)  # type: ignore[arg-type] # a TypedDict's items
    echo.verify(operation, rest, made, updated.model_dump())
    return updated


def _delete_again(client: Client, workspace_id: str, link: Link, reference: str | None, error: UserplaneError) -> None:
    try:
        client.delete_link(workspace_id, link.link_id)
    except UserplaneError as second:
        left = (
            f"the new link {link.link_id} ({link.link_url}) is left at the server, since deleting it failed as well "
            f"({second.reason}): delete it in the dashboard, the reference {reference} is in it"
        )
        error.next_step = steps(left, error.next_step)
    else:
        error.next_step = steps("the new link was deleted again, nothing is left", error.next_step)


def _maybe_made(reference: str | None) -> str:
    which = f"with the reference {reference}" if reference else "without a mark"
    return f"a link {which} may have been made: look for it in the dashboard and delete it before running again"
