"""Reads what a workspace holds, its links as far as the filters ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Generic, TypeVar

from pulumi_userplane.api.identifiers import normalize_url
from pulumi_userplane.lookups.matching import Finder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from pulumi_userplane.api import Client, Domain, Link, Member, Project

T = TypeVar("T")


@dataclass(frozen=True)
class Filters:
    """Which links are asked for; none of a kind asks for all.

    Attributes:
        domains: Addresses or ids.
        projects: Titles or ids.
        creators: Names, mails or member ids.
    """

    domains: Collection[str] = ()
    projects: Collection[str] = ()
    creators: Collection[str] = ()


@dataclass(frozen=True)
class Workspace:
    """What surrounds the links of a workspace.

    Attributes:
        workspace_id: The workspace.
        domains: All of them.
        projects: Those that are not deleted.
        members: Read only where somebody asks for them.
    """

    workspace_id: str
    domains: Sequence[Domain]
    projects: Sequence[Project]
    members: Sequence[Member] = ()

    def unique_url(self, domain_id: str) -> str | None:
        """Returns the address by which a look-up finds this domain and no other."""
        return _unique_name(domain_id, {each.domain_id: normalize_url(each.domain_url) for each in self.domains})

    def unique_title(self, project_id: str) -> str | None:
        """Returns the title by which a look-up finds this project and no other."""
        return _unique_name(project_id, {each.project_id: each.project_title for each in self.projects})

    def is_default_project(self, project_id: str) -> bool:
        """Returns whether a new link gets into this project by itself."""
        return any(each.project_id == project_id and each.is_default for each in self.projects)

    def has_project(self, project_id: str) -> bool:
        """Returns whether the project is there and not deleted."""
        return any(each.project_id == project_id for each in self.projects)


@dataclass(frozen=True)
class WorkspaceLinks:
    """A workspace as it was read.

    Attributes:
        places: What surrounds its links.
        links: The links that the filters let through, the oldest first.
    """

    workspace: Workspace
    links: Sequence[Link]


def read_links(
    client: Client, workspace_ids: Iterable[str], filters: Filters, *, members: bool = False
) -> list[WorkspaceLinks]:
    """Reads workspaces, each list once.

    Args:
        client: The account.
        workspace_ids: Which.
        filters: Which links.
        members: Whether the members are asked for in any case.

    Raises:
        UserplaneError: A filter names what is in none of the workspaces, or a request failed.
    """
    places = [
        Workspace(
            workspace_id,
            list(client.list_domains(workspace_id)),
            list(client.list_projects(workspace_id)),
            list(client.list_members(workspace_id)) if members or filters.creators else [],
        )
        for workspace_id in workspace_ids
    ]
    _check_filters(places, filters)
    return [WorkspaceLinks(each, _read_links(client, each, filters)) for each in places]


def matches_title(link: Link, patterns: Collection[str]) -> bool:
    """Returns whether a link's title is as one of the shell patterns says; none lets every title through."""
    return not patterns or any(fnmatchcase(link.link_title or "", pattern) for pattern in patterns)


def _unique_name(wanted_id: str, names: dict[str, str]) -> str | None:
    name = names.get(wanted_id)
    return name if name and list(names.values()).count(name) == 1 else None


@dataclass(frozen=True)
class _Filter(Generic[T]):
    """How a text of a filter means a thing, and what an error calls such things."""

    kind: Finder[T]
    name: Callable[[T], str]
    matches: Callable[[T, str], bool]

    def select(self, rows: Iterable[T], wanted: Collection[str]) -> list[T]:
        return [row for row in rows if any(self.matches(row, text) for text in wanted)]

    def check(self, rows: Iterable[T], wanted: Collection[str], where: str) -> None:
        every = list(rows)
        for text in wanted:
            if not self.select(every, [text]):
                raise self.kind.no_match(text, where, every, self.name)


_DOMAINS: _Filter[Domain] = _Filter(
    Finder("domain", lambda each: f"{each.domain_url} ({each.domain_id})", "domain_id"),
    lambda each: each.domain_url,
    lambda each, text: text == each.domain_id or normalize_url(text) == normalize_url(each.domain_url),
)
_PROJECTS: _Filter[Project] = _Filter(
    Finder("project", lambda each: f"{each.project_title!r} ({each.project_id})", "project_id"),
    lambda each: each.project_title,
    lambda each, text: text in {each.project_id, each.project_title},
)
_MEMBERS: _Filter[Member] = _Filter(
    Finder("member", lambda each: f"{each.member_name} ({each.workspace_member_id})", "workspace_member_id"),
    lambda each: each.member_name,
    lambda each, text: (
        text == each.workspace_member_id
        or text.casefold() in {each.member_name.casefold(), each.member_email.casefold()}
    ),
)


def _check_filters(places: Sequence[Workspace], filters: Filters) -> None:
    where = " and ".join(f"workspace {each.workspace_id}" for each in places)
    _DOMAINS.check((row for each in places for row in each.domains), filters.domains, where)
    _PROJECTS.check((row for each in places for row in each.projects), filters.projects, where)
    _MEMBERS.check((row for each in places for row in each.members), filters.creators, where)


def _read_links(client: Client, places: Workspace, filters: Filters) -> list[Link]:
    domain_ids = [each.domain_id for each in _DOMAINS.select(places.domains, filters.domains)]
    project_ids = [each.project_id for each in _PROJECTS.select(places.projects, filters.projects)]
    member_ids = [each.workspace_member_id for each in _MEMBERS.select(places.members, filters.creators)]
    filtered = ((filters.domains, domain_ids), (filters.projects, project_ids), (filters.creators, member_ids))
    if any(wanted and not ids for wanted, ids in filtered):
        return []
    listed = client.list_links(
        places.workspace_id, domain_ids=domain_ids, project_ids=project_ids, created_by=member_ids
    )
    # Sorted here too, since names depend on it.
    return sorted(listed, key=lambda link: (link.created_at, link.link_id))
