"""Decides from the state whether a live link with a resource's mark is what an interrupted creation left; pure.

Such a link may also be managed under another name, or somebody kept it on purpose (`state delete`, `retain_on_delete`),
moved it to another stack, or made it from another backend. Pulumi's state tells: while the engine creates a resource,
the state has a pending creation of it, which stays when the run is killed and goes when the run ends by itself.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum, auto
from typing import TYPE_CHECKING

from pulumi_userplane.recovery.ownership import is_same_resource, make_for_urn, parse_owner

if TYPE_CHECKING:
    from pulumi_userplane.recovery.state_reader import Deployment, Resource


class Verdict(Enum):
    """What a live link with the mark of the resource that is being created is."""

    HELD = auto()
    """The state holds it: under another name, or as the link that this creation replaces. It is not taken."""

    HELD_SINCE = auto()
    """The state holds it under this resource's name, but did not when this run began: another run writes the state."""

    PENDING = auto()
    """A run was interrupted while it created it."""

    WITHOUT_CHECKPOINTS = auto()
    """The state does not hold it, and would not show a pending creation of it."""

    UNPROVED = auto()
    """Nothing shows what it is, or the state can't be read."""


def judge(state: Deployment | None, link_id: str, mark: str, *, is_replacement: bool, has_checkpoints: bool) -> Verdict:
    """Returns what a live link with a mark is.

    Args:
        state: The state, read after `create` of the resource was called; None where it can't be read.
        link_id: The link.
        mark: The mark of the resource that is being created.
        is_replacement: Whether the state held a link for the resource when this run began.
        has_checkpoints: Whether both this run and the one that created the link write the state after each step.
    """
    if state is None:
        return Verdict.UNPROVED
    creations = Counter(creation.urn for creation in state.pending_creations if creation.mark == mark)
    holders = [resource for resource in state.resources if resource.holds_link and resource.id == link_id]
    if holders:
        is_held_since = not is_replacement and all(_is_current(holder, mark, creations) for holder in holders)
        return Verdict.HELD_SINCE if is_held_since else Verdict.HELD
    # One is this creation's own, which the engine has just written, if it writes any.
    if any(count > 1 for count in creations.values()):
        return Verdict.PENDING
    return Verdict.UNPROVED if has_checkpoints else Verdict.WITHOUT_CHECKPOINTS


def _is_current(holder: Resource, mark: str, creations: Counter[str]) -> bool:
    """Returns whether the state holds the link for the very resource that is being created, and not to delete it."""
    if holder.delete:
        return False
    if creations:
        return holder.urn in creations
    # Without checkpoints nothing tells the URN of the resource. Only a default mark leads to it.
    known_mark = holder.mark if parse_owner(mark) is None else make_for_urn(holder.urn)
    return is_same_resource(known_mark, mark)
