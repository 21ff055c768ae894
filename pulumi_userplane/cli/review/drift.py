"""What was changed outside Pulumi, and what the previewed `up` makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.field_diff import adopts, field_changes, masked, text
from pulumi_userplane.cli.review.model import Comeback, Fate, FieldChange, FieldDrift, LinkDrift, Mask

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.digest import Digest, State, Step
    from pulumi_userplane.cli.review.match_steps import Joined


def drifted(joined: Joined | None, refresh: Digest | None) -> tuple[LinkDrift, ...]:
    """Returns the links that were changed or deleted outside, by the URN's order.

    Args:
        joined: The preview; one that refreshes first shows by itself what differs from the record.
        refresh: What `pulumi refresh --preview-only --json` wrote.
    """
    found = {
        **(_of_preview(joined) if joined else {}),
        **(_of_refresh(refresh) if refresh else {}),
    }
    is_refreshed = joined is not None and bool(joined.preview.refreshed)
    planned = joined.planned if joined else {}
    return tuple(
        _with_fate(found[urn], planned.get(urn)) if is_refreshed else found[urn]
        for urn in sorted(found)
        if found[urn].is_gone or found[urn].fields
    )


def _of_refresh(refresh: Digest) -> dict[str, LinkDrift]:
    return {
        step.old.urn: _drift(step.old, step.new if step.op == "update" else None, step.changed_paths)
        for step in refresh.steps
        if step.is_of_link and step.old and not step.old.delete and step.op in {"update", "delete"}
    }


def _of_preview(joined: Joined) -> dict[str, LinkDrift]:
    """The steps that refresh hold what was recorded, the later ones what lives; a link that is gone is made anew."""
    later = joined.planned
    return {
        urn: _drift(step.old, later[urn].old if later[urn].op != "create" else None, frozenset())
        for urn, step in joined.preview.refreshed.items()
        if step.old and urn in later
    }


def _drift(recorded: State, live: State | None, changed_paths: frozenset[str]) -> LinkDrift:
    changes = field_changes(recorded.inputs, live.inputs, changed_paths) if live else ()
    address = text(recorded.outputs.get("link_url"))
    return LinkDrift(
        recorded.urn,
        recorded.name,
        text(recorded.outputs.get("link_title")),
        address,
        recorded.id,
        is_gone=live is None,
        comeback=Comeback.FAILS if adopts(recorded.inputs, recorded.id, address) else Comeback.UNTOLD,
        fields=tuple(map(FieldDrift, changes)),
    )


def _with_fate(drift: LinkDrift, step: Step | None) -> LinkDrift:
    declared = step.new if step and not step.gives_way_to_look_up else None
    if drift.is_gone:
        created = declared if step and step.op == "create" else None
        return replace(drift, comeback=_comeback(drift, created))
    return replace(drift, fields=tuple(replace(each, fate=_fate(each.change, step, declared)) for each in drift.fields))


def _comeback(drift: LinkDrift, created: State | None) -> Comeback:
    if created is None:
        return Comeback.UNTOLD
    if adopts(created.inputs, drift.link_id, drift.address):
        return Comeback.FAILS
    return Comeback.OTHER_LINK if created.inputs.get("adopt") else Comeback.NEW_LINK


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
