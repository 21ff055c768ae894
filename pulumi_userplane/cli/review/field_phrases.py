"""Words the fields of a link that change, and what was done to it outside Pulumi, for comment and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.model import DeletionOutcome, DriftOutcome, FieldChangeKind, LinkChangeKind, Mask
from pulumi_userplane.cli.review.safe_text import (
    MAX_ADDRESS_LENGTH,
    Address,
    Bold,
    Code,
    Property,
    format_value,
    format_values,
    truncate,
)
from pulumi_userplane.cli.review.spelling import spell
from pulumi_userplane.diff import LOCATION_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.cli.review.model import FieldChange, LinkChange, LinkDrift, Review
    from pulumi_userplane.cli.review.safe_text import Phrase


def describe_fields(change: LinkChange, review: Review) -> list[Phrase]:
    """Returns what changes of a link, one phrase a field."""
    # The workspace is mostly filled in.
    left_out = {"workspace_id"} if change.kind in {LinkChangeKind.CREATED, LinkChangeKind.ADOPTED} else set()
    return [_describe_field(field, change.kind, review) for field in change.fields if field.path not in left_out]


def _describe_field(change: FieldChange, kind: LinkChangeKind, review: Review) -> Phrase:
    path = Property(truncate(change.path))
    return spell((path, ": ", *_FIELD_DESCRIPTIONS[change.kind](change, kind, review)), review)


def _describe_unmanaged_field(change: FieldChange, kind: LinkChangeKind, review: Review) -> Phrase:
    if kind is LinkChangeKind.UPDATED:
        drifted = ", which was changed outside Pulumi" if change.is_drifted else ""
        return ("no longer managed, keeps its value ", *_name_value(change.before, review), drifted)
    return ("no longer declared: the new link does not have it",)


def _describe_set_field(change: FieldChange, kind: LinkChangeKind, review: Review) -> Phrase:
    is_of_new_link = kind in {LinkChangeKind.CREATED, LinkChangeKind.ADOPTED}
    return (*(() if is_of_new_link else ("is set to ",)), *_name_value(change.after, review))


def _describe_changed_field(change: FieldChange, _: LinkChangeKind, review: Review) -> Phrase:
    if change.before is Mask.SECRET and change.after is Mask.SECRET:
        return ("a secret changes, both values are hidden",)
    if Mask in {type(change.before), type(change.after)} or change.path in LOCATION_KEYS:
        return (*_name_value(change.before, review), " → ", *_name_value(change.after, review))
    before, after = format_values(change.before, change.after)
    return (Code(before), " → ", Code(after))


_FIELD_DESCRIPTIONS: dict[FieldChangeKind, Callable[[FieldChange, LinkChangeKind, Review], Phrase]] = {
    FieldChangeKind.SET: _describe_set_field,
    FieldChangeKind.CHANGED: _describe_changed_field,
    FieldChangeKind.CLEARED: lambda change, _, review: (*_name_value(change.before, review), " is removed"),
    FieldChangeKind.NO_LONGER_MANAGED: _describe_unmanaged_field,
    FieldChangeKind.NOW_MANAGED: lambda change, _, review: ("now managed, keeps ", *_name_value(change.after, review)),
}


def _name_value(value: object, review: Review) -> Phrase:
    if isinstance(value, Mask):
        return (format_value(value),)
    name = review.location_names.get(value) if isinstance(value, str) else None
    return (Code(format_value(value)), *((" (", Code(truncate(name)), ")") if name else ()))


_PUT_BACK_LATER = "`pulumi up --refresh` changes it back, if the program still declares the old value"
_DELETION_OUTCOMES = {
    DeletionOutcome.RECREATED: "is created again with a new address",
    DeletionOutcome.OTHER_LINK: "its resource adopts another link",
    DeletionOutcome.FAILS: (
        "`pulumi up --refresh` fails while `adopt` names it; without that line a new link is created"
    ),
    DeletionOutcome.UNKNOWN: (
        "`pulumi up --refresh` creates a new link, with a new address, if the program still declares it"
    ),
}
_DRIFT_OUTCOMES = {
    DriftOutcome.PUT_BACK: "is changed back",
    DriftOutcome.OVERWRITTEN: "is overwritten with the new value in the program",
    DriftOutcome.DECLARED: "stays: the program declares the same value",
    DriftOutcome.LEFT: "stays: the field is no longer managed",
}


def describe_drift(drift: LinkDrift, review: Review) -> list[Phrase]:
    """Returns what was done to a link outside Pulumi, one phrase a field."""
    if not drift.is_deleted:
        return [_describe_field(field.change, LinkChangeKind.UPDATED, review) for field in drift.fields]
    dead: Phrase = (": ", Address(truncate(drift.address, MAX_ADDRESS_LENGTH)), " is dead") if drift.address else ()
    return [(Bold(("deleted",)), *dead)]


def describe_outcomes(drift: LinkDrift, review: Review) -> list[Phrase]:
    """Returns what the `up` does about it, in the order of `describe_drift`."""
    if drift.is_deleted:
        return [spell((_DELETION_OUTCOMES[drift.deletion_outcome],), review)]
    untouched = "is not changed back: the link leaves the program" if review.is_refreshed else _PUT_BACK_LATER
    return [(_DRIFT_OUTCOMES.get(field.outcome, untouched),) for field in drift.fields]
