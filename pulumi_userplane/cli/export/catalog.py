"""Writes links as a catalog: a YAML file by team and name, as the example `link-catalog` reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.export.generated_files import GENERATED, to_yaml
from pulumi_userplane.cli.export.names import NameAllocator
from pulumi_userplane.cli.export.selection import list_links
from pulumi_userplane.cli.text import make_slug

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
        remarks: What the user should know, a line each.
    """

    teams: Mapping[str, Mapping[str, ExportedLink]]
    remarks: Sequence[str]

    @property
    def count(self) -> int:
        """How many links there are."""
        return sum(map(len, self.teams.values()))


def build_catalog(selection: Selection, earlier_names: Mapping[str, str], *, adopt: bool) -> Catalog:
    """Returns the links to export by team and name.

    Args:
        selection: The links.
        earlier_names: The names of resources in an earlier export, by the ids of their links.
        adopt: Whether the links are to be adopted. A link with another program's mark is then left out, since a
            catalog can't name the mark.
    """
    allocator = NameAllocator(earlier_names)
    names = {link.key: _allocate_name(allocator, link) for link in selection.all_links}
    unnamed = [link for link in selection.links if _name_location(link) is None]
    marked = [link for link in selection.links if adopt and link.mark is not None]
    left_out = {link.key for link in (*unnamed, *marked)}
    by_name = {names[link.key]: link for link in selection.links if link.key not in left_out}
    teams: dict[str, dict[str, ExportedLink]] = {}
    for team, name in sorted(by_name):
        teams.setdefault(team, {})[name] = by_name[team, name]
    remarks = [
        *list_links("left out, since their domain or project has no unique name", ((link, "") for link in unnamed)),
        *list_links("left out, since a catalog can't name the mark to adopt them", ((link, "") for link in marked)),
    ]
    return Catalog(teams, remarks)


def render_catalog(catalog: Catalog, *, adopt: bool) -> str:
    """Returns the text of `links.yaml`."""
    content = {
        team: {name: _render_link(link, adopt=adopt) for name, link in links.items()}
        for team, links in catalog.teams.items()
    }
    return _HEADER + to_yaml(content)


def _allocate_name(allocator: NameAllocator, link: ExportedLink) -> tuple[str, str]:
    """Returns the team of a link, and the link's name in it."""
    team = _find_team(link)
    # The resource's name is made of both, and "a-b" in team "c" must not meet "b" in team "c-a".
    return team, allocator.allocate(link.title, link.id, prefix=f"{team}-")


def _find_team(link: ExportedLink) -> str:
    team = (link.link.meta or {}).get("team")
    return make_slug(team) if isinstance(team, str) and make_slug(team) else _NO_TEAM


def _name_location(link: ExportedLink) -> dict[str, str] | None:
    """Returns domain and project by their names, or None where a name does not tell one domain and one project."""
    names = {"domain": link.workspace.find_unique_url(link.link.domain.domain_id)}
    if "project_id" in link.inputs:
        names["project"] = link.workspace.find_unique_title(link.link.project.project_id)
    unique = {key: name for key, name in names.items() if name is not None}
    return unique if len(unique) == len(names) else None


def _render_link(link: ExportedLink, *, adopt: bool) -> dict[str, Any]:
    return {**(_name_location(link) or {}), **link.fields, **({"adopt": link.id} if adopt else {})}
