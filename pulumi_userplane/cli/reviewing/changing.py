"""What the steps of a preview mean for each link."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.vocabulary import names_link, plain
from pulumi_userplane.changes import PUT_FIELDS
from pulumi_userplane.cli.reviewing.comparing import PLACES, field_changes, masked, text
from pulumi_userplane.cli.reviewing.model import Fate, FieldChange, Kind, LinkChange, LinkDrift, Mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_userplane.cli.reviewing.digest import Digest, State, Step

NOTHING_DONE = frozenset(
    {
        "same",
        "refresh",
        "read",
        "read-replacement",
        "read-discard",
        "discard",
        "discard-replaced",
        "remove-pending-replace",
        # A replacement has a step of its own beside its parts, which show with --show-replacement-steps.
        "create-replacement",
    }
)
_KINDS = {
    "create": Kind.CREATED,
    "import": Kind.ADOPTED,
    "update": Kind.UPDATED,
    "replace": Kind.REPLACED,
    "delete": Kind.DELETED,
    "delete-replaced": Kind.DELETED,
}
_ASKED_FOR = "id"
"""The reason that the engine gives for `--target-replace`."""


@dataclass(frozen=True)
class _Newcomers:
    """The links that come into the program: names by what they adopt, and names of new ones by what they declare."""

    adopting: Mapping[str, str]
    declaring: Mapping[str, str]

    @classmethod
    def of(cls, preview: Digest, steps: Iterable[Step]) -> _Newcomers:
        new = [step.new for step in steps if step.op == "create" and step.new and step.urn not in preview.refreshed]
        return cls(
            {wanted: each.name for each in new if (wanted := text(each.inputs.get("adopt")))},
            {_declaration(each): each.name for each in new if "adopt" not in each.inputs},
        )

    def heir(self, old: State) -> str | None:
        """Returns the resource that adopts a link."""
        url = text(old.outputs.get("link_url"))
        return next((name for wanted, name in self.adopting.items() if names_link(wanted, old.id, url)), None)

    def likeness(self, old: State) -> str | None:
        """Returns the new link that declares the same: most likely the same resource under another name."""
        return self.declaring.get(_declaration(old))


def _declaration(state: State) -> str:
    return json.dumps({key: state.inputs.get(key) for key in (*PLACES, *PUT_FIELDS)}, sort_keys=True)


def link_changes(preview: Digest, drift: Iterable[LinkDrift]) -> tuple[LinkChange, ...]:
    """Returns what happens to the links, the most important for customers first.

    Args:
        preview: The preview.
        drift: What was changed outside: a field that only goes back to its record is no change of the program.

    Raises:
        ConfigurationError: Something happens that is not known here.
    """
    steps = [step for step in preview.planned if step.is_of_link and step.op not in NOTHING_DONE]
    unknown = next((step for step in steps if step.op not in _KINDS), None)
    if unknown is not None:
        raise ConfigurationError(
            f"the preview does something to {plain(unknown.urn)} that is not known here: {plain(unknown.op)}",
            next_step="update pulumi-userplane",
        )
    newcomers = _Newcomers.of(preview, steps)
    replaced = {(step.urn, step.old.id) for step in steps if step.op == "replace" and step.old}
    drift_of = {each.urn: each for each in drift}
    changes: list[LinkChange | None] = []
    for step in steps:
        if step.new is not None:
            changes.append(_of_declared(step, step.new, preview.refreshed.get(step.urn), drift_of.get(step.urn)))
        elif step.old is not None and (step.op == "delete" or (step.urn, step.old.id) not in replaced):
            changes.append(_of_lost(step.old, newcomers))
    order = list(Kind)
    shown = (each for each in changes if each is not None)
    return tuple(sorted(shown, key=lambda each: (order.index(each.kind), each.name, each.urn)))


def _of_lost(old: State, newcomers: _Newcomers) -> LinkChange:
    """A link that leaves the program, or the old one of an earlier replacement."""
    heir = newcomers.heir(old)
    return LinkChange(
        old.urn,
        old.name,
        text(old.outputs.get("link_title")),
        Kind.MOVED if heir else Kind.RELEASED if old.retain_on_delete else Kind.DELETED,
        address=text(old.outputs.get("link_url")),
        is_leftover=old.delete,
        other=heir or (None if old.delete else newcomers.likeness(old)),
    )


def _of_declared(step: Step, new: State, refresh: Step | None, drift: LinkDrift | None) -> LinkChange | None:
    before = step.old or (refresh.old if refresh else None)
    outputs = before.outputs if before else {}
    kind = _kind(step, new, returns=before is not None)
    fields = field_changes(before.inputs if before else {}, new.inputs, step.changed_paths, _kept(kind, outputs))
    repaired = {each.change.path: each.change for each in drift.fields} if drift else {}
    left = {each.change.path.partition(".")[0] for each in drift.fields if each.fate is Fate.LEFT} if drift else set()
    changed = tuple(
        replace(each, is_by_hand=each.path in left)
        for each in fields
        if not _only_repairs(each, repaired.get(each.path))
    )
    if kind is Kind.UPDATED and fields and not changed:
        return None
    reasons = tuple(sorted({*(step.replace_reasons or ())} - {_ASKED_FOR})) if kind is Kind.REPLACED else ()
    return LinkChange(
        new.urn,
        new.name,
        text(new.inputs.get("link_title")) or text(outputs.get("link_title")),
        kind,
        changed,
        text(outputs.get("link_url")),
        reasons,
        is_kept=kind is Kind.REPLACED and before is not None and before.retain_on_delete,
        is_uncertain=bool(reasons) and all(masked(new.inputs.get(each)) is Mask.UNKNOWN for each in reasons),
        other=text(new.inputs.get("adopt")) if kind in {Kind.ADOPTED, Kind.RETURNS} else None,
    )


def _kept(kind: Kind, outputs: Mapping[str, object]) -> dict[str, object]:
    """What of the link as it is counts for fields that become managed: a new link has but its place in common."""
    if kind is Kind.UPDATED:
        return dict(outputs)
    return {key: outputs[key] for key in ("workspace_id", "domain_id", "project") if key in outputs}


def _kind(step: Step, new: State, *, returns: bool) -> Kind:
    kind = _KINDS[step.op]
    if kind is not Kind.CREATED:
        return kind
    if returns:
        return Kind.RETURNS
    return Kind.ADOPTED if new.inputs.get("adopt") else Kind.CREATED


def _only_repairs(change: FieldChange, drift: FieldChange | None) -> bool:
    """Whether the field goes back to what was recorded: nobody has changed the program."""
    return drift is not None and change.after is not Mask.SECRET and change.after == drift.before
