"""Completes what `pulumi preview --import-file` writes: says for each link in it which live link is meant."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.text import describe_link, sanitize
from pulumi_userplane.cli import pulumi_import
from pulumi_userplane.cli.text import enumerate_first, slug
from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.ownership import mark_in, parse_owner
from pulumi_userplane.recovery.state_reader import LINK_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pulumi_userplane.api import Link
    from pulumi_userplane.recovery.ownership import ResourceRef

PLACEHOLDER = "<PLACEHOLDER>"
"""What the Pulumi CLI writes where an id has to be filled in."""

_MOST_LISTED = 5


class By(Enum):
    """What tells the link of an entry."""

    id = "id"
    mark = "mark"
    reference = "reference"
    title = "title"


@dataclass(frozen=True)
class Wanted:
    """An entry that lacks its link.

    Attributes:
        index: Where it stands in the skeleton.
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
    def written(self) -> str | None:
        """What a person wrote in the place of the placeholder."""
        text = str(self.entry.get("id") or PLACEHOLDER)
        return None if text == PLACEHOLDER else text

    @property
    def text(self) -> str:
        """What is looked for."""
        return self.written or self.name

    @property
    def owned_name(self) -> str:
        """The name as a mark says it, with the types of the parents before it."""
        return ownership.qualify_name(self.name, self.parents)


def wanted(content: Mapping[str, Any]) -> list[Wanted]:
    """Returns the links of a skeleton that lack their values.

    Args:
        content: A skeleton, as `json` reads it.
    """
    entries = {each["name"]: each for each in content["resources"]}
    known = {name: ownership.type_chain(urn) for name, urn in content.get("nameTable", {}).items()}
    return [
        Wanted(index, each, _parents(each, entries, known))
        for index, each in enumerate(content["resources"])
        if each["type"] == LINK_TYPE and not ("inputs" in each and "outputs" in each)
    ]


def matches(one: Wanted, links: Sequence[Link], by: By, made_by: str | None) -> list[Link]:
    """Returns the links that an entry may mean.

    Args:
        one: The entry. If the id of a live link is written there, it is this one.
        links: The live links.
        by: What tells it.
        made_by: `<project>/<stack>` that a mark has to name, or None for any.
    """
    if named := [each for each in links if each.link_id == one.written]:
        return named
    if by is By.mark:
        return _with_mark(one, links, made_by)
    if by is By.reference:
        return [each for each in links if each.link_provider_ref == one.text]
    if by is By.title:
        to_the_letter = [each for each in links if each.link_title == one.text]
        return to_the_letter or [each for each in links if slug(each.link_title or "") == one.text]
    return []


def problem(one: Wanted, found: Sequence[Link], links: Sequence[Link], by: By) -> str:
    """Returns why an entry can't be filled in: no link is meant, or several are."""
    looked_for = f'"{sanitize(one.owned_name if by is By.mark and not one.written else one.text)}"'
    if found:
        return f"{sanitize(one.name)}: {len(found)} links have the {by.value} {looked_for}: {_listed(found)}"
    if by is By.id:
        written = (
            f"no live link has the id {looked_for}" if one.written else f"write its id in the place of {PLACEHOLDER}"
        )
        return f"{sanitize(one.name)}: {written}"
    value = _VALUES[by]
    nearest = sorted(links, key=lambda link: -difflib.SequenceMatcher(None, value(link), one.text).ratio())
    return f"{sanitize(one.name)}: no link has the {by.value} {looked_for}; nearest: {_listed(nearest) or 'none'}"


def held(one: Wanted, found: Sequence[Link], holders: Mapping[str, Sequence[ResourceRef]]) -> str:
    """Returns where the links are held that an entry may mean: no two resources may manage one link."""
    who = ", ".join(dict.fromkeys(sanitize(str(holder)) for each in found for holder in holders[each.link_id]))
    return f"{sanitize(one.name)}: held by {who}: {_listed(found)}"


def filled(content: Mapping[str, Any], found: Mapping[int, Link], workspace_id: str, server: str) -> dict[str, Any]:
    """Returns the skeleton with links in it; all else stays as it is.

    Args:
        content: The skeleton.
        found: The link of each entry by the entry's place.
        workspace_id: Where the links are.
        server: The base URL that answered.
    """
    resources = list(content["resources"])
    for index, link in found.items():
        entry = resources[index]
        values = pulumi_import.build_entry(link, entry["name"], None, workspace_id, server)
        resources[index] = {**entry, **{key: values[key] for key in ("id", "inputs", "outputs")}}
    return {**content, "resources": resources}


def _parents(entry: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]], known: Mapping[str, str]) -> str:
    """The types of an entry's parents: of those that the file declares, up to one that the state has."""
    types: list[str] = []
    name = str(entry.get("parent"))
    # A file that somebody has changed may name a circle.
    while name in entries and name not in known and len(types) < len(entries):
        types.insert(0, str(entries[name]["type"]))
        name = str(entries[name].get("parent"))
    return ownership.join_types(known.get(name, ""), *types)


def _mark(link: Link) -> str:
    return mark_in(link.link_provider_ref) or ""


_VALUES: dict[By, Callable[[Link], str]] = {
    By.mark: _mark,
    By.reference: lambda link: link.link_provider_ref or "",
    By.title: lambda link: link.link_title or "",
}


def _with_mark(one: Wanted, links: Sequence[Link], made_by: str | None) -> list[Link]:
    if one.written:
        return [each for each in links if _mark(each) == one.written]
    made = [
        (each, who.name)
        for each in links
        if (who := parse_owner(_mark(each))) and made_by in {None, who.project_and_stack}
    ]
    exact = [each for each, name in made if name == one.owned_name]
    return exact or [each for each, name in made if name == ownership.legacy_name(one.owned_name)]


def _listed(links: Sequence[Link]) -> str:
    return enumerate_first([describe_link(each.link_id, each.link_title) for each in links], _MOST_LISTED)
