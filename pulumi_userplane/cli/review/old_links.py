"""Decides whether a link that is deleted or replaced stays live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.match_steps import PROVIDER_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_userplane.cli.review.preview_digest import Digest, State
    from pulumi_userplane.cli.review.replacement_causes import Replacements
    from pulumi_userplane.recovery.state_reader import Resource

_REMOVING_OPS = frozenset(
    {"delete", "delete-replaced", "replace", "read-discard", "discard-replaced", "remove-pending-replace"}
)
"""What counts for `deleted_with` as the deletion of the other resource."""


@dataclass(frozen=True)
class OldLink:
    """Whether the old link of a deletion or a replacement stays live; the attributes are those of `LinkChange`."""

    retained_by: str | None = None
    deleted_with: str | None = None
    may_be_deleted_with: bool = False
    shared_with: str | None = None

    @property
    def is_retained(self) -> bool:
        """Whether the link lives on for certain, and nothing manages it any more."""
        return self.retained_by is not None and not self.may_be_deleted_with


@dataclass(frozen=True)
class Removals:
    """All that leaves the state in a preview.

    Attributes:
        states: By its URN the state, and whether its removal is certain.
        holders: The names of the resources that stay, by the ids of their links.
    """

    states: Mapping[str, tuple[State, bool]]
    holders: Mapping[str, str]

    @classmethod
    def find(cls, preview: Digest, replacements: Replacements, resources: Iterable[Resource]) -> Removals:
        """Returns all that leaves the state in a preview.

        Args:
            preview: The preview.
            replacements: What it replaces.
            resources: What the state holds, if that is known.
        """
        states = {
            urn: (step.old, step.op != "replace" or not replacements.explain(step).is_uncertain)
            for step in preview.planned
            if step.op in _REMOVING_OPS and step.old
            for urn in (step.urn, step.old.urn)
        }
        links: list[Resource] = [step.old for step in preview.steps if step.is_of_link and step.old]
        links += [resource for resource in resources if resource.is_managed_link]
        holders = {link.id: link.name for link in links if link.id and not link.delete and link.urn not in states}
        return cls(states, holders)

    def decide(self, old: State) -> OldLink:
        """Returns whether a link that leaves the state stays live: only recorded options count."""
        if old.id in self.holders:
            return OldLink(shared_with=self.holders[old.id])
        if old.retain_on_delete:
            return OldLink("retain_on_delete")
        if old.deleted_with not in self.states:
            return OldLink()
        other, is_certain = self.states[old.deleted_with]
        return OldLink("deleted_with", other.name, may_be_deleted_with=not is_certain or _may_delete_link(other))


def _may_delete_link(other: State) -> bool:
    """Returns whether the deletion of a resource may delete a link: not if it is a link, a provider or a component."""
    is_harmless = other.is_link or other.type.startswith(PROVIDER_TYPE)
    return other.custom and not (other.external or other.retain_on_delete or is_harmless)
