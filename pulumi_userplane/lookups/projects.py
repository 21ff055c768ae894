"""Finds a workspace's projects by title or id, or its default one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import APIError
from pulumi_userplane.lookups.matching import Finder, MatchError, exactly_one_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_userplane import api
    from pulumi_userplane.lookups.source import Source


@dataclass(frozen=True)
class Project:
    """A project of a workspace."""

    project_id: str
    """The project's id."""

    title: str
    """The project's title."""

    is_default: bool
    """Whether it is the default project of the workspace, which takes the links that name none."""


_FINDER = Finder[Project]("project", lambda project: f"{project.title!r} ({project.project_id})", "project_id")


def find_project(source: Source, *, title: str | None, project_id: str | None, default: bool | None) -> Project:
    """Returns the project with that title or id, or the default one.

    Raises:
        MatchError: Not exactly one argument is given, or no project or several match.
    """
    exactly_one_of(title=title, project_id=project_id, default=default)
    if project_id:
        return _find_by_id(source, project_id)
    if title:
        return _FINDER.find_by_name(title, _read_projects(source), source.workspace, lambda project: project.title)
    return _find_default(source)


def list_projects(source: Source) -> list[Project]:
    """Returns the projects of a workspace that are not deleted."""
    return list(_read_projects(source))


def _find_by_id(source: Source, project_id: str) -> Project:
    try:
        return _from_api(source.read(source.client.get_project, source.workspace_id, project_id))
    except APIError as error:
        if not error.proves_project_gone:
            raise
    projects = list_projects(source)
    raise _FINDER.no_match(project_id, source.workspace, projects, lambda project: project.project_id)


def _find_default(source: Source) -> Project:
    others = []
    for project in _read_projects(source):
        if project.is_default:
            return project
        others.append(project)
    raise MatchError(f"there is no default project in {source.workspace}; {_FINDER.list_instead(others)}")


def _read_projects(source: Source) -> Iterator[Project]:
    return map(_from_api, source.read_list(source.client.list_projects, source.workspace_id))


def _from_api(project: api.Project) -> Project:
    return Project(project.project_id, project.project_title, project.is_default)
