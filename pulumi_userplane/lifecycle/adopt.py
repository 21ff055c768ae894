"""Adopts an existing link that the program names, instead of creating one; refuses wherever that may be a mistake."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.errors import APIError, Operation, UserplaneError
from pulumi_userplane.api.identifiers import identifies
from pulumi_userplane.api.redaction import redact_values
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.lifecycle import write_check
from pulumi_userplane.lifecycle.claims import DELETED_BY_RUN
from pulumi_userplane.recovery.ownership import is_same_resource, is_same_stack, mark_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api import Client, Link
    from pulumi_userplane.api.retry import Deadline
    from pulumi_userplane.lifecycle.run_state import RunState

_NEW_LINK = "for a new link, with a new address, remove adopt=; if the resource was renamed, use `aliases`"


_USE_ALIASES = "if that resource was renamed, use `aliases` instead of adopt="


def adopt(run: RunState, client: Client, inputs: Mapping[str, Any]) -> Link:
    """Adopts the named link and sends the declared fields that differ in one PUT; its address stays.

    Args:
        run: The run.
        client: The account.
        inputs: What `check` returned.

    Raises:
        UserplaneError: The adoption is refused, and nothing was changed; or the PUT failed.
    """
    try:
        return _adopt(run, client, inputs)
    except UserplaneError:
        # The resource that gives the link up must keep it now.
        run.claims.record_failed_adoption(str(inputs["adopt"]), str(inputs.get("mark") or ""))
        raise


def _adopt(run: RunState, client: Client, inputs: Mapping[str, Any]) -> Link:
    workspace_id = inputs["workspace_id"]
    mark = str(inputs.get("mark") or "")
    with client.operation_deadline() as deadline:
        link_id = _find_id(run, client, workspace_id, str(inputs["adopt"]), deadline)
        operation = Operation("adoption", describe_link(link_id, diff.label(inputs)))
        if run.held.has_link_for(mark):
            raise _already_managed(run, mark, operation)
        if not run.facts.are_complete():
            raise UserplaneError(
                "another provider of this run may have the link, and there is no file that tells its processes",
                operation=operation,
                next_step="set XDG_CACHE_HOME to a writable folder, then run again",
            )
        link = _read_live(client, workspace_id, link_id, operation)
        _check_ownership(operation, link, inputs)
        if holder := run.claims.claim(link_id, "this run has adopted it", mark):
            raise UserplaneError(
                holder,
                operation=operation,
                next_step=_USE_ALIASES if holder == DELETED_BY_RUN else f"declare it once; {_USE_ALIASES}",
            )
        try:
            return _apply_declared(run, client, workspace_id, link, inputs)
        except UserplaneError:
            run.claims.release(link_id)
            raise


def _already_managed(run: RunState, mark: str, operation: Operation) -> UserplaneError:
    link_ids = ", ".join(sorted(run.held.find_ids(mark) or ()))
    return UserplaneError(
        f"the state already holds {f'{link_ids} as the link' if link_ids else 'a link'} of this resource",
        operation=operation,
        next_step=f"to adopt this link, declare it as a resource of its own; {_NEW_LINK}",
    )


def check_adoption(
    link_id: str, recorded: Mapping[str, Any], inputs: Mapping[str, Any], *, is_replaced: bool, keeps_link: bool
) -> None:
    """Raises unless `adopt` fits a link that the state already holds.

    Raises:
        UserplaneError: Another resource has just adopted the link, the link would be replaced, or `adopt` names another
            link and would do nothing.
    """
    operation = Operation("update", describe_link(link_id, diff.label(recorded)))
    if not keeps_link:
        raise UserplaneError(
            "another resource of this program has just adopted or imported this link, so the state now holds it twice",
            operation=operation,
            next_step="remove one of the two from the program, and from the state with `pulumi state delete URN`",
        )
    wanted = inputs.get("adopt")
    if not isinstance(wanted, str):
        return
    if is_replaced:
        raise UserplaneError(
            "another location takes a new link, but the program still has adopt=",
            operation=operation,
            next_step=f"to keep the address, declare the old workspace, domain and project; {_NEW_LINK}",
        )
    if not identifies(wanted, link_id, recorded.get("link_url")):
        raise UserplaneError(
            f"adopt= names another link ({wanted}), but the state already holds a link for this resource",
            operation=operation,
            next_step="remove adopt=, or declare the other link as a resource of its own",
        )


def _find_id(run: RunState, client: Client, workspace_id: str, wanted: str, deadline: Deadline) -> str:
    """Returns the id itself, or the id of the listed link that an address, its own or the dashboard's, identifies."""
    if "/" not in wanted:
        return wanted
    operation = Operation("adoption", f"the recording link at {wanted}")

    def read_addresses() -> dict[str, str]:
        with client.operation_step(replace(operation, step="its look-up in the list")):
            return {link.link_id: link.link_url for link in client.list_links(workspace_id)}

    # What another thread needs for the list is not this operation's time.
    addresses = run.address_lists.get((client, workspace_id), read_addresses, waited=deadline.exclude)
    for link_id, link_url in addresses.items():
        if identifies(wanted, link_id, link_url):
            return link_id
    raise UserplaneError(
        f"no live link of workspace {workspace_id} has this address",
        operation=operation,
        next_step="copy the link's address again, or write its id",
    )


