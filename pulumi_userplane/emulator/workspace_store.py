"""Everything around links: users and their keys, workspaces, members, projects, domains."""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from pulumi_userplane.emulator.clock import now
from pulumi_userplane.emulator.database import Database, Value

KeyState = Literal["valid", "expired", "disabled"]
DomainStatus = Literal["pending", "verified", "revoked"]
Wire = dict[str, object]


@dataclass(frozen=True)
class Key:
    """Whose key it is and whether it works."""

    user_id: str
    state: str


@dataclass(frozen=True)
class Membership:
    """A user in a workspace."""

    workspace_id: str
    workspace_gone: bool
    member_id: str
    role: str

    @property
    def can_delete_any(self) -> bool:
        """Whether the member may delete what others made."""
        return self.role in {"owner", "admin"}


class Directory:
    """Reads and changes what surrounds the links; lists are short and come whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def key(self, text: str | None) -> Key | None:
        """The key with this text, if there is one."""
        row = self._first("SELECT user_id, state FROM keys WHERE key = :text", text=text)
        return Key(row["user_id"], row["state"]) if row else None

    def set_key_state(self, text: str, state: KeyState) -> bool:
        """Expire, disable or revive a key; False when there is no such key."""
        return bool(self._database.write("UPDATE keys SET state = :state WHERE key = :text", text=text, state=state))

    def user(self, user_id: str) -> Wire:
        """The user as `me` shows one."""
        row = self._database.one("SELECT * FROM users WHERE id = :id", id=user_id)
        return {
            "id": row["id"],
            "name": row["name"],
            "email": row["email"],
            "emailVerified": True,
            "image": None,
            "createdAt": row["created_at"],
        }

    def workspace(self, workspace_id: str) -> Wire:
        """One workspace."""
        return _workspace(self._database.one("SELECT * FROM workspaces WHERE id = :id", id=workspace_id))

    def workspaces(self, user_id: str, *, with_membership: bool) -> list[Wire]:
        """The workspaces of a user that are not gone."""
        rows = self._database.rows(
            "SELECT w.*, m.id AS member_id, m.role, m.joined_at FROM workspaces w"
            " JOIN members m ON m.workspace_id = w.id WHERE m.user_id = :id AND NOT w.gone ORDER BY w.rowid",
            id=user_id,
        )
        return [{**_workspace(row), **(_membership(row) if with_membership else {})} for row in rows]

    def exists(self, workspace_id: str) -> bool:
        """Whether there is, or was, such a workspace."""
        return self._first("SELECT 1 FROM workspaces WHERE id = :id", id=workspace_id) is not None

    def membership(self, workspace_id: str, user_id: str) -> Membership | None:
        """The user as a member of the workspace, if one."""
        row = self._first(
            "SELECT m.id, m.role, w.gone FROM members m JOIN workspaces w ON w.id = m.workspace_id"
            " WHERE m.workspace_id = :workspace_id AND m.user_id = :user_id",
            workspace_id=workspace_id,
            user_id=user_id,
        )
        return Membership(workspace_id, bool(row["gone"]), row["id"], row["role"]) if row else None

    def link_quota(self, workspace_id: str) -> int | None:
        """How many links the plan allows to make; None is any number."""
        row = self._database.one("SELECT link_quota FROM workspaces WHERE id = :id", id=workspace_id)
        quota: int | None = row["link_quota"]
        return quota

    def set_workspace(self, workspace_id: str, **changes: Value) -> bool:
        """Change `name`, `link_quota` or `gone`; False when there is no such workspace."""
        row = self._first("SELECT * FROM workspaces WHERE id = :id", id=workspace_id)
        return row is not None and bool(
            self._database.write(
                "UPDATE workspaces SET name = :name, link_quota = :link_quota, gone = :gone, updated_at = :updated_at"
                " WHERE id = :id",
                **{**dict(row), **changes, "updated_at": now()},
            )
        )

    def members(self, workspace_id: str) -> list[Wire]:
        """The members of a workspace."""
        rows = self._database.rows(
            "SELECT m.id, m.role, u.name, u.email FROM members m JOIN users u ON u.id = m.user_id"
            " WHERE m.workspace_id = :id ORDER BY m.rowid",
            id=workspace_id,
        )
        return [_member(row) for row in rows]

    def domains(self, workspace_id: str) -> list[Wire]:
        """The domains of a workspace."""
        rows = self._database.rows("SELECT * FROM domains WHERE workspace_id = :id ORDER BY rowid", id=workspace_id)
        return [_domain(row) for row in rows]

    def domain_status(self, workspace_id: str, domain_id: str) -> str | None:
        """Status of a domain; None when the workspace has no such domain."""
        row = self._first(
            "SELECT status FROM domains WHERE workspace_id = :workspace_id AND id = :id",
            workspace_id=workspace_id,
            id=domain_id,
        )
        return row["status"] if row else None

    def set_domain_status(self, domain_id: str, status: DomainStatus) -> bool:
        """Verify or revoke a domain; False when there is no such domain."""
        return bool(
            self._database.write(
                "UPDATE domains SET status = :status, updated_at = :now WHERE id = :id",
                id=domain_id,
                status=status,
                now=now(),
            )
        )

    def projects(self, workspace_id: str) -> list[Wire]:
        """The projects of a workspace that are not deleted."""
        rows = self._database.rows(
            "SELECT * FROM projects WHERE workspace_id = :id AND deleted_at IS NULL ORDER BY rowid", id=workspace_id
        )
        return [_project(row) for row in rows]

    def project(self, workspace_id: str, project_id: str) -> tuple[Wire, bool] | None:
        """One project, and whether it is deleted."""
        row = self._first(
            "SELECT * FROM projects WHERE workspace_id = :workspace_id AND id = :id",
            workspace_id=workspace_id,
            id=project_id,
        )
        return (_project(row), row["deleted_at"] is not None) if row else None

    def set_project_deleted(self, project_id: str, *, deleted: bool) -> bool:
        """Delete or restore a project, and all its links with it; False when there is no such project."""
        moment = now()
        return bool(
            self._database.write(
                "UPDATE projects SET deleted_at = :deleted_at, updated_at = :now WHERE id = :id",
                id=project_id,
                deleted_at=moment if deleted else None,
                now=moment,
            )
        )

    def _first(self, sql: str, **values: Value) -> sqlite3.Row | None:
        rows = self._database.rows(sql, **values)
        return rows[0] if rows else None


def _workspace(row: sqlite3.Row) -> Wire:
    return {
        "workspaceId": row["id"],
        "workspaceName": row["name"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }


def _membership(row: sqlite3.Row) -> Wire:
    return {
        "workspaceMembership": {
            "workspaceMemberId": row["member_id"],
            "workspaceRole": row["role"],
            "workspaceJoinedAt": row["joined_at"],
        }
    }


def _member(row: sqlite3.Row) -> Wire:
    return {
        "workspaceMemberId": row["id"],
        "memberName": row["name"],
        "memberEmail": row["email"],
        "workspaceRole": row["role"],
    }


def _domain(row: sqlite3.Row) -> Wire:
    return {
        "domainId": row["id"],
        "domainUrl": row["url"],
        "domainStatus": row["status"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }


def _project(row: sqlite3.Row) -> Wire:
    return {
        "projectId": row["id"],
        "projectTitle": row["title"],
        "isDefault": bool(row["is_default"]),
        "recordingRetentionDays": row["retention_days"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }
