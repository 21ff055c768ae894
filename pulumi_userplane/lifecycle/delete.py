"""Deletes a link with one DELETE, unless another resource of the state or of the program still has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.cancellation import name_operation
from pulumi_userplane.api.errors import APIError, Operation, UserplaneError
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.lifecycle import deletion
from pulumi_userplane.recovery.ownership import is_same_resource, make_for_urn, mark_in
from pulumi_userplane.recovery.processes import deletes_after_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api import Client
    from pulumi_userplane.lifecycle.run_state import RunState
    from pulumi_userplane.recovery.state_reader import Entry
    from pulumi_userplane.settings import Settings


def keeps_import(run: RunState, urn: str, link_id: str, old_inputs: Mapping[str, Any]) -> bool:
    """Returns, after a warning, whether a link stays because the program was refused its import.

    Args:
        run: The run.
        urn: The resource that loses the link.
        link_id: The link.
        old_inputs: The inputs in the state; as long as no program was accepted they hold no mark.
    """
    owner = mark_in(old_inputs.get("link_provider_ref"))
    if owner is None or old_inputs.get("mark") or is_same_resource(owner, make_for_urn(urn)):
        return False
    name = describe_link(link_id, None)
    run.notify.warn(f"{name} was not deleted: it was created by {owner}, which may still manage it")
    return True


def delete(run: RunState, settings: Settings, link_id: str, recorded: Mapping[str, Any]) -> None:
    """Sends one DELETE, or warns why the link stays; a link that is already gone is a success.

    Args:
        run: The run.
        settings: The account's settings.
        link_id: The link.
        recorded: What the state holds of it.

    Raises:
        UserplaneError: The server refused, its response proves no deletion, `adopt` of this resource still names the
            link, or nothing tells whether another process of this run has adopted it.
    """
    client = run.client(settings)
    workspace_id = settings.choose_workspace_id(recorded.get("workspace_id"))
    run.record_and_remove_entry(settings, link_id, recorded, recorded)
    mark = str(recorded.get("mark") or "")
    name = describe_link(link_id, mark)
    with name_operation(Operation("deletion", name)):
        run.claims.record_state(link_id, lambda: _read_entries(run))
    _require_known_adoptions(run, Operation("deletion", name))
    if keep_reason := run.claims.claim_deletion(link_id, recorded.get("link_url"), mark):
        if keep_reason.next_step:
            raise UserplaneError(
                keep_reason.reason, operation=Operation("deletion", name), next_step=keep_reason.next_step
            )
        run.notify.warn(f"{name} was not deleted: {keep_reason.reason}")
        return
    run.list_reader(client, workspace_id).require_read_by_id(link_id)
    try:
        with client.progress.track_link("deleted"), client.operation_deadline():
            _send_or_accept_gone(run, client, workspace_id, link_id, recorded)
    except UserplaneError:
        run.claims.release(link_id)
        raise
    run.held.record_removal(link_id)


def _require_known_adoptions(run: RunState, operation: Operation) -> None:
    """Raises where another process of this run may have adopted the link, or failed to, and nothing tells.

    Without a file that all processes share, a state that is written after each step shows a link that was adopted.
    """
    if run.facts.are_complete():
        return
    is_shown = run.has_checkpoints and run.claims.knows_state()
    if is_shown and not deletes_after_errors():
        return
    action, other_way = ("failed to adopt", ", or leave out --continue-on-error") if is_shown else ("adopted", "")
    raise UserplaneError(
        f"another provider of this run may have {action} it, and there is no file that tells its processes",
        operation=operation,
        next_step=f"set XDG_CACHE_HOME to a writable folder{other_way}, then run again",
    )


def _read_entries(run: RunState) -> list[Entry] | None:
    state = run.read_state(run.clock.monotonic())
    return None if state is None else state.entries


def _send_or_accept_gone(
    run: RunState, client: Client, workspace_id: str, link_id: str, recorded: Mapping[str, Any]
) -> None:
    try:
        client.delete_link(workspace_id, link_id, label=diff.label(recorded))
    except APIError as error:
        deletion.require_same_server(client, recorded, error)
        deletion.warn_if_project_deleted(run, client, recorded, error)
