"""Translates names, of a link's properties above all, between Python's spelling and the one of all other languages."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_ARGUMENTS = (
    "workspace_id",
    "domain_id",
    "project_id",
    "link_title",
    "link_reusable",
    "link_provider_type",
    "link_provider_id",
    "link_provider_ref",
)
_OUTPUTS = ("link_id", "link_url", "link_type", "created_at")
PYTHON_NAMES = (*_ARGUMENTS, *_OUTPUTS, "workspace_member_id")
"""The names of a link's properties that are spelt otherwise in the other languages, also those inside its objects."""

_OBJECTS = frozenset({"creator", "project", "domain"})
_NAME = re.compile(r"\w+", re.ASCII)


def to_camel_case(name: str) -> str:
    """Returns a name of Python as all other languages spell it: `link_title` as `linkTitle`."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


_CAMEL_CASE = {name: to_camel_case(name) for name in PYTHON_NAMES}
_PYTHON = {camel_case: name for name, camel_case in _CAMEL_CASE.items()}


def to_python_names(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a link's properties under Python's names; a name that is Python's already, or of no property, stays.

    Where both names of a property are there, the value of the other languages' name wins.
    """
    return _rename(dict(sorted(properties.items(), key=lambda item: item[0] in _PYTHON)), _PYTHON)


def to_camel_case_names(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a link's properties under the names of all other languages; a name of no property stays."""
    return _rename(properties, _CAMEL_CASE)


def describe_python_names(names: Collection[str], old_names: Collection[str]) -> list[str]:
    """Returns a line for each argument that a program of another language has written under Python's name.

    Those of the state are not the program's: with `ignoreChanges` the engine declares what the state holds, also what
    the dynamic provider has written there.

    Args:
        names: The names of what is declared.
        old_names: The names of the inputs in the state.
    """
    return [
        f"{name!r}: is not an argument of RecordingLink; did you mean {to_camel_case(name)!r}?"
        for name in _ARGUMENTS
        if name in names and name not in old_names
    ]


def restore_names_of_outputs(declared: Mapping[str, Any], written: Collection[str]) -> dict[str, Any]:
    """Returns what is declared under Python's names; what is not an argument has the name that the caller wrote.

    Args:
        declared: What is declared under Python's names.
        written: The names that the caller wrote.
    """
    return {
        name if name in _ARGUMENTS or name in written else to_camel_case(name): value
        for name, value in declared.items()
    }


def to_declared_python_names(declared: Mapping[str, Any], old_names: Collection[str]) -> dict[str, Any]:
    """Returns what a Python program declares, with what the engine declares from a state of the plugin under its names.

    Args:
        declared: What is declared; Python's own name wins.
        old_names: The names of the inputs in the state.
    """
    from_state = {name: value for name, value in declared.items() if name in _PYTHON and name in old_names}
    return {
        **to_python_names(from_state),
        **{name: value for name, value in declared.items() if name not in from_state},
    }


def describe_unknown_name(name: str, arguments: Iterable[str]) -> str:
    """Returns what is wrong with a name that is not one of the arguments, as it follows the name."""
    if name == "creator" or _PYTHON.get(name, name) in _OUTPUTS:
        return "is an output of RecordingLink, not an argument; remove it"
    return f"is not an argument of RecordingLink{nearest_hint(name, arguments) or '; remove it'}"


def nearest_hint(word: str, known: Iterable[str], prefix: str = "") -> str:
    """Returns a question for the nearest known word, or an empty text where none is near.

    Args:
        word: What was written.
        known: The words that there are.
        prefix: What stands in front of both.
    """
    names = {spelling: name for name in known for spelling in (name.removeprefix("link_"), name)}
    nearest = difflib.get_close_matches(word.lower(), names, n=1)
    return f"; did you mean {prefix + names[nearest[0]]!r}?" if nearest else ""


def to_python_path(path: str) -> str:
    """Returns a path to a property or to a part of one, such as `meta.team`, with Python's name in front."""
    name = _NAME.match(path)
    return path if name is None else _PYTHON.get(name[0], name[0]) + path[name.end() :]


def _rename(properties: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The keys of `meta` belong to the user."""
    return {
        names.get(key, key): _rename(value, names) if key in _OBJECTS and isinstance(value, dict) else value
        for key, value in properties.items()
    }
