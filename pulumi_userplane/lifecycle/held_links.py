"""Knows which links the state holds, as far as the run's processes have heard, and which POSTs they have sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.lifecycle.shared_facts import Fact

if TYPE_CHECKING:
    from collections.abc import Collection

    from pulumi_userplane.lifecycle.shared_facts import SharedFacts


class HeldLinks:
    """The links that the state is known to hold, and the references of the run's own POSTs.

    Args:
        facts: What the processes of the run share.
    """

    def __init__(self, facts: SharedFacts) -> None:
        self._facts = facts

    def record_unknown_link(self, mark: str) -> None:
        """Records that the state holds a link for the resource of this mark, before its id is known."""
        self._add(Fact("recorded", mark))

    def has_link_for(self, mark: str) -> bool:
        """Returns whether the state holds a link for the resource of this mark."""
        return Fact("recorded", mark) in self._facts.ask(lambda: self._facts.find("recorded", mark))

    def record_link(self, link_id: str, mark: str) -> None:
        """Records that the state holds this link, under this mark; `mark` may be empty."""
        self._add(Fact("recorded", mark, link_id), Fact("held", link_id, "in the state"))

    def record_removal(self, link_id: str) -> None:
        """Records that the state no longer holds this link."""
        self._add(Fact("held", link_id))

    def is_managed(self, link_id: str) -> bool:
        """Returns whether the state is known to hold this link."""
        held = self._facts.ask(lambda: self._facts.find("held", link_id))
        return bool(held and held[-1].detail)

    def find_ids(self, mark: str) -> Collection[str] | None:
        """Returns the links that the state holds for a mark; None when it holds one whose id is not known."""
        recorded = self._facts.ask(lambda: self._facts.find("recorded", mark))
        ids = frozenset(fact.detail for fact in recorded if fact.detail and self.is_managed(fact.detail))
        return None if Fact("recorded", mark) in recorded and not ids else ids

    def record_reference(self, reference: str) -> None:
        """Records that this run sends a POST with this reference."""
        self._add(Fact("sent", reference))

    def has_sent(self, reference: str) -> bool:
        """Returns whether this run has sent a POST with this reference, in any of its processes."""
        return bool(self._facts.ask(lambda: self._facts.find("sent", reference)))

    def _add(self, *facts: Fact) -> None:
        """Adds those facts that are not the newest of their kind."""

        def decide() -> tuple[None, list[Fact]]:
            return None, [fact for fact in facts if self._facts.find(fact.kind, fact.subject)[-1:] != [fact]]

        self._facts.exchange(decide)
