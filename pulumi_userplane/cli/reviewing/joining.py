"""Which steps of a preview are about the same link, and how many links it read that no later step accounts for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.changes import PUT_FIELDS
from pulumi_userplane.cli.reviewing.comparing import PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.cli.reviewing.digest import Digest, State, Step

_PARTS = frozenset({"create-replacement", "delete-replaced"})
_PROVIDER_TYPE = "pulumi:providers:"
_OF_NEW_OR_FOREIGN = frozenset(
    {"create", "import", "refresh", "read", "read-replacement", "read-discard", "discard", "discard-replaced"}
)
"""Counted operations that say nothing of a resource that the state held and Pulumi manages."""


@dataclass(frozen=True)
class Joined:
    """A preview, and which of its steps belong together.

    Attributes:
        preview: The preview.
        read: The step that has read a link before, by the URN of the one that is planned for it.
        planned: The step that is planned for a link that was read, by the URN in the state.
        vanished: How many resources were read and then neither lived nor came back: deleted by hand, and no longer in
            the program.
        are_links: Whether all of those are links; otherwise some may be.
    """

    preview: Digest
    read: Mapping[str, Step]
    planned: Mapping[str, Step]
    vanished: int
    are_links: bool


def declaration(state: State) -> str:
    """Returns what is declared of a link, as one text that is the same for the same."""
    return json.dumps({key: state.inputs.get(key) for key in (*PLACES, *PUT_FIELDS)}, sort_keys=True)


def join(preview: Digest) -> Joined:
    """Tells which steps are about the same link.

    Where `aliases` rename a link, its URN in the program is another one than in the state; the old state names it. A
    link that is gone has no old state: only what the new one declares tells.
    """
    of_links = [step for step in preview.planned if step.is_of_link]
    read = {step.urn: found for step in of_links if (found := _read(step, preview.refreshed))}
    planned: dict[str, Step] = {}
    for step in of_links:
        if step.urn in read and not (step.op in _PARTS and read[step.urn].urn in planned):
            planned[read[step.urn].urn] = step
    vanished, are_links = _vanished(preview), not _other_is_unaccounted_for(preview)
    if vanished and are_links:
        for step, found in _renamed(of_links, preview, planned)[:vanished]:
            read[step.urn], planned[found.urn] = found, step
            vanished -= 1
    return Joined(preview, read, planned, vanished, are_links)


def _read(step: Step, refreshed: Mapping[str, Step]) -> Step | None:
    return next((refreshed[urn] for urn in step.recorded_urns if urn in refreshed), None)


def _vanished(preview: Digest) -> int:
    """The engine lists no resource that stays as it is, but counts it: what was read and is not counted is gone."""
    ops = {step.op for step in preview.steps}
    if preview.summary is None or ("replace" in ops and ops.isdisjoint(_PARTS)):
        # What only makes room for a replacement is not counted, and listed with --show-replacement-steps only.
        return 0
    were = {step.urn for step in preview.steps if step.is_refresh and _is_managed(step.old)}
    live = sum(count for op, count in preview.summary.items() if op not in _OF_NEW_OR_FOREIGN)
    replaced = {step.urn for step in preview.planned if step.op == "replace"}
    made_room = sum(step.op == "delete-replaced" and step.urn not in replaced for step in preview.planned)
    returning = sum(step.op == "create" and not were.isdisjoint(step.recorded_urns) for step in preview.planned)
    return max(len(were) - live - made_room - returning, 0)


def _is_managed(state: State | None) -> bool:
    return state is not None and not state.external and not state.delete


def _other_is_unaccounted_for(preview: Digest) -> bool:
    """Whether something that could be gone, and is no link, was read, and no later step is about it."""
    seen = {urn for step in preview.planned for urn in step.recorded_urns}
    return any(
        step.old is not None and step.old.custom and not step.is_of_link and step.urn not in seen
        for step in preview.steps
        if step.is_refresh and not step.type.startswith(_PROVIDER_TYPE)
    )


def _renamed(of_links: list[Step], preview: Digest, planned: Mapping[str, Step]) -> list[tuple[Step, Step]]:
    """New links that declare what one did that may be gone, with the step that has read it."""
    left = {declaration(step.old): step for urn, step in preview.refreshed.items() if step.old and urn not in planned}
    return [
        (step, left.pop(said))
        for step in of_links
        if step.op == "create" and step.new and _read(step, preview.refreshed) is None
        if (said := declaration(step.new)) in left
    ]
