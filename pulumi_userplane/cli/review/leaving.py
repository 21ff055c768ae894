"""Whether the old link of a deletion or a replacement lives on: what its options make of the DELETE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.match_steps import PROVIDER_TYPE
from pulumi_userplane.recovery.state_reader import LINK_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_userplane.cli.review.digest import Digest, State
    from pulumi_userplane.cli.review.replacing import Replacements
    from pulumi_userplane.cli.stack import Resource

_LEAVES = frozenset(
    {"delete", "delete-replaced", "replace", "read-discard", "discard-replaced", "remove-pending-replace"}
)
"""What counts for `deleted_with` as the end of the other resource."""


@dataclass(frozen=True)
class Leaving:
    """What becomes of the old link.

    Attributes:
        keeper: The option by which Pulumi sends no DELETE for it, or None.
        goes_with: For `deleted_with`, the name of the resource that leaves as well.
        may_end: Whether that one's end may be the link's end as well.
        shared_with: The name of another resource that holds the same link and keeps it: then the provider sends no
            DELETE.
    """

    keeper: str | None = None
    goes_with: str | None = None
    may_end: bool = False
    shared_with: str | None = None

    @property
    def is_released(self) -> bool:
        """Whether the link lives on for certain, and nothing manages it any more."""
        return self.keeper is not None and not self.may_end


@dataclass(frozen=True)
class Leavings:
    """All that leaves the state in a preview.

    Attributes:
        states: By its URN the state, and whether its end is certain.
        holders: The names of those that stay, by the ids of their links.
    """

    states: Mapping[str, tuple[State, bool]]
    holders: Mapping[str, str]

    @classmethod
    def of(cls, preview: Digest, replacements: Replacements, held: Iterable[Resource]) -> Leavings:
        """Returns what leaves the state.

        Args:
            preview: The preview.
            replacements: What it replaces.
            held: What the state holds, if that is known.
        """
        states = {
            urn: (step.old, step.op != "replace" or not replacements.why(step).is_uncertain)
            for step in preview.planned
            if step.op in _LEAVES and step.old
            for urn in (step.urn, step.old.urn)
        }
        links: list[Resource] = [step.old for step in preview.steps if step.is_of_link and step.old]
        links += [each for each in held if each.is_managed_link]
        stay = {each.id: each.name for each in links if each.id and not each.delete and each.urn not in states}
        return cls(states, stay)

    def how(self, old: State) -> Leaving:
        """Returns what becomes of a link that leaves the state; only what is recorded counts."""
        if old.id in self.holders:
            return Leaving(shared_with=self.holders[old.id])
        if old.retain_on_delete:
            return Leaving("retain_on_delete")
        if old.deleted_with not in self.states:
            return Leaving()
        other, is_certain = self.states[old.deleted_with]
        return Leaving("deleted_with", other.name, may_end=not is_certain or _may_take_along(other))


def _may_take_along(other: State) -> bool:
    """Whether a resource may take a link along: what is deleted somewhere, and is neither a link nor a provider."""
    is_harmless = other.type == LINK_TYPE or other.type.startswith(PROVIDER_TYPE)
    return other.custom and not (other.external or other.retain_on_delete or is_harmless)
