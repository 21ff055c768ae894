"""Selects the links to export, and decides what a program declares of each and what the user should know."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import import_entries
from pulumi_userplane.cli.text import enumerate_first, name_link
from pulumi_userplane.cli.workspace import matches_title
from pulumi_userplane.lifecycle.validation import validate
from pulumi_userplane.recovery.ownership import mark_in, parse_owner

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pulumi_userplane.api import Link
    from pulumi_userplane.cli.workspace import Workspace, WorkspaceLinks

_MAX_NAMED = 10


@dataclass(frozen=True)
class ExportedLink:
    """A link that was read.

    Attributes:
        link: The link.
        workspace: Its workspace.
        extra_provider_types: The provider types that the settings allow in addition to the known ones.
    """

    link: Link
    workspace: Workspace
    extra_provider_types: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The link's id."""
        return self.link.link_id

    @property
    def key(self) -> tuple[str, str]:
        """Workspace and id, which no other link has."""
        return self.workspace.workspace_id, self.id

    @property
    def title(self) -> str:
        """The link's title, or the empty text."""
        return self.link.link_title or ""

    @property
    def mark(self) -> str | None:
        """The ownership mark under which a program has created the link, or None."""
        return mark_in(self.link.link_provider_ref)

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields that a program declares: those that differ from a new link's and that a program can declare."""
        return {field: value for field, value in self._non_default.items() if self._find_problem(field, value) is None}

    @cached_property
    def problems(self) -> list[str]:
        """What a program can't declare of the link, and why."""
        problems = (self._find_problem(field, value) for field, value in self._non_default.items())
        return [problem for problem in problems if problem is not None]

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """What a program declares of the link, by the arguments."""
        project_id = self.link.project.project_id
        return {
            "workspace_id": self.workspace.workspace_id,
            "domain_id": self.link.domain.domain_id,
            **({} if self.workspace.is_default_project(project_id) else {"project_id": project_id}),
            **self.fields,
        }

    @cached_property
    def _non_default(self) -> dict[str, Any]:
        live = self.link.model_dump()
        return {
            field: diff.canonicalize(live[field]) for field in import_entries.non_default_fields(self.link, self.mark)
        }

    def _find_problem(self, field: str, value: Any) -> str | None:  # noqa: ANN401 - the value of a field
        """Returns why a program can't declare this value, in one line, or None if it can."""
        for problem in validate({"domain_id": "any", field: value}, {}, self.extra_provider_types):
            return problem
        if diff.escape_reserved(value) != value:
            return f"{field}: holds a word that Pulumi keeps for itself"
        if field == "meta" and not diff.are_equal(value, json.loads(json.dumps(value), parse_int=float)):
            return "meta: holds a number above 2^53, of which Pulumi drops digits"
        return None


@dataclass(frozen=True)
class Selection:
    """The links of an export.

    Attributes:
        all_links: All links that were read, the oldest of a workspace first; each takes part in giving names.
        links: The links to export.
        remarks: What the user should know, a line each.
    """

    all_links: Sequence[ExportedLink]
    links: Sequence[ExportedLink]
    remarks: Sequence[str]


def select_links(
    workspaces: Iterable[WorkspaceLinks],
    titles: Collection[str],
    *,
    with_marked: bool,
    once_per_mark: bool,
    managed_ids: Collection[str] = (),
    extra_provider_types: tuple[str, ...] = (),
) -> Selection:
    """Selects the links to export.

    Args:
        workspaces: What was read.
        titles: Shell patterns, one of which a title has to match; none for all.
        with_marked: Whether links that a program has created are exported.
        once_per_mark: Whether only the newest link with a mark is exported.
        managed_ids: The ids of links that a stack manages; left out.
        extra_provider_types: The provider types that the settings allow in addition to the known ones.
    """
    all_links = [
        ExportedLink(link, source.workspace, extra_provider_types) for source in workspaces for link in source.links
    ]
    wanted = [link for link in all_links if matches_title(link.link, titles)]
    managed = {link.key for link in wanted if link.id in managed_ids}
    marked = [link for link in wanted if link.mark is not None and link.key not in managed]
    newest = {link.mark: link.key for link in marked}
    outdated = [link for link in marked if once_per_mark and newest[link.mark] != link.key]
    left_out = managed | {link.key for link in (outdated if with_marked else marked)}
    links = [link for link in wanted if link.key not in left_out]
    remarks = [*_remark_on_marked(marked, with_marked=with_marked), *_remark_on_problems(links)]
    if managed:
        remarks.insert(0, f"left out, since the stack manages them already: {len(managed)}")
    if with_marked:
        remarks += list_links("left out, since a newer link has the same mark", ((link, "") for link in outdated))
    return Selection(all_links, links, remarks)


def _remark_on_marked(marked: Sequence[ExportedLink], *, with_marked: bool) -> Iterator[str]:
    if not marked:
        return
    owners = Counter(
        owner.project_and_stack if (owner := parse_owner(link.mark)) else str(link.mark) for link in marked
    )
    counts = enumerate_first([f"{count} by {sanitize(name)}" for name, count in sorted(owners.items())], _MAX_NAMED)
    if with_marked:
        yield (
            f"created by a Pulumi program, as their marks say ({counts}): remove them from its state with "
            "`pulumi state delete`, or two programs will manage them"
        )
    else:
        yield f"left out, since a Pulumi program has created them ({counts}); --all exports them, too"


def _remark_on_problems(links: Sequence[ExportedLink]) -> Iterator[str]:
    yield from list_links(
        "on a domain that is not verified, where no new link can be made",
        (
            (link, f"{link.link.domain.url}, {link.link.domain.status}")
            for link in links
            if link.link.domain.status != "verified"
        ),
    )
    yield from list_links(
        "in a project that is deleted or hidden from this key",
        (
            (link, link.link.project.project_id)
            for link in links
            if not link.workspace.has_project(link.link.project.project_id)
        ),
    )
    yield from list_links(
        "with a value that no program can declare; the value stays as it is",
        ((link, problem) for link in links for problem in link.problems),
    )


def list_links(what: str, links: Iterable[tuple[ExportedLink, str]]) -> Iterator[str]:
    """Yields one line that names links and what they have in common; nothing without links.

    Args:
        what: What they have in common.
        links: The links, each with what is true of it alone.
    """
    names = [name_link(link.id, link.title) + (f" ({sanitize(detail)})" if detail else "") for link, detail in links]
    if names:
        yield f"{what}: {enumerate_first(names, _MAX_NAMED)}"
