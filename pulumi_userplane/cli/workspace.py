"""Reads a workspace: its domains, projects and members, and the links that the filters select."""

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
    """Which links are selected; an empty filter selects all.

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
    """A workspace without its links.

    Attributes:
        workspace_id: Its id.
        domains: All domains.
        projects: All projects that are not deleted.
        members: The members; empty where nobody needs them.
    """

    workspace_id: str
    domains: Sequence[Domain]
    projects: Sequence[Project]
    members: Sequence[Member] = ()

    def find_unique_url(self, domain_id: str) -> str | None:
        """Returns the address by which a look-up finds this domain and no other, or None."""
        urls = {domain.domain_id: normalize_url(domain.domain_url) for domain in self.domains}
        return _find_unique_name(domain_id, urls)

    def find_unique_title(self, project_id: str) -> str | None:
        """Returns the title by which a look-up finds this project and no other, or None."""
        return _find_unique_name(project_id, {project.project_id: project.project_title for project in self.projects})

    def is_default_project(self, project_id: str) -> bool:
        """Returns whether a new link gets into this project unless it names another."""
        return any(project.project_id == project_id and project.is_default for project in self.projects)

    def has_project(self, project_id: str) -> bool:
        """Returns whether the project exists and is not deleted."""
        return any(project.project_id == project_id for project in self.projects)


@dataclass(frozen=True)
class WorkspaceLinks:
    """A workspace and its links.

    Attributes:
        workspace: The workspace.
        links: The links that the filters select, the oldest first.
    """

    workspace: Workspace
    links: Sequence[Link]


def read_links(
    client: Client, workspace_ids: Iterable[str], filters: Filters, *, with_members: bool = False
) -> list[WorkspaceLinks]:
    """Reads workspaces and their links, each list once.

    Args:
        client: The account.
        workspace_ids: The workspaces.
        filters: Which links are selected.
        with_members: Whether the members are read even if no filter needs them.

    Raises:
        UserplaneError: A filter names what is in none of the workspaces, or a request failed.
    """
    workspaces = [
        Workspace(
            workspace_id,
            list(client.list_domains(workspace_id)),
            list(client.list_projects(workspace_id)),
            list(client.list_members(workspace_id)) if with_members or filters.creators else [],
        )
        for workspace_id in workspace_ids
    ]
    _check_filters(workspaces, filters)
    return [WorkspaceLinks(workspace, _list_links(client, workspace, filters)) for workspace in workspaces]


def matches_title(link: Link, patterns: Collection[str]) -> bool:
    """Returns whether a link's title matches one of the shell patterns; without patterns each title does."""
    return not patterns or any(fnmatchcase(link.link_title or "", pattern) for pattern in patterns)


def _find_unique_name(wanted_id: str, names: dict[str, str]) -> str | None:
    name = names.get(wanted_id)
    return name if name and list(names.values()).count(name) == 1 else None


@dataclass(frozen=True)
class _Filter(Generic[T]):
    """How a filter's text selects domains, projects or members, and how an error names them."""

    finder: Finder[T]
    name: Callable[[T], str]
    matches: Callable[[T, str], bool]

    def select(self, rows: Iterable[T], texts: Collection[str]) -> list[T]:
        return [row for row in rows if any(self.matches(row, text) for text in texts)]

    def check(self, rows: Iterable[T], texts: Collection[str], where: str) -> None:
        all_rows = list(rows)
        for text in texts:
            if not self.select(all_rows, [text]):
                raise self.finder.no_match(text, where, all_rows, self.name)


_DOMAINS: _Filter[Domain] = _Filter(
    Finder("domain", lambda domain: f"{domain.domain_url} ({domain.domain_id})", "domain_id"),
    lambda domain: domain.domain_url,
    lambda domain, text: text == domain.domain_id or normalize_url(text) == normalize_url(domain.domain_url),
)
_PROJECTS: _Filter[Project] = _Filter(
    Finder("project", lambda project: f"{project.project_title!r} ({project.project_id})", "project_id"),
    lambda project: project.project_title,
    lambda project, text: text in {project.project_id, project.project_title},
)
_MEMBERS: _Filter[Member] = _Filter(
    Finder("member", lambda member: f"{member.member_name} ({member.workspace_member_id})", "workspace_member_id"),
    lambda member: member.member_name,
    lambda member, text: (
        text == member.workspace_member_id
        or text.casefold() in {member.member_name.casefold(), member.member_email.casefold()}
    ),
)


def _check_filters(workspaces: Sequence[Workspace], filters: Filters) -> None:
    where = " and ".join(f"workspace {workspace.workspace_id}" for workspace in workspaces)
    _DOMAINS.check((domain for workspace in workspaces for domain in workspace.domains), filters.domains, where)
    _PROJECTS.check((project for workspace in workspaces for project in workspace.projects), filters.projects, where)
    _MEMBERS.check((member for workspace in workspaces for member in workspace.members), filters.creators, where)


def _list_links(client: Client, workspace: Workspace, filters: Filters) -> list[Link]:
    domain_ids = [domain.domain_id for domain in _DOMAINS.select(workspace.domains, filters.domains)]
    project_ids = [project.project_id for project in _PROJECTS.select(workspace.projects, filters.projects)]
    member_ids = [member.workspace_member_id for member in _MEMBERS.select(workspace.members, filters.creators)]
    selected = ((filters.domains, domain_ids), (filters.projects, project_ids), (filters.creators, member_ids))
    if any(texts and not ids for texts, ids in selected):
        return []
    links = client.list_links(
        workspace.workspace_id, domain_ids=domain_ids, project_ids=project_ids, created_by=member_ids
    )
    # Sorted here too, since names depend on the order.
    return sorted(links, key=lambda link: (link.created_at, link.link_id))
