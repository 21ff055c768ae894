"""Says what explains a live link that no state holds, and finds those that nothing explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.timestamps import parse_timestamp
from pulumi_userplane.recovery.ownership import mark_in
from pulumi_userplane.recovery.recent_links import MAX_AGE_SECONDS

if TYPE_CHECKING:
    from tests.property.person import Person


def live_links(person: Person) -> list[Any]:
    """Returns the links that live."""
    return [link for link in person.world.admin.links if link["live"]]


def held_ids(person: Person) -> list[str]:
    """Returns the ids in all states, each as often as it is held."""
    return [entry.id for stack in person.stacks for entry in stack.state]


def unmanaged_links(person: Person) -> list[Any]:
    """Returns the live links that no state holds."""
    held = set(held_ids(person))
    return [link for link in live_links(person) if link["linkId"] not in held]


def find_unlisted(person: Person) -> list[Any]:
    """Returns the unmanaged links that `recover` lists on no machine, without those that a person has left there."""
    entries = person.world.journal_entries()
    journaled = {entry.link_id for entry in entries} | {entry.reference for entry in entries}
    return [
        link
        for link in unmanaged_links(person)
        if not (link["linkProviderReference"] or "").startswith("pulumi:p/")
        and not {link["linkId"], link["linkProviderReference"]} & journaled
        and not _is_left_on_purpose(person, link)
    ]


def find_unexplained(person: Person) -> list[Any]:
    """Returns the unmanaged links that should not be: another link was created for their resource later.

    Where the resource left the program or was renamed before a run resumed its link, no link was created under its mark
    since then, and there is one.
    """
    return [
        link
        for link in unmanaged_links(person)
        if not _is_left_on_purpose(person, link)
        and not _was_named(person, link)
        and _has_unexplained_successor(person, link)
    ]


def _is_left_on_purpose(person: Person, link: Any) -> bool:
    """Returns whether a person knows of it: one kept, one that an error named, one that came back with its project."""
    return link["linkId"] in person.kept | person.named | person.revived


def _was_named(person: Person, link: Any) -> bool:
    """Returns whether a warning has named it: it is on another domain or in another project than declared now."""
    return any(link["linkId"] in text and "an interrupted run created" in text for text in person.world.warnings)


def _has_unexplained_successor(person: Person, link: Any) -> bool:
    births, born = person.world.births, {other["linkId"]: other["createdAt"] for other in person.world.admin.links}
    mark = births[link["linkId"]].mark
    held = (other for other in held_ids(person) if other in births and births[other].mark == mark)
    return any(
        born[other] > link["createdAt"] and not _may_be_overlooked(person, link, other, born[other]) for other in held
    )


def _may_be_overlooked(person: Person, link: Any, successor: str, created_at: str) -> bool:
    """Returns whether the run that created the successor could not know of the link; `recover` lists it then."""
    later = person.world.births[successor]
    entries = person.world.journal_entries(later.machine)
    if later.looked and link["linkId"] in {entry.link_id for entry in entries}:
        # The journal of its machine told it.
        return False
    age = (parse_timestamp(created_at) or 0.0) - (parse_timestamp(link["createdAt"]) or 0.0)
    return later.was_blind or mark_in(link["linkProviderReference"]) is None or age > MAX_AGE_SECONDS