def _read_live(client: Client, workspace_id: str, link_id: str, operation: Operation) -> Link:
    try:
        with client.operation_step(operation):
            return client.get_link(workspace_id, link_id)
    except APIError as error:
        if error.proves_link_gone:
            error.next_step = "it was deleted, or was never in this workspace: remove adopt= to create a new link"
        raise


def _check_ownership(operation: Operation, link: Link, inputs: Mapping[str, Any]) -> None:
    for key, live in diff.find_misplaced(link, inputs).items():
        raise UserplaneError(
            f"its {key} is {live}, but the program declares {inputs[key]}, and no link can be moved",
            operation=operation,
            next_step=f'write {key}="{live}", or remove adopt= to create a new link',
        )
    if other := describe_other_owner(link.link_provider_ref, inputs.get("mark"), "adopt="):
        reason, next_step = other
        raise UserplaneError(reason, operation=operation, next_step=next_step)


def describe_other_owner(reference: str | None, mark: str | None, argument: str) -> tuple[str, str] | None:
    """Returns why a resource may not take over a link that another one has created, and what to do; else None.

    Args:
        reference: The link's reference.
        mark: The mark of the resource.
        argument: What names the link in the program.
    """
    owner = mark_in(reference)
    if owner is None or is_same_resource(owner, mark):
        return None
    take_over = f'write mark="{owner}" next to {argument} if that resource no longer manages it'
    renamed = f"for a resource that was renamed use `aliases` instead of {argument}, else "
    next_step = renamed + take_over if is_same_stack(owner, mark) else take_over
    return f"it was created by {owner}, which may still manage it", next_step


def _apply_declared(run: RunState, client: Client, workspace_id: str, link: Link, inputs: Mapping[str, Any]) -> Link:
    before = link.model_dump()
    fields = diff.find_changed_fields(before, inputs)
    updated = link
    name = describe_link(link.link_id, diff.label(inputs))
    if fields:
        operation = Operation("adoption", name, f"its last step, the PUT of {', '.join(fields)}")
        with redact_values(before), client.operation_step(operation):
            updated = client.update_link(workspace_id, link.link_id, **fields)
        after = updated.model_dump()
        write_check.verify_applied(operation, fields, before, after, notify=run.notify.warn)
        write_check.verify_kept(operation, inputs, fields, before, after)
    changes = ", ".join(_describe_change(key, before[key], value) for key, value in fields.items())
    run.notify.info(
        f"{name} was adopted and keeps its address {link.link_url}; "
        + (f"changed: {changes}" if changes else "nothing had to be changed")
    )
    return updated


def _describe_change(key: str, before: Any, after: Any) -> str:  # noqa: ANN401 - any JSON
    if key not in diff.PUBLIC_FIELDS:
        return key
    old, new = (json.dumps(value) for value in (before, after))
    return f"{key} {old} → {new}"
