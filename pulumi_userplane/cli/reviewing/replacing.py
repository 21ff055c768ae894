"""Why a link is replaced: the properties that ask for it, or what is replaced before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.cli.reviewing.digest import Digest, State, Step


@dataclass(frozen=True)
class Why:
    """The reasons for one replacement.

    Attributes:
        reasons: The properties that ask for it; `provider` and `id` are the engine's words for another provider and for
            a replacement that was asked for by hand.
        replaced_first: The names of the resources that are replaced before, and that some of those come from.
        is_told: Whether the engine names the reasons; otherwise the link is deleted together with what it follows.
    """

    reasons: tuple[str, ...]
    replaced_first: tuple[str, ...] = ()
    is_told: bool = True


@dataclass(frozen=True)
class Replacements:
    """All that a preview replaces: names by URN, and the reasons that stand at a part of a replacement."""

    names: Mapping[str, str]
    of_parts: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, preview: Digest) -> Replacements:
        """Returns the replacements of a preview."""
        return cls(
            {step.old.urn: step.old.name for step in preview.planned if step.op == "replace" and step.old},
            {
                step.urn: tuple(step.replace_reasons)
                for step in preview.planned
                if step.op == "create-replacement" and step.replace_reasons
            },
        )

    def why(self, step: Step) -> Why:
        """Returns why a link is replaced.

        One that is deleted to make room for another replacement (`delete_before_replace`) has no reason of its own.
        """
        told = step.replace_reasons or ()
        if told or step.old is None:
            return Why(tuple(sorted(told)), is_told=bool(told))
        causes = self._causes(step.old)
        reasons = {*causes, *self.of_parts.get(step.urn, ())}
        if step.old.provider.rpartition("::")[0] in self.names:
            reasons.add("provider")
        names = {self.names[urn] for urns in causes.values() for urn in urns}
        return Why(tuple(sorted(reasons)), tuple(sorted(names)), is_told=False)

    def _causes(self, old: State) -> dict[str, list[str]]:
        """The replaced resources that a property comes from, by property."""
        comes_from = old.property_dependencies.items()
        found = {key: [urn for urn in urns or () if urn in self.names] for key, urns in comes_from}
        return {key: urns for key, urns in found.items() if urns}
