"""The emulator's SQLite database, a file or memory: its tables, and one connection that all threads share."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from threading import RLock

from pulumi_userplane.emulator.errors import EmulatorError
from pulumi_userplane.emulator.input_files import InputFileError, check_regular

_APPLICATION_ID = 0x5553504C
_SCHEMA_VERSION = 1
_SCHEMA = """
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
_SIGNATURE = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_SCHEMA_VERSION};"
_DELETE_ALL = """
BEGIN;
DELETE FROM links; DELETE FROM projects; DELETE FROM domains; DELETE FROM members; DELETE FROM workspaces;
DELETE FROM keys; DELETE FROM users;
COMMIT;
"""

Value = str | int | None


class Database:
    """Runs SQL statements, one at a time.

    Args:
        path: The SQLite file; None means memory.

    Attributes:
        is_new: Whether the database held nothing when it was opened.
        is_in_memory: Whether it ends with the emulator.

    Raises:
        EmulatorError: The file can't be opened, or another program wrote it.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = RLock()
        self._connection, self.is_new = _connect(path)
        self.is_in_memory = path is None

    def fetch_all(self, sql: str, **values: Value) -> list[sqlite3.Row]:
        """Returns all rows of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def fetch_first(self, sql: str, **values: Value) -> sqlite3.Row | None:
        """Returns the first row of a query, or None."""
        rows = self.fetch_all(sql, **values)
        return rows[0] if rows else None

    def fetch_one(self, sql: str, **values: Value) -> sqlite3.Row:
        """Returns the first row of a query that always has one."""
        return self.fetch_all(sql, **values)[0]

    def execute(self, sql: str, **values: Value) -> int:
        """Runs and commits one statement; returns the number of rows that it changed."""
        with self._lock, self._connection:
            return self._connection.execute(sql, values).rowcount

    def execute_many(self, sql: str, rows: Iterable[tuple[Value, ...]]) -> None:
        """Runs one statement for many rows, and commits all or none."""
        with self._lock, self._connection:
            self._connection.executemany(sql, rows)

    def delete_all(self) -> None:
        """Deletes all rows of all tables."""
        with self._lock:
            self._connection.executescript(_DELETE_ALL)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()


def _connect(path: Path | None) -> tuple[sqlite3.Connection, bool]:
    try:
        if path is not None:
            check_regular(path)
    except InputFileError as error:
        raise _data_file_error(path, str(error)) from error
    try:
        connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
    except sqlite3.Error as error:
        raise _data_file_error(path, str(error)) from error
    try:
        return connection, _prepare(connection)
    except sqlite3.Error as error:
        connection.close()
        raise _data_file_error(path, str(error)) from error


def _prepare(connection: sqlite3.Connection) -> bool:
    connection.row_factory = sqlite3.Row
    application_id, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    is_new = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
    if is_new and application_id == 0:
        connection.executescript(f"PRAGMA journal_mode = WAL; {_SIGNATURE}{_SCHEMA}")
    elif (application_id, version) != (_APPLICATION_ID, _SCHEMA_VERSION):
        raise sqlite3.DatabaseError("it was not written by this emulator")
    connection.executescript("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")
    return is_new


def _data_file_error(path: Path | None, reason: str) -> EmulatorError:
    return EmulatorError(
        f"The data file {path} can't be used: {reason}. Name a new file, or one that this emulator wrote."
    )
