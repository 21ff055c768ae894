"""Words the row of one link, for comment and text: what it is called, what happens to it and to its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.model import LinkChangeKind
from pulumi_userplane.cli.review.safe_text import (
    MAX_ADDRESS_LENGTH,
    Address,
    Bold,
    Code,
    Property,
    describe_invisible,
    truncate,
)
from pulumi_userplane.cli.review.spelling import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pulumi_userplane.cli.review.model import LinkChange, LinkDrift, Review
    from pulumi_userplane.cli.review.safe_text import Phrase

LOCATION_REASONS = {
    "workspace_id": "another workspace",
    "domain_id": "another domain",
    "project_id": "another project",
    "provider": "another provider",
}
"""Why a link gets another address, by the property that changes."""

_REQUESTED = {
    "id": "requested on the command line, as by `--replace`",
    "taint": "the link is tainted (`pulumi state untaint` undoes that)",
}
_OPTION_REASONS = {
    "replacement_trigger": "`replacement_trigger` changes",
    "replace_with": "`replace_with` requires it",
    "deleted_with": "`deleted_with` requires it",
}
_REASONS = {**LOCATION_REASONS, **_REQUESTED, **_OPTION_REASONS}
_FOLLOWING = {"replace_with", "deleted_with"}
_IS_REPLACED = "is replaced"
_MAY_BE_REPLACED = "may be replaced"
_STATE_ONLY = {
    False: "nothing changes at Userplane, only which fields Pulumi manages",
    True: "nothing changes at Userplane, only which provider manages the link for Pulumi",
}
"""By whether another provider manages the link from then on."""
_MAX_REASONS = 5


def name_link(link: LinkChange | LinkDrift) -> list[Phrase]:
    """Returns what a link is called: its title, if it has one, and its name in the program."""
    return [*([_quote_name(link.title)] if link.title else []), _quote_name(link.name)]


def _quote_name(text: str) -> Phrase:
    warning = describe_invisible(text)
    return (Code(truncate(text)), *((" ", Bold((f"contains {warning}",))) if warning else ()))


def describe_change(change: LinkChange, review: Review, moved_from: LinkChange | None = None) -> Phrase:
    """Returns what happens to a link.

    Args:
        change: What the preview does to it.
        review: What else happens.
        moved_from: For a link that is adopted, what happens to the resource that had it.
    """
    return spell(_describe_change(change, moved_from), review)


def _describe_change(change: LinkChange, moved_from: LinkChange | None) -> Phrase:
    description = _describe_moved(moved_from) if moved_from else _DESCRIPTIONS[change.kind](change)
    if change.other_owner:
        owner: Phrase = ("its mark names ", Code(truncate(change.other_owner, MAX_ADDRESS_LENGTH)))
        description = (*description, "; ", Bold(owner), ", which may still manage it")
    if change.ignores_protection:
        return (*description, "; ", Bold(("`protect` is ignored",)), ": the preview ran with `--ignore-protect`")
    if not change.loses_protection:
        return description
    unprotected: Phrase = (Bold(("`protect` is removed",)), ": a later change may delete or replace the link")
    has_nothing_else = change.kind is LinkChangeKind.UPDATED and not change.fields
    return unprotected if has_nothing_else else (*description, "; ", *unprotected)


def _describe_replaced(change: LinkChange) -> Phrase:
    if change.is_already_deleted:
        return ("is created again: an earlier `up` deleted the link and created no new one",)
    reasons = {*change.reasons}
    if change.is_uncertain and not reasons & _FOLLOWING:
        known_later = _list_names(change.reasons, Property)
        is_known = "is known" if len(change.reasons) == 1 else "are known"
        return (Bold((_MAY_BE_REPLACED,)), ": ", *known_later, f" {is_known} only while `up` runs")
    # A location that changes always gives a new address, whatever the options say.
    is_avoidable = bool(reasons) and reasons <= {*change.options}
    return (
        Bold((_MAY_BE_REPLACED if change.is_uncertain else _IS_REPLACED,)),
        ": ",
        *_list_reasons(change),
        *_list_replaced_first(change),
        *(("; without that the address stays",) if is_avoidable else ()),
        *_describe_deleted_with(change),
    )


def _list_reasons(change: LinkChange) -> Iterator[str | Code | Bold]:
    """Yields at most five of the reasons, a change of the location first: no option prevents that."""
    reasons = sorted(change.reasons, key=lambda reason: (reason not in LOCATION_REASONS, reason))
    for index, reason in enumerate(reasons[:_MAX_REASONS]):
        yield ", " if index else ""
        if reason in _REASONS:
            yield _REASONS[reason]
        else:
            yield Property(truncate(reason))
            option = change.options.get(reason)
            yield f" changes, and `{option}` requires a replacement" if option else " changes"
    if len(reasons) > _MAX_REASONS:
        yield f", and {len(reasons) - _MAX_REASONS} more reasons"
    if not reasons:
        yield "the preview gives no reason"


def _list_replaced_first(change: LinkChange) -> Phrase:
    if not change.replaced_first:
        return ()
    are = "may be" if change.is_uncertain else "is" if len(change.replaced_first) == 1 else "are"
    return (", since ", *_list_names(change.replaced_first), f" {are} replaced first")


def _list_names(names: Sequence[str], kind: type[Code] = Code) -> Phrase:
    parts = [part for name in names[:_MAX_REASONS] for part in (", ", kind(truncate(name)))][1:]
    left = len(names) - _MAX_REASONS
    return (*parts, *((f" and {left} more",) if left > 0 else ()))


def _describe_deleted(change: LinkChange) -> Phrase:
    is_deleted = Bold(("may be deleted" if change.may_keep_address else "is deleted",))
    return (is_deleted, ": ", *_explain_deletion(change), *_describe_deleted_with(change))


def _explain_deletion(change: LinkChange) -> Phrase:
    if change.is_from_earlier_replacement:
        return ("it is the old link of an earlier replacement",)
    if change.is_replaced_by_lookup:
        return ("the program now only looks up another link under this name",)
    if change.other is None:
        return ("it is no longer in the program",)
    like = " declares the same: `aliases` would keep the link and its address"
    return ("it is no longer in the program, and the new link ", Code(truncate(change.other)), like)


def _describe_deleted_with(change: LinkChange) -> Phrase:
    if not change.may_be_deleted_with:
        return ()
    other = Code(truncate(change.deleted_with or ""))
    return ("; whether the link is deleted depends on what happens to ", other, " (`deleted_with`)")


def _describe_retained(change: LinkChange) -> Phrase:
    other: Phrase = (" ", Code(truncate(change.deleted_with))) if change.deleted_with else ()
    return (f"is orphaned: it leaves the program and stays live (`{change.retained_by}`", *other, ")")


def _describe_taken_over(change: LinkChange) -> Phrase:
    if change.shared_with:
        return (
            "leaves this resource and stays with ",
            Code(truncate(change.shared_with)),
            ", which manages the same link: nothing is deleted",
        )
    return ("moves to ", Code(truncate(change.other or "")), ", which adopts it: nothing is deleted")


def _describe_recreated(change: LinkChange) -> Phrase:
    if change.other:
        return ("was deleted outside Pulumi, and the `up` fails: `adopt` still names it, remove that line",)
    return ("was deleted outside Pulumi and is created again",)


def _describe_adopted(change: LinkChange) -> Phrase:
    adopted: Phrase = (" (", Address(truncate(change.other, MAX_ADDRESS_LENGTH)), ")") if change.other else ()
    # Only an import reads the link in a preview.
    values = "" if change.address else "; its fields get the values that the program declares"
    return ("existing link", *adopted, f" is adopted and keeps its address{values}")


def _describe_moved(change: LinkChange) -> Phrase:
    moves: Phrase = ("moves here from ", Code(truncate(change.name)), ": nothing is deleted")
    return (*moves, "; its fields get the values that the program declares")


_DESCRIPTIONS: dict[LinkChangeKind, Callable[[LinkChange], Phrase]] = {
    LinkChangeKind.REPLACED: _describe_replaced,
    LinkChangeKind.DELETED: _describe_deleted,
    LinkChangeKind.RECREATED: _describe_recreated,
    LinkChangeKind.RETAINED: _describe_retained,
    LinkChangeKind.TAKEN_OVER: _describe_taken_over,
    LinkChangeKind.ADOPTED: _describe_adopted,
    LinkChangeKind.CREATED: lambda _: ("new link",),
    LinkChangeKind.UPDATED: lambda change: (
        _STATE_ONLY[change.changes_provider] if change.is_state_only else "changes",
    ),
}


def describe_addresses(change: LinkChange, review: Review) -> list[Phrase]:
    """Returns what happens to a link's address, and then, if it gets a new one, what is known of that."""
    return [spell(phrase, review) for phrase in _describe_addresses(change, review)]


