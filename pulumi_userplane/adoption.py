"""Takes over an existing link that the program names, instead of making one; says no wherever it could be a mistake."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_userplane import changes, echo
from pulumi_userplane.api.errors import APIError, Operation, UserplaneError
from pulumi_userplane.api.vocabulary import link_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pulumi_userplane.api import Client, Link

_REMOVE = "remove adopt=: a replacement makes a new link, with a new address (for a renamed resource use `aliases`)"
_MARKED = re.compile(r"(?P<mark>.+)#[0-9a-f]{8}", re.DOTALL)
_PARTS = re.compile(r"[/?&=#]")
_LOCK = threading.Lock()

ADOPTED: dict[str, str] = {}
"""The links that this run has adopted, with the resource's mark: none twice, none deleted as its own predecessor."""

_LISTED: dict[tuple[Client, str], list[Link]] = {}
"""Each workspace's links, read once a process for all that is adopted by an address."""


def adopt(
    client: Client, workspace_id: str, inputs: Mapping[str, Any], held_ids: Collection[str], *, replaces: bool
) -> Link:
    """Takes the named link over and sends the declared fields that differ in one PUT; its address stays.

    Args:
        client: The account.
        workspace_id: Where it is.
        inputs: What `check` returned.
        held_ids: The links that the state is known to hold, of whatever resource.
        replaces: Whether the state holds a link for this resource already.

    Raises:
        UserplaneError: It is refused, and the server is untouched; or the PUT failed, and the link is as it was.
    """
    with client.one_operation():
        link_id = _id_of(client, workspace_id, str(inputs["adopt"]))
        operation = Operation("adoption", link_name(link_id, changes.name_of(inputs)))
        if replaces:
            raise UserplaneError("the state holds a link of this mark already", operation=operation, next_step=_REMOVE)
        link = _live(client, workspace_id, link_id, operation)
        _refuse_stranger(operation, link, inputs)
        _take(operation, link_id, str(inputs.get("mark")), held_ids)
        try:
            return _as_declared(client, workspace_id, link, inputs)
        except UserplaneError:
            ADOPTED.pop(link_id)
            raise


def refuse(link_id: str, recorded: Mapping[str, Any], inputs: Mapping[str, Any], *, replaces: bool) -> None:
    """Returns when `adopt` fits a link that the state holds already.

    Raises:
        UserplaneError: Another resource has just adopted the link; the link would be replaced; or `adopt` names another
            link, and would do nothing.
    """
    operation = Operation("update", link_name(link_id, changes.name_of(recorded)))
    mark = str(inputs.get("mark"))
    if ADOPTED.get(link_id, mark) != mark:
        raise UserplaneError(
            "another resource of this program has just adopted this link, and the state holds it twice now",
            operation=operation,
            next_step="remove one of the two resources by `pulumi state delete`, and from the program",
        )
    # Asked about it once more: a new run in the same process has begun, as with `pulumi watch`.
    ADOPTED.pop(link_id, None)
    wanted = inputs.get("adopt")
    if not isinstance(wanted, str):
        return
    if replaces:
        raise UserplaneError("it would be replaced, and adopt= stands there", operation=operation, next_step=_REMOVE)
    if wanted != recorded.get("adopt") and not _names(wanted, link_id, recorded.get("link_url")):
        raise UserplaneError(
            f"adopt= names another link ({wanted}), and counts only where the state holds none yet",
            operation=operation,
            next_step="remove adopt=, or declare the other link as a resource of its own",
        )


def _names(wanted: str, link_id: str, link_url: str | None) -> bool:
    return link_id in _PARTS.split(wanted) or (link_url is not None and _bare(wanted) == _bare(link_url))


def _bare(address: str) -> str:
    return address.removeprefix("https://").removeprefix("http://").rstrip("/")


def _id_of(client: Client, workspace_id: str, wanted: str) -> str:
    """The id itself, or that of the listed link with this address, or in whose dashboard address it stands."""
    if "/" not in wanted:
        return wanted
    with _LOCK:
        if (client, workspace_id) not in _LISTED:
            _LISTED[client, workspace_id] = list(client.list_links(workspace_id))
    for link in _LISTED[client, workspace_id]:
        if _names(wanted, link.link_id, link.link_url):
            return link.link_id
    raise UserplaneError(
        f"no live link of workspace {workspace_id} has this address",
        operation=Operation("adoption", f"the recording link at {wanted}"),
        next_step="copy the link's address again, or write its id",
    )


def _live(client: Client, workspace_id: str, link_id: str, operation: Operation) -> Link:
    try:
        return client.get_link(workspace_id, link_id)
    except APIError as error:
        error.operation = operation
        if error.proves_link_gone:
            error.next_step = "it is deleted, or was never in this workspace: remove adopt= to make a new link"
        raise


def _refuse_stranger(operation: Operation, link: Link, inputs: Mapping[str, Any]) -> None:
    places = {"domain_id": link.domain.domain_id, "project_id": link.project.project_id}
    for key, live in places.items():
        if inputs.get(key) not in {None, live}:
            raise UserplaneError(
                f"its {key} is {live}, and {inputs[key]} is declared: no link can be moved",
                operation=operation,
                next_step=f'write {key}="{live}", or remove adopt= to make a new link',
            )
    made = _MARKED.fullmatch(link.link_provider_ref or "")
    if made and made["mark"] != inputs.get("mark"):
        raise UserplaneError(
            f"it was made by {made['mark']}, and may still be managed there",
            operation=operation,
            next_step=f'write mark="{made["mark"]}" beside adopt= if that no longer manages it',
        )


def _take(operation: Operation, link_id: str, mark: str, held_ids: Collection[str]) -> None:
    with _LOCK:
        if link_id in ADOPTED or link_id in held_ids:
            raise UserplaneError(
                "another resource of this program holds it",
                operation=operation,
                next_step="declare it once; where a resource was renamed, use `aliases` instead of adopt=",
            )
        ADOPTED[link_id] = mark


def _as_declared(client: Client, workspace_id: str, link: Link, inputs: Mapping[str, Any]) -> Link:
    before = link.model_dump()
    fields = changes.changed_fields(before, inputs)
    updated = link
    title = changes.name_of(inputs)
    if fields:
        updated = client.update_link(workspace_id, link.link_id, title=title, **fields)
        echo.verify(Operation("adoption", link_name(link.link_id, title)), fields, before, updated.model_dump())
    what = ", ".join(f"{key} {_shown(before[key])} → {_shown(value)}" for key, value in fields.items())
    pulumi.log.info(
        f"{link_name(link.link_id, title)} is taken over and keeps its address {link.link_url}; "
        + (f"changed: {what}" if what else "nothing had to be changed")
    )
    return updated


def _shown(value: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps(value, ensure_ascii=False)
