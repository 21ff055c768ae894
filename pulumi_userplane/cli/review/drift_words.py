"""What a review says of changes from outside Pulumi."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.model import Comeback, Fate, Kind
from pulumi_userplane.cli.review.safe_text import LONGEST_ADDRESS, cut
from pulumi_userplane.cli.review.words import Quoted, Strong, field

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.model import FieldDrift, LinkDrift, Review
    from pulumi_userplane.cli.review.words import Phrase

_NOT_LOOKED_AT = (
    "Whether links were changed or deleted by hand was not looked at. `pulumi preview --refresh "
    "--show-replacement-steps --json | pulumi-userplane review` looks."
)
_PUT_BACK_LATER = "`pulumi up --refresh` puts it back, if the program still says so"
_COMEBACKS = {
    Comeback.NEW_LINK: "comes back with a new address",
    Comeback.OTHER_LINK: "its resource takes over another link",
    Comeback.FAILS: (
        "`pulumi up --refresh` fails while `adopt` names it; without that line a new one comes, with a new address"
    ),
    Comeback.UNTOLD: "`pulumi up --refresh` makes a new one, with a new address, if the program still declares it",
}
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
        return [(_COMEBACKS[drift.comeback],)]
    return [(_fate(each, review),) for each in drift.fields]


def _fate(drift: FieldDrift, review: Review) -> str:
    if drift.fate is not Fate.UNTOUCHED:
        return _FATES[drift.fate]
    return "goes with the link" if review.is_refreshed else _PUT_BACK_LATER


def remarks(review: Review) -> list[str]:
    """Returns what a reader has to know beside the table: that nobody looked, or what has no name."""
    if not review.knows_drift and review.has_preview:
        return [_NOT_LOOKED_AT]
    return [_vanished(review)] if review.vanished else []


def _vanished(review: Review) -> str:
    kind = "recording link" if review.are_vanished_links else "resource"
    said = f"1 more {kind} was" if review.vanished == 1 else f"{review.vanished} more {kind}s were"
    maybe = "" if review.are_vanished_links else ", maybe a recording link among them"
    return f"{said} deleted by hand and left out of the program, or renamed{maybe}: `--drift` tells which."
