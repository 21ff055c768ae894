"""Words what an `up` did, for comment and text: the verdict, addresses, what failed and what that leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane import diff
from pulumi_userplane.cli.review import field_phrases, phrases
from pulumi_userplane.cli.review.applied_model import OldAddress, ResultKind
from pulumi_userplane.cli.review.failed_preview import explain
from pulumi_userplane.cli.review.model import LinkChange, LinkChangeKind, Review
from pulumi_userplane.cli.review.printed_errors import STACK_TYPE
from pulumi_userplane.cli.review.safe_text import Address, Bold, Code, Property, to_plain_text, truncate
from pulumi_userplane.cli.review.spelling import spell
from pulumi_userplane.cli.text import pluralize
from pulumi_userplane.link_types import PLUGIN_LINK_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pulumi_userplane.cli.review.applied_model import Applied, LinkResult
    from pulumi_userplane.cli.review.printed_errors import PrintedError
    from pulumi_userplane.cli.review.safe_text import Phrase

WHERE_TO_PUT_IT = "Put each new address wherever the old one stands, such as pages, macros and mails."

_MAX_WORDS = 10
_MAX_ADDRESS_LENGTH = 2_000
"""Longer than any address that Userplane gives: it has to be copied whole."""

_HIDDEN = "an address that the state hides"
_OLD_ADDRESSES: dict[OldAddress, str | Bold] = {
    OldAddress.STAYS: "still works",
    OldAddress.DEAD: Bold(("is dead",)),
    OldAddress.WAS_DEAD: "was dead before: its link had been deleted",
    OldAddress.UNMANAGED: "still works, unmanaged",
    OldAddress.UNDELETED: Bold(("still works: the link could not be deleted",)),
    OldAddress.UNKNOWN: Bold(("may be dead: the link was to end with another resource (`deleted_with`)",)),
}
_LEFT_BY_FAILED = {
    "creating": "The state has no link for it. The next `pulumi up` creates one.",
    "updating": "The link keeps its address and what it had. The next `pulumi up` changes it.",
    "deleting": "The link still works, and the state still has it. The next `pulumi up` deletes it.",
}
_LEFT_BY_FAILED_REPLACEMENT = "The old link stays and its address works. The next `pulumi up` replaces it."
_LEFT_BY_INTERRUPTED = {
    "creating": (
        "A link may live that the state does not have. The next `pulumi up` finds and completes it: run it within two "
        "hours."
    ),
    "updating": "Whether the link was changed is not known. `pulumi up --refresh` finds out and completes it.",
    "deleting": "Whether the link was deleted is not known. `pulumi up --refresh` finds out and completes it.",
}
_UNDELETED = "The old link still takes recordings. The next `pulumi up` deletes it; or delete it in the dashboard."
_MADE_ROOM = (
    "The old link was deleted to make room for a new one, which was not created. The next `pulumi up` creates it, with "
    "a new address."
)


def write_verdict(applied: Applied) -> str:
    """Returns the first line: what was done in at most ten words, new addresses first."""
    verdict, *parts = _begin(applied), *_count(applied)
    for index, part in enumerate(parts):
        longer = f"{verdict}{', ' if index else ' '}{part}"
        verdict = longer if len(longer.split()) <= _MAX_WORDS else verdict
    return verdict


def _begin(applied: Applied) -> str:
    if applied.is_interrupted:
        return "Interrupted:"
    if not applied.has_failed:
        return "Done:"
    return "Half done:" if _is_anything_done(applied) else "Failed:"


def _is_anything_done(applied: Applied) -> bool:
    not_done = {ResultKind.FAILED, ResultKind.INTERRUPTED, ResultKind.NOT_REACHED}
    return any(link.kind not in not_done or link.old is OldAddress.DEAD for link in applied.links)


def _count(applied: Applied) -> Iterator[str]:
    links = applied.links
    is_done = _is_anything_done(applied)
    if applied.has_failed and not applied.has_begun:
        yield "nothing was begun"
        return
    failed = ("failed", "failed") if is_done or applied.is_interrupted else ("link", "links")
    other = "other " if any(link.is_failure for link in links) else ""
    dead = sum(link.old is OldAddress.DEAD for link in links)
    counts = (
        (len(list_replaced(applied)), "new address", "new addresses"),
        (dead, "address dead", "addresses dead"),
        (sum(link.is_failure and link.kind is not ResultKind.INTERRUPTED for link in links), *failed),
        (len(applied.of_kind(ResultKind.INTERRUPTED)), "unfinished", "unfinished"),
        (len(applied.other_errors), f"{other}error", f"{other}errors"),
        (len(applied.of_kind(ResultKind.CREATED)), "new link", "new links"),
        (len(applied.of_kind(ResultKind.ADOPTED)), "link adopted", "links adopted"),
        (len(applied.of_kind(ResultKind.RETAINED)), "link orphaned", "links orphaned"),
        (len(applied.of_kind(ResultKind.UPDATED)), "link changed", "links changed"),
        (len(applied.of_kind(ResultKind.RENAMED)), "link renamed", "links renamed"),
    )
    yield from (f"{count} {one if count == 1 else several}" for count, one, several in counts if count)
    if not is_done:
        yield "nothing changed"
    elif not dead:
        yield "no address died"


def list_replaced(applied: Applied) -> list[LinkResult]:
    """Returns the links that got another address."""
    return applied.of_kind(ResultKind.REPLACED)


def list_lost(applied: Applied) -> list[LinkResult]:
    """Returns the links whose address died, or may have died, without a new one."""
    return applied.select(is_lost)


def is_lost(link: LinkResult) -> bool:
    """Returns whether a link's address died, or may have died, without a new one."""
    if link.kind in {ResultKind.FAILED, ResultKind.INTERRUPTED}:
        return link.old in {OldAddress.DEAD, OldAddress.WAS_DEAD, OldAddress.UNKNOWN}
    return link.kind is ResultKind.DELETED


