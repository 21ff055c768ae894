"""What a review says of changes from outside Pulumi."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.cli.reviewing.model import Fate, Kind
from pulumi_userplane.cli.reviewing.safe_text import LONGEST_ADDRESS, cut
from pulumi_userplane.cli.reviewing.words import Quoted, Strong, field

if TYPE_CHECKING:
    from pulumi_userplane.cli.reviewing.model import FieldDrift, LinkDrift, Review
    from pulumi_userplane.cli.reviewing.words import Phrase

_PUT_BACK_LATER = "`pulumi up --refresh` puts it back, if the program still says so"
_RETURNS_LATER = "`pulumi up --refresh` makes a new one, with a new address, if the program still declares it"
_FATES = {
    Fate.PUT_BACK: "is put back",
    Fate.OVERWRITTEN: "is overwritten by what the program says now",
    Fate.DECLARED: "stays: the program says the same",
    Fate.LEFT: "the hand edit stays: the field is no longer managed",
}


def what(drift: LinkDrift, review: Review) -> list[Phrase]:
    """Returns what was done to a link, a phrase each."""
    if not drift.is_gone:
        return [field(each.change, Kind.UPDATED, review) for each in drift.fields]
    dead: Phrase = (": ", Quoted(cut(drift.address, LONGEST_ADDRESS)), " is dead") if drift.address else ()
    return [(Strong(("deleted",)), *dead)]


def fates(drift: LinkDrift, review: Review) -> list[Phrase]:
    """Returns what comes of it, in the order of `what`."""
    if drift.is_gone:
        return [("comes back with a new address" if drift.returns else _RETURNS_LATER,)]
    return [(_fate(each, review),) for each in drift.fields]


def _fate(drift: FieldDrift, review: Review) -> str:
    if drift.fate is not Fate.UNTOUCHED:
        return _FATES[drift.fate]
    return "goes with the link" if review.is_refreshed else _PUT_BACK_LATER


def not_looked_at(review: Review) -> str | None:
    """Returns what a reader has to know where nothing was asked at Userplane."""
    if review.knows_drift or not review.has_preview:
        return None
    return (
        "Whether links were changed or deleted by hand was not looked at. `pulumi preview --refresh --json | "
        "pulumi-userplane review` looks."
    )
