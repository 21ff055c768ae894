"""What is said about a whole change: the verdict, how to keep addresses, other resources, what is unknown."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review import failed_comment
from pulumi_userplane.cli.review.failed_preview import FailedPreview
from pulumi_userplane.cli.review.link_rows import Effect, count_effects
from pulumi_userplane.cli.review.safe_text import Code, truncate
from pulumi_userplane.cli.review.violations import HOW_TO_KEEP
from pulumi_userplane.cli.text import pluralize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pulumi_userplane.cli.review.model import Review
    from pulumi_userplane.cli.review.safe_text import Phrase
    from pulumi_userplane.cli.review.section import Section

KEEP_ADDRESSES = (
    "To keep an old address, unless its row names another way: first merge the option `retain_on_delete` for the link "
    "and run `pulumi up`, then merge this change; the old link keeps working, unmanaged. Or declare the new "
    f"link as a second resource now and remove the old one later. Step by step: {HOW_TO_KEEP}."
)

_CHECK_FAILS = "Check fails: "
_STOPS = re.compile("(?<!may )stops? working")
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


def write_verdict(sections: Sequence[Section]) -> str:
    """Returns what a comment says about all of its stacks, in at most ten words: addresses that stop working first."""
    failures = [section for section in sections if isinstance(section, FailedPreview)]
    reviewed = [section for section in sections if not isinstance(section, FailedPreview)]
    reviews = [section.review for section in reviewed]
    if failures:
        return _say_what_failed(failures, reviews)
    has_preview = any(review.has_preview for review in reviews)
    if not has_preview or not any(section.violations for section in reviewed):
        return _say_what_happens(reviews)
    # A limit for drift stops what may do no harm by itself.
    is_lost = any(review.removes_addresses for review in reviews)
    return f"{_CHECK_FAILS}{_say_what_happens(reviews) if is_lost else _say_what_drifted(reviews)}"


def write_stop(sections: Sequence[Section]) -> str:
    """Returns why an `up` changed nothing, in at most ten words."""
    if any(isinstance(section, FailedPreview) for section in sections):
        return "Nothing was applied: the preview failed"
    reason = write_verdict(sections).removeprefix(_CHECK_FAILS)
    return f"Nothing was applied: {_STOPS.sub('would stop working', reason)}"


def write_headline(review: Review) -> str:
    """Returns what text and JSON say about one stack in short: the verdict, and how many links have which effect."""
    counts, verdict = _count([review]), _say_what_happens([review])
    if not review.has_preview:
        return verdict
    told = {Effect.STOPS, Effect.MAY_STOP, *(() if review.removes_addresses else (Effect.DEAD,))}
    parts = [f"{count} {effect.value}" for effect in Effect if (count := counts[effect]) and effect not in told]
    return " · ".join([verdict, *parts, *([] if review.knows_drift else ["drift was not checked"])])


def _say_what_failed(failures: Sequence[FailedPreview], reviews: Sequence[Review]) -> str:
    if len(failures) == 1 and not reviews:
        return failed_comment.write_headline(failures[0])
    if any(review.removes_addresses for review in reviews):
        return f"{_say_what_happens(reviews)}; {pluralize(len(failures), 'preview')} failed"
    return f"{len(failures)} of {len(failures) + len(reviews)} previews failed"


def _count(reviews: Sequence[Review]) -> Counter[Effect]:
    return sum(map(count_effects, reviews), Counter[Effect]())


def _say_what_happens(reviews: Sequence[Review]) -> str:
    if not any(review.has_preview for review in reviews):
        return _say_what_drifted(reviews)
    counts = _count(reviews)
    stopping, maybe, dead = (counts[effect] for effect in (Effect.STOPS, Effect.MAY_STOP, Effect.DEAD))
    if stopping:
        may = f", {maybe} may" if maybe else ""
        return f"{_count_addresses(stopping)} {'stops' if stopping == 1 else 'stop'} working{may}"
    if maybe:
        return f"{_count_addresses(maybe)} may stop working"
    if dead:
        return f"No address stops working, {dead} {'is' if dead == 1 else 'are'} already dead"
    return "No address stops working" if counts else "No recording link changes"


def _say_what_drifted(reviews: Sequence[Review]) -> str:
    drift = [drift.is_deleted for review in reviews for drift in review.drift]
    deleted = sum(drift) + sum(review.unnamed_link_deletions for review in reviews)
    changed = len(drift) - sum(drift)
    if changed:
        return f"{pluralize(changed, 'link')} changed outside Pulumi{f', {deleted} deleted' if deleted else ''}"
    return f"{pluralize(deleted, 'link')} deleted outside Pulumi" if deleted else "No link changed outside Pulumi"


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


def describe_unchecked_drift(review: Review) -> list[str]:
    """Returns that drift was not checked, if so."""
    return [_DRIFT_NOT_CHECKED] if review.has_preview and not review.knows_drift else []


def describe_unnamed_deletions(review: Review) -> list[str]:
    """Returns how many resources were deleted outside Pulumi without a step that names them."""
    if not review.unnamed_deletions:
        return []
    kind = "recording link" if review.are_unnamed_links else "resource"
    count = review.unnamed_deletions
    were = f"1 more {kind} was" if count == 1 else f"{count} more {kind}s were"
    maybe = "" if review.are_unnamed_links else ", maybe a recording link among them"
    return [f"{were} deleted outside Pulumi and left out of the program, or renamed{maybe}: `--drift` tells which."]
