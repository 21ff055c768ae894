"""Pure: compares a recorded link with the declared inputs: changed fields, replacements, and what the state records.

`recorded` is the link as the state holds it (outputs), `inputs` is what `check` returned. Values may come as Pulumi's
host passes them: numbers as floats, keys with the value None left out, unknown values as `pulumi.output.Unknown`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, cast

from pulumi import contains_unknowns
from pulumi.output import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_userplane.api import Link, LinkFields

    Properties = Mapping[str, Any]

PUT_FIELDS = (
    "link_title",
    "link_reusable",
    "link_provider_type",
    "link_provider_id",
    "link_provider_ref",
    "meta",
)
"""The fields that a PUT can change. The managed fields are those of them that the program declares."""

MANAGED, SERVER, VERSION = "__managed", "__server", "__v"
"""Hidden keys of the state: the managed fields, the base URL of the last good response, the version of this format."""

STATE_VERSION = 1

LOOKUP = "__lookup"
"""Hidden key of a link that a program only looks up (`RecordingLink.get`): nothing of it is declared."""

UNVERIFIED = "__unverified"
"""Input key for `check` alone: what a look-up of the program found about a domain that is not verified."""

LONG_NAME = "__long_name"
"""Input key for `check` alone: the resource's name, if it makes the ownership mark too long."""

HIDDEN_INPUTS = frozenset({"__provider", LOOKUP, UNVERIFIED, LONG_NAME})
"""The keys that `check` gets as well as the arguments of RecordingLink."""

PUBLIC_FIELDS = frozenset({"link_reusable", "link_provider_type"})
"""The PUT fields whose values a message may show; all others may be secrets, and the host can't tell which."""

_FROM_RESPONSE = (*PUT_FIELDS, "link_id", "link_url", "link_type", "created_at", "creator", "project", "domain")
"""The outputs that only a response tells."""

LOCATION_KEYS = {
    "workspace_id": ("workspace_id",),
    "domain_id": ("domain", "domain_id"),
    "project_id": ("project", "project_id"),
}
_WHOLE_FLOATS = 2**53
_MAX_NUMBER = int(sys.float_info.max)
"""Pulumi's numbers are floats."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks a map as a secret, an asset or another value of its own."""

UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The text that stands for a value that is not known yet."""

UNKNOWNS = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""All such texts, one for each type: a text, a truth value, a number, ..."""

RESERVED = UNKNOWNS | {SIGNATURE}
"""All texts that Pulumi reserves (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go)."""


