"""Matches the steps of a preview that are about the same link, and counts what was read and then has no step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.cli.review.preview_digest import Digest, Step

PROVIDER_TYPE = "pulumi:providers:"

_REPLACEMENT_PARTS = frozenset({"create-replacement", "import-replacement", "delete-replaced"})
_OPS_OF_NEW_OR_FOREIGN = frozenset(
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
class MatchedSteps:
    """A preview, and which of its steps are about the same link.

    Attributes:
        preview: The preview.
        read: The step that read a link before, by the URN of the step that is planned for it.
        planned: The step that is planned for a link that was read, by the URN in the state.
        unnamed_deletions: How many resources were read and then neither live nor are recreated: they were deleted
            outside Pulumi and are no longer in the program.
        are_unnamed_links: Whether all of those are links; otherwise some may be.
        has_read_all: Whether nothing shows that the state holds more than was read, as it may with `--target`.
    """

    preview: Digest
    read: Mapping[str, Step]
    planned: Mapping[str, Step]
    unnamed_deletions: int
    are_unnamed_links: bool
    has_read_all: bool


def match_steps(preview: Digest) -> MatchedSteps:
    """Returns which steps are about the same link.

    Where `aliases` rename a link, its URN in the program is another one than in the state; the old state names it, or
    the new one does.
    """
    link_steps = [step for step in preview.planned if step.is_of_link and not _is_of_earlier_replacement(step)]
    read = {step.urn: refresh for step in link_steps if (refresh := _find_read(step, preview.refresh_steps))}
    planned: dict[str, Step] = {}
    for step in link_steps:
        if step.urn in read and not (step.op in _REPLACEMENT_PARTS and read[step.urn].urn in planned):
            planned[read[step.urn].urn] = step
    missing = _count_missing(preview)
    return MatchedSteps(
        preview,
        read,
        planned,
        unnamed_deletions=0 if _hides_replacement_parts(preview) else max(missing, 0),
        are_unnamed_links=not _may_other_be_missing(preview),
        has_read_all=missing >= 0,
    )


def _is_of_earlier_replacement(step: Step) -> bool:
    """Whether it is about the old link of an earlier replacement, which has the URN of the one that lives."""
    # The old state of a replacement of now is marked as well, where the engine has planned it already.
    return step.old is not None and step.old.delete and step.op != "replace"


def _find_read(step: Step, refreshed: Mapping[str, Step]) -> Step | None:
    return next((refreshed[urn] for urn in step.recorded_urns if urn in refreshed), None)


def _hides_replacement_parts(preview: Digest) -> bool:
    """Whether something may make room for a replacement: not counted, and listed with --show-replacement-steps only."""
    ops = {step.op for step in preview.steps}
    return "replace" in ops and ops.isdisjoint(_REPLACEMENT_PARTS)


def _count_missing(preview: Digest) -> int:
    """Returns how many resources more were read than the engine counts: those are deleted. Below 0, some were not read.

    The engine lists no resource that stays as it is, but counts it.
    """
    if preview.summary is None:
        return 0
    recorded = {step.urn for step in preview.steps if step.is_refresh and step.old is not None and step.old.is_managed}
    live = sum(count for op, count in preview.summary.items() if op not in _OPS_OF_NEW_OR_FOREIGN)
    replaced = {urn for step in preview.planned if step.op == "replace" for urn in step.recorded_urns}
    made_room = sum(
        step.op == "delete-replaced" and step.urn not in replaced and not _is_of_earlier_replacement(step)
        for step in preview.planned
    )
    # Recreated, or no longer managed: none of those is counted as one that was there before.
    named = sum(
        step.op in {"create", "import", "read"} and not recorded.isdisjoint(step.recorded_urns)
        for step in preview.planned
    )
    return len(recorded) - live - made_room - named


def _may_other_be_missing(preview: Digest) -> bool:
    """Whether something that is not a link was read, could be deleted, and no later step is about it."""
    planned = {urn for step in preview.planned for urn in step.recorded_urns}
    return any(
        step.old is not None
        and step.old.is_managed
        and step.old.custom
        and not step.is_of_link
        and step.urn not in planned
        for step in preview.steps
        if step.is_refresh and not step.type.startswith(PROVIDER_TYPE)
    )
