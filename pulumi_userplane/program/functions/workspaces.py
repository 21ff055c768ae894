"""Looks up whom a key belongs to, in which workspaces, and with whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.program.functions.invoke import invoke, invoke_output

if TYPE_CHECKING:
    import pulumi

    from pulumi_userplane.program.account import Provider
    from pulumi_userplane.program.functions.invoke import InvokeContext


@dataclass(frozen=True)
class Workspace:
    """A workspace that the key's owner is a member of."""

    workspace_id: str
    name: str


@dataclass(frozen=True)
class Member:
    """A member of a workspace; the role is `owner`, `admin` or `member`."""

    workspace_member_id: str
    name: str
    email: str
    workspace_role: str


@dataclass(frozen=True)
class User:
    """The owner of a key: the user in whose name everything is done."""

    id: str
    name: str | None
    email: str | None


def get_workspaces(*, provider: Provider | None = None) -> list[Workspace]:
    """Returns the workspaces of the key's owner, 20 a request (https://docs.userplane.io/api/workspaces).

    Args:
        provider: An explicit account. Its key must be known as text; with an Output use `get_workspaces_output`.

    Raises:
        ProgramError: A setting is missing, or the request failed.
    """
    return invoke(_workspaces, provider, None)


def get_workspaces_output(*, provider: Provider | None = None) -> pulumi.Output[list[Workspace]]:
    """`get_workspaces` for a provider whose settings are Outputs."""
    return invoke_output(_workspaces, provider, None)


def get_members(*, workspace_id: str | None = None, provider: Provider | None = None) -> list[Member]:
    """Returns the members of a workspace, 10 a request.

    Args:
        workspace_id: Where to look; left out, the settings' workspace.
        provider: As in `get_workspaces`.

    Raises:
        ProgramError: A setting is missing, or the request failed.
    """
    return invoke(_members, provider, workspace_id)


def get_members_output(
    *, workspace_id: pulumi.Input[str] | None = None, provider: Provider | None = None
) -> pulumi.Output[list[Member]]:
    """`get_members` for arguments, or a provider's settings, that are Outputs."""
    return invoke_output(_members, provider, workspace_id)


def get_user(*, provider: Provider | None = None) -> User:
    """Returns the owner of the key; one request (https://docs.userplane.io/api/user/get-me).

    Args:
        provider: As in `get_workspaces`.

    Raises:
        ProgramError: A setting is missing, or the request failed.
    """
    return invoke(_user, provider, None)


def get_user_output(*, provider: Provider | None = None) -> pulumi.Output[User]:
    """`get_user` for a provider whose settings are Outputs."""
    return invoke_output(_user, provider, None)


def _workspaces(place: InvokeContext) -> list[Workspace]:
    found = place.rows(place.client.list_workspaces)
    return [Workspace(each.workspace_id, each.workspace_name) for each in found]


def _members(place: InvokeContext) -> list[Member]:
    found = place.rows(place.client.list_members, place.workspace_id)
    return [
        Member(each.workspace_member_id, each.member_name, each.member_email, each.workspace_role) for each in found
    ]


def _user(place: InvokeContext) -> User:
    user = place.once(place.client.get_me).user
    return User(user.id, user.name, user.email)
