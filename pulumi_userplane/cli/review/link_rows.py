"""Lists the links of a review, each once, and sorts them by what happens to their addresses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.model import LinkChange, LinkChangeKind
from pulumi_userplane.cli.review.safe_text import describe_invisible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_userplane.cli.review.model import LinkDrift, Review


class Effect(Enum):
    """What happens to a link, the most important for customers first; the values head the table of counts."""

    STOPS = "stop working"
    MAY_STOP = "may stop working"
    DEAD = "already dead"
    UNPROTECTED = "no longer protected"
    REPLACED = "replaced, old address works"
    ORPHANED = "orphaned"
    MOVED = "moved"
    ADOPTED = "adopted"
    NEW = "new"
    CHANGED = "changed"
    STATE_ONLY = "changed only in the state"
    CHANGED_BACK = "changed back"
    DRIFTED = "drifted"


_EFFECTS = {
    LinkChangeKind.REPLACED: Effect.REPLACED,
    LinkChangeKind.RETAINED: Effect.ORPHANED,
    LinkChangeKind.TAKEN_OVER: Effect.MOVED,
    LinkChangeKind.ADOPTED: Effect.ADOPTED,
    LinkChangeKind.CREATED: Effect.NEW,
    LinkChangeKind.UPDATED: Effect.CHANGED,
}


@dataclass(frozen=True)
class LinkRow:
    """What happens to one link.

    Attributes:
        effect: What happens to it.
        link: What the preview does to it, or what was done outside Pulumi to one that does not change.
        moved_from: For a link that another resource adopts, what happens to the one that had it.
    """

    effect: Effect
    link: LinkChange | LinkDrift
    moved_from: LinkChange | None = None

    @property
    def is_important(self) -> bool:
        """Whether a reviewer must see it.

        Its address is in danger, it is about protection or another owner, or its name hides something.
        """
        link = self.link
        if self.effect in {Effect.STOPS, Effect.MAY_STOP, Effect.DEAD}:
            return True
        return any(map(describe_invisible, (link.name, link.title or ""))) or (
            isinstance(link, LinkChange)
            and (link.loses_protection or link.ignores_protection or link.other_owner is not None)
        )


def list_links(review: Review) -> list[LinkRow]:
    """Returns the links that change or were changed outside Pulumi, those that a reviewer must see first."""
    rows = [*_list_changes(review), *_list_drift(review)]
    order = list(Effect)
    return sorted(rows, key=lambda row: (not row.is_important, order.index(row.effect)))


def count_effects(review: Review) -> Counter[Effect]:
    """Returns how many links there are of each effect, also those deleted outside Pulumi that no step names."""
    counts = Counter(row.effect for row in list_links(review))
    return counts + Counter({Effect.DEAD: review.unnamed_link_deletions})


def _list_changes(review: Review) -> Iterator[LinkRow]:
    adopted = {change.name for change in review.of_kind(LinkChangeKind.ADOPTED)}
    moved = {change.other: change for change in review.of_kind(LinkChangeKind.TAKEN_OVER) if change.other in adopted}
    for change in review.changes:
        if change.kind is LinkChangeKind.TAKEN_OVER and change.other in adopted:
            continue
        moved_from = moved.get(change.name) if change.kind is LinkChangeKind.ADOPTED else None
        yield LinkRow(Effect.MOVED if moved_from else _find_effect(change), change, moved_from)


def _find_effect(change: LinkChange) -> Effect:
    if change.removes_address:
        return Effect.MAY_STOP if change.may_keep_address else Effect.STOPS
    if change.kind is LinkChangeKind.RECREATED or change.is_already_deleted or _is_deleted(change.drift):
        return Effect.DEAD
    if change.kind is LinkChangeKind.UPDATED:
        if change.loses_protection:
            return Effect.UNPROTECTED
        return Effect.STATE_ONLY if change.is_state_only else Effect.CHANGED
    return _EFFECTS[change.kind]


def _is_deleted(drift: LinkDrift | None) -> bool:
    return drift is not None and drift.is_deleted


def _list_drift(review: Review) -> Iterator[LinkRow]:
    """Yields the links that were changed or deleted outside Pulumi and to which nothing else happens."""
    listed = {change.drift.urn for change in review.changes if change.drift}
    for drift in review.drift:
        if drift.urn not in listed:
            effect = Effect.CHANGED_BACK if drift.is_put_back else Effect.DRIFTED
            yield LinkRow(Effect.DEAD if drift.is_deleted else effect, drift)
