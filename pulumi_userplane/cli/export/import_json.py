"""Writes `import.json`, with which `pulumi import --file` brings the exported links in; reads its names again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import import_entries
from pulumi_userplane.cli.export.catalog import COMPONENT_TYPE
from pulumi_userplane.cli.export.generated_files import GENERATED, is_generated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pulumi_userplane.cli.export.selection import ExportedLink


class _Entry(BaseModel):
    name: str
    id: str = ""


class _ImportFile(BaseModel):
    resources: list[_Entry]


def read_names(file: Path) -> dict[str, str]:
    """Returns the resource names of an earlier export by the ids of their links; none without such an export.

    Args:
        file: The import file of the earlier export.

    Raises:
        ConfigurationError: It exists and can't be read.
    """
    try:
        if not is_generated(file):
            return {}
        earlier = _ImportFile.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        raise ConfigurationError(
            f"{file} can't be read, and the resources' names in it have to stay: nothing was written",
            next_step="repair it, or delete it to get new names",
        ) from None
    return {entry.id: entry.name for entry in earlier.resources if entry.id}


def render_for_program(links: Mapping[str, ExportedLink], server: str) -> str:
    """Returns the text for links by the names of their resources.

    Args:
        links: The links.
        server: The base URL that responded.
    """
    return _render([_entry(name, link, server) for name, link in links.items()])


def render_for_catalog(teams: Mapping[str, Mapping[str, ExportedLink]], server: str) -> str:
    """Returns the text for links by team and name, each team with the component that holds its links.

    Args:
        teams: The links.
        server: The base URL that responded.
    """
    resources: list[dict[str, Any]] = []
    for team, links in teams.items():
        # A link may have the name of a team, and a parent's name must be unique in the file.
        component = f"team {team}"
        resources.append({"type": COMPONENT_TYPE, "name": component, "logicalName": team, "component": True})
        resources += [{**_entry(f"{team}-{name}", link, server), "parent": component} for name, link in links.items()]
    return _render(resources)


def _entry(name: str, link: ExportedLink, server: str) -> dict[str, Any]:
    return import_entries.build_declared_entry(link.link, name, link.inputs, server)


def _render(resources: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"//": GENERATED, "resources": resources}, indent=2) + "\n"
