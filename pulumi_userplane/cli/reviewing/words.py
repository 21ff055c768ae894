"""What a review says, before it is Markdown or plain text: phrases that keep our words and others' apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pulumi_userplane.cli.reviewing.comparing import PLACES
from pulumi_userplane.cli.reviewing.model import How, Kind, Mask
from pulumi_userplane.cli.reviewing.safe_text import LONGEST_ADDRESS, cut, shown, shown_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pulumi_userplane.cli.reviewing.model import FieldChange, LinkChange, LinkDrift, Review


@dataclass(frozen=True)
class Quoted:
    """Somebody else's words, or a word of the program."""

    text: str


@dataclass(frozen=True)
class Strong:
    """What nobody may miss."""

    phrase: Phrase


Phrase: TypeAlias = "tuple[str | Quoted | Strong, ...]"

NO_CHANGE = "No recording link changes"

KEEP_ADDRESSES = (
    "To keep an old address: merge `retain_on_delete=True` for the link and run `pulumi up` first, this change "
    "after it; or declare the new link as a resource of its own now and remove the old one later. docs/review.md of "
    "pulumi-userplane has both step by step."
)

_REASONS = {
    "workspace_id": "another workspace",
    "domain_id": "another domain",
    "project_id": "another project",
}
_ASKED_FOR = "it was asked for, by hand or by a change of its provider"
_NOT_SAID = {
    # The title stands beside the link; the workspace is mostly filled in.
    Kind.CREATED: {"link_title", "workspace_id"},
    Kind.ADOPTED: {"workspace_id"},
}


def headline(review: Review) -> str:
    """Returns the line that says it all."""
    parts = [_addresses(review), *_counts(review)] if review.has_preview else ["No preview was read"]
    return " · ".join([*parts, *_drift_counts(review)])


def _addresses(review: Review) -> str:
    if not review.changes:
        return NO_CHANGE
    replaced = [each for each in review.of(Kind.REPLACED) if each.kills_address]
    certain = sum(not each.is_uncertain for each in replaced)
    parts = [f"{_links(certain)} {'gets a new one' if certain == 1 else 'get new ones'}"] if certain else []
    parts += [f"{_links(len(replaced) - certain)} may get a new one"] if certain < len(replaced) else []
    deleted = len(review.of(Kind.DELETED))
    parts += [f"{_links(deleted)} {'is' if deleted == 1 else 'are'} deleted"] if deleted else []
    if not parts:
        return "No address stops working"
    killed = len(review.killed)
    return f"{killed} {'address stops' if killed == 1 else 'addresses stop'} working: {', '.join(parts)}"


def _counts(review: Review) -> list[str]:
    kept = sum(each.is_kept for each in review.of(Kind.REPLACED))
    updated = review.of(Kind.UPDATED)
    silent = sum(each.is_record_only for each in updated)
    counts = (
        (kept, "gets a new address and keeps the old one", "get new addresses and keep the old ones"),
        (len(review.of(Kind.RETURNS)), "deleted by hand comes back", "deleted by hand come back"),
        (len(review.of(Kind.RELEASED)), "leaves the program and lives on", "leave the program and live on"),
        (len(review.of(Kind.MOVED)), "goes over to another resource", "go over to other resources"),
        (len(review.of(Kind.ADOPTED)), "existing link is taken over", "existing links are taken over"),
        (len(review.of(Kind.CREATED)), "new link", "new links"),
        (len(updated) - silent, "link changes", "links change"),
        (silent, "link changes only in what Pulumi manages", "links change only in what Pulumi manages"),
    )
    return [f"{count} {one if count == 1 else several}" for count, one, several in counts if count]


def _drift_counts(review: Review) -> list[str]:
    gone = sum(each.is_gone and not each.returns for each in review.drift)
    edited = sum(not each.is_gone for each in review.drift)
    parts = [f"{gone} deleted by hand"] if gone else []
    parts += [f"{edited} changed by hand"] if edited else []
    if not parts and not review.drift and not review.has_preview:
        return ["nothing was changed outside Pulumi"]
    return parts


def _links(count: int) -> str:
    return "1 link" if count == 1 else f"{count} links"


def name(link: LinkChange | LinkDrift) -> list[Phrase]:
    """Returns what a link is called: its title, if it has one, and its name in the program."""
    title: list[Phrase] = [(Quoted(cut(link.title)),)] if link.title else []
    return [*title, (Quoted(cut(link.name)),)]


def what(change: LinkChange) -> Phrase:
    """Returns what happens to a link."""
    return _WHAT[change.kind](change)


