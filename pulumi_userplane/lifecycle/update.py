"""Changes fields of a link in one PUT and takes the answer as what the state records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.errors import APIError, Operation
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.lifecycle import deletion, write_check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api import Client, LinkFields


def update(
    client: Client, link_id: str, recorded: Mapping[str, Any], inputs: Mapping[str, Any], fields: LinkFields
) -> dict[str, Any]:
    """Sends the fields and returns the new outputs.

    A managed field that was not sent and came back changed keeps its recorded value: a refresh shows it, and this
    update does no more than its preview said.

    Raises:
        UserplaneError: The link is gone, the server refused, or it did not apply a field.
    """
    title = diff.label(recorded)
    try:
        link = client.update_link(inputs["workspace_id"], link_id, label=title, **fields)
    except APIError as error:
        deletion.confirm_deleted(client, recorded, error)
        error.next_step = "it was deleted outside Pulumi: `pulumi up --refresh` makes a new one, with a new address"
        raise
    answered = link.model_dump()
    operation = Operation("update", describe_link(link_id, title))
    write_check.verify_applied(operation, fields, recorded, answered)
    outside = diff.drifted(diff.managed(inputs), fields, recorded, answered)
    write_check.warn_drift(operation, outside)
    kept = {field: recorded.get(field) for field in outside}
    return {**diff.outputs(link, inputs, client.base_url), **kept}
