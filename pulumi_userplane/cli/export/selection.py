"""Which of the links that were read are exported, what a program declares of each, and what else is to be said."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.text import describe_link, sanitize
from pulumi_userplane.cli import pulumi_import
from pulumi_userplane.cli.text import enumerate_first
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
        places: What surrounds it.
        extra_provider_types: What the settings allow beside the known ones.
    """

    link: Link
    workspace: Workspace
    extra_provider_types: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Workspace and id: what tells it from all others."""
        return self.workspace.workspace_id, self.link.link_id

    @property
    def mark(self) -> str | None:
        """Under which mark a program has made it, or None."""
        return mark_in(self.link.link_provider_ref)

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields that a program declares: those that are not as in a new link and that it can declare."""
        return {field: value for field, value in self._non_default.items() if self._problem(field, value) is None}

    @cached_property
    def problems(self) -> list[str]:
        """What can't be declared of it, and why."""
        found = (self._problem(field, value) for field, value in self._non_default.items())
        return [problem for problem in found if problem is not None]

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """What a program declares: in its words of the place, and these fields."""
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
        return {field: diff.canonical(live[field]) for field in pulumi_import.non_default_fields(self.link, self.mark)}

    def _problem(self, field: str, value: Any) -> str | None:  # noqa: ANN401 - the value of a field
        """Why a program can't declare this value, in one line."""
        for problem in validate({"domain_id": "any", field: value}, {}, self.extra_provider_types):
            return problem
        if diff.escape_reserved(value) != value:
            return f"{field}: holds a word that Pulumi keeps for itself"
        if field == "meta" and not diff.equal(value, json.loads(json.dumps(value), parse_int=float)):
            return "meta: holds a number above 2^53, which loses digits on Pulumi's way"
        return None


@dataclass(frozen=True)
class Selection:
    """What an export takes.

    Attributes:
        read: All links that were read, the oldest of a workspace first: what names are found for.
        items: Those of them that are exported.
        remarks: What is to be said, a line each.
    """

    read: Sequence[ExportedLink]
    items: Sequence[ExportedLink]
    remarks: Sequence[str]


def select_links(
    workspaces: Iterable[WorkspaceLinks],
    titles: Collection[str],
    *,
    with_made: bool,
    once_a_mark: bool,
    held: Collection[str] = (),
    extra_provider_types: tuple[str, ...] = (),
) -> Selection:
    """Picks the links to export.

    Args:
        workspaces: What was read.
        titles: Shell patterns, one of which a title has to match; none for all.
        with_made: Whether links that a program has made are taken.
        once_a_mark: Whether of the links with one mark only the newest is taken.
        held: The ids of links that a stack manages; left out.
        extra_provider_types: What the settings allow beside the known ones.
    """
    every = [
        ExportedLink(link, workspace.workspace, extra_provider_types)
        for workspace in workspaces
        for link in workspace.links
    ]
    asked = [each for each in every if matches_title(each.link, titles)]
    managed = {each.key for each in asked if each.link.link_id in held}
    made = [each for each in asked if each.mark is not None and each.key not in managed]
    newest = {each.mark: each.key for each in made}
    earlier = [each for each in made if once_a_mark and newest[each.mark] != each.key]
    left_out = managed | {each.key for each in (earlier if with_made else made)}
    taken = [each for each in asked if each.key not in left_out]
    remarks = [*_remark_on_marked(made, with_made=with_made), *_remark_on_problems(taken)]
    if managed:
        remarks.insert(0, f"left out, since the stack manages them already: {len(managed)}")
    if with_made:
        remarks += list_links("left out, since a newer link has the same mark", ((each, "") for each in earlier))
    return Selection(every, taken, remarks)


def _remark_on_marked(made: Sequence[ExportedLink], *, with_made: bool) -> Iterator[str]:
    if not made:
        return
    makers = Counter(who.project_and_stack if (who := parse_owner(each.mark)) else str(each.mark) for each in made)
    stacks = enumerate_first([f"{count} by {sanitize(name)}" for name, count in sorted(makers.items())], _MAX_NAMED)
    if with_made:
        yield (
            f"made by a Pulumi program, as their references say ({stacks}): take them out of that one's state by "
            "`pulumi state delete`, or two programs manage them"
        )
    else:
        yield f"left out, since a Pulumi program has made them ({stacks}); --all takes them in"


def _remark_on_problems(items: Sequence[ExportedLink]) -> Iterator[str]:
    yield from list_links(
        "on a domain that is not verified, where no new link can be made",
        (
            (each, f"{each.link.domain.url}, {each.link.domain.status}")
            for each in items
            if each.link.domain.status != "verified"
        ),
    )
    yield from list_links(
        "in a project that is deleted or hidden from this key",
        ((each, each.link.project.project_id) for each in items if not _has_project(each)),
    )
    yield from list_links(
        "with a value that no program can declare; it stays as it is",
        ((each, problem) for each in items for problem in each.problems),
    )


def _has_project(item: ExportedLink) -> bool:
    return item.workspace.has_project(item.link.project.project_id)


def list_links(what: str, found: Iterable[tuple[ExportedLink, str]]) -> Iterator[str]:
    """Yields a line that names links and says what is the matter with them; none for no links.

    Args:
        what: What is the matter.
        found: The links, each with what is to be said of it alone.
    """
    lines = [
        describe_link(each.link.link_id, each.link.link_title) + (f" ({sanitize(why)})" if why else "")
        for each, why in found
    ]
    if lines:
        yield f"{what}: {enumerate_first(lines, _MAX_NAMED)}"
