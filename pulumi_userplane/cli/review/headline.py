"""What a review says about the whole change: its headline, how to keep addresses, other resources, what is unknown."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.model import LinkChangeKind
from pulumi_userplane.cli.review.safe_text import Code, truncate
from pulumi_userplane.cli.review.violations import HOW_TO_KEEP
from pulumi_userplane.cli.text import pluralize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_userplane.cli.review.model import LinkChange, Review
    from pulumi_userplane.cli.review.safe_text import Phrase

KEEP_ADDRESSES = (
    "To keep an old address, unless its row names another way: first merge `retain_on_delete=True` for the link and "
    "run `pulumi up`, then merge this change; the old link keeps working, unmanaged. Or declare the new "
    f"link as a second resource now and remove the old one later. Step by step: {HOW_TO_KEEP}."
)

_DRIFT_NOT_CHECKED = (
    "Drift was not checked: links may have been changed or deleted outside Pulumi. `pulumi preview --refresh "
    "--show-replacement-steps --json | pulumi-userplane review` checks it."
)
_OP_VERBS = {
    "delete": "deletes",
    "delete-replaced": "deletes",
    "replace": "replaces",
    "update": "changes",
    "create": "creates",
    "import": "imports",
}
"""What is done to other resources, the most serious first."""


def write_headline(review: Review) -> str:
    """Returns the first line, which is the whole review in short: addresses that stop working first."""
    if not review.has_preview:
        return " · ".join(["No preview was read", *_count_drift(review)])
    parts = [_count_lost_addresses(review), *_count_dead_addresses(review), *_count_changes(review)]
    return " · ".join([*parts, *_count_drift(review)])


def _count_lost_addresses(review: Review) -> str:
    replaced, deleted = review.find_removals(LinkChangeKind.REPLACED), review.find_removals(LinkChangeKind.DELETED)
    may_be_replaced = sum(change.is_uncertain for change in replaced)
    may_be_deleted = sum(change.may_keep_address for change in deleted)
    counts = (
        (len(replaced) - may_be_replaced, "is replaced", "are replaced"),
        (may_be_replaced, "may be replaced", "may be replaced"),
        (len(deleted) - may_be_deleted, "is deleted", "are deleted"),
        (may_be_deleted, "may be deleted", "may be deleted"),
    )
    parts = [f"{pluralize(count, 'link')} {one if count == 1 else several}" for count, one, several in counts if count]
    if parts:
        may_stop = sum(change.may_keep_address for change in (*replaced, *deleted))
        return f"{_say_stop_working(len(replaced) + len(deleted) - may_stop, may_stop)}: {', '.join(parts)}"
    if any(map(_has_dead_address, review.changes)):
        return "This change stops no working address"
    if review.changes or any(drift.is_put_back for drift in review.drift):
        return "No address stops working"
    return "No recording link changes"


def _has_dead_address(change: LinkChange) -> bool:
    return change.kind is LinkChangeKind.RECREATED or change.is_already_deleted


def _say_stop_working(certain: int, uncertain: int) -> str:
    stop = f"{_count_addresses(certain)} {'stops' if certain == 1 else 'stop'} working"
    if not uncertain:
        return stop
    return f"{stop}, {uncertain} may" if certain else f"{_count_addresses(uncertain)} may stop working"


def _count_dead_addresses(review: Review) -> list[str]:
    """Returns how many addresses were dead before the change."""
    recreated = sum(not change.other for change in review.of_kind(LinkChangeKind.RECREATED))
    failing = len(review.of_kind(LinkChangeKind.RECREATED)) - recreated
    pending = sum(change.is_already_deleted for change in review.changes)
    counts = (
        (
            recreated,
            "its link was deleted outside Pulumi and is created again with a new address",
            "their links were deleted outside Pulumi and are created again with new addresses",
        ),
        (
            failing,
            "its link was deleted outside Pulumi, and the `up` fails",
            "their links were deleted outside Pulumi, and the `up` fails",
        ),
        (pending, "its link was deleted by an earlier `up`", "their links were deleted by an earlier `up`"),
    )
    return [
        f"{_count_addresses(count)} {f'is already dead: {one}' if count == 1 else f'are already dead: {several}'}"
        for count, one, several in counts
        if count
    ]


def _count_changes(review: Review) -> list[str]:
    kept = sum(change.keeps_old_link for change in review.of_kind(LinkChangeKind.REPLACED))
    updated = review.of_kind(LinkChangeKind.UPDATED)
    unprotected = sum(change.loses_protection for change in review.changes)
    only_unprotected = sum(change.loses_protection and not change.fields for change in updated)
    state_only = sum(change.is_state_only for change in updated) - only_unprotected
    count_of = {kind: len(review.of_kind(kind)) for kind in LinkChangeKind}
    counts = (
        (kept, "link is replaced, the old address keeps working", "links are replaced, the old addresses keep working"),
        (count_of[LinkChangeKind.RETAINED], "link is orphaned", "links are orphaned"),
        (count_of[LinkChangeKind.TAKEN_OVER], "link moves to another resource", "links move to other resources"),
        (count_of[LinkChangeKind.ADOPTED], "existing link is adopted", "existing links are adopted"),
        (count_of[LinkChangeKind.CREATED], "new link", "new links"),
        (len(updated) - state_only - only_unprotected, "link changes", "links change"),
        (state_only, "link changes only in the state", "links change only in the state"),
        (unprotected, "link is no longer protected", "links are no longer protected"),
    )
    return [f"{count} {one if count == 1 else several}" for count, one, several in counts if count]


def _count_drift(review: Review) -> list[str]:
    if not review.knows_drift:
        return ["drift was not checked"]
    named = sum(drift.is_deleted for drift in review.drift)
    deleted = named + review.unnamed_link_deletions - len(review.of_kind(LinkChangeKind.RECREATED))
    changed = len(review.drift) - named
    parts = [f"{pluralize(deleted, 'link')} deleted outside Pulumi"] if deleted else []
    parts += [_count_put_back(changed, sum(drift.is_put_back for drift in review.drift))] if changed else []
    if not review.drift and not review.has_preview:
        return ["no drift"]
    return parts


def _count_put_back(changed: int, put_back: int) -> str:
    text = f"{pluralize(changed, 'link')} drifted"
    if not put_back:
        return text
    are = "is" if put_back == 1 else "are"
    return f"{text} and {are} changed back" if put_back == changed else f"{text}, {put_back} of them {are} changed back"


def _count_addresses(count: int) -> str:
    return "1 address" if count == 1 else f"{count} addresses"


def describe_others(review: Review) -> list[Phrase]:
    """Returns what happens to resources that are not links."""
    phrases: list[Phrase] = []
    if review.others:
        order = list(_OP_VERBS)
        counts: Counter[tuple[str, str]] = Counter()
        for other in sorted(
            review.others, key=lambda other: order.index(other.op) if other.op in order else len(order)
        ):
            counts[_OP_VERBS.get(other.op, other.op), other.type] += other.count
        phrases.append(("Other resources: ", *_list_counts(counts), "."))
    if count := review.drifted_others:
        which = "other resource was" if count == 1 else "other resources were"
        phrases.append((f"{count} {which} changed outside Pulumi.",))
    return phrases


def _list_counts(counts: Counter[tuple[str, str]], most: int = 10) -> Iterator[str | Code]:
    left = counts.total()
    for (verb, type_), count in [*counts.items()][:most]:
        yield f"{'' if left == counts.total() else ', '}{verb} {count} "
        yield Code(truncate(type_))
        left -= count
    if left:
        yield f" and {left} more"


def describe_unknown(review: Review) -> list[str]:
    """Returns what the tables can't show: that drift was not checked, or deletions that no step names."""
    if not review.knows_drift and review.has_preview:
        return [_DRIFT_NOT_CHECKED]
    return [_describe_unnamed_deletions(review)] if review.unnamed_deletions else []


def _describe_unnamed_deletions(review: Review) -> str:
    kind = "recording link" if review.are_unnamed_links else "resource"
    count = review.unnamed_deletions
    were = f"1 more {kind} was" if count == 1 else f"{count} more {kind}s were"
    maybe = "" if review.are_unnamed_links else ", maybe a recording link among them"
    return f"{were} deleted outside Pulumi and left out of the program, or renamed{maybe}: `--drift` tells which."
