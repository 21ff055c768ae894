"""The look-ups of a key's owner, the owner's workspaces and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.lookups.workspaces import find_user, list_members, list_workspaces
from pulumi_userplane.program.functions.invoke import invoke, invoke_output

if TYPE_CHECKING:
    import pulumi

    from pulumi_userplane.lookups.workspaces import Member, User, Workspace
    from pulumi_userplane.program.account import Provider


def get_workspaces(*, provider: Provider | None = None) -> list[Workspace]:
    """Returns the workspaces of the key's owner, 20 per request (https://docs.userplane.io/api/workspaces).

    Args:
        provider: An explicit account. If one of its settings is an Output, use `get_workspaces_output` instead.

    Raises:
        ProgramError: A setting is missing, or a request failed.
    """
    return invoke(list_workspaces, provider, None)


def get_workspaces_output(*, provider: Provider | None = None) -> pulumi.Output[list[Workspace]]:
    """`get_workspaces` for an account whose settings are Outputs."""
    return invoke_output(list_workspaces, provider, None)


def get_members(*, workspace_id: str | None = None, provider: Provider | None = None) -> list[Member]:
    """Returns the members of a workspace, 10 per request.

    Args:
        workspace_id: The id of the workspace. Left out: the workspace of the settings.
        provider: As in `get_workspaces`.

    Raises:
        ProgramError: A setting is missing, or a request failed.
    """
    return invoke(list_members, provider, workspace_id)


def get_members_output(
    *, workspace_id: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[list[Member]]:
    """`get_members` for arguments or account settings that are Outputs."""
    return invoke_output(list_members, provider, workspace_id)


def get_user(*, provider: Provider | None = None) -> User:
    """Returns the owner of the key, with one request (https://docs.userplane.io/api/user/get-me).

    Args:
        provider: As in `get_workspaces`.

    Raises:
        ProgramError: A setting is missing, or a request failed.
    """
    return invoke(find_user, provider, None)


def get_user_output(*, provider: Provider | None = None) -> pulumi.Output[User]:
    """`get_user` for an account whose settings are Outputs."""
    return invoke_output(find_user, provider, None)
