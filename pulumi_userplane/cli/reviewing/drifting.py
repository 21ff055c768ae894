"""What was changed outside Pulumi, and what the previewed `up` makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_userplane.cli.reviewing.comparing import field_changes, masked, text
from pulumi_userplane.cli.reviewing.model import Fate, FieldChange, FieldDrift, LinkDrift, Mask

if TYPE_CHECKING:
    from pulumi_userplane.cli.reviewing.digest import Digest, State, Step


def drifted(preview: Digest | None, refresh: Digest | None) -> tuple[LinkDrift, ...]:
    """Returns the links that were changed or deleted outside, by the URN's order.

    Args:
        preview: The preview; one that refreshes first shows by itself what differs from the record.
        refresh: What `pulumi refresh --preview-only --json` wrote.
    """
    found = {
        **(_of_preview(preview) if preview else {}),
        **(_of_refresh(refresh) if refresh else {}),
    }
    planned = {step.urn: step for step in preview.planned if step.is_of_link} if preview else {}
    is_refreshed = preview is not None and bool(preview.refreshed)
    return tuple(
        _with_fate(found[urn], planned.get(urn)) if is_refreshed else found[urn]
        for urn in sorted(found)
        if found[urn].is_gone or found[urn].fields
    )


def _of_refresh(refresh: Digest) -> dict[str, LinkDrift]:
    return {
        step.urn: _drift(step.old, step.new if step.op == "update" else None, step.changed_paths)
        for step in refresh.steps
        if step.is_of_link and step.old and step.op in {"update", "delete"}
    }


def _of_preview(preview: Digest) -> dict[str, LinkDrift]:
    """The steps that refresh hold what was recorded, the later ones what lives; a link that is gone is made anew."""
    later = {step.urn: step for step in preview.planned if step.is_of_link}
    return {
        urn: _drift(step.old, later[urn].old if later[urn].op != "create" else None, frozenset())
        for urn, step in preview.refreshed.items()
        if step.old and urn in later
    }


def _drift(recorded: State, live: State | None, changed_paths: frozenset[str]) -> LinkDrift:
    changes = field_changes(recorded.inputs, live.inputs, changed_paths) if live else ()
    return LinkDrift(
        recorded.urn,
        recorded.name,
        text(recorded.outputs.get("link_title")),
        text(recorded.outputs.get("link_url")),
        is_gone=live is None,
        fields=tuple(map(FieldDrift, changes)),
    )


def _with_fate(drift: LinkDrift, step: Step | None) -> LinkDrift:
    if drift.is_gone:
        return replace(drift, returns=step is not None and step.op == "create")
    declared = step.new if step else None
    return replace(drift, fields=tuple(replace(each, fate=_fate(each.change, step, declared)) for each in drift.fields))


def _fate(change: FieldChange, step: Step | None, declared: State | None) -> Fate:
    if step is None:
        return Fate.DECLARED
    if declared is None:
        return Fate.UNTOUCHED
    field, _, key = change.path.partition(".")
    value = declared.inputs.get(field)
    if value is None:
        return Fate.LEFT
    if key:
        value = value.get(key) if isinstance(value, dict) else None
    said = Mask.ABSENT if value is None else masked(value)
    if said == change.before:
        return Fate.PUT_BACK
    return Fate.DECLARED if said == change.after else Fate.OVERWRITTEN
