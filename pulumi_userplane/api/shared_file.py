"""The small SQLite file that all processes of one machine share for one key at one server.

It holds the requests of the last day (`budget`) and the links that are being made (`pulumi_userplane.notes`). Its name
is a hash; neither the key nor anything that leads to it is in it. A file that can't be used is replaced by memory: the
run goes on, with a budget of its own and without notes.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sqlite3
import threading
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOG = logging.getLogger("pulumi_userplane")
_BUSY_SECONDS = 10.0
_TABLES = (
    "CREATE TABLE IF NOT EXISTS requests (at REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS requests_at ON requests (at)",
    "CREATE TABLE IF NOT EXISTS pauses (until REAL NOT NULL)",
    """CREATE TABLE IF NOT EXISTS creations (reference TEXT PRIMARY KEY, mark TEXT NOT NULL, workspace_id TEXT NOT NULL,
    domain_id TEXT NOT NULL, link_id TEXT, sent_at REAL NOT NULL, pid INTEGER NOT NULL, started REAL NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS creations_mark ON creations (mark)",
)


class SharedFile:
    """One SQLite file, or memory where the file can't be used; safe for threads and processes.

    Attributes:
        shared: False when this process is on its own.
    """

    def __init__(self, api_key: str, base_url: str, folder: Path | None = None) -> None:
        name = hashlib.sha256(f"{base_url}\n{api_key}".encode()).hexdigest()[:32]
        path = (folder or user_cache_path("pulumi-userplane", appauthor=False)) / f"{name}.sqlite"
        self._lock = threading.RLock()
        self.shared = True
        self._connection = self._opened(path)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Gives a connection inside a transaction that no other process shares; all or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _opened(self, path: Path) -> sqlite3.Connection:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return _prepared(str(path))
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                return self._alone(error)
            _LOG.info("%s is not a database any more: starting a new one", path.name)
            with contextlib.suppress(OSError):
                path.unlink()
        except OSError as error:
            return self._alone(error)
        try:
            return _prepared(str(path))
        except sqlite3.Error as error:
            return self._alone(error)

    def _alone(self, error: Exception) -> sqlite3.Connection:
        _LOG.info("the shared file can't be used (%s): this process counts its requests alone", type(error).__name__)
        self.shared = False
        return _prepared(":memory:")


def _prepared(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        for statement in _TABLES:
            connection.execute(statement)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
