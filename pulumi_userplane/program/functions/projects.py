"""The look-ups of projects."""

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
    """Returns the project with this title or id, or the default one (https://docs.userplane.io/api/projects).

    A look-up by id sends one request. The others read the workspace's list of projects, 10 per request and each page
    once per run; the look-up of the default project stops at the page that has it.

    Args:
        title: The exact title. Give one of this, `project_id` and `default`.
        project_id: The id.
        default: True for the default project of the workspace.
        workspace_id: The id of the workspace. Left out: the workspace of the settings.
        provider: An explicit account. If one of its settings is an Output, use `get_project_output` instead.

    Raises:
        ProgramError: No project or several match (the error lists what there is), a setting is missing, or a request
            failed.
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
    """`get_project` for arguments or account settings that are Outputs."""
    return invoke_output(find_project, provider, workspace_id, title=title, project_id=project_id, default=default)


def get_projects(*, workspace_id: str | None = None, provider: Provider | None = None) -> list[Project]:
    """Returns the projects of a workspace that are not deleted, 10 per request and each page once per run.

    Args:
        workspace_id: The id of the workspace. Left out: the workspace of the settings.
        provider: As in `get_project`.

    Raises:
        ProgramError: A setting is missing, or a request failed.
    """
    return invoke(list_projects, provider, workspace_id)


def get_projects_output(
    *, workspace_id: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[list[Project]]:
    """`get_projects` for arguments or account settings that are Outputs."""
    return invoke_output(list_projects, provider, workspace_id)