def _describe_addresses(change: LinkChange, review: Review) -> list[Phrase]:
    old: Phrase = (Address(truncate(change.address, MAX_ADDRESS_LENGTH)),) if change.address else ("its address",)
    new = _new_address(change, review)
    if change.kind is LinkChangeKind.CREATED:
        return [new]
    if change.kind is LinkChangeKind.RECREATED or change.is_already_deleted:
        return [(Bold((*old, " is already dead")),), *([] if change.other else [new])]
    outcome: Phrase = (Bold((*old, " may stop working" if change.may_keep_address else " stops working")),)
    if change.shared_with:
        outcome = (*old, ": old address keeps working, managed by ", Code(truncate(change.shared_with)))
    elif change.keeps_old_link:
        outcome = (*old, f": old address keeps working, unmanaged (`{change.retained_by}`)")
    if change.kind in {LinkChangeKind.RETAINED, LinkChangeKind.DELETED}:
        return [outcome]
    if change.kind is LinkChangeKind.REPLACED:
        return [outcome, ("if so, ", *new) if change.is_uncertain else new]
    return [("stays: ", *old) if change.address else ("stays",)]


def _new_address(change: LinkChange, review: Review) -> Phrase:
    domain_id = next((field.after for field in change.fields if field.path == "domain_id"), None)
    domain = review.location_names.get(domain_id) if isinstance(domain_id, str) else None
    return ("new one", *((" on ", Code(domain)) if domain else ()), ", known after `up`")
