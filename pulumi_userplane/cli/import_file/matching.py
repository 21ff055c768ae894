"""Decides which live link each placeholder means, by title, mark, reference or id."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.import_file.fill_in import PLACEHOLDER
from pulumi_userplane.cli.text import enumerate_first, make_slug, name_link
from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.ownership import mark_in, parse_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pulumi_userplane.api import Link
    from pulumi_userplane.cli.import_file.fill_in import Placeholder
    from pulumi_userplane.recovery.ownership import ResourceRef

_MAX_NAMED = 5


class MatchError(ConfigurationError):
    """Not each placeholder has a link of its own.

    Attributes:
        problems: What is wrong, a line for each placeholder or link.
    """

    def __init__(self, problems: Sequence[str], advice: str) -> None:
        super().__init__("nothing was written, since each resource needs a link of its own", next_step=advice)
        self.problems = problems


class MatchBy(Enum):
    """By what the link of a placeholder is found."""

    id = "id"
    mark = "mark"
    reference = "reference"
    title = "title"


@dataclass(frozen=True)
class Matcher:
    """Finds the link of each placeholder.

    Attributes:
        links: All live links.
        managers: The resources that manage each link in the given states, by the link's id.
        by: By what a link is found.
        created_by: `<project>/<stack>` that a mark has to name, or None for any.
    """

    links: Sequence[Link]
    managers: Mapping[str, Sequence[ResourceRef]]
    by: MatchBy
    created_by: str | None

    def match_all(self, placeholders: Sequence[Placeholder]) -> dict[int, Link]:
        """Returns the link of each placeholder by the placeholder's index.

        Raises:
            MatchError: One of them matches no link, several, or one that a state holds.
        """
        # Managed links are taken out last: a link that matches less well must not stand in for one of them.
        matches = {placeholder.index: self._match(placeholder) for placeholder in placeholders}
        candidates = {index: self._without_managed(links) for index, links in matches.items()}
        _raise_if_any(
            [
                self._describe_managed(placeholder, matches[placeholder.index])
                for placeholder in placeholders
                if matches[placeholder.index] and not candidates[placeholder.index]
            ],
            "remove such a link from that state with `pulumi state delete`, or take its entry out of the file",
        )
        links_by_index = {index: links[0] for index, links in candidates.items() if len(links) == 1}
        problems = [
            self._describe_problem(placeholder, candidates[placeholder.index])
            for placeholder in placeholders
            if placeholder.index not in links_by_index
        ]
        problems += _describe_duplicates(placeholders, links_by_index)
        _raise_if_any(problems, "write the link's id instead of the placeholder")
        return links_by_index

    def _match(self, placeholder: Placeholder) -> Sequence[Link]:
        """Returns the links that a placeholder may mean; if the id of a live link is written there, this one."""
        text = placeholder.search_text
        if by_id := [link for link in self.links if link.link_id == placeholder.replacement]:
            return by_id
        if self.by is MatchBy.mark:
            return self._match_mark(placeholder)
        if self.by is MatchBy.reference:
            return [link for link in self.links if link.link_provider_ref == text]
        if self.by is MatchBy.title:
            exact = [link for link in self.links if link.link_title == text]
            return exact or [link for link in self.links if make_slug(link.link_title or "") == text]
        return []

    def _match_mark(self, placeholder: Placeholder) -> Sequence[Link]:
        if placeholder.replacement:
            return [link for link in self.links if _read_mark(link) == placeholder.replacement]
        named = [
            (link, owner.name)
            for link in self.links
            if (owner := parse_owner(_read_mark(link))) and self.created_by in {None, owner.project_and_stack}
        ]
        exact = [link for link, name in named if name == placeholder.qualified_name]
        return exact or [link for link, name in named if name == ownership.legacy_name(placeholder.qualified_name)]

    def _without_managed(self, links: Sequence[Link]) -> list[Link]:
        return [link for link in links if link.link_id not in self.managers]

    def _describe_managed(self, placeholder: Placeholder, links: Sequence[Link]) -> str:
        """Returns who manages the links that a placeholder may mean: no two resources may manage one link."""
        managers = dict.fromkeys(sanitize(str(manager)) for link in links for manager in self.managers[link.link_id])
        are = "is" if len(links) == 1 else "are"
        return f"{sanitize(placeholder.name)}: {_enumerate(links)} {are} managed by {', '.join(managers)}"

    def _describe_problem(self, placeholder: Placeholder, matches: Sequence[Link]) -> str:
        """Returns why a placeholder can't be filled in: no link matches, or several do."""
        name = sanitize(placeholder.name)
        is_mark_of_name = self.by is MatchBy.mark and not placeholder.replacement
        value = sanitize(placeholder.qualified_name if is_mark_of_name else placeholder.search_text)
        if matches:
            return f'{name}: {len(matches)} links have the {self.by.value} "{value}": {_enumerate(matches)}'
        if self.by is MatchBy.id:
            if placeholder.replacement:
                return f'{name}: no live link has the id "{value}"'
            return f"{name}: write its id instead of {PLACEHOLDER}"
        nearest = _enumerate(self._nearest(placeholder.search_text)) or "none"
        return f'{name}: no link has the {self.by.value} "{value}" (nearest: {nearest})'

    def _nearest(self, text: str) -> list[Link]:
        """Returns the links that no state holds, those with the most similar value first."""
        value = _VALUES[self.by]
        return sorted(
            self._without_managed(self.links),
            key=lambda link: -difflib.SequenceMatcher(None, value(link), text).ratio(),
        )


def _describe_duplicates(placeholders: Sequence[Placeholder], links_by_index: Mapping[int, Link]) -> Iterator[str]:
    """Returns a line for each link that several placeholders match."""
    names: dict[str, list[str]] = {}
    for placeholder in placeholders:
        if link := links_by_index.get(placeholder.index):
            names.setdefault(link.link_id, []).append(sanitize(placeholder.name))
    return (f"{link_id} matches {' and '.join(of_link)}" for link_id, of_link in names.items() if len(of_link) > 1)


def _raise_if_any(problems: Sequence[str], advice: str) -> None:
    if problems:
        raise MatchError(problems, advice)


def _read_mark(link: Link) -> str:
    return mark_in(link.link_provider_ref) or ""


_VALUES: dict[MatchBy, Callable[[Link], str]] = {
    MatchBy.mark: _read_mark,
    MatchBy.reference: lambda link: link.link_provider_ref or "",
    MatchBy.title: lambda link: link.link_title or "",
}


def _enumerate(links: Sequence[Link]) -> str:
    return enumerate_first([name_link(link.link_id, link.link_title) for link in links], _MAX_NAMED)
