"""Reads a link from a page of the list or by its id, and reports one that was provably deleted outside Pulumi."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_userplane import diff
from pulumi_userplane.api.errors import APIError
from pulumi_userplane.lifecycle.deletion import require_proof_of_deletion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api import Client, Link
    from pulumi_userplane.lifecycle.run_state import RunState
    from pulumi_userplane.settings import Settings

_CREATED_AGAIN = "`pulumi up` then creates a new one, with a new address"
_LOOK_UP_FAILS = "`pulumi up` then fails, since the program still looks it up"


class LiveLink(NamedTuple):
    """A link as it is now: all of it as outputs, what the program manages as inputs, or None for a mere look-up."""

    outputs: dict[str, Any]
    inputs: dict[str, Any] | None


def read(
    run: RunState, settings: Settings, link_id: str, recorded: Mapping[str, Any], *, is_managed: bool = True
) -> LiveLink | None:
    """Returns the live link, or None if it was provably deleted: then the state drops it.

    Args:
        run: The run.
        settings: The account's settings.
        link_id: The link.
        recorded: What the state holds of it; hardly anything for an import or a look-up.
        is_managed: Whether the program manages it already; not when it is only looked up or is to be imported.

    Raises:
        UserplaneError: The link can't be read, or its deletion is not proved; the state has to be kept.
    """
    client = run.client(settings)
    workspace_id = settings.choose_workspace_id(recorded.get("workspace_id"))
    is_managed = is_managed and diff.LOOKUP not in recorded
    if is_managed:
        run.record_and_remove_entry(settings, link_id, recorded, recorded)
    with client.progress.track_link("read"), client.operation_deadline() as deadline:
        link = None
        if settings.refresh != "single" and diff.LOOKUP not in recorded:
            link = run.list_reader(client, workspace_id).find(link_id, recorded, deadline)
        link = link or _read_by_id(run, client, workspace_id, link_id, recorded, is_managed=is_managed)
    if link is None:
        run.held.record_removal(link_id)
        return None
    if diff.LOOKUP in recorded:
        outputs = diff.build_outputs(link, {"workspace_id": workspace_id}, client.base_url)
        return LiveLink({**outputs, diff.LOOKUP: True}, None)
    inputs = diff.build_live_inputs(link, recorded, workspace_id)
    return LiveLink(diff.build_outputs(link, inputs, client.base_url), inputs)


def _read_by_id(
    run: RunState, client: Client, workspace_id: str, link_id: str, recorded: Mapping[str, Any], *, is_managed: bool
) -> Link | None:
    """Returns the link, or None with a warning if it was provably deleted."""
    try:
        return client.get_link(workspace_id, link_id, label=diff.label(recorded))
    except APIError as error:
        require_proof_of_deletion(run, client, recorded, error)
        consequence = _CREATED_AGAIN if is_managed else _LOOK_UP_FAILS
        run.notify.warn(
            f"{error.subject} was deleted outside Pulumi ({error.status} {error.code}): "
            f"a refresh drops it from the state, and {consequence}"
        )
        return None
