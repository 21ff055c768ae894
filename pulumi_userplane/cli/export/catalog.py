"""Writes links as a catalogue: a YAML file by team and name, as the example `link-catalog` reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.export.folder import WRITTEN
from pulumi_userplane.cli.export.names import Names
from pulumi_userplane.cli.export.selection import remark
from pulumi_userplane.cli.export.yaml_text import dumped
from pulumi_userplane.cli.text import slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi_userplane.cli.export.selection import Item, Selection

COMPONENT_TYPE = "catalog:index:TeamLinks"
"""What the example calls the component that holds a team's links."""

_HEAD = f"# {WRITTEN}\n# yaml-language-server: $schema=./links.schema.json\n"
_NO_TEAM = "unassigned"


@dataclass(frozen=True)
class Catalogue:
    """Links by team and name.

    Attributes:
        teams: The links, sorted.
        remarks: What is to be said, a line each.
    """

    teams: Mapping[str, Mapping[str, Item]]
    remarks: Sequence[str]

    @property
    def count(self) -> int:
        """How many links there are."""
        return sum(map(len, self.teams.values()))


def catalogue(selection: Selection, earlier: Mapping[str, str], *, adopt: bool) -> Catalogue:
    """Returns the links to export by team and name.

    Args:
        selection: The links.
        earlier: The names of resources that an earlier export has given, by the ids of their links.
        adopt: Whether they are to be adopted: a catalogue has no place for the mark of another program then.
    """
    given = Names(earlier)
    named = {each.key: (team, _name(given, team, each)) for each in selection.read for team in [_team(each)]}
    unclear = [each for each in selection.items if _place(each) is None]
    marked = [each for each in selection.items if adopt and each.mark is not None]
    left_out = {each.key for each in (*unclear, *marked)}
    by_name = {named[each.key]: each for each in selection.items if each.key not in left_out}
    teams: dict[str, dict[str, Item]] = {}
    for team, name in sorted(by_name):
        teams.setdefault(team, {})[name] = by_name[team, name]
    remarks = [
        *remark("left out, since no address and title tell its place", ((each, "") for each in unclear)),
        *remark("left out, since a catalogue can't name the mark to adopt it", ((each, "") for each in marked)),
    ]
    return Catalogue(teams, remarks)


def written(found: Catalogue, *, adopt: bool) -> str:
    """Returns the text of `links.yaml`."""
    content = {
        team: {name: _entry(item, adopt=adopt) for name, item in links.items()} for team, links in found.teams.items()
    }
    return _HEAD + dumped(content)


def _team(item: Item) -> str:
    team = (item.link.meta or {}).get("team")
    return slug(team) if isinstance(team, str) and slug(team) else _NO_TEAM


def _name(given: Names, team: str, item: Item) -> str:
    # The resource's name is made of both, and "a-b" in team "c" must not meet "b" in team "c-a".
    return given.name(item.link.link_title or "", item.link.link_id, prefix=f"{team}-")


def _place(item: Item) -> dict[str, str] | None:
    """Domain and project in the words of the catalogue, or None where they don't tell one domain and one project."""
    places = {"domain": item.places.address(item.link.domain.domain_id)}
    if "project_id" in item.inputs:
        places["project"] = item.places.title(item.link.project.project_id)
    clear = {key: name for key, name in places.items() if name is not None}
    return clear if len(clear) == len(places) else None


def _entry(item: Item, *, adopt: bool) -> dict[str, Any]:
    return {**(_place(item) or {}), **item.fields, **({"adopt": item.link.link_id} if adopt else {})}
