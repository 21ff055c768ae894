"""Decides from the state whether a live link with a resource's mark is what an interrupted creation left; pure.

Such a link may also be managed under another name, or somebody kept it on purpose (`state delete`, `retain_on_delete`),
moved it to another stack, or made it from another backend. Pulumi's state tells: while the engine creates a resource,
the state has a pending creation of it, which stays when the run is killed and goes when the run ends by itself.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from pulumi_userplane.recovery.ownership import is_same_resource, make_for_urn, parse_owner

if TYPE_CHECKING:
    from pulumi_userplane.recovery.state_reader import Deployment, Resource


class Verdict(Enum):
    """What a live link with the mark of the resource that is being created is."""

    HELD = auto()
    """The state held it when the run began: under another name, or as the link that is replaced. It is not taken."""

    HELD_SINCE = auto()
    """The state holds it under this resource's name, and this run's engine did not write that: another run did."""

    EARLIER = auto()
    """The state holds a link for this resource that was created later. This one was kept on purpose, as a rule."""

    PENDING = auto()
    """A run was interrupted while it created it."""

    WITHOUT_CHECKPOINTS = auto()
    """The state does not hold it, and would not show a pending creation of it."""

    UNPROVED = auto()
    """Nothing shows what it is, or the state can't be read."""


class LiveLink(NamedTuple):
    """A live link, and when it was created by the server's clock, as ISO 8601; empty if that is not known."""

    link_id: str
    created_at: str = ""


def judge(
    state: Deployment | None, link: LiveLink, mark: str, *, is_replacement: bool, has_checkpoints: bool
) -> Verdict:
    """Returns what a live link with a mark is.

    Args:
        state: The state, read after `create` of the resource was called; None where it can't be read.
        link: The link.
        mark: The mark of the resource that is being created.
        is_replacement: Whether the state held a link for the resource when this run began.
        has_checkpoints: Whether both this run and the one that created the link write the state after each step.
    """
    if state is None:
        return Verdict.UNPROVED
    # Of one resource, whichever of the two providers was creating it.
    creations = Counter(make_for_urn(creation.urn) for creation in state.pending_creations if creation.mark == mark)
    holders = [resource for resource in state.resources if resource.holds_link and resource.id == link.link_id]
    if holders:
        # A state that shows this creation was written by this run's engine, which knew the link from the beginning.
        was_known = is_replacement or creations or not all(_is_named_so(holder, mark) for holder in holders)
        return Verdict.HELD if was_known else Verdict.HELD_SINCE
    if any(_is_later(resource, link, mark) for resource in state.resources):
        return Verdict.EARLIER
    # One is this creation's own, which the engine has just written, if it writes any.
    if any(count > 1 for count in creations.values()):
        return Verdict.PENDING
    return Verdict.UNPROVED if has_checkpoints else Verdict.WITHOUT_CHECKPOINTS


def _is_later(resource: Resource, link: LiveLink, mark: str) -> bool:
    """Returns whether a resource is the one of this mark, with a link that was created later."""
    created_at = resource.text("created_at")
    is_later = created_at is not None and link.created_at != "" and created_at > link.created_at
    return is_later and resource.holds_link and _is_named_so(resource, mark)


def _is_named_so(holder: Resource, mark: str) -> bool:
    """Returns whether the state holds a link, not to be deleted, for the resource of this mark."""
    # A mark that the program chose does not lead to a name: then the one that the state holds counts.
    known_mark = holder.mark if parse_owner(mark) is None else make_for_urn(holder.urn)
    return not holder.delete and is_same_resource(known_mark, mark)
