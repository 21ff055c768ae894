"""Finds the owner of a key, the owner's workspaces, and the members of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_userplane.lookups.source import Source


@dataclass(frozen=True)
class Workspace:
    """A workspace that the key's owner is a member of."""

    workspace_id: str
    """The workspace's id."""

    name: str
    """The workspace's name."""


@dataclass(frozen=True)
class Member:
    """A member of a workspace."""

    workspace_member_id: str
    """The member's id in the workspace."""

    name: str
    """The member's name."""

    email: str
    """The member's email address."""

    workspace_role: str
    """`owner`, `admin` or `member`."""


@dataclass(frozen=True)
class User:
    """The owner of a key: the user in whose name every request is made."""

    id: str
    """The user's id."""

    name: str | None
    """The user's name, if there is one."""

    email: str | None
    """The user's email address, if there is one."""


def list_workspaces(source: Source) -> list[Workspace]:
    """Returns the workspaces of the key's owner."""
    rows = source.read_list(source.client.list_workspaces)
    return [Workspace(row.workspace_id, row.workspace_name) for row in rows]


def list_members(source: Source) -> list[Member]:
    """Returns the members of a workspace."""
    rows = source.read_list(source.client.list_members, source.workspace_id)
    return [Member(row.workspace_member_id, row.member_name, row.member_email, row.workspace_role) for row in rows]


def find_user(source: Source) -> User:
    """Returns the owner of the key."""
    user = source.read(source.client.get_me).user
    return User(user.id, user.name, user.email)
