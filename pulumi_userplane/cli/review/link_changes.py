"""What the steps of a preview mean for each link."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.identifiers import identifies
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.review.field_diff import PLACES, adopts, field_changes, masked, text
from pulumi_userplane.cli.review.leaving import Leaving, Leavings
from pulumi_userplane.cli.review.model import Fate, FieldChange, How, Kind, LinkChange, LinkDrift, Mask
from pulumi_userplane.cli.review.replacing import Replacements
from pulumi_userplane.diff import PUT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_userplane.cli.review.digest import State, Step
    from pulumi_userplane.cli.review.match_steps import Joined
    from pulumi_userplane.cli.stack import Resource

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
        "import-replacement",
    }
)
_KINDS = {
    "create": Kind.CREATED,
    "import": Kind.ADOPTED,
    "update": Kind.UPDATED,
    "replace": Kind.REPLACED,
    "delete": Kind.DELETED,
    "delete-replaced": Kind.DELETED,
    # The CLI lists one that stays as it is where `protect` changes.
    "same": Kind.UPDATED,
}


@dataclass(frozen=True)
class _Newcomers:
    """The links that come into the program: names by what they adopt, and names of new ones by what they declare."""

    adopting: Mapping[str, str]
    declaring: Mapping[str, str]

    @classmethod
    def of(cls, joined: Joined, steps: Iterable[Step]) -> _Newcomers:
        new = [step.new for step in steps if step.op == "create" and step.new and step.urn not in joined.read]
        return cls(
            {wanted: each.name for each in new if (wanted := text(each.inputs.get("adopt")))},
            {_declaration(each): each.name for each in new if "adopt" not in each.inputs},
        )

    def heir(self, old: State) -> str | None:
        """Returns the resource that adopts a link."""
        url = text(old.outputs.get("link_url"))
        return next((name for wanted, name in self.adopting.items() if identifies(wanted, old.id, url)), None)

    def likeness(self, old: State) -> str | None:
        """Returns the new link that declares the same: most likely the same resource under another name."""
        return self.declaring.get(_declaration(old))


def _declaration(state: State) -> str:
    """What is declared of a link, as one text that is the same for the same."""
    return json.dumps({key: state.inputs.get(key) for key in (*PLACES, *PUT_FIELDS)}, sort_keys=True)


def link_changes(joined: Joined, drift: Iterable[LinkDrift], held: Iterable[Resource] = ()) -> tuple[LinkChange, ...]:
    """Returns what happens to the links, the most important for customers first.

    Args:
        joined: The preview.
        drift: What was changed outside: a field that only goes back to its record is no change of the program.
        held: What the state holds, if that is known.

    Raises:
        ConfigurationError: Something happens that is not known here.
    """
    of_links = [step for step in joined.preview.planned if step.is_of_link]
    steps = [step for step in of_links if step.op not in NOTHING_DONE or (step.op == "same" and step.takes_protection)]
    unknown = next((step for step in steps if step.op not in _KINDS), None)
    if unknown is not None:
        raise ConfigurationError(
            f"the preview does something to {sanitize(unknown.urn)} that is not known here: {sanitize(unknown.op)}",
            next_step="update pulumi-userplane",
        )
    newcomers = _Newcomers.of(joined, steps)
    replacements = Replacements.of(joined.preview)
    leavings = Leavings.of(joined.preview, replacements, held)
    # Where `aliases` rename a link as well, its old half goes under the old URN.
    replaced = {(urn, step.old.id) for step in steps if step.op == "replace" and step.old for urn in step.recorded_urns}
    drift_of = {each.urn: each for each in drift}
    changes: list[LinkChange | None] = []
    for step in steps:
        if step.old is not None and step.gives_way_to_look_up:
            changes.append(_of_lost(step, step.old, newcomers, leavings, is_looked_up=True))
        elif step.new is not None:
            read = joined.read.get(step.urn)
            by_hand = drift_of.get(read.urn if read else step.recorded_urns[0])
            change = _of_declared(step, step.new, read.old if read else None, by_hand)
            if change is not None and change.kind is Kind.REPLACED:
                change = _of_replaced(change, step, replacements, leavings)
            changes.append(change)
        elif step.old is not None and (step.op == "delete" or (step.urn, step.old.id) not in replaced):
            changes.append(_of_lost(step, step.old, newcomers, leavings))
    order = list(Kind)
    shown = (each for each in changes if each is not None)
    return tuple(sorted(shown, key=lambda each: (order.index(each.kind), each.name, each.urn)))


def _of_lost(
    step: Step, old: State, newcomers: _Newcomers, leavings: Leavings, *, is_looked_up: bool = False
) -> LinkChange:
    """A link that leaves the program, or the old one of an earlier replacement."""
    leaving = leavings.how(old)
    # One that gives way now is marked as well.
    is_leftover = old.delete and not is_looked_up
    heir = newcomers.heir(old)
    return LinkChange(
        old.urn,
        old.name,
        text(old.outputs.get("link_title")),
        Kind.MOVED if heir or leaving.shared_with else Kind.RELEASED if leaving.is_released else Kind.DELETED,
        address=text(old.outputs.get("link_url")),
        keeper=leaving.keeper,
        goes_with=leaving.goes_with,
        may_end=leaving.may_end,
        shared_with=leaving.shared_with,
        is_leftover=is_leftover,
        is_looked_up=is_looked_up,
        # Where the engine looks at it, a preview comes to its end only with --ignore-protect.
        is_protected=step.op == "delete" and old.protect,
        other=heir or (None if is_leftover else newcomers.likeness(old)),
    )


def _of_declared(step: Step, new: State, recorded: State | None, drift: LinkDrift | None) -> LinkChange | None:
    kind = _kind(step, new, recorded)
    # An adopted link has nothing in common with the one that its resource may have had.
    before = None if kind is Kind.ADOPTED else step.old or recorded
    outputs = before.outputs if before else {}
    fields = field_changes(before.inputs if before else {}, new.inputs, step.changed_paths, _kept(kind, outputs))
    repaired = {each.change.path: each.change for each in drift.fields} if drift else {}
    left = {each.change.path.partition(".")[0] for each in drift.fields if each.fate is Fate.LEFT} if drift else set()
    changed = tuple(
        replace(each, is_by_hand=each.path in left)
        for each in fields
        if not _only_repairs(each, repaired.get(each.path))
    )
    if kind is Kind.UPDATED and fields and not changed and not step.takes_protection:
        return None
    return LinkChange(
        new.urn,
        new.name,
        text(new.inputs.get("link_title")) or text(outputs.get("link_title")),
        kind,
        changed,
        text(outputs.get("link_url")),
        is_unprotected=step.takes_protection,
        other=text(new.inputs.get("adopt")) if kind in {Kind.ADOPTED, Kind.RETURNS} else None,
    )


def _of_replaced(change: LinkChange, step: Step, replacements: Replacements, leavings: Leavings) -> LinkChange:
    """A link that is replaced: why, and what becomes of the old one."""
    why = replacements.why(step)
    leaving = leavings.how(step.old) if step.old else Leaving()
    return replace(
        change,
        fields=(*change.fields, *_trigger(step)),
        reasons=why.reasons,
        options=why.options,
        replaced_first=why.replaced_first,
        keeper=leaving.keeper,
        goes_with=leaving.goes_with,
        may_end=leaving.may_end,
        shared_with=leaving.shared_with,
        is_uncertain=why.is_uncertain,
        is_dead=why.is_already_deleted,
        is_protected=bool(step.old and step.old.protect and step.new and step.new.protect),
    )


def _trigger(step: Step) -> Iterator[FieldChange]:
    if step.changed_trigger:
        before, after = (Mask.ABSENT if value is None else masked(value) for value in step.changed_trigger)
        yield FieldChange("replacement_trigger", How.CHANGED, before, after)


def _kept(kind: Kind, outputs: Mapping[str, object]) -> dict[str, object]:
    """What of the link as it is counts for fields that become managed: a new link has but its place in common."""
    if kind is Kind.UPDATED:
        return dict(outputs)
    return {key: outputs[key] for key in ("workspace_id", "domain_id", "project") if key in outputs}


def _kind(step: Step, new: State, recorded: State | None) -> Kind:
    kind = _KINDS[step.op]
    if kind is not Kind.CREATED:
        return kind
    is_adopting = bool(new.inputs.get("adopt"))
    if recorded is not None:
        is_same = adopts(new.inputs, recorded.id, text(recorded.outputs.get("link_url")))
        return Kind.RETURNS if is_same or not is_adopting else Kind.ADOPTED
    return Kind.ADOPTED if is_adopting else Kind.CREATED


def _only_repairs(change: FieldChange, drift: FieldChange | None) -> bool:
    """Whether the field goes back to what was recorded: nobody has changed the program."""
    return drift is not None and change.after is not Mask.SECRET and change.after == drift.before
