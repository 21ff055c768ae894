"""What a review says, before it is Markdown or plain text: phrases that keep our words and others' apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pulumi_userplane.cli.review.field_diff import PLACES
from pulumi_userplane.cli.review.limits import HOW_TO_KEEP
from pulumi_userplane.cli.review.model import How, Kind, Mask
from pulumi_userplane.cli.review.safe_text import LONGEST_ADDRESS, cut, hidden, shown, shown_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pulumi_userplane.cli.review.model import FieldChange, LinkChange, LinkDrift, Review


@dataclass(frozen=True)
class Quoted:
    """Somebody else's words, or a word of the program."""

    text: str


@dataclass(frozen=True)
class Strong:
    """What nobody may miss."""

    phrase: Phrase


Phrase: TypeAlias = "tuple[str | Quoted | Strong, ...]"

KEEP_ADDRESSES = (
    "To keep an old address, unless its row names another way: merge `retain_on_delete=True` for the link and run "
    "`pulumi up` first, this change after it (the old link lives on, and nothing manages it any more); or declare the "
    f"new link as a resource of its own now and remove the old one later. Step by step: {HOW_TO_KEEP}."
)

_REASONS = {
    "workspace_id": "another workspace",
    "domain_id": "another domain",
    "project_id": "another project",
    "provider": "another provider",
}
_BY_HAND = {
    "id": "it was asked for by hand, as by `--replace`",
    "taint": "it is tainted, and `pulumi state untaint` takes that back",
}
_OPTIONS = {
    "replacement_trigger": "`replacement_trigger` changes",
    "replace_with": "`replace_with` asks for it",
    "deleted_with": "`deleted_with` asks for it",
}
_PLAIN = {**_REASONS, **_BY_HAND, **_OPTIONS}
_FOLLOWING = {"replace_with", "deleted_with"}
_JUST_MADE = "; a link that this machine has just made is kept the first time"
_WITHOUT = ": without that the address stays"
_NOT_TOLD = "the preview does not say why"
_MOST_REASONS = 5


def name(link: LinkChange | LinkDrift) -> list[Phrase]:
    """Returns what a link is called: its title, if it has one, and its name in the program."""
    return [*([_called(link.title)] if link.title else []), _called(link.name)]


def _called(text: str) -> Phrase:
    warning = hidden(text)
    return (Quoted(cut(text)), *((" ", Strong((f"holds {warning}",))) if warning else ()))


def what(change: LinkChange) -> Phrase:
    """Returns what happens to a link."""
    said = _WHAT[change.kind](change)
    if change.is_protected:
        return (*said, "; ", Strong(("`protect` does not guard it",)), ": the preview ran with `--ignore-protect`")
    if not change.is_unprotected:
        return said
    unprotected: Phrase = (Strong(("`protect` is taken off",)), ": nothing guards the link any more")
    return unprotected if change.kind is Kind.UPDATED and not change.fields else (*said, "; ", *unprotected)


def _replaced(change: LinkChange) -> Phrase:
    if change.is_dead:
        return ("comes back as a new link: an earlier `up` has deleted it and made no new one",)
    reasons = {*change.reasons}
    if change.is_uncertain and not reasons & {*_BY_HAND, *_FOLLOWING}:
        known_later = _listed_names(change.reasons)
        is_known = "is known" if len(change.reasons) == 1 else "are known"
        return (Strong(("may get a new address",)), ": ", *known_later, f" {is_known} only while `up` runs")
    # A place that changes takes the address with it, whatever the program says.
    is_own_wish = bool(reasons) and reasons <= {*change.options}
    return (
        Strong(("may get a new address" if change.is_uncertain else "gets a new address",)),
        ": ",
        *_reasons(change),
        *_after(change),
        *((_WITHOUT,) if is_own_wish else ()),
        *_goes_with(change),
        *((_JUST_MADE,) if change.is_uncertain and reasons & {*_BY_HAND} else ()),
    )


