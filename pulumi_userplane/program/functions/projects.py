"""Looks up the projects of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.lookups.projects import find_project, list_projects
from pulumi_userplane.program.functions.invoke import invoke, invoke_output

if TYPE_CHECKING:
    import pulumi

    from pulumi_userplane.lookups.projects import Project
    from pulumi_userplane.program.account import Provider


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
    return invoke(find_project, provider, workspace_id, title=title, project_id=project_id, default=default)


def get_project_output(
    *,
    title: pulumi.Input[str] | None = None,
    project_id: pulumi.Input[str] | None = None,
    default: pulumi.Input[bool] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Project]:
    """`get_project` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(find_project, provider, workspace_id, title=title, project_id=project_id, default=default)


def get_projects(*, workspace_id: str | None = None, provider: Provider | None = None) -> list[Project]:
    """Returns the projects of a workspace that are not deleted, 10 a request and each page once a run.

    Args:
        workspace_id: Where to look; left out, the settings' workspace.
        provider: As in `get_project`.

    Raises:
        ProgramError: A setting is missing, or the request failed.
    """
    return invoke(list_projects, provider, workspace_id)


def get_projects_output(
    *, workspace_id: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[list[Project]]:
    """`get_projects` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(list_projects, provider, workspace_id)
