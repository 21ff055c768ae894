"""The SQLite file (or memory) behind an emulator: its tables, and one connection that all threads share."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from threading import RLock

from pulumi_userplane.emulator.errors import EmulatorError

_APPLICATION_ID = 0x5553504C
_LAYOUT = 1
_TABLES = """
CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE keys (key TEXT PRIMARY KEY, user_id TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE workspaces (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0, link_quota INTEGER
);
CREATE TABLE members (
    id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL, joined_at TEXT NOT NULL
);
CREATE TABLE domains (
    id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, url TEXT NOT NULL, status TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE TABLE projects (
    id TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, title TEXT NOT NULL, is_default INTEGER NOT NULL,
    retention_days INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, deleted_at TEXT
);
CREATE TABLE links (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, workspace_id TEXT NOT NULL,
    project_id TEXT NOT NULL REFERENCES projects, domain_id TEXT NOT NULL REFERENCES domains,
    member_id TEXT NOT NULL REFERENCES members,
    title TEXT, type TEXT NOT NULL, reusable INTEGER NOT NULL, provider_type TEXT NOT NULL, provider_id TEXT,
    provider_reference TEXT, url TEXT NOT NULL, meta TEXT, created_at TEXT NOT NULL, deleted_at TEXT
);
CREATE INDEX links_by_creation ON links
    (workspace_id, created_at, seq, deleted_at, project_id, domain_id, member_id);
CREATE INDEX links_by_title ON links (workspace_id, title, seq, deleted_at, project_id, domain_id, member_id);
CREATE VIEW live_links AS
    SELECT * FROM links
    WHERE deleted_at IS NULL AND project_id NOT IN (SELECT id FROM projects WHERE deleted_at IS NOT NULL);
CREATE VIEW link_rows AS
    SELECT l.*, p.title AS project_title, p.deleted_at AS project_deleted_at, u.name AS member_name,
           d.url AS domain_url, d.status AS domain_status
    FROM links l
    JOIN projects p ON p.id = l.project_id
    JOIN domains d ON d.id = l.domain_id
    JOIN members m ON m.id = l.member_id
    JOIN users u ON u.id = m.user_id;
"""
_MARK = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_LAYOUT};"
_EMPTY = """
BEGIN;
DELETE FROM links; DELETE FROM projects; DELETE FROM domains; DELETE FROM members; DELETE FROM workspaces;
DELETE FROM keys; DELETE FROM users;
COMMIT;
"""

Value = str | int | None


class Database:
    """One connection behind one lock: SQLite runs one statement at a time anyway."""

    def __init__(self, path: Path | None) -> None:
        self._lock = RLock()
        self._connection, self.fresh = _opened(path)

    def rows(self, sql: str, **values: Value) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, **values: Value) -> sqlite3.Row:
        """The row of a query that always has one."""
        return self.rows(sql, **values)[0]

    def write(self, sql: str, **values: Value) -> int:
        """Run one statement and keep its effect; gives the number of rows changed."""
        with self._lock, self._connection:
            return self._connection.execute(sql, values).rowcount

    def write_many(self, sql: str, rows: Iterable[tuple[Value, ...]]) -> None:
        """Run one statement for many rows, all or none."""
        with self._lock, self._connection:
            self._connection.executemany(sql, rows)

    def empty(self) -> None:
        """Forget everything."""
        with self._lock:
            self._connection.executescript(_EMPTY)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def _opened(path: Path | None) -> tuple[sqlite3.Connection, bool]:
    try:
        connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
    except sqlite3.Error as error:
        raise _unusable(path, str(error)) from error
    try:
        return connection, _prepared(connection)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, str(error)) from error


def _prepared(connection: sqlite3.Connection) -> bool:
    connection.row_factory = sqlite3.Row
    application, layout = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    fresh = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
    if fresh and application == 0:
        connection.executescript(f"PRAGMA journal_mode = WAL; {_MARK}{_TABLES}")
    elif (application, layout) != (_APPLICATION_ID, _LAYOUT):
        raise sqlite3.DatabaseError("it was not written by this emulator")
    connection.executescript("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")
    return fresh


def _unusable(path: Path | None, reason: str) -> EmulatorError:
    return EmulatorError(
        f"The data file {path} can't be used: {reason}. Name a new file, or one that an emulator made."
    )
