"""Pure: validates the declared inputs of a link, all of them at once, before anything is applied."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi import contains_unknowns

from pulumi_userplane.api.constants import (
    META_LIMIT,
    PROVIDER_ID_LIMIT,
    PROVIDER_REF_LIMIT,
    PROVIDER_TYPES,
    TITLE_LIMIT,
)
from pulumi_userplane.api.identifiers import is_id
from pulumi_userplane.api.text import describe_kind, sanitize
from pulumi_userplane.diff import HIDDEN_INPUTS, LONG_NAME, UNVERIFIED, are_equal
from pulumi_userplane.output_text import IS_IN_TEXT, holds_output
from pulumi_userplane.property_names import describe_unknown_name, nearest_hint
from pulumi_userplane.recovery import ownership

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

_TEXT_LIMITS = {
    "link_title": TITLE_LIMIT,
    "link_provider_id": PROVIDER_ID_LIMIT,
    "link_provider_ref": PROVIDER_REF_LIMIT,
}


def validate(
    inputs: Mapping[str, Any], old_inputs: Mapping[str, Any], extra_provider_types: Collection[str]
) -> list[str]:
    """Returns what is wrong, one line per property; the lines name limits and lengths, never values.

    Args:
        inputs: The new inputs; unknown values pass.
        old_inputs: The inputs in the state: a provider type or a long `meta` that is already there passes.
        extra_provider_types: Words that are allowed as well as the 28.
    """
    long_name = _describe_long_name(inputs.get("mark"), inputs.get(LONG_NAME))
    problems = _find_problems(inputs, old_inputs, extra_provider_types)
    return [long_name if long_name and key == "mark" else f"{key}: {problem}" for key, problem in problems]


def _find_problems(
    inputs: Mapping[str, Any], old_inputs: Mapping[str, Any], extra_provider_types: Collection[str]
) -> Iterator[tuple[str, str]]:
    if inputs.get("domain_id") is None:
        yield "domain_id", "is missing; it names the verified domain of the link's address"
    words = (*PROVIDER_TYPES, *extra_provider_types, old_inputs.get("link_provider_type"))
    checks: dict[str, Callable[[Any], str | None]] = {
        "workspace_id": _check_id,
        "domain_id": lambda value: _check_id(value) or _check_domain(inputs, old_inputs),
        "project_id": _check_id,
        "adopt": lambda value: _check_adopt(value, inputs, old_inputs),
        "link_reusable": lambda value: (
            None if isinstance(value, bool) else f"must be true or false, not {describe_kind(value)}"
        ),
        "link_provider_type": lambda value: _check_word(value, words),
        "meta": lambda value: _check_meta(value, old_inputs),
        "mark": _check_text(ownership.MAX_LENGTH),
        **{key: _check_text(limit) for key, limit in _TEXT_LIMITS.items()},
    }
    given = {key: value for key, value in inputs.items() if value is not None and key not in HIDDEN_INPUTS}
    for key, check in checks.items():
        if holds_output(given.get(key)):
            yield key, IS_IN_TEXT
        elif key in given and not contains_unknowns(given[key]) and (problem := check(given[key])):
            yield key, problem
    for key in sorted(given.keys() - checks.keys()):
        yield repr(sanitize(key)), describe_unknown_name(key, checks)


def _check_text(limit: int) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:  # noqa: ANN401 - whatever a program wrote
        if not isinstance(value, str):
            return f"must be text, not {describe_kind(value)}"
        return f"is {len(value)} characters long; the limit is {limit}" if len(value) > limit else None

    return check


def _describe_long_name(mark: Any, name: Any) -> str | None:  # noqa: ANN401 - as above
    """Describes a mark that the resource's name makes too long; None if a transform has put in another mark."""
    if not (isinstance(mark, str) and isinstance(name, str)):
        return None
    fitting = ownership.max_name_length(mark, name)
    if fitting is None:
        return None
    return (
        f"the resource's name is {len(name)} characters long, and at most {fitting} fit into its mark: "
        "give it a shorter name, or write mark="
    )


def _check_id(value: Any) -> str | None:  # noqa: ANN401 - whatever a program wrote
    if not isinstance(value, str):
        return f"must be text, not {describe_kind(value)}"
    return (
        None
        if is_id(value)
        else "is not an id: it is empty, '.' or '..', or has blanks around it or control characters"
    )


def _check_domain(inputs: Mapping[str, Any], old_inputs: Mapping[str, Any]) -> str | None:
    """Only a new link needs a verified domain: an existing one can change even if its domain is no longer verified."""
    if old_inputs or inputs.get("adopt") is not None or UNVERIFIED not in inputs:
        return None
    return (
        f"{inputs[UNVERIFIED]}, and only a verified domain takes new links: verify it in the dashboard, or use another"
    )


def _check_adopt(value: Any, inputs: Mapping[str, Any], old_inputs: Mapping[str, Any]) -> str | None:  # noqa: ANN401 - as above
    if problem := _check_id(value):
        return problem
    moves = [
        key for key in ("workspace_id", "domain_id", "project_id") if _is_other(inputs.get(key), old_inputs.get(key))
    ]
    if moves and value == old_inputs.get("adopt"):
        return f"another {moves[0]} creates a new link, with a new address: remove adopt="
    return None


def _is_other(value: Any, old: Any) -> bool:  # noqa: ANN401 - as above
    return None not in (value, old) and not contains_unknowns(value) and value != old


def _check_meta(value: Any, old_inputs: Mapping[str, Any]) -> str | None:  # noqa: ANN401 - whatever a program wrote
    if not isinstance(value, dict):
        return f"must be a map, not {describe_kind(value)}"
    try:
        size = len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError):
        return "holds a value that JSON can't express, such as NaN or a file"
    if size <= META_LIMIT or are_equal(value, old_inputs.get("meta")):
        return None
    return f"is {size} bytes long as JSON (é takes 6 bytes, an emoji 12); the limit is {META_LIMIT}"


def _check_word(value: Any, words: Collection[Any]) -> str | None:  # noqa: ANN401 - whatever a program wrote
    if value in words:
        return None
    hint = nearest_hint(str(value), PROVIDER_TYPES) or f" ({', '.join(PROVIDER_TYPES)})"
    return f"is not one of the {len(PROVIDER_TYPES)} provider types{hint} (`userplane:extraProviderTypes` adds words)"