def name_link(link: LinkResult) -> list[Phrase]:
    """Returns what a link is called: its title, if it has one, and its name in the program."""
    return phrases.name_link(_as_change(link))


def describe_addresses(link: LinkResult) -> list[Phrase]:
    """Returns the old address and what happened to it, then the new one."""
    old: list[Phrase] = []
    if link.old is not OldAddress.NONE:
        outcome = spell((_OLD_ADDRESSES[link.old],), _in_spelling_of(link))
        old = [(*quote_address(link.old_address), " ", *outcome)]
    if link.successor and link.kind is ResultKind.DELETED:
        old.append(("→ the new link ", Code(truncate(link.successor)), " declares the same"))
    if link.is_from_earlier_replacement:
        old.append(("it was the old link of an earlier replacement",))
    is_other = link.kind in {ResultKind.REPLACED, ResultKind.CREATED}
    return [*old, *([("→ ", *quote_address(link.new_address))] if is_other else []), *_describe_reason(link)]


def _describe_reason(link: LinkResult) -> list[Phrase]:
    """Returns why a link got another address, as far as two states tell."""
    changed = [phrases.LOCATION_REASONS[change.path] for change in link.fields if change.path in diff.LOCATION_KEYS]
    is_known = link.kind is ResultKind.REPLACED and bool(changed)
    return [(f"since it has {' and '.join(changed)}",)] if is_known else []


def quote_address(address: str | None) -> Phrase:
    """Returns an address as code, whole."""
    return (Address(truncate(address, _MAX_ADDRESS_LENGTH)) if address else _HIDDEN,)


def describe_error(link: LinkResult) -> list[Phrase]:
    """Returns what went wrong with a link."""
    if link.errors:
        return [explain(error).what for error in link.errors]
    if link.kind is ResultKind.INTERRUPTED:
        return [(f"the run was interrupted while {link.pending} it",)]
    if link.old is OldAddress.UNDELETED:
        return [("the old link could not be deleted",)]
    return [("the log does not say",)]


