"""Looks up whom a key belongs to, in which workspaces, and with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.lookups.workspaces import find_user, list_members, list_workspaces
from pulumi_userplane.program.functions.invoke import invoke, invoke_output

if TYPE_CHECKING:
    import pulumi

    from pulumi_userplane.lookups.workspaces import Member, User, Workspace
    from pulumi_userplane.program.account import Provider


def get_workspaces(*, provider: Provider | None = None) -> list[Workspace]:
    """Returns the workspaces of the key's owner, 20 a request (https://docs.userplane.io/api/workspaces).

    Args:
        provider: An explicit account. Its key must be known as text; with an Output use `get_workspaces_output`.

    Raises:
        ProgramError: A setting is missing, or the request failed.
    """
    return invoke(list_workspaces, provider, None)


def get_workspaces_output(*, provider: Provider | None = None) -> pulumi.Output[list[Workspace]]:
    """`get_workspaces` for a provider whose settings are Outputs."""
    return invoke_output(list_workspaces, provider, None)


def get_members(*, workspace_id: str | None = None, provider: Provider | None = None) -> list[Member]:
    """Returns the members of a workspace, 10 a request.

    Args:
        workspace_id: Where to look; left out, the settings' workspace.
        provider: As in `get_workspaces`.

    Raises:
        ProgramError: A setting is missing, or the request failed.
    """
    return invoke(list_members, provider, workspace_id)


def get_members_output(
    *, workspace_id: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[list[Member]]:
    """`get_members` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(list_members, provider, workspace_id)


def get_user(*, provider: Provider | None = None) -> User:
    """Returns the owner of the key; one request (https://docs.userplane.io/api/user/get-me).

    Args:
        provider: As in `get_workspaces`.

    Raises:
        ProgramError: A setting is missing, or the request failed.
    """
    return invoke(find_user, provider, None)


def get_user_output(*, provider: Provider | None = None) -> pulumi.Output[User]:
    """`get_user` for a provider whose settings are Outputs."""
    return invoke_output(find_user, provider, None)
