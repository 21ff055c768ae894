"""Which steps of a preview are about the same link, and how many links it read that no later step accounts for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.cli.review.digest import Digest, Step

_PARTS = frozenset({"create-replacement", "import-replacement", "delete-replaced"})
PROVIDER_TYPE = "pulumi:providers:"
_OF_NEW_OR_FOREIGN = frozenset(
    {
        "create",
        "import",
        "refresh",
        "read",
        "read-replacement",
        "read-discard",
        "discard",
        "discard-replaced",
        "remove-pending-replace",
    }
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
        has_read_all: Whether nothing shows that the state holds more than was read, as it may with `--target`.
    """

    preview: Digest
    read: Mapping[str, Step]
    planned: Mapping[str, Step]
    vanished: int
    are_links: bool
    has_read_all: bool


def join(preview: Digest) -> Joined:
    """Tells which steps are about the same link.

    Where `aliases` rename a link, its URN in the program is another one than in the state; the old state names it, or
    the new one does.
    """
    of_links = [step for step in preview.planned if step.is_of_link and not _is_of_leftover(step)]
    read = {step.urn: found for step in of_links if (found := _read(step, preview.refreshed))}
    planned: dict[str, Step] = {}
    for step in of_links:
        if step.urn in read and not (step.op in _PARTS and read[step.urn].urn in planned):
            planned[read[step.urn].urn] = step
    missing = _missing(preview)
    return Joined(
        preview,
        read,
        planned,
        vanished=0 if _hides_parts(preview) else max(missing, 0),
        are_links=not _other_is_unaccounted_for(preview),
        has_read_all=missing >= 0,
    )


def _is_of_leftover(step: Step) -> bool:
    """Whether it is about the old link of an earlier replacement, which has the URN of the one that lives."""
    # The old state of a replacement of now is marked as well, where the engine has planned it already.
    return step.old is not None and step.old.delete and step.op != "replace"


def _read(step: Step, refreshed: Mapping[str, Step]) -> Step | None:
    return next((refreshed[urn] for urn in step.recorded_urns if urn in refreshed), None)


def _hides_parts(preview: Digest) -> bool:
    """Whether something may make room for a replacement: not counted, and listed with --show-replacement-steps only."""
    ops = {step.op for step in preview.steps}
    return "replace" in ops and ops.isdisjoint(_PARTS)


def _missing(preview: Digest) -> int:
    """How many resources more were read than the engine counts: those are gone. Below 0, some were not read.

    The engine lists no resource that stays as it is, but counts it.
    """
    if preview.summary is None:
        return 0
    were = {step.urn for step in preview.steps if step.is_refresh and step.old is not None and step.old.is_managed}
    live = sum(count for op, count in preview.summary.items() if op not in _OF_NEW_OR_FOREIGN)
    replaced = {urn for step in preview.planned if step.op == "replace" for urn in step.recorded_urns}
    made_room = sum(
        step.op == "delete-replaced" and step.urn not in replaced and not _is_of_leftover(step)
        for step in preview.planned
    )
    # Made anew, or no longer managed: none of those is counted as one that was there before.
    named = sum(
        step.op in {"create", "import", "read"} and not were.isdisjoint(step.recorded_urns) for step in preview.planned
    )
    return len(were) - live - made_room - named


def _other_is_unaccounted_for(preview: Digest) -> bool:
    """Whether something that could be gone, and is no link, was read, and no later step is about it."""
    seen = {urn for step in preview.planned for urn in step.recorded_urns}
    return any(
        step.old is not None
        and step.old.is_managed
        and step.old.custom
        and not step.is_of_link
        and step.urn not in seen
        for step in preview.steps
        if step.is_refresh and not step.type.startswith(PROVIDER_TYPE)
    )
