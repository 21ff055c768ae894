"""The form of the behaviours: a control for each, fit for its values, and what a person changed in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import ValidationError

from pulumi_userplane.emulator.behaviour_values import DefaultText, InputErrorBody, LengthLimit, Outcome, PageLimit
from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.page.forms import Form
from pulumi_userplane.emulator.problems import describe_problem

_FIRST_OF_GROUP = {
    "meta_key": "The map",
    "empty_text": "Texts and fields",
    "default_link_type": "A new link",
    "refused_status": "What is refused",
    "list_order": "Lists and the search",
    "date_header": "Headers and limits",
}
"""The behaviour with which each group begins, as in the documentation."""

_HINTS = {
    LengthLimit: "`documented` takes them, `shorter` one less, `longer` any number; `cut` cuts what is longer.",
    DefaultText: '`none` is null, `empty` is `""`, `text` is words of the server\'s own.',
    Outcome: (
        "Write `input` (refused as any wrong input), `taken` (goes through), a status from 400 to 599, or a status and"
        " a code, such as `409 DOMAIN_TAKEN`."
    ),
    PageLimit: "Write `take` (any size), `refuse`, or the number to which larger sizes are cut.",
    InputErrorBody: (
        'Write `envelope`, `framework`, `text`, or a JSON object such as `{"error": "…"}`, where the problem is written'
        " in place of each `…`."
    ),
}
_LIST_HINT = "Write names with commas between them; empty means none."
_TICKED = "on"


@dataclass(frozen=True)
class Control:
    """A behaviour on the page.

    Attributes:
        name: Its name.
        kind: `checkbox`, `select`, `number` or `text`.
        description: What it means.
        hint: How its value is written; empty if the control shows that.
        options: The values of a select.
        value: Its present value, or what a person typed.
        default: Its default, in words.
        is_changed: Whether its value is not the default.
        problem: What is wrong with what a person typed.
    """

    name: str
    kind: Literal["checkbox", "select", "number", "text"]
    description: str
    hint: str
    options: tuple[str, ...]
    value: str
    default: str
    is_changed: bool
    problem: str


def list_groups(
    behaviours: Behaviours, typed: Form | None = None, problems: Mapping[str, str] | None = None
) -> list[tuple[str, list[Control]]]:
    """Returns the controls of all behaviours in their groups.

    Args:
        behaviours: The present behaviours.
        typed: What a person typed instead, if that was refused.
        problems: What is wrong with it, by the behaviour's name.
    """
    defaults = describe_values(Behaviours())
    values = describe_values(behaviours)
    hints = get_type_hints(Behaviours, include_extras=True)
    groups: list[tuple[str, list[Control]]] = []
    for name, field in Behaviours.model_fields.items():
        kind, options = _find_kind(hints[name])
        control = Control(
            name=name,
            kind=kind,
            description=field.description or "",
            hint=_find_hint(hints[name]),
            options=options,
            value=values[name] if typed is None else typed[name],
            default=_describe_default(kind, defaults[name]),
            is_changed=values[name] != defaults[name],
            problem=(problems or {}).get(name, ""),
        )
        if name in _FIRST_OF_GROUP:
            groups.append((_FIRST_OF_GROUP[name], []))
        groups[-1][1].append(control)
    return groups


def describe_values(behaviours: Behaviours) -> Form:
    """Returns the values of behaviours as the form's fields have them."""
    return Form({name: _describe_value(value) for name, value in behaviours.model_dump(mode="json").items()})


def dump_shown(behaviours: Behaviours) -> str:
    """Returns the values that the form shows, for a hidden field of it."""
    return json.dumps(describe_values(behaviours))


def find_changes(form: Form, present: Behaviours) -> tuple[dict[str, object], dict[str, str]]:
    """Returns the behaviours that a person changed, and what is wrong with them, by their names."""
    try:
        shown = json.loads(form["shown"])
    except (ValueError, RecursionError):
        shown = {}
    if not isinstance(shown, dict):
        shown = {}
    hints = get_type_hints(Behaviours, include_extras=True)
    changes = {
        name: _read_value(hints[name], form[name].strip())
        for name in Behaviours.model_fields
        if form[name].strip() != shown.get(name)
    }
    try:
        Behaviours.model_validate({**present.model_dump(), **changes})
    except ValidationError as error:
        return changes, _describe_problems(error)
    return changes, {}


def _describe_problems(error: ValidationError) -> dict[str, str]:
    reasons: dict[str, dict[str, None]] = {}
    for problem in error.errors():
        reasons.setdefault(str(problem["loc"][0]), {})[describe_problem(problem)] = None
    return {name: f"{', or: '.join(texts)}." for name, texts in reasons.items()}


def _find_kind(hint: object) -> tuple[Literal["checkbox", "select", "number", "text"], tuple[str, ...]]:
    if hint is bool:
        return "checkbox", ()
    plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if get_origin(plain) is Literal:
        return "select", get_args(plain)
    return ("number" if plain is int else "text"), ()


def _find_hint(hint: object) -> str:
    if _is_list(hint):
        return _LIST_HINT
    return next((text for kind, text in _HINTS.items() if hint == kind), "")


def _is_list(hint: object) -> bool:
    return get_origin(hint) is Annotated and get_origin(get_args(hint)[0]) is frozenset


def _describe_value(value: Any) -> str:  # noqa: ANN401  # any behaviour's
    if isinstance(value, bool):
        return _TICKED if value else ""
    if isinstance(value, list):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _describe_default(kind: str, value: str) -> str:
    if kind == "checkbox":
        return "on" if value else "off"
    return value or "none"


def _read_value(hint: object, text: str) -> object:
    if hint is bool:
        return text == _TICKED
    if _is_list(hint):
        return [part.strip() for part in text.split(",") if part.strip()]
    if hint in (InputErrorBody, PageLimit) or _find_kind(hint)[0] == "number":
        return _read_json(text)
    return text


def _read_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