def _reasons(change: LinkChange) -> Iterator[str | Quoted | Strong]:
    """The reasons, those first that no wish of the program changes; of very many a few."""
    reasons = sorted(change.reasons, key=lambda each: (each not in _REASONS, each))
    for index, reason in enumerate(reasons[:_MOST_REASONS]):
        yield ", " if index else ""
        if reason in _PLAIN:
            yield _PLAIN[reason]
        else:
            yield Quoted(cut(reason))
            option = change.options.get(reason)
            yield f" changes, and the program replaces for it (`{option}`)" if option else " changes"
    if len(reasons) > _MOST_REASONS:
        yield f", and {len(reasons) - _MOST_REASONS} more reasons"
    if not reasons:
        yield _NOT_TOLD


def _after(change: LinkChange) -> Phrase:
    if not change.replaced_first:
        return ()
    are = "may be" if change.is_uncertain else "is" if len(change.replaced_first) == 1 else "are"
    return (", since ", *_listed_names(change.replaced_first), f" {are} replaced before it")


def _listed_names(names: Sequence[str]) -> Phrase:
    shown = [part for each in names[:_MOST_REASONS] for part in (", ", Quoted(cut(each)))][1:]
    left = len(names) - _MOST_REASONS
    return (*shown, *((f" and {left} more",) if left > 0 else ()))


def _deleted(change: LinkChange) -> Phrase:
    is_deleted = Strong(("may be deleted" if change.may_kill_address else "is deleted",))
    return (is_deleted, ": ", *_why_deleted(change), *_goes_with(change))


def _why_deleted(change: LinkChange) -> Phrase:
    if change.is_leftover:
        return ("it is the old link of an earlier replacement",)
    if change.is_looked_up:
        return ("the program only looks up another link under its name",)
    if change.other is None:
        return ("it is no longer in the program",)
    renamed = (Quoted(cut(change.other)), " declares the same, and `aliases` would keep link and address")
    return ("it is no longer in the program; ", *renamed)


def _goes_with(change: LinkChange) -> Phrase:
    if not change.may_end:
        return ()
    return ("; `deleted_with` leaves it to what becomes of ", Quoted(cut(change.goes_with or "")))


def _released(change: LinkChange) -> Phrase:
    other: Phrase = (" ", Quoted(cut(change.goes_with))) if change.goes_with else ()
    return (f"leaves the program and lives on (`{change.keeper}`", *other, ")")


def _moved(change: LinkChange) -> Phrase:
    if change.shared_with:
        return (
            "leaves, and stays with ",
            Quoted(cut(change.shared_with)),
            ", which holds the same link: nothing is deleted",
        )
    return ("goes over to ", Quoted(cut(change.other or "")), ", which adopts it: nothing is deleted")


def _returns(change: LinkChange) -> Phrase:
    if change.other:
        return ("was deleted by hand, and the `up` fails: `adopt` still names it, remove that line",)
    return ("was deleted by hand, comes back as a new link",)


def _adopted(change: LinkChange) -> Phrase:
    wanted: Phrase = (" (", Quoted(cut(change.other, LONGEST_ADDRESS)), ")") if change.other else ()
    return ("existing link taken over", *wanted, ", keeps its address; the fields are what the program declares")


def _updated(change: LinkChange) -> Phrase:
    if change.is_record_only:
        return ("nothing changes at Userplane, only what Pulumi manages",)
    return ("changes",)


_WHAT = {
    Kind.REPLACED: _replaced,
    Kind.DELETED: _deleted,
    Kind.RETURNS: _returns,
    Kind.RELEASED: _released,
    Kind.MOVED: _moved,
    Kind.ADOPTED: _adopted,
    Kind.CREATED: lambda _: ("new link",),
    Kind.UPDATED: _updated,
}


def address(change: LinkChange, review: Review) -> Phrase:
    """Returns what becomes of a link's address."""
    old: Phrase = (Quoted(cut(change.address, LONGEST_ADDRESS)),) if change.address else ("its address",)
    new = _new_address(change, review)
    lives_on: Phrase = (
        (*old, ": old address stays with ", Quoted(cut(change.shared_with)))
        if change.shared_with
        else (*old, f": old address stays, unmanaged (`{change.keeper}`)")
    )
    if change.kind is Kind.CREATED:
        return new
    if change.kind is Kind.RETURNS or change.is_dead:
        return (Strong((*old, " is dead")), *(() if change.other else ("; ", *new)))
    if change.kind is Kind.RELEASED:
        return lives_on
    stops = Strong((*old, " may stop working" if change.may_kill_address else " stops working"))
    if change.kind is Kind.DELETED:
        return (stops,)
    if change.kind is Kind.REPLACED:
        return (*(lives_on if change.is_kept else (stops,)), "; if so, " if change.is_uncertain else "; ", *new)
    return ("stays: ", *old) if change.address else ("stays",)


