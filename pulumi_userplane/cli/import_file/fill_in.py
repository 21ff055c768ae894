"""Reads an import file of `pulumi preview`, finds its placeholders, and builds the file with the links filled in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import import_entries
from pulumi_userplane.cli.errors import make_read_error
from pulumi_userplane.link_types import LINK_TYPES
from pulumi_userplane.recovery import ownership

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_userplane.api import Link

_HOW_TO_WRITE = "write one with `pulumi preview --import-file new.json`"

PLACEHOLDER = "<PLACEHOLDER>"
"""What the Pulumi CLI writes where an id has to be filled in."""


@dataclass(frozen=True)
class Placeholder:
    """An entry of an import file that lacks its link.

    Attributes:
        index: Its position in the file.
        entry: The entry itself.
        parents: The types of its parents, joined by `$`; empty if it has none.
    """

    index: int
    entry: Mapping[str, Any]
    parents: str

    @property
    def name(self) -> str:
        """The name of the resource."""
        return str(self.entry.get("logicalName") or self.entry["name"])

    @property
    def replacement(self) -> str | None:
        """What a person wrote instead of the placeholder, or None."""
        text = str(self.entry.get("id") or PLACEHOLDER)
        return None if text == PLACEHOLDER else text

    @property
    def search_text(self) -> str:
        """The value by which its link is looked for."""
        return self.replacement or self.name

    @property
    def qualified_name(self) -> str:
        """The name as its mark has it, with the types of the parents in front."""
        return ownership.qualify_name(self.name, self.parents)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="allow")

    type: str
    name: str


class _ImportFile(BaseModel):
    resources: list[_Entry]
    nameTable: dict[str, str] = {}  # noqa: N815 - the CLI's name


def read_import_file(file: Path) -> dict[str, Any]:
    """Returns the content of an import file.

    Raises:
        ConfigurationError: It can't be read, or is another kind of file.
    """
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        _ImportFile.model_validate(content)
    except OSError as error:
        raise make_read_error(file, error, _HOW_TO_WRITE) from None
    except (ValueError, ValidationError):
        raise ConfigurationError(f"{file} is not an import file", next_step=_HOW_TO_WRITE) from None
    return content


def find_placeholders(content: Mapping[str, Any]) -> list[Placeholder]:
    """Returns the recording links of an import file that lack their values.

    Args:
        content: The file, as `json` reads it.
    """
    entries = {entry["name"]: entry for entry in content["resources"]}
    known_types = {name: ownership.type_chain(urn) for name, urn in content.get("nameTable", {}).items()}
    return [
        Placeholder(index, entry, _find_parent_types(entry, entries, known_types))
        for index, entry in enumerate(content["resources"])
        if entry["type"] in LINK_TYPES and not ("inputs" in entry and "outputs" in entry)
    ]


def fill_in(content: Mapping[str, Any], links: Mapping[int, Link], workspace_id: str, server: str) -> dict[str, Any]:
    """Returns the import file with the links filled in; all else stays as it is.

    Args:
        content: The file, as `json` reads it.
        links: The link of each placeholder by the placeholder's index.
        workspace_id: Where the links are.
        server: The base URL that responded.
    """
    resources = list(content["resources"])
    for index, link in links.items():
        entry = resources[index]
        values = import_entries.build_entry(link, entry["name"], None, workspace_id, server, link_type=entry["type"])
        resources[index] = {**entry, **{key: values[key] for key in ("id", "inputs", "outputs")}}
    return {**content, "resources": resources}


def _find_parent_types(
    entry: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]], known_types: Mapping[str, str]
) -> str:
    """Returns the types of an entry's parents: of those that the file declares, up to one that the state has."""
    types: list[str] = []
    name = str(entry.get("parent"))
    # A file that somebody has changed may name a circle.
    while name in entries and name not in known_types and len(types) < len(entries):
        types.insert(0, str(entries[name]["type"]))
        name = str(entries[name].get("parent"))
    return ownership.join_types(known_types.get(name, ""), *types)