def _replaced(change: LinkChange) -> Phrase:
    if change.is_uncertain:
        known_later = ", ".join(change.reasons)
        return (Strong(("may get a new address",)), ": ", Quoted(known_later), " is known only while `up` runs")
    reasons: list[str | Quoted | Strong] = []
    for reason in change.reasons:
        reasons += [", "] if reasons else []
        reasons += (
            [_REASONS[reason]]
            if reason in _REASONS
            else [Quoted(cut(reason)), " changes, and the program replaces for it"]
        )
    return (
        Strong(("gets a new address",)),
        ": ",
        *(reasons or [_ASKED_FOR]),
    )


def _deleted(change: LinkChange) -> Phrase:
    if change.is_leftover:
        return (Strong(("is deleted",)), ": it is the old link of an earlier replacement")
    if change.other is None:
        return (Strong(("is deleted",)), ": it is no longer in the program")
    renamed = (Quoted(cut(change.other)), " declares the same, and `aliases` would keep link and address")
    return (Strong(("is deleted",)), ": it is no longer in the program; ", *renamed)


def _returns(change: LinkChange) -> Phrase:
    if change.other:
        return ("was deleted by hand, and the `up` fails: `adopt` still names it, remove that line",)
    return ("was deleted by hand, comes back as a new link",)


def _adopted(change: LinkChange) -> Phrase:
    wanted: Phrase = (" (", Quoted(cut(change.other, LONGEST_ADDRESS)), ")") if change.other else ()
    return ("existing link taken over", *wanted, ", keeps its address")


def _updated(change: LinkChange) -> Phrase:
    if change.is_record_only:
        return ("nothing changes at Userplane, only what Pulumi manages",)
    return ("changes",)


_WHAT = {
    Kind.REPLACED: _replaced,
    Kind.DELETED: _deleted,
    Kind.RETURNS: _returns,
    Kind.RELEASED: lambda _: ("leaves the program and lives on (`retain_on_delete`)",),
    Kind.MOVED: lambda change: ("goes over to ", Quoted(cut(change.other or "")), ", which adopts it"),
    Kind.ADOPTED: _adopted,
    Kind.CREATED: lambda _: ("new link",),
    Kind.UPDATED: _updated,
}


def address(change: LinkChange, review: Review) -> Phrase:
    """Returns what becomes of a link's address."""
    old: Phrase = (Quoted(cut(change.address, LONGEST_ADDRESS)),) if change.address else ("its address",)
    if change.kills_address:
        return (Strong((*old, " may stop working" if change.is_uncertain else " stops working")),)
    if change.kind in {Kind.REPLACED, Kind.RELEASED}:
        return (*old, ": old address stays, unmanaged")
    if change.kind is Kind.RETURNS:
        return (Strong((*old, " is dead")), ", the new link gets another one" if not change.other else "")
    if change.kind is Kind.CREATED:
        return ("a new one", *_on_domain(change, review))
    return ("stays",)


def _on_domain(change: LinkChange, review: Review) -> Phrase:
    domain = next((each.after for each in change.fields if each.path == "domain_id"), None)
    known = review.places.get(domain) if isinstance(domain, str) else None
    return (" on ", Quoted(known)) if known else ()


def fields(change: LinkChange, review: Review) -> list[Phrase]:
    """Returns what changes of a link, a phrase each."""
    left_out = _NOT_SAID.get(change.kind, set()) - (set() if change.title else {"link_title"})
    return [field(each, change.kind, review) for each in change.fields if each.path not in left_out]


def field(change: FieldChange, kind: Kind, review: Review) -> Phrase:
    """Returns what changes of one field, for a link to which that happens."""
    return (Quoted(cut(change.path)), ": ", *_HOW[change.how](change, kind, review))


def _no_longer_managed(change: FieldChange, kind: Kind, review: Review) -> Phrase:
    if kind is Kind.UPDATED:
        return ("no longer managed, keeps its value ", *_value(change.before, review))
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
    "create": "to create",
    "update": "to change",
    "replace": "to replace",
    "delete": "to delete",
    "delete-replaced": "to delete",
    "import": "to import",
}


def others(review: Review) -> list[Phrase]:
    """Returns what happens to resources that are no links."""
    said: list[Phrase] = []
    if review.others:
        by_op: Counter[str] = Counter()
        for each in review.others:
            by_op[_OPS.get(each.op, each.op)] += each.count
        counts = ", ".join(f"{count} {op}" for op, count in by_op.items())
        types = sorted({each.type for each in review.others})
        said.append((f"Beside recording links: {_resources(by_op.total())}, {counts} (", *_listed(types), ")."))
    if review.drifted_others:
        said.append((f"Beside recording links, {_resources(review.drifted_others)} changed outside Pulumi.",))
    return said


def _resources(count: int) -> str:
    return "1 resource" if count == 1 else f"{count} resources"


def _listed(texts: list[str], most: int = 10) -> Iterable[str | Quoted]:
    for index, text in enumerate(texts[:most]):
        yield ", " if index else ""
        yield Quoted(cut(text))
    if len(texts) > most:
        yield f" and {len(texts) - most} more types"
