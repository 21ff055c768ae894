"""Updates a link: sends the changed fields in one PUT, and records the response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.errors import APIError, Operation
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.lifecycle import deletion, write_check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.lifecycle.run_state import RunState
    from pulumi_userplane.settings import Settings


def update(
    run: RunState, settings: Settings, link_id: str, recorded: Mapping[str, Any], inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Sends the changed fields in one PUT, or nothing where nothing changed, and returns the new outputs.

    A managed field that was not sent and came back changed keeps its recorded value: a refresh shows it, and this
    update does no more than its preview said.

    Args:
        run: The run.
        settings: The account's settings.
        link_id: The link.
        recorded: The link as the state holds it.
        inputs: What `check` returned.

    Raises:
        UserplaneError: The link was deleted outside Pulumi, the server refused, or it did not apply a field.
    """
    run.record_and_remove_entry(settings, link_id, inputs, recorded)
    fields = diff.find_changed_fields(recorded, inputs)
    if not fields:
        return diff.build_outputs_after_noop(recorded, inputs)
    client = run.client(settings)
    run.list_reader(client, inputs["workspace_id"]).require_read_by_id(link_id)
    label = diff.label(recorded)
    with client.progress.track_link("updated"), client.operation_deadline():
        try:
            link = client.update_link(inputs["workspace_id"], link_id, label=label, **fields)
        except APIError as error:
            deletion.require_proof_of_deletion(run, client, recorded, error)
            error.next_step = (
                "it was deleted outside Pulumi: `pulumi up --refresh` creates a new one, with a new address"
            )
            raise
        response = link.model_dump()
        operation = Operation("update", describe_link(link_id, label))
        write_check.verify_applied(operation, fields, recorded, response, notify=run.notify.warn)
        drifted = diff.find_drifted(diff.list_managed_fields(inputs), fields, recorded, response)
        write_check.warn_drift(operation, drifted, response, notify=run.notify.warn)
        recorded_values = {field: recorded.get(field) for field in drifted}
        return {**diff.build_outputs(link, inputs, client.base_url), **recorded_values}
