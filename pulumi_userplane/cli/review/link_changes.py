"""Decides what a preview does to each link."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.identifiers import identifies
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.review.field_diff import adopts, diff_fields
from pulumi_userplane.cli.review.model import (
    DriftOutcome,
    FieldChange,
    FieldChangeKind,
    LinkChange,
    LinkChangeKind,
    LinkDrift,
    Mask,
)
from pulumi_userplane.cli.review.old_links import OldLink, Removals
from pulumi_userplane.cli.review.preview_digest import plain_text
from pulumi_userplane.cli.review.replacement_causes import Replacements
from pulumi_userplane.diff import LOCATION_KEYS, PUT_FIELDS
from pulumi_userplane.recovery.ownership import mark_in, parse_owner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_userplane.cli.review.match_steps import MatchedSteps
    from pulumi_userplane.cli.review.preview_digest import Digest, State, Step
    from pulumi_userplane.recovery.state_reader import Resource

OPS_WITHOUT_CHANGE = frozenset(
    {
        "same",
        "refresh",
        "read",
        "read-replacement",
        "read-discard",
        "discard",
        "discard-replaced",
        "remove-pending-replace",
        # A replacement has its own step as well as these parts, which show with --show-replacement-steps.
        "create-replacement",
        "import-replacement",
    }
)
_KINDS = {
    "create": LinkChangeKind.CREATED,
    "import": LinkChangeKind.ADOPTED,
    "update": LinkChangeKind.UPDATED,
    "replace": LinkChangeKind.REPLACED,
    "delete": LinkChangeKind.DELETED,
    "delete-replaced": LinkChangeKind.DELETED,
    # The CLI lists one that stays as it is where `protect` changes.
    "same": LinkChangeKind.UPDATED,
}


def find_link_changes(
    matched: MatchedSteps, drift: Iterable[LinkDrift], resources: Iterable[Resource] = ()
) -> tuple[LinkChange, ...]:
    """Returns what happens to the links, the most important for customers first.

    Args:
        matched: The preview.
        drift: What was changed outside Pulumi: the program has not changed a field that only goes back to its record.
        resources: What the state holds, if that is known.

    Raises:
        ConfigurationError: A link has an operation that is not known here.
    """
    steps = _select_steps(matched.preview)
    newcomers = _Newcomers.find(matched, steps)
    replacements = Replacements.find(matched.preview)
    removals = Removals.find(matched.preview, replacements, resources)
    # Where `aliases` rename a link as well, the removal of the old one has the old URN.
    replaced = {(urn, step.old.id) for step in steps if step.op == "replace" and step.old for urn in step.recorded_urns}
    drift_by_urn = {link.urn: link for link in drift}
    imported = {step.urn for step in matched.preview.planned if step.op == "import"}
    changes: list[LinkChange | None] = []
    for step in steps:
        read = matched.read.get(step.urn)
        link_drift = drift_by_urn.get(read.urn if read else step.recorded_urns[0])
        if step.old is not None and step.is_replaced_by_lookup:
            changes.append(_remove(step, step.old, link_drift, newcomers, removals))
        elif step.new is not None:
            change = _declare(step, step.new, read.old if read else None, link_drift, is_imported=step.urn in imported)
            if change is not None and change.kind is LinkChangeKind.REPLACED:
                change = _replace(change, step, replacements, removals)
            changes.append(change)
        elif step.old is not None and (step.op == "delete" or (step.urn, step.old.id) not in replaced):
            changes.append(_remove(step, step.old, link_drift, newcomers, removals))
    order = list(LinkChangeKind)
    visible = (change for change in changes if change is not None)
    return tuple(sorted(visible, key=lambda change: (order.index(change.kind), change.name, change.urn)))


def _select_steps(preview: Digest) -> list[Step]:
    # What is imported and then changes has a step for each.
    changed = {step.urn for step in preview.planned if step.op in {"update", "replace"}}
    steps = [
        step
        for step in preview.planned
        if step.is_of_link
        and (step.op not in OPS_WITHOUT_CHANGE or (step.op == "same" and step.removes_protection))
        and not (step.op == "import" and step.urn in changed)
    ]
    unknown = next((step for step in steps if step.op not in _KINDS), None)
    if unknown is not None:
        raise ConfigurationError(
            f"the preview has an unknown operation for {sanitize(unknown.urn)}: {sanitize(unknown.op)}",
            next_step="update pulumi-userplane",
        )
    return steps


def _declare(
    step: Step, new: State, recorded: State | None, drift: LinkDrift | None, *, is_imported: bool
) -> LinkChange | None:
    """Returns the change of a link that the program declares, or None where the `up` only undoes drift."""
    kind = LinkChangeKind.ADOPTED if is_imported and step.op == "update" else _kind_of(step, new, recorded)
    # An adopted link has nothing in common with the one that its resource may have had; an import reads it first.
    before = step.old or (None if kind is LinkChangeKind.ADOPTED else recorded)
    outputs = before.outputs if before else {}
    kept_outputs = outputs if step.op == "update" else _location_of(outputs)
    fields = diff_fields(before.inputs if before else {}, new.inputs, step.changed_paths, kept_outputs)
    drifted = {field.change.path: field for field in drift.fields} if drift else {}
    drift_left_alone = {path.partition(".")[0] for path, field in drifted.items() if field.outcome is DriftOutcome.LEFT}
    changed = tuple(
        replace(change, is_drifted=change.path in drift_left_alone)
        for change in fields
        if (change.path not in drifted or not _only_undoes(change, drifted[change.path].change))
        # Nothing of a link that is imported was managed before.
        and not (kind is LinkChangeKind.ADOPTED and change.kind is FieldChangeKind.NO_LONGER_MANAGED)
    )
    if kind is LinkChangeKind.UPDATED and fields and not changed and not step.removes_protection:
        return None
    is_adopted = kind is LinkChangeKind.ADOPTED
    adopted = plain_text(new.inputs.get("adopt")) or (plain_text(new.import_id) if is_adopted else None)
    return LinkChange(
        new.urn,
        new.name,
        plain_text(new.inputs.get("link_title")) or (before.title if before else None),
        kind,
        changed,
        before.address if before else None,
        changes_provider=step.old is not None and step.old.type != new.type,
        loses_protection=step.removes_protection,
        other=adopted if is_adopted or kind is LinkChangeKind.RECREATED else None,
        other_owner=_find_other_owner(new, outputs) if is_adopted else None,
        drift=drift,
    )


def _find_other_owner(new: State, outputs: Mapping[str, object]) -> str | None:
    """Returns the resource of another stack that the mark of an adopted link names."""
    stack, project, *_ = new.urn.removeprefix("urn:pulumi:").split("::")
    marks = mark_in(plain_text(outputs.get("link_provider_ref"))), plain_text(new.inputs.get("mark"))
    owners = (parse_owner(mark) for mark in marks)
    return next((str(owner) for owner in owners if owner and (owner.project, owner.stack) != (project, stack)), None)


def _kind_of(step: Step, new: State, recorded: State | None) -> LinkChangeKind:
    kind = _KINDS[step.op]
    if kind is not LinkChangeKind.CREATED:
        return kind
    is_adopting = bool(new.inputs.get("adopt"))
    if recorded is not None:
        is_same = adopts(new.inputs, recorded.id, recorded.address)
        return LinkChangeKind.RECREATED if is_same or not is_adopting else LinkChangeKind.ADOPTED
    return LinkChangeKind.ADOPTED if is_adopting else LinkChangeKind.CREATED


def _location_of(outputs: Mapping[str, object]) -> dict[str, object]:
    """Returns what a new link has in common with the old one: fields that become managed are compared with it."""
    return {key: outputs[key] for key in ("workspace_id", "domain_id", "project") if key in outputs}


def _only_undoes(change: FieldChange, drift: FieldChange) -> bool:
    """Returns whether the field goes back to what was recorded: nobody has changed the program."""
    return change.after is not Mask.SECRET and change.after == drift.before


def _replace(change: LinkChange, step: Step, replacements: Replacements, removals: Removals) -> LinkChange:
    """Returns the change of a replaced link with its reasons and with whether the old link stays live."""
    cause = replacements.explain(step)
    old_link = removals.decide(step.old) if step.old else OldLink()
    return replace(
        change,
        fields=(*change.fields, *cause.changed_trigger),
        reasons=cause.reasons,
        options=cause.options,
        replaced_first=cause.replaced_first,
        retained_by=old_link.retained_by,
        deleted_with=old_link.deleted_with,
        may_be_deleted_with=old_link.may_be_deleted_with,
        shared_with=old_link.shared_with,
        is_uncertain=cause.is_uncertain,
        is_already_deleted=cause.is_already_deleted,
        ignores_protection=bool(step.old and step.old.protect and step.new and step.new.protect),
    )


def _remove(step: Step, old: State, drift: LinkDrift | None, newcomers: _Newcomers, removals: Removals) -> LinkChange:
    """Returns the change of a link that leaves the program, or of the old link of an earlier replacement."""
    old_link = removals.decide(old)
    # One that is replaced by a look-up now is marked as well.
    is_from_earlier_replacement = old.delete and not step.is_replaced_by_lookup
    adopter = newcomers.find_adopter(old)
    kind = LinkChangeKind.RETAINED if old_link.is_retained else LinkChangeKind.DELETED
    return LinkChange(
        old.urn,
        old.name,
        old.title,
        LinkChangeKind.TAKEN_OVER if adopter or old_link.shared_with else kind,
        address=old.address,
        retained_by=old_link.retained_by,
        deleted_with=old_link.deleted_with,
        may_be_deleted_with=old_link.may_be_deleted_with,
        shared_with=old_link.shared_with,
        is_from_earlier_replacement=is_from_earlier_replacement,
        is_replaced_by_lookup=step.is_replaced_by_lookup,
        # Where the engine respects it, a preview succeeds only with --ignore-protect.
        ignores_protection=step.op == "delete" and old.protect,
        other=adopter or (None if is_from_earlier_replacement else newcomers.find_same_declaration(old)),
        drift=None if is_from_earlier_replacement else drift,
    )


@dataclass(frozen=True)
class _Newcomers:
    """The names of the resources that come into the program, by the link they adopt or by what they declare."""

    by_adopted: Mapping[str, str]
    by_declaration: Mapping[str, str]

    @classmethod
    def find(cls, matched: MatchedSteps, steps: Iterable[Step]) -> _Newcomers:
        new = [step.new for step in steps if step.op == "create" and step.new and step.urn not in matched.read]
        imports = [step.new for step in matched.preview.planned if step.op == "import" and step.new]
        imported = {state.import_id: state.name for state in imports if state.is_link and state.import_id}
        adopted = {link: state.name for state in new if (link := plain_text(state.inputs.get("adopt")))}
        return cls(
            {**imported, **adopted},
            {_declaration_of(state): state.name for state in new if "adopt" not in state.inputs},
        )

    def find_adopter(self, old: State) -> str | None:
        """Returns the resource that adopts a link."""
        return next((name for link, name in self.by_adopted.items() if identifies(link, old.id, old.address)), None)

    def find_same_declaration(self, old: State) -> str | None:
        """Returns the new link that declares the same: most likely the same resource under another name."""
        return self.by_declaration.get(_declaration_of(old))


def _declaration_of(state: State) -> str:
    """Returns what is declared of a link, as one text that is equal for equal declarations."""
    return json.dumps({key: state.inputs.get(key) for key in (*LOCATION_KEYS, *PUT_FIELDS)}, sort_keys=True)
