"""Whether the old link of a deletion or a replacement lives on: what its options make of the DELETE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.reviewing.joining import PROVIDER_TYPE
from pulumi_userplane.import_file import LINK_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.cli.reviewing.digest import Digest, State
    from pulumi_userplane.cli.reviewing.replacing import Replacements

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
    """

    keeper: str | None = None
    goes_with: str | None = None
    may_end: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether the link lives on for certain."""
        return self.keeper is not None and not self.may_end


@dataclass(frozen=True)
class Leavings:
    """All that leaves the state in a preview: by its URN the state, and whether its end is certain."""

    states: Mapping[str, tuple[State, bool]]

    @classmethod
    def of(cls, preview: Digest, replacements: Replacements) -> Leavings:
        """Returns what leaves the state."""
        return cls(
            {
                urn: (step.old, step.op != "replace" or not replacements.why(step).is_uncertain)
                for step in preview.planned
                if step.op in _LEAVES and step.old
                for urn in (step.urn, step.old.urn)
            }
        )

    def how(self, old: State) -> Leaving:
        """Returns what becomes of a link that leaves the state; only what is recorded counts."""
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
