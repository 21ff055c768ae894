"""Pure: describes an update property by property, as a preview shows it; `lifecycle.plan` decides what it takes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pulumi_userplane import diff
from pulumi_userplane.property_names import to_camel_case

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Properties = Mapping[str, Any]
    Kind = Literal["ADD", "ADD_REPLACE", "DELETE", "UPDATE", "UPDATE_REPLACE"]


class PropertyChange(NamedTuple):
    """What happens to one property.

    Attributes:
        kind: What it is, in Pulumi's words.
        is_between_inputs: Whether the declaration has changed; else the link differs from what is declared.
    """

    kind: Kind
    is_between_inputs: bool = True


_SIMPLE_KEY = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def describe_changes(
    recorded: Properties,
    old_inputs: Properties,
    inputs: Properties,
    replaces: Collection[str],
    secret_paths: Collection[str] = (),
) -> dict[str, PropertyChange]:
    """Returns the changes by their paths, such as `linkTitle` or `meta.team`.

    Args:
        recorded: The link as the state holds it.
        old_inputs: The inputs in the state.
        inputs: What `check` returned.
        replaces: The inputs that only a new link can change.
        secret_paths: The paths of the inputs that are secret as a whole; not even a key inside is told.
    """
    changes: dict[str, PropertyChange] = {}
    for key in (*diff.LOCATION_KEYS, *diff.PUT_FIELDS):
        path, old, new = to_camel_case(key), old_inputs.get(key), inputs.get(key)
        if key in replaces:
            changes[path] = PropertyChange("ADD_REPLACE" if old is None else "UPDATE_REPLACE")
        elif key in diff.PUT_FIELDS:
            found = _describe_field(path, old, new, is_secret=path in secret_paths)
            if not found and new is not None and not diff.are_equal(recorded.get(key), new):
                # The link itself differs: the server has stored another form, or an update has failed.
                found = {path: PropertyChange("UPDATE", is_between_inputs=False)}
            changes.update(found)
    return changes


def _describe_field(path: str, old: Any, new: Any, *, is_secret: bool) -> dict[str, PropertyChange]:  # noqa: ANN401 - any JSON
    is_map = isinstance(old, dict) and isinstance(new, dict)
    if is_map and not is_secret and not diff.are_equal(old, new):
        parts = {_join(path, key): _find_kind(old.get(key), new.get(key)) for key in {**old, **new}}
    else:
        parts = {path: _find_kind(old, new)}
    return {part: PropertyChange(kind) for part, kind in parts.items() if kind}


def _find_kind(old: Any, new: Any) -> Kind | None:  # noqa: ANN401 - as above
    if old is None or new is None:
        return None if old is new else "DELETE" if new is None else "ADD"
    return None if diff.are_equal(old, new) else "UPDATE"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if _SIMPLE_KEY.fullmatch(key) else f"{path}[{json.dumps(key)}]"
