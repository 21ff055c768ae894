"""Looks up the projects of a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import APIError
from pulumi_userplane.lookups.matching import Finder, exactly_one_of
from pulumi_userplane.program.errors import ProgramError
from pulumi_userplane.program.functions.invoke import invoke, invoke_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulumi

    from pulumi_userplane import api
    from pulumi_userplane.program.account import Provider
    from pulumi_userplane.program.functions.invoke import InvokeContext


@dataclass(frozen=True)
class Project:
    """A project of a workspace."""

    project_id: str
    title: str
    is_default: bool


def get_project(
    *,
    title: str | None = None,
    project_id: str | None = None,
    default: bool | None = None,
    workspace_id: str | None = None,
    provider: Provider | None = None,
) -> Project:
    """Returns the project with that title or id, or the default one (https://docs.userplane.io/api/projects).

    One request by id; else the workspace's list of projects, 10 a request and each page once a run, for the default
    project no further than needed.

    Args:
        title: The title, to the letter. One of this, `project_id` and `default=True`.
        project_id: The id.
        default: True for the workspace's default project.
        workspace_id: Where to look; left out, the settings' workspace.
        provider: An explicit account. Its key must be known as text; with an Output use `get_project_output`.

    Raises:
        ProgramError: No project or several match (lists what there is), a setting is missing, or the request failed.
    """
    return invoke(_project, provider, workspace_id, title=title, project_id=project_id, default=default)


def get_project_output(
    *,
    title: pulumi.Input[str] | None = None,
    project_id: pulumi.Input[str] | None = None,
    default: pulumi.Input[bool] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Project]:
    """`get_project` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(_project, provider, workspace_id, title=title, project_id=project_id, default=default)


def get_projects(*, workspace_id: str | None = None, provider: Provider | None = None) -> list[Project]:
    """Returns the projects of a workspace that are not deleted, 10 a request and each page once a run.

    Args:
        workspace_id: Where to look; left out, the settings' workspace.
        provider: As in `get_project`.

    Raises:
        ProgramError: A setting is missing, or the request failed.
    """
    return invoke(_projects, provider, workspace_id)


def get_projects_output(
    *, workspace_id: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[list[Project]]:
    """`get_projects` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(_projects, provider, workspace_id)


_KIND = Finder[Project]("project", lambda project: f"{project.title!r} ({project.project_id})", "project_id")


def _project(place: InvokeContext, title: str | None, project_id: str | None, default: bool | None) -> Project:  # noqa: FBT001 - the argument's own name and kind
    exactly_one_of(title=title, project_id=project_id, default=default)
    if project_id:
        return _with_id(place, project_id)
    if title:
        return _KIND.with_name(title, _listed(place), place.workspace, lambda project: project.title)
    return _default(place)


def _with_id(place: InvokeContext, project_id: str) -> Project:
    try:
        return _shown(place.once(place.client.get_project, place.workspace_id, project_id))
    except APIError as error:
        if not error.proves_project_gone:
            raise
        raise _KIND.missing(
            project_id, place.workspace, list(_listed(place)), lambda project: project.project_id
        ) from None


def _default(place: InvokeContext) -> Project:
    others = []
    for project in _listed(place):
        if project.is_default:
            return project
        others.append(project)
    raise ProgramError(f"there is no default project in {place.workspace}; there are: {_KIND.listed(others)}")


def _projects(place: InvokeContext) -> list[Project]:
    return list(_listed(place))


def _listed(place: InvokeContext) -> Iterator[Project]:
    return map(_shown, place.rows(place.client.list_projects, place.workspace_id))


def _shown(project: api.Project) -> Project:
    return Project(project.project_id, project.project_title, project.is_default)
