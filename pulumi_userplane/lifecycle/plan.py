"""Plans what a link needs: nothing, an update, or a replacement; sends no request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_userplane import diff
from pulumi_userplane.api.errors import Operation, UserplaneError
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.lifecycle.adopt import check_adoption
from pulumi_userplane.lifecycle.deletion import require_server_for_replacement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.lifecycle.run_state import RunState
    from pulumi_userplane.settings import Settings


class Plan(NamedTuple):
    """Whether the declared link differs from the recorded one, and the inputs that only a new link can change."""

    has_changes: bool
    replaces: list[str]


def plan(
    run: RunState, settings: Settings, link_id: str, recorded: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Plan:
    """Returns what has to change.

    Args:
        run: The run.
        settings: The account's settings.
        link_id: The link.
        recorded: The link as the state holds it.
        inputs: What `check` returned.

    Raises:
        UserplaneError: `adopt` does not fit, or the link would be replaced on another server.
    """
    run.record_and_remove_entry(settings, link_id, inputs, recorded, is_offline=True)
    replaced_keys = diff.find_replacements(recorded, inputs)
    marks = (str(recorded.get("mark") or ""), str(inputs.get("mark") or ""))
    keeps_link = True
    if marks[1] and marks[1] not in run.checked_marks:
        # A refresh: the engine compares what it has read with the state, also for a resource that left the program.
        run.claims.record_refreshed(link_id, *marks)
    else:
        keeps_link = run.claims.record_declaration(link_id, *marks, is_replaced=bool(replaced_keys))
    check_adoption(link_id, recorded, inputs, is_replaced=bool(replaced_keys), keeps_link=keeps_link)
    if not diff.has_difference(recorded, inputs):
        return Plan(has_changes=False, replaces=[])
    if replaced_keys:
        require_server_for_replacement(settings.base_url, link_id, recorded)
    return Plan(has_changes=True, replaces=replaced_keys)


def claim_import(run: RunState, link_id: str, old_inputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    """Claims a link for the resource that has only just imported it; any other may be compared without.

    Args:
        run: The run.
        link_id: The link.
        old_inputs: The inputs in the state.
        inputs: What `check` returned.

    Raises:
        UserplaneError: Another resource of the program has the link.
    """
    mark = inputs.get("mark")
    if not mark or old_inputs.get("mark"):
        return
    if holder := run.claims.claim_import(link_id, str(mark)):
        raise UserplaneError(
            holder,
            operation=Operation("adoption", describe_link(link_id, str(mark))),
            next_step="remove one of the two from the program, and from the state with `pulumi state delete URN`",
        )
