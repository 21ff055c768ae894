"""Finds what was changed or deleted outside Pulumi, and decides what the previewed `up` does about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.field_diff import adopts, diff_fields
from pulumi_userplane.cli.review.model import DeletionOutcome, DriftOutcome, FieldChange, FieldDrift, LinkDrift, Mask
from pulumi_userplane.cli.review.preview_digest import mask

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.match_steps import MatchedSteps
    from pulumi_userplane.cli.review.preview_digest import Digest, State, Step


def find_drift(matched: MatchedSteps | None, refresh: Digest | None) -> tuple[LinkDrift, ...]:
    """Returns the links that were changed or deleted outside Pulumi, sorted by URN.

    Args:
        matched: The preview; one that refreshes first shows by itself what differs from the record.
        refresh: What `pulumi refresh --preview-only --json` wrote.
    """
    drifts = {
        **(_find_in_preview(matched) if matched else {}),
        **(_find_in_refresh(refresh) if refresh else {}),
    }
    is_refreshed = matched is not None and bool(matched.preview.refresh_steps)
    planned = matched.planned if matched else {}
    return tuple(
        _with_outcome(drifts[urn], planned.get(urn)) if is_refreshed else drifts[urn]
        for urn in sorted(drifts)
        if drifts[urn].is_deleted or drifts[urn].fields
    )


def _find_in_refresh(refresh: Digest) -> dict[str, LinkDrift]:
    return {
        step.old.urn: _compare(step.old, step.new if step.op == "update" else None, step.changed_paths)
        for step in refresh.steps
        if step.is_of_link and step.old and not step.old.delete and step.op in {"update", "delete"}
    }


def _find_in_preview(matched: MatchedSteps) -> dict[str, LinkDrift]:
    """Compares the steps that refresh, which hold what was recorded, with the later ones, which hold what lives.

    A link that was deleted is created by its later step.
    """
    later = matched.planned
    return {
        urn: _compare(step.old, later[urn].old if later[urn].op != "create" else None, frozenset())
        for urn, step in matched.preview.refresh_steps.items()
        if step.old and urn in later
    }


def _compare(recorded: State, live: State | None, changed_paths: frozenset[str]) -> LinkDrift:
    changes = diff_fields(recorded.inputs, live.inputs, changed_paths) if live else ()
    is_adopted = adopts(recorded.inputs, recorded.id, recorded.address)
    return LinkDrift(
        recorded.urn,
        recorded.name,
        recorded.title,
        recorded.address,
        recorded.id,
        is_deleted=live is None,
        deletion_outcome=DeletionOutcome.FAILS if is_adopted else DeletionOutcome.UNKNOWN,
        fields=tuple(map(FieldDrift, changes)),
    )


def _with_outcome(drift: LinkDrift, step: Step | None) -> LinkDrift:
    declared = step.new if step and not step.is_replaced_by_lookup else None
    if drift.is_deleted:
        created = declared if step and step.op == "create" else None
        return replace(drift, deletion_outcome=_decide_deletion_outcome(drift, created))
    fields = (replace(field, outcome=_decide_outcome(field.change, step, declared)) for field in drift.fields)
    return replace(drift, fields=tuple(fields))


def _decide_deletion_outcome(drift: LinkDrift, created: State | None) -> DeletionOutcome:
    if created is None:
        return DeletionOutcome.UNKNOWN
    if adopts(created.inputs, drift.link_id, drift.address):
        return DeletionOutcome.FAILS
    return DeletionOutcome.OTHER_LINK if created.inputs.get("adopt") else DeletionOutcome.RECREATED


def _decide_outcome(change: FieldChange, step: Step | None, declared: State | None) -> DriftOutcome:
    if step is None:
        return DriftOutcome.DECLARED
    if declared is None:
        return DriftOutcome.UNTOUCHED
    field, _, key = change.path.partition(".")
    value = declared.inputs.get(field)
    if value is None:
        return DriftOutcome.LEFT
    if key:
        value = value.get(key) if isinstance(value, dict) else None
    after_up = Mask.ABSENT if value is None else mask(value)
    if after_up == change.before:
        return DriftOutcome.PUT_BACK
    return DriftOutcome.DECLARED if after_up == change.after else DriftOutcome.OVERWRITTEN