def canonicalize(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Returns the value as it is sent and compared: whole floats as integers, and no keys without a value."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE_FLOATS:
        return int(value)
    if isinstance(value, dict):
        return {key: canonicalize(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [canonicalize(inner) for inner in value]
    return value


def escape_reserved(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Returns a live value as a state can hold it: what Pulumi reserves, or can't hold, becomes a text.

    Anybody can write such a value into `meta`, and with it Pulumi would fail for the whole stack. A reserved text and a
    number that is too large get the prefix `text:`; half of a character that takes two becomes a question mark.
    """
    if isinstance(value, dict):
        return {escape_reserved(key): escape_reserved(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [escape_reserved(inner) for inner in value]
    if isinstance(value, str):
        return f"text:{value}" if value in RESERVED else value.encode("utf-8", "replace").decode("utf-8")
    return f"text:{value}" if isinstance(value, int) and abs(value) > _MAX_NUMBER else value


def is_empty(value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Returns whether a field has no value: an empty text or map counts as none."""
    return not _to_comparable(value)


def are_equal(one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON
    """Returns whether two values of a field are equal; an unset text or map equals an empty one."""
    if contains_unknowns(one) or contains_unknowns(other):
        return False
    return _to_comparable(one) == _to_comparable(other)


def list_managed_fields(inputs: Properties) -> list[str]:
    """Returns the PUT fields that the program declares, sorted."""
    return sorted(field for field in PUT_FIELDS if inputs.get(field) is not None)


def label(properties: Properties) -> str | None:
    """Returns what a message calls the link as well as its id: its mark, never its title, which may be a secret."""
    return properties.get("mark")


def find_changed_fields(recorded: Properties, inputs: Properties) -> LinkFields:
    """Returns the fields that go into the PUT: those whose declared value is not the recorded one, and no others."""
    fields = {
        field: canonicalize(inputs[field])
        for field in PUT_FIELDS
        if inputs.get(field) is not None and not are_equal(recorded.get(field), inputs[field])
    }
    return cast("LinkFields", fields)


def find_replacements(recorded: Properties, inputs: Properties) -> list[str]:
    """Returns the location inputs that differ from where the link is: only a new link can be there.

    A location that the state does not record (an import without values) does not differ.
    """
    return [
        key
        for key, path in LOCATION_KEYS.items()
        if inputs.get(key) is not None
        and (current := _value_at(recorded, path)) is not None
        and not are_equal(current, inputs[key])
    ]


def find_misplaced(link: Link, inputs: Properties) -> dict[str, str]:
    """Returns where a live link is, by those location inputs that declare another place."""
    places = {"domain_id": link.domain.domain_id, "project_id": link.project.project_id}
    return {key: place for key, place in places.items() if inputs.get(key) not in {None, place}}


def has_difference(recorded: Properties, inputs: Properties) -> bool:
    """Returns whether the declared link differs from the recorded one, in values or in which fields are managed."""
    return bool(
        find_replacements(recorded, inputs)
        or list_managed_fields(inputs) != list(recorded.get(MANAGED, ()))
        or find_changed_fields(recorded, inputs)
    )


def is_declared_anew(recorded: Properties, old_inputs: Properties, inputs: Properties) -> bool:
    """Returns whether the declaration differs from the one in the state, or was not carried out as a whole.

    Another form in which the server has stored a value counts as declared until then, or until a refresh reads it.
    For the dynamic provider the engine decides this.
    """
    return old_inputs != inputs or list_managed_fields(inputs) != list(recorded.get(MANAGED, ()))


def build_outputs(link: Link, inputs: Properties, server: str) -> dict[str, Any]:
    """Returns what the state records: the link, what only the program knows of it, and the hidden keys."""
    return {
        **escape_reserved(link.model_dump()),
        "domain_id": link.domain.domain_id,
        **({"project_id": link.project.project_id} if inputs.get("project_id") is not None else {}),
        **_select_program_only(inputs),
        MANAGED: list_managed_fields(inputs),
        SERVER: server,
        VERSION: STATE_VERSION,
    }


def build_outputs_after_noop(recorded: Properties, inputs: Properties) -> dict[str, Any]:
    """Returns what the state records after an update that had nothing to send."""
    rest = {key: canonicalize(value) for key, value in recorded.items() if key not in {"__provider", "project_id"}}
    declared_project = {key: inputs[key] for key in ("project_id",) if inputs.get(key) is not None}
    return {
        **rest,
        **declared_project,
        **_select_program_only(inputs),
        MANAGED: list_managed_fields(inputs),
        VERSION: STATE_VERSION,
    }


def foresee_outputs(recorded: Properties, inputs: Properties) -> dict[str, Any]:
    """Returns what a preview knows of the outputs: all of a recorded link, of a new one only what is declared.

    Args:
        recorded: The link as the state holds it; empty for a new one.
        inputs: What is declared.
    """
    known = build_outputs_after_noop(recorded, inputs) if recorded else dict.fromkeys(_FROM_RESPONSE, UNKNOWN)
    return {**known, **{key: value for key, value in inputs.items() if key != "adopt"}}


def build_live_inputs(link: Link, recorded: Properties, workspace_id: str) -> dict[str, Any]:
    """Returns the inputs that would declare the live link, for the keys that the program has declared.

    Args:
        link: The live link.
        recorded: What the state holds; without the hidden keys (an import) every settable field counts as declared.
        workspace_id: The workspace of the link.
    """
    live = escape_reserved(link.model_dump())
    is_managed = MANAGED in recorded
    fields = recorded[MANAGED] if is_managed else [field for field in PUT_FIELDS if live[field] is not None]
    project = {"project_id": link.project.project_id} if "project_id" in recorded or not is_managed else {}
    return {
        **_select_program_only(recorded),
        "workspace_id": workspace_id,
        "domain_id": link.domain.domain_id,
        **project,
        **{field: _replace_none_by_empty(field, live[field]) for field in fields},
    }


def find_unapplied(sent: Properties, before: Properties, after: Properties) -> list[str]:
    """Returns the sent fields that still have their old value.

    A field that differs from what was sent only in whitespace was applied: the server may trim texts. A truth value
    has no other form: if it differs, it was not applied, whatever it was before.
    """
    return [
        field
        for field in sent
        if _without_whitespace(sent[field]) != _without_whitespace(after.get(field))
        and (isinstance(sent[field], bool) or are_equal(before.get(field), after.get(field)))
    ]


def find_normalized(sent: Properties, before: Properties, after: Properties) -> list[str]:
    """Returns the sent fields that the server applied and stored in another form."""
    ignored = find_unapplied(sent, before, after)
    return [field for field in sent if not are_equal(sent[field], after.get(field)) and field not in ignored]


def find_drifted(fields: Iterable[str], sent: Properties, before: Properties, after: Properties) -> list[str]:
    """Returns the fields that were not sent and came back with a value that is not the recorded one."""
    return [field for field in fields if field not in sent and not are_equal(before.get(field), after.get(field))]


def _select_program_only(inputs: Properties) -> dict[str, Any]:
    # No response contains these; a read has to return them, or each later preview would show them as new.
    return {key: inputs[key] for key in ("workspace_id", "mark") if inputs.get(key) is not None}


def _without_whitespace(value: Any) -> str:  # noqa: ANN401 - any JSON
    return "".join(value.split()) if isinstance(value, str) else _to_comparable(value)


def _to_comparable(value: Any) -> str:  # noqa: ANN401 - any JSON
    sent = canonicalize(value)
    is_empty = sent is None or sent in ("", {})
    return "" if is_empty else json.dumps(sent, sort_keys=True)


def _value_at(properties: Properties, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    value: Any = properties
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _replace_none_by_empty(field: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    if value is not None:
        return value
    return {} if field == "meta" else ""
