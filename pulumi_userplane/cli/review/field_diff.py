"""Compares two sets of a link's inputs, field by field and key by key of `meta`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.identifiers import identifies
from pulumi_userplane.cli.review.model import FieldChange, FieldChangeKind, Mask
from pulumi_userplane.cli.review.preview_digest import SECRET, mask, plain_text
from pulumi_userplane.diff import LOCATION_KEYS, PUT_FIELDS, are_equal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def diff_fields(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    changed_paths: frozenset[str] = frozenset(),
    outputs: Mapping[str, Any] | None = None,
) -> tuple[FieldChange, ...]:
    """Returns the fields that differ.

    Args:
        before: The inputs so far.
        after: The inputs then.
        changed_paths: What the engine calls changed; both sides of a secret look alike.
        outputs: The whole link so far: what a field has that becomes managed.
    """
    return tuple(
        change
        for key in (*LOCATION_KEYS, *PUT_FIELDS)
        for change in _diff_field(key, before, after, changed_paths, outputs or {})
    )


def adopts(inputs: Mapping[str, Any], link_id: str, address: str | None) -> bool:
    """Returns whether a resource with these inputs adopts that link."""
    wanted = plain_text(inputs.get("adopt"))
    return wanted is not None and identifies(wanted, link_id, address)


def live_value(outputs: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - any JSON
    """Returns a field of the whole link, declared or not."""
    if key == "project_id":
        project = outputs.get("project")
        return project.get(key) if isinstance(project, dict) else None
    return outputs.get(key)


def _diff_field(
    key: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    changed_paths: frozenset[str],
    outputs: Mapping[str, Any],
) -> Iterator[FieldChange]:
    old, new = before.get(key), after.get(key)
    if old is None and new is None:
        return
    if new is None:
        yield FieldChange(key, FieldChangeKind.NO_LONGER_MANAGED, mask(old), Mask.ABSENT)
    elif old is None:
        yield from _diff_newly_managed(key, live_value(outputs, key), new)
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _diff_map(key, old, new, changed_paths)
    elif not are_equal(old, new) or _is_changed_secret(key, old, changed_paths):
        yield FieldChange(key, FieldChangeKind.CHANGED, mask(old), mask(new))


def _diff_newly_managed(key: str, live: Any, new: Any) -> Iterator[FieldChange]:  # noqa: ANN401 - any JSON
    """Compares a field that becomes managed with what the link has: that is what a request changes."""
    if live is not None and are_equal(live, new):
        yield FieldChange(key, FieldChangeKind.NOW_MANAGED, mask(live), mask(new))
    elif isinstance(new, dict) and new and isinstance(live, (dict, type(None))):
        yield from _diff_map(key, live or {}, new, frozenset())
    else:
        before = Mask.ABSENT if live in (None, "", {}) else mask(live)
        kind = FieldChangeKind.SET if before is Mask.ABSENT else FieldChangeKind.CHANGED
        yield FieldChange(key, kind, before, mask(new))


def _diff_map(
    field: str, old: Mapping[str, Any], new: Mapping[str, Any], changed_paths: frozenset[str]
) -> Iterator[FieldChange]:
    for key in sorted({*old, *new}):
        path = f"{field}.{key}"
        if key not in new:
            yield FieldChange(path, FieldChangeKind.CLEARED, mask(old[key]), Mask.ABSENT)
        elif key not in old:
            yield FieldChange(path, FieldChangeKind.SET, Mask.ABSENT, mask(new[key]))
        elif not are_equal(old[key], new[key]) or any(
            _is_changed_secret(spelling, old[key], changed_paths) for spelling in (path, f'{field}["{key}"]')
        ):
            yield FieldChange(path, FieldChangeKind.CHANGED, mask(old[key]), mask(new[key]))


def _is_changed_secret(path: str, value: Any, changed_paths: frozenset[str]) -> bool:  # noqa: ANN401 - any JSON
    inside = (f"{path}.", f"{path}[")
    return SECRET in json.dumps(value) and any(
        changed == path or changed.startswith(inside) for changed in changed_paths
    )
