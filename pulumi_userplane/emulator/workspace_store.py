"""Reads and changes what surrounds the links in SQLite: users, keys, workspaces, members, projects and domains."""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from pulumi_userplane.emulator.clock import Clock
from pulumi_userplane.emulator.database import Database, Value

KeyState = Literal["valid", "expired", "disabled"]
DomainStatus = Literal["pending", "verified", "revoked"]
JsonObject = dict[str, object]
"""An object as the API shows it."""


@dataclass(frozen=True)
class Key:
    """An API key: whose it is, and its state."""

    user_id: str
    state: str


@dataclass(frozen=True)
class Membership:
    """A user as a member of one workspace."""

    workspace_id: str
    workspace_is_gone: bool
    member_id: str
    role: str

    @property
    def can_delete_any(self) -> bool:
        """Whether the member may delete links of other members."""
        return self.role in {"owner", "admin"}


@dataclass(frozen=True)
class Project:
    """A project as the API shows it, and whether it is deleted."""

    content: JsonObject
    is_deleted: bool


class WorkspaceStore:
    """Reads and changes all tables but the links; lists are short and never paged in SQL."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def find_key(self, text: str | None) -> Key | None:
        """Returns the key with this text, if there is one."""
        row = self._database.fetch_first("SELECT user_id, state FROM keys WHERE key = :text", text=text)
        return Key(row["user_id"], row["state"]) if row else None

    def set_key_state(self, text: str, state: KeyState) -> bool:
        """Sets the state of a key; returns False if there is no such key."""
        return bool(self._database.execute("UPDATE keys SET state = :state WHERE key = :text", text=text, state=state))

    def get_user(self, user_id: str) -> JsonObject:
        """Returns a user as `/me` shows one."""
        row = self._database.fetch_one("SELECT * FROM users WHERE id = :id", id=user_id)
        return {
            "id": row["id"],
            "name": row["name"],
            "email": row["email"],
            "emailVerified": True,
            "image": None,
            "createdAt": row["created_at"],
        }

    def get_workspace(self, workspace_id: str) -> JsonObject:
        """Returns one workspace."""
        return _render_workspace(self._database.fetch_one("SELECT * FROM workspaces WHERE id = :id", id=workspace_id))

    def list_workspaces(self, user_id: str, *, include_membership: bool) -> list[JsonObject]:
        """Returns the workspaces of a user that are not gone."""
        rows = self._database.fetch_all(
            "SELECT w.*, m.id AS member_id, m.role, m.joined_at FROM workspaces w"
            " JOIN members m ON m.workspace_id = w.id WHERE m.user_id = :id AND NOT w.gone ORDER BY w.rowid",
            id=user_id,
        )
        return [{**_render_workspace(row), **(_render_membership(row) if include_membership else {})} for row in rows]

    def has_workspace(self, workspace_id: str) -> bool:
        """Returns whether the workspace exists, gone or not."""
        return self._database.fetch_first("SELECT 1 FROM workspaces WHERE id = :id", id=workspace_id) is not None

    def find_membership(self, workspace_id: str, user_id: str) -> Membership | None:
        """Returns the user's membership in the workspace, if there is one."""
        row = self._database.fetch_first(
            "SELECT m.id, m.role, w.gone FROM members m JOIN workspaces w ON w.id = m.workspace_id"
            " WHERE m.workspace_id = :workspace_id AND m.user_id = :user_id",
            workspace_id=workspace_id,
            user_id=user_id,
        )
        return Membership(workspace_id, bool(row["gone"]), row["id"], row["role"]) if row else None

    def get_link_quota(self, workspace_id: str) -> int | None:
        """Returns how many links the plan allows to create; None means any number."""
        row = self._database.fetch_one("SELECT link_quota FROM workspaces WHERE id = :id", id=workspace_id)
        quota: int | None = row["link_quota"]
        return quota

    def update_workspace(self, workspace_id: str, **changes: Value) -> bool:
        """Changes `name`, `link_quota` or `gone`; returns False if there is no such workspace."""
        row = self._database.fetch_first("SELECT * FROM workspaces WHERE id = :id", id=workspace_id)
        return row is not None and bool(
            self._database.execute(
                "UPDATE workspaces SET name = :name, link_quota = :link_quota, gone = :gone, updated_at = :updated_at"
                " WHERE id = :id",
                **{**dict(row), **changes, "updated_at": self._clock.now()},
            )
        )

    def list_members(self, workspace_id: str) -> list[JsonObject]:
        """Returns the members of a workspace."""
        rows = self._database.fetch_all(
            "SELECT m.id, m.role, u.name, u.email FROM members m JOIN users u ON u.id = m.user_id"
            " WHERE m.workspace_id = :id ORDER BY m.rowid",
            id=workspace_id,
        )
        return [_render_member(row) for row in rows]

    def list_domains(self, workspace_id: str) -> list[JsonObject]:
        """Returns the domains of a workspace."""
        rows = self._database.fetch_all(
            "SELECT * FROM domains WHERE workspace_id = :id ORDER BY rowid", id=workspace_id
        )
        return [_render_domain(row) for row in rows]

    def find_domain_status(self, workspace_id: str, domain_id: str) -> str | None:
        """Returns the status of a domain, or None if the workspace has no such domain."""
        row = self._database.fetch_first(
            "SELECT status FROM domains WHERE workspace_id = :workspace_id AND id = :id",
            workspace_id=workspace_id,
            id=domain_id,
        )
        return row["status"] if row else None

    def set_domain_status(self, domain_id: str, status: DomainStatus) -> bool:
        """Sets the status of a domain; returns False if there is no such domain."""
        return bool(
            self._database.execute(
                "UPDATE domains SET status = :status, updated_at = :now WHERE id = :id",
                id=domain_id,
                status=status,
                now=self._clock.now(),
            )
        )

    def list_projects(self, workspace_id: str) -> list[JsonObject]:
        """Returns the projects of a workspace that are not deleted."""
        rows = self._database.fetch_all(
            "SELECT * FROM projects WHERE workspace_id = :id AND deleted_at IS NULL ORDER BY rowid", id=workspace_id
        )
        return [_render_project(row) for row in rows]

    def find_project(self, workspace_id: str, project_id: str) -> Project | None:
        """Returns one project, deleted or not."""
        row = self._database.fetch_first(
            "SELECT * FROM projects WHERE workspace_id = :workspace_id AND id = :id",
            workspace_id=workspace_id,
            id=project_id,
        )
        return Project(_render_project(row), row["deleted_at"] is not None) if row else None

    def set_project_deleted(self, project_id: str, *, is_deleted: bool) -> bool:
        """Deletes or restores a project, and its links with it; returns False if there is no such project."""
        now = self._clock.now()
        return bool(
            self._database.execute(
                "UPDATE projects SET deleted_at = :deleted_at, updated_at = :now WHERE id = :id",
                id=project_id,
                deleted_at=now if is_deleted else None,
                now=now,
            )
        )


def _render_workspace(row: sqlite3.Row) -> JsonObject:
    return {
        "workspaceId": row["id"],
        "workspaceName": row["name"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }


def _render_membership(row: sqlite3.Row) -> JsonObject:
    return {
        "workspaceMembership": {
            "workspaceMemberId": row["member_id"],
            "workspaceRole": row["role"],
            "workspaceJoinedAt": row["joined_at"],
        }
    }


def _render_member(row: sqlite3.Row) -> JsonObject:
    return {
        "workspaceMemberId": row["id"],
        "memberName": row["name"],
        "memberEmail": row["email"],
        "workspaceRole": row["role"],
    }


def _render_domain(row: sqlite3.Row) -> JsonObject:
    return {
        "domainId": row["id"],
        "domainUrl": row["url"],
        "domainStatus": row["status"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }


def _render_project(row: sqlite3.Row) -> JsonObject:
    return {
        "projectId": row["id"],
        "projectTitle": row["title"],
        "isDefault": bool(row["is_default"]),
        "recordingRetentionDays": row["retention_days"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }
