"""Writes links as a catalogue: a YAML file by team and name, as the example `link-catalog` reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.export.generated_files import GENERATED, to_yaml
from pulumi_userplane.cli.export.names import NameAllocator
from pulumi_userplane.cli.export.selection import list_links
from pulumi_userplane.cli.text import slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi_userplane.cli.export.selection import ExportedLink, Selection

COMPONENT_TYPE = "catalog:index:TeamLinks"
"""What the example calls the component that holds a team's links."""

_HEADER = f"# {GENERATED}\n# yaml-language-server: $schema=./links.schema.json\n"
_NO_TEAM = "unassigned"


@dataclass(frozen=True)
class Catalog:
    """Links by team and name.

    Attributes:
        teams: The links, sorted.
        remarks: What is to be said, a line each.
    """

    teams: Mapping[str, Mapping[str, ExportedLink]]
    remarks: Sequence[str]

    @property
    def count(self) -> int:
        """How many links there are."""
        return sum(map(len, self.teams.values()))


def build_catalog(selection: Selection, earlier: Mapping[str, str], *, adopt: bool) -> Catalog:
    """Returns the links to export by team and name.

    Args:
        selection: The links.
        earlier: The names of resources that an earlier export has given, by the ids of their links.
        adopt: Whether they are to be adopted: a catalogue has no place for the mark of another program then.
    """
    given = NameAllocator(earlier)
    named = {each.key: (team, _name(given, team, each)) for each in selection.read for team in [_team_of(each)]}
    unclear = [each for each in selection.items if _location(each) is None]
    marked = [each for each in selection.items if adopt and each.mark is not None]
    left_out = {each.key for each in (*unclear, *marked)}
    by_name = {named[each.key]: each for each in selection.items if each.key not in left_out}
    teams: dict[str, dict[str, ExportedLink]] = {}
    for team, name in sorted(by_name):
        teams.setdefault(team, {})[name] = by_name[team, name]
    remarks = [
        *list_links("left out, since no address and title tell its place", ((each, "") for each in unclear)),
        *list_links("left out, since a catalogue can't name the mark to adopt it", ((each, "") for each in marked)),
    ]
    return Catalog(teams, remarks)


def render_catalog(catalog: Catalog, *, adopt: bool) -> str:
    """Returns the text of `links.yaml`."""
    content = {
        team: {name: _render_link(item, adopt=adopt) for name, item in links.items()}
        for team, links in catalog.teams.items()
    }
    return _HEADER + to_yaml(content)


def _team_of(item: ExportedLink) -> str:
    team = (item.link.meta or {}).get("team")
    return slug(team) if isinstance(team, str) and slug(team) else _NO_TEAM


def _name(given: NameAllocator, team: str, item: ExportedLink) -> str:
    # The resource's name is made of both, and "a-b" in team "c" must not meet "b" in team "c-a".
    return given.allocate(item.link.link_title or "", item.link.link_id, prefix=f"{team}-")


def _location(item: ExportedLink) -> dict[str, str] | None:
    """Domain and project in the words of the catalogue, or None where they don't tell one domain and one project."""
    places = {"domain": item.workspace.unique_url(item.link.domain.domain_id)}
    if "project_id" in item.inputs:
        places["project"] = item.workspace.unique_title(item.link.project.project_id)
    clear = {key: name for key, name in places.items() if name is not None}
    return clear if len(clear) == len(places) else None


def _render_link(item: ExportedLink, *, adopt: bool) -> dict[str, Any]:
    return {**(_location(item) or {}), **item.fields, **({"adopt": item.link.link_id} if adopt else {})}