def _new_address(change: LinkChange, review: Review) -> Phrase:
    return ("new one", *_on_domain(change, review), ", known after `up`")


def _on_domain(change: LinkChange, review: Review) -> Phrase:
    domain = next((each.after for each in change.fields if each.path == "domain_id"), None)
    known = review.places.get(domain) if isinstance(domain, str) else None
    return (" on ", Quoted(known)) if known else ()


def fields(change: LinkChange, review: Review) -> list[Phrase]:
    """Returns what changes of a link, a phrase each."""
    # The workspace is mostly filled in.
    left_out = {"workspace_id"} if change.kind in {Kind.CREATED, Kind.ADOPTED} else set()
    return [field(each, change.kind, review) for each in change.fields if each.path not in left_out]


def field(change: FieldChange, kind: Kind, review: Review) -> Phrase:
    """Returns what changes of one field, for a link to which that happens."""
    return (Quoted(cut(change.path)), ": ", *_HOW[change.how](change, kind, review))


def _no_longer_managed(change: FieldChange, kind: Kind, review: Review) -> Phrase:
    if kind is Kind.UPDATED:
        by_hand = ", which was edited by hand" if change.is_by_hand else ""
        return ("no longer managed, keeps its value ", *_value(change.before, review), by_hand)
    return ("no longer declared, the new link goes without",)


def _set_to(kind: Kind) -> Phrase:
    return () if kind in {Kind.CREATED, Kind.ADOPTED} else ("is set to ",)


def _changed(change: FieldChange, _: Kind, review: Review) -> Phrase:
    if change.before is Mask.SECRET and change.after is Mask.SECRET:
        return ("a secret value changes, both are hidden",)
    return _step(change, review)


_HOW: dict[How, Callable[[FieldChange, Kind, Review], Phrase]] = {
    How.SET: lambda change, kind, review: (*_set_to(kind), *_value(change.after, review)),
    How.CHANGED: _changed,
    How.CLEARED: lambda change, _, review: (*_value(change.before, review), " is removed"),
    How.NO_LONGER_MANAGED: _no_longer_managed,
    How.NOW_MANAGED: lambda change, _, review: ("now managed, stays ", *_value(change.after, review)),
}


def _step(change: FieldChange, review: Review) -> Phrase:
    """Old → new."""
    if Mask in {type(change.before), type(change.after)} or change.path in PLACES:
        return (*_value(change.before, review), " → ", *_value(change.after, review))
    before, after = shown_pair(change.before, change.after)
    return (Quoted(before), " → ", Quoted(after))


def _value(value: object, review: Review) -> Phrase:
    if isinstance(value, Mask):
        return (shown(value),)
    known = review.places.get(value) if isinstance(value, str) else None
    return (Quoted(shown(value)), *((" (", Quoted(cut(known)), ")") if known else ()))


_OPS = {
    "delete": "deletes",
    "delete-replaced": "deletes",
    "replace": "replaces",
    "update": "changes",
    "create": "creates",
    "import": "imports",
}
"""What is done to other resources, the most serious first."""


def others(review: Review) -> list[Phrase]:
    """Returns what happens to resources that are no links."""
    said: list[Phrase] = []
    if review.others:
        order = list(_OPS)
        counts: Counter[tuple[str, str]] = Counter()
        for each in sorted(review.others, key=lambda one: order.index(one.op) if one.op in order else len(order)):
            counts[_OPS.get(each.op, each.op), each.type] += each.count
        said.append(("Also outside of recording links: ", *_listed(counts), "."))
    if count := review.drifted_others:
        which = "resource that is no recording link was" if count == 1 else "resources that are no recording links were"
        said.append((f"{count} {which} changed outside Pulumi.",))
    return said


def _listed(counts: Counter[tuple[str, str]], most: int = 10) -> Iterable[str | Quoted]:
    left = counts.total()
    for (does, type_), count in [*counts.items()][:most]:
        yield f"{'' if left == counts.total() else ', '}{does} {count} "
        yield Quoted(cut(type_))
        left -= count
    if left:
        yield f" and {left} more"
