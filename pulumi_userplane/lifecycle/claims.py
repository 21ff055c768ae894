"""Decides which resource of the run may adopt, resume, keep or delete a link, for all provider processes of one CLI."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_userplane.api.identifiers import identifies
from pulumi_userplane.lifecycle.shared_facts import Fact, SharedFacts
from pulumi_userplane.recovery.ownership import is_same_resource, resource_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pulumi_userplane.recovery.state_reader import Entry

_AFTER_FAILED_ADOPTION = "correct the error of that resource and run again; nothing was deleted"
_REMOVE_ADOPT = "remove adopt= to replace it with a new link, which has a new address"
DELETED_BY_RUN = "this run deletes it as another resource's link"
"""What `claim` says of a link that is claimed for its deletion."""

_MANAGED_BY_ANOTHER = "another resource of this program manages it"
_FOR_DELETION = "this run already deletes it for another resource"
_OF_ONE_RESOURCE = {"mark": "give one of the two a mark= of its own", "adopt": "declare the link once"}
"""The arguments whose values only one resource of a program can have, and what to do about two."""

_THE_RUN = ""
"""The subject of a fact that is about no single link or mark."""


class KeepReason(NamedTuple):
    """Why a link is not deleted although a resource loses it.

    Attributes:
        reason: Who has it, in the words of a message.
        next_step: What to do where it must not leave the state either; empty where it may.
    """

    reason: str
    next_step: str = ""


class Claims:
    """Who has which link in this run: a link is claimed for one resource, or for its deletion.

    Args:
        facts: What the processes of the run share.
    """

    def __init__(self, facts: SharedFacts | None = None) -> None:
        self._facts = facts or SharedFacts()
        self._reading = threading.Lock()
        self._has_tried_to_read = False

    def record_declaration(self, link_id: str, recorded_mark: str, mark: str, *, is_replaced: bool) -> bool:
        """Records that the program declares this link, or a new one instead of it.

        Args:
            link_id: The link.
            recorded_mark: The mark in the state, an earlier one where the resource was renamed.
            mark: The mark that is declared.
            is_replaced: Whether a new link is to be created instead of it.

        Returns:
            Whether no other resource of this run has taken it over.
        """
        declared = _replacement(mark) if is_replaced else (Fact("declared", link_id, recorded_mark, mark),)

        def decide() -> tuple[bool, Sequence[Fact]]:
            claim = self._claim_on(link_id)
            is_imported = any(fact.other != mark for fact in self._facts.find("imported", link_id))
            return not is_imported and (claim is None or claim.detail == _FOR_DELETION), declared

        return self._facts.exchange(decide)

    def record_refreshed(self, link_id: str, recorded_mark: str, mark: str) -> None:
        """Records that the state holds this link for a resource that the program may no longer declare.

        Another resource may adopt it. Like a declaration it keeps the link from being deleted for another one.

        Args:
            link_id: The link.
            recorded_mark: The mark in the outputs of the state.
            mark: The mark in its inputs.
        """
        self._facts.add(Fact("refreshed", link_id, recorded_mark, mark))

    def record_replacement(self, mark: str) -> None:
        """Records that this run creates a new link for a mark."""
        self._facts.add(*_replacement(mark))

    def request_adoption(self, wanted: str, mark: str, *, is_new: bool) -> None:
        """Records that the resource of this mark names this id or address to be adopted.

        Args:
            wanted: The id or address.
            mark: The mark of the resource.
            is_new: Whether the state holds no link for it yet.
        """
        request = Fact("requested", _THE_RUN, wanted, mark)
        self._facts.add(request, *([Fact("planned", _THE_RUN, wanted)] if is_new else []))

    def find_shared(self, urn: str, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Claims the mark and the link to adopt for one resource; yields a line for each that another one has.

        Args:
            urn: The resource.
            inputs: What it declares.
        """
        for argument, remedy in _OF_ONE_RESOURCE.items():
            value = inputs.get(argument)
            other = self._claim_argument(argument, value, urn) if value and isinstance(value, str) else urn
            if other != urn:
                name = resource_name(other)
                yield f"{argument}: another link of this program, {name}, already has this value; {remedy}"

    def _claim_argument(self, argument: str, value: str, urn: str) -> str:
        """Returns the resource that has claimed the value, this one if no other has."""

        def decide() -> tuple[str, Sequence[Fact]]:
            for fact in self._facts.find("argument", argument):
                if fact.detail == value:
                    return fact.other, ()
            return urn, (Fact("argument", argument, value, urn),)

        return self._facts.exchange(decide)

    def record_failed_adoption(self, wanted: str, mark: str) -> None:
        """Records that the resource of this mark could not adopt what it names."""
        self._facts.add(Fact("failed", _THE_RUN, wanted, mark))

    def claim(self, link_id: str, reason: str, mark: str = "") -> str | None:
        """Claims a link for a resource of this run, unless another one has it.

        Args:
            link_id: The link.
            reason: What a message says of it, should the run be asked to delete the link.
            mark: The mark of the resource.

        Returns:
            Who has it, in the words of an error; None where it is claimed now.
        """

        def decide() -> tuple[str | None, Sequence[Fact]]:
            claim = self._claim_on(link_id)
            if claim and claim.detail == _FOR_DELETION:
                return DELETED_BY_RUN, ()
            if claim or self._standing_declarations(link_id):
                return _MANAGED_BY_ANOTHER, ()
            return None, (Fact("claimed", link_id, reason, mark),)

        return self._facts.exchange(decide)

    def claim_import(self, link_id: str, mark: str) -> str | None:
        """Claims a link against all other resources that the program declares, for one that has only just imported it.

        The state holds it already, and a deletion counts who holds it there.

        Returns:
            Who has it, in the words of an error; None where it is claimed now.
        """

        def decide() -> tuple[str | None, Sequence[Fact]]:
            holders = [*self._standing_declarations(link_id), *self._facts.find("imported", link_id)]
            if any(holder.other not in {"", mark} for holder in holders):
                return _MANAGED_BY_ANOTHER, ()
            return None, (Fact("imported", link_id, other=mark),)

        return self._facts.exchange(decide)

    def claim_deletion(self, link_id: str, link_url: str | None, mark: str) -> KeepReason | None:
        """Claims a link for its deletion, unless another resource has it; no other process can claim it in between.

        Args:
            link_id: The link.
            link_url: Its address.
            mark: The mark of the resource that loses it, as the state has it.

        Returns:
            Why it stays; None where it may be deleted.
        """

        def decide() -> tuple[KeepReason | None, Sequence[Fact]]:
            names = [resource_name(entry.detail) for entry in self._facts.find("entry", link_id)]
            held_as = f"the state holds it as {' and as '.join(sorted(set(names)))}"
            if len(set(names)) < len(names):
                held_as += f", in {len(names)} entries"
            if claim := self._claim_on(link_id):
                by = f" ({held_as})" if len(set(names)) > 1 else f" for {claim.other}" if claim.other else ""
                return KeepReason(claim.detail + by), ()
            released = len(self._facts.find("released", link_id))
            if len(names) - released > 1:
                reason = KeepReason(f"{held_as}; the link is deleted with the last of them")
                return reason, (Fact("released", link_id, str(released)),)
            if reason_of_other := self._other_holder(link_id, link_url, mark):
                return reason_of_other, ()
            return None, (Fact("claimed", link_id, _FOR_DELETION),)

        return self._facts.exchange(decide)

    def release(self, link_id: str) -> None:
        """Takes back a claim whose operation failed."""
        self._facts.add(Fact("claimed", link_id))

    def record_state(self, link_id: str, read: Callable[[], Sequence[Entry] | None]) -> None:
        """Records what the state holds before the run's first deletion; returns when a process of the run has done so.

        Args:
            link_id: The link to be deleted; a state without it is another stack's.
            read: Reads the state, or returns None where that can't be done; called once at most in each process.
        """
        with self._reading:
            if self._has_tried_to_read or self._facts.ask(lambda: self._facts.find("state", _THE_RUN)):
                return
            self._has_tried_to_read = True
            entries = read() or ()
            if any(entry.link_id == link_id for entry in entries):
                self._record_entries(entries)

    def knows_state(self) -> bool:
        """Returns whether the state was recorded before the run's first deletion."""
        return bool(self._facts.ask(lambda: self._facts.find("state", _THE_RUN)))

    def _record_entries(self, entries: Sequence[Entry]) -> None:
        def decide() -> tuple[None, Sequence[Fact]]:
            if self._facts.find("state", _THE_RUN):
                # Another process was faster; what it counts by must not change.
                return None, ()
            return None, (
                Fact("state", _THE_RUN),
                # Two entries may be equal: a replacement that failed in between leaves such.
                *(Fact("entry", *entry, str(number)) for number, entry in enumerate(entries)),
            )

        self._facts.exchange(decide)

    def _claim_on(self, link_id: str) -> Fact | None:
        claims = self._facts.find("claimed", link_id)
        return claims[-1] if claims and claims[-1].detail else None

    def _standing_declarations(self, link_id: str, *other_kinds: str) -> list[Fact]:
        """Returns the declarations of resources that keep the link: without those that get a new link."""
        declarations = [fact for kind in ("declared", *other_kinds) for fact in self._facts.find(kind, link_id)]
        return [declared for declared in declarations if not self._facts.find("replaced", declared.other)]

    def _other_holder(self, link_id: str, link_url: str | None, mark: str) -> KeepReason | None:
        """Returns why another resource has the link, as far as the run knows without the state."""
        for declared in self._standing_declarations(link_id, "refreshed"):
            if declared.other and mark not in (declared.detail, declared.other):
                return KeepReason(f"another resource of the program manages it as well ({declared.other})")

        def marks_naming_it(kind: str) -> list[str]:
            facts = self._facts.find(kind, _THE_RUN)
            return [fact.other for fact in facts if identifies(fact.detail, link_id, link_url)]

        for adopter in marks_naming_it("failed"):
            return KeepReason(f"{adopter or 'another resource'} failed to adopt it", _AFTER_FAILED_ADOPTION)
        requested = marks_naming_it("requested")
        if any(is_same_resource(mark, adopter) for adopter in requested):
            return KeepReason("adopt= of this resource still names it", _REMOVE_ADOPT)
        planned = [] if self._facts.find("done", link_id) else marks_naming_it("planned")
        for adopter in requested + planned:
            return KeepReason("another resource of the program adopts it" + (f" ({adopter})" if adopter else ""))
        return None


def _replacement(mark: str) -> Sequence[Fact]:
    """Returns the fact of a replacement; none without a mark, since such resources can't be told apart."""
    return (Fact("replaced", mark),) if mark else ()