def describe_rest(link: LinkResult, applied: Applied) -> list[Phrase]:
    """Returns what a failure leaves, and what to do."""
    advice = [("To do: ", *problem.what_to_do) for problem in map(explain, link.errors)]
    return [(_describe_left(link, applied),), *dict.fromkeys(advice)]


def _describe_left(link: LinkResult, applied: Applied) -> str:
    if link.old is OldAddress.UNDELETED:
        return _UNDELETED
    if link.kind is ResultKind.INTERRUPTED:
        return _LEFT_BY_INTERRUPTED.get(link.pending or "", _LEFT_BY_INTERRUPTED["updating"])
    if link.kind is ResultKind.FAILED and link.old in {OldAddress.DEAD, OldAddress.WAS_DEAD}:
        return _MADE_ROOM
    if not applied.has_begun:
        return "Nothing was done."
    if link.pending == "creating" and link.old is OldAddress.STAYS:
        return _LEFT_BY_FAILED_REPLACEMENT
    return _LEFT_BY_FAILED.get(link.pending or "", "Run `pulumi up` again.")


def describe_other(error: PrintedError) -> Phrase:
    """Returns what else went wrong, and with which resource; those of the stack are errors of the run or program."""
    problem = explain(error)
    is_of_run = error.type in {"", STACK_TYPE}
    place: Phrase = () if is_of_run else (Code(truncate(error.name)), " (", Code(truncate(error.type)), "): ")
    return (*place, *problem.what, "; ", *problem.what_to_do)


def write_problems(errors: Sequence[PrintedError]) -> list[str]:
    """Returns what went wrong and what to do, each in one line."""
    return [to_plain_text((*problem.what, "; ", *problem.what_to_do)) for problem in map(explain, errors)]


def write_problems_of(link: LinkResult, applied: Applied) -> list[str]:
    """Returns what went wrong with a link, what to do, and last what that leaves, each in one line."""
    if not link.is_failure:
        return []
    problems = write_problems(link.errors) or [to_plain_text(error) for error in describe_error(link)]
    return [*problems, _describe_left(link, applied)]


def describe_quiet(link: LinkResult) -> list[Phrase]:
    """Returns what was done to a link that keeps its address, or whose address was not touched."""
    renamed: list[Phrase] = [("was called ", Code(truncate(link.renamed_from)), " before")] if link.renamed_from else []
    if link.kind is ResultKind.ADOPTED:
        return [("existing link is adopted and keeps its address ", *quote_address(link.new_address))]
    if link.kind is ResultKind.RETAINED:
        return [("leaves the program; its address ", *quote_address(link.old_address), " still works, unmanaged")]
    if link.kind is ResultKind.RENAMED:
        return renamed or [("another provider manages it now",)]
    review = _in_spelling_of(link)
    put_back = " was changed outside Pulumi and is changed back"
    drifted = [spell((Property(path), put_back), review) for path in link.put_back]
    return [*renamed, *field_phrases.describe_fields(_as_change(link), review), *drifted]


def summarize(links: Iterable[LinkResult]) -> str:
    """Returns how many links there are of each kind, such as `2 changed, 1 adopted`."""
    kinds = [link.kind for link in links]
    return ", ".join(f"{kinds.count(kind)} {kind.value}" for kind in ResultKind if kind in kinds)


def describe_omitted(count: int) -> Phrase:
    """Returns that rows did not fit."""
    more = f"{pluralize(count, 'more link')} {'is' if count == 1 else 'are'} not shown"
    return (Bold((more,)), ": `links.csv` of the report has all (`--format csv`).")


def _in_spelling_of(link: LinkResult) -> Review:
    is_of_plugin = link.type == PLUGIN_LINK_TYPE
    return Review(("", ""), has_preview=False, is_refreshed=False, knows_drift=False, is_of_plugin=is_of_plugin)


def _as_change(link: LinkResult) -> LinkChange:
    return LinkChange(link.urn or "", link.name, link.title, LinkChangeKind.UPDATED, link.fields)
