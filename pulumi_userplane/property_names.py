"""Translates the names of a link's properties between Python's spelling and the one of all other Pulumi languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PYTHON_NAMES = (
    "workspace_id",
    "domain_id",
    "project_id",
    "link_title",
    "link_reusable",
    "link_provider_type",
    "link_provider_id",
    "link_provider_ref",
    "link_id",
    "link_url",
    "link_type",
    "created_at",
    "workspace_member_id",
)
"""The names of a link's properties that are spelt otherwise in the other languages, also those inside its objects."""

_OBJECTS = frozenset({"creator", "project", "domain"})


def to_camel_case(name: str) -> str:
    """Returns a name of Python as all other languages spell it: `link_title` as `linkTitle`."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


_CAMEL_CASE = {name: to_camel_case(name) for name in PYTHON_NAMES}
_PYTHON = {camel_case: name for name, camel_case in _CAMEL_CASE.items()}


def to_python_names(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a link's properties under Python's names; a name that is Python's already, or of no property, stays."""
    return _rename(properties, _PYTHON)


def to_camel_case_names(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a link's properties under the names of all other languages; a name of no property stays."""
    return _rename(properties, _CAMEL_CASE)


def _rename(properties: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The keys of `meta` belong to the user."""
    return {
        names.get(key, key): _rename(value, names) if key in _OBJECTS and isinstance(value, dict) else value
        for key, value in properties.items()
    }
