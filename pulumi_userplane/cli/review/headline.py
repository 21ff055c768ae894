"""The first line of a review, which says it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.model import Fate, Kind

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.model import LinkChange, LinkDrift, Review


def headline(review: Review) -> str:
    """Returns the line, addresses that stop working first."""
    parts = [_addresses(review), *_dead(review), *_counts(review)] if review.has_preview else ["No preview was read"]
    return " · ".join([*parts, *_drift_counts(review)])


def _addresses(review: Review) -> str:
    replaced = [each for each in review.killed if each.kind is Kind.REPLACED]
    new_for_certain = sum(not each.is_uncertain for each in replaced)
    maybe_new = len(replaced) - new_for_certain
    deleted = [each for each in review.killed if each.kind is Kind.DELETED]
    deleted_for_certain = sum(not each.may_kill_address for each in deleted)
    maybe_deleted = len(deleted) - deleted_for_certain
    counts = (
        (new_for_certain, "gets a new one", "get new ones"),
        (maybe_new, "may get a new one", "may get a new one"),
        (deleted_for_certain, "is deleted", "are deleted"),
        (maybe_deleted, "may be deleted", "may be deleted"),
    )
    parts = [f"{_links(count)} {one if count == 1 else several}" for count, one, several in counts if count]
    if parts:
        may_stop = sum(each.may_kill_address for each in review.killed)
        return f"{_stopping(len(review.killed) - may_stop, may_stop)}: {', '.join(parts)}"
    if any(_is_dead(each) for each in review.changes):
        return "This change stops no address"
    if review.changes or any(map(_is_put_back, review.drift)):
        return "No address stops working"
    return "No recording link changes"


def _is_dead(change: LinkChange) -> bool:
    return change.kind is Kind.RETURNS or change.is_dead


def _stopping(certain: int, uncertain: int) -> str:
    stop = f"{_addresses_in_words(certain)} {'stops' if certain == 1 else 'stop'} working"
    if not uncertain:
        return stop
    return f"{stop}, {uncertain} may" if certain else f"{_addresses_in_words(uncertain)} may stop working"


def _dead(review: Review) -> list[str]:
    """What was deleted before, mostly by hand: no fault of the change, but dead all the same."""
    returning = sum(not each.other for each in review.of(Kind.RETURNS))
    failing = len(review.of(Kind.RETURNS)) - returning
    returns = "it comes back with another one" if returning == 1 else "they come back with other ones"
    pending = sum(each.is_dead for each in review.changes)
    counts = (
        (returning, f"deleted by hand, {returns}"),
        (failing, "deleted by hand, and the up fails"),
        (pending, "deleted by an earlier `up`"),
    )
    return [
        f"{_addresses_in_words(count)} {'is' if count == 1 else 'are'} dead already: {why}"
        for count, why in counts
        if count
    ]


def _counts(review: Review) -> list[str]:
    kept = sum(each.is_kept for each in review.of(Kind.REPLACED))
    updated = review.of(Kind.UPDATED)
    unprotected = sum(each.is_unprotected for each in review.changes)
    bare = sum(each.is_unprotected and not each.fields for each in updated)
    silent = sum(each.is_record_only for each in updated) - bare
    counts = (
        (kept, "gets a new address and keeps the old one", "get new addresses and keep the old ones"),
        (len(review.of(Kind.RELEASED)), "leaves the program and lives on", "leave the program and live on"),
        (len(review.of(Kind.MOVED)), "goes over to another resource", "go over to other resources"),
        (len(review.of(Kind.ADOPTED)), "existing link is taken over", "existing links are taken over"),
        (len(review.of(Kind.CREATED)), "new link", "new links"),
        (len(updated) - silent - bare, "link changes", "links change"),
        (silent, "link changes only in what Pulumi manages", "links change only in what Pulumi manages"),
        (unprotected, "link is no longer protected", "links are no longer protected"),
    )
    return [f"{count} {one if count == 1 else several}" for count, one, several in counts if count]


def _drift_counts(review: Review) -> list[str]:
    if not review.knows_drift:
        return ["hand edits not looked at"]
    gone = sum(each.is_gone for each in review.drift) + review.vanished_links - len(review.of(Kind.RETURNS))
    edited = sum(not each.is_gone for each in review.drift)
    parts = [f"{gone} deleted by hand"] if gone else []
    parts += [_edited(edited, sum(map(_is_put_back, review.drift)))] if edited else []
    if not review.drift and not review.has_preview:
        return ["nothing was changed outside Pulumi"]
    return parts


def _edited(edited: int, put_back: int) -> str:
    said = f"{edited} changed by hand"
    if not put_back:
        return said
    are = "is" if put_back == 1 else "are"
    return f"{said} {are} put back" if put_back == edited else f"{said}, {put_back} of them {are} put back"


def _is_put_back(drift: LinkDrift) -> bool:
    return any(each.fate is Fate.PUT_BACK for each in drift.fields)


def _addresses_in_words(count: int) -> str:
    return "1 address" if count == 1 else f"{count} addresses"


def _links(count: int) -> str:
    return "1 link" if count == 1 else f"{count} links"
