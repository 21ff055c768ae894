"""What of a link differs between two sets of inputs, in the words of the program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.identifiers import identifies
from pulumi_userplane.cli.review.model import FieldChange, How, Mask
from pulumi_userplane.diff import PUT_FIELDS, equal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLACES = ("workspace_id", "domain_id", "project_id")

_SECRET = "[secret]"  # noqa: S105 - what the CLI writes instead of one
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the CLI writes for a value that is known only while `up` runs."""


def masked(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Returns a value with a `Mask` in the place of what can't be shown, at any depth."""
    if value == _SECRET:
        return Mask.SECRET
    if value == _UNKNOWN:
        return Mask.UNKNOWN
    if isinstance(value, dict):
        return {key: masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return value


def text(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Returns a text that may be shown, or None."""
    shown = masked(value)
    return shown if isinstance(shown, str) and shown else None


def holds_unknown(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Returns whether a value, or a part of it, is known only while `up` runs."""
    return _UNKNOWN in json.dumps(value)


def adopts(inputs: Mapping[str, Any], link_id: str, address: str | None) -> bool:
    """Returns whether a resource with these inputs takes over that link."""
    wanted = text(inputs.get("adopt"))
    return wanted is not None and identifies(wanted, link_id, address)


def at_place(outputs: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - any JSON
    """Returns a field of the whole link, declared or not."""
    if key == "project_id":
        project = outputs.get("project")
        return project.get(key) if isinstance(project, dict) else None
    return outputs.get(key)


def field_changes(
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
        for key in (*PLACES, *PUT_FIELDS)
        for change in _of_field(key, before, after, changed_paths, outputs or {})
    )


def _of_field(
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
        yield FieldChange(key, How.NO_LONGER_MANAGED, masked(old), Mask.ABSENT)
    elif old is None:
        yield from _taken(key, at_place(outputs, key), new)
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _of_map(key, old, new, changed_paths)
    elif not equal(old, new) or _is_changed_secret(key, old, changed_paths):
        yield FieldChange(key, How.CHANGED, masked(old), masked(new))


def _taken(key: str, live: Any, new: Any) -> Iterator[FieldChange]:  # noqa: ANN401 - any JSON
    """A field that becomes managed: what a request changes is what the link has."""
    if live is not None and equal(live, new):
        yield FieldChange(key, How.NOW_MANAGED, masked(live), masked(new))
    elif isinstance(new, dict) and new and isinstance(live, (dict, type(None))):
        yield from _of_map(key, live or {}, new, frozenset())
    else:
        before = Mask.ABSENT if live in (None, "", {}) else masked(live)
        yield FieldChange(key, How.SET if before is Mask.ABSENT else How.CHANGED, before, masked(new))


def _of_map(
    field: str, old: Mapping[str, Any], new: Mapping[str, Any], changed_paths: frozenset[str]
) -> Iterator[FieldChange]:
    for key in sorted({*old, *new}):
        path = f"{field}.{key}"
        if key not in new:
            yield FieldChange(path, How.CLEARED, masked(old[key]), Mask.ABSENT)
        elif key not in old:
            yield FieldChange(path, How.SET, Mask.ABSENT, masked(new[key]))
        elif not equal(old[key], new[key]) or any(
            _is_changed_secret(each, old[key], changed_paths) for each in (path, f'{field}["{key}"]')
        ):
            yield FieldChange(path, How.CHANGED, masked(old[key]), masked(new[key]))


def _is_changed_secret(path: str, value: Any, changed_paths: frozenset[str]) -> bool:  # noqa: ANN401 - any JSON
    below = (f"{path}.", f"{path}[")
    return _SECRET in json.dumps(value) and any(each == path or each.startswith(below) for each in changed_paths)
