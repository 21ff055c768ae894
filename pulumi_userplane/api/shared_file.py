"""The small SQLite file that all processes of one machine share for one key at one server.

It holds the requests of the last day (`budget`) and the links that are being made (`pulumi_userplane.notes`). Its name
is a hash; neither the key nor anything that leads to it is in it. A file that can't be used is replaced by memory: the
run goes on, with a budget of its own and without notes. A file that nobody needs any more is removed when another is
made, since each server and key has one: a machine that starts emulators would gather them without end.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sqlite3
import threading
import time
import weakref
from typing import TYPE_CHECKING, TypeVar

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

_LOG = logging.getLogger("pulumi_userplane")
_BUSY_SECONDS = 30.0
_IDLE_SECONDS = 31 * 24 * 3600.0
_TABLES = """
BEGIN;
PRAGMA user_version = 1;
CREATE TABLE IF NOT EXISTS requests (at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS requests_at ON requests (at);
CREATE TABLE IF NOT EXISTS pauses (until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS creations (reference TEXT PRIMARY KEY, mark TEXT NOT NULL, workspace_id TEXT NOT NULL,
    domain_id TEXT NOT NULL, link_id TEXT, sent_at REAL NOT NULL, server_time REAL, uptime_at_sending REAL NOT NULL,
    pid INTEGER NOT NULL, started REAL NOT NULL, uptime REAL NOT NULL,
    run_pid INTEGER NOT NULL, run_started REAL NOT NULL, run_uptime REAL NOT NULL);
CREATE INDEX IF NOT EXISTS creations_mark ON creations (mark);
COMMIT;
"""


class SharedDatabase:
    """One SQLite file, or memory where the file can't be used; safe for threads and processes.

    Args:
        path: The file.
        tables: The script that makes its tables where they are missing; it begins with a write.

    Attributes:
        shared: False when this process is on its own.
    """

    def __init__(self, path: Path, tables: str) -> None:
        self._path = path
        self._tables = tables
        self._lock = threading.RLock()
        self.shared = True
        self._connection: sqlite3.Connection
        self._open()

    def run(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Returns what `work` makes of a transaction; where the file fails in it, memory takes its place.

        Args:
            work: What to do.
            durable: Whether it must outlive a power cut; the death of a process it outlives in any case.
        """
        with self._lock:
            try:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
                with self.transaction() as database:
                    return work(database)
            except sqlite3.Error as error:
                if not self.shared:
                    raise
                self._connection = self._alone(error)
            with self.transaction() as database:
                return work(database)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Gives a connection inside a transaction that no other process shares; all or nothing."""
        with self._lock:
            self._begin()
            try:
                yield self._connection
            except BaseException:
                # A full disk has ended it already.
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        # Asked under the lock: a file is removed only by somebody who holds it.
        if self.shared and _identity(self._path) != self._opened_file:
            self._connection.close()
            self._open()
            self._connection.execute("BEGIN IMMEDIATE")

    def _open(self) -> None:
        before = _identity(self._path)
        self._connection = self._opened(self._path)
        weakref.finalize(self, self._connection.close)
        self._opened_file = before or _identity(self._path)
        if before is None and self.shared:
            self._made()

    def _made(self) -> None:
        """Called when the file is new."""

    def _opened(self, path: Path) -> sqlite3.Connection:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return _prepared(str(path), self._tables)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                return self._alone(error)
            _LOG.info("%s is not a database any more: starting a new one", path.name)
            with contextlib.suppress(OSError):
                path.unlink()
        except OSError as error:
            return self._alone(error)
        try:
            return _prepared(str(path), self._tables)
        except sqlite3.Error as error:
            return self._alone(error)

    def _alone(self, error: Exception) -> sqlite3.Connection:
        _LOG.info("the shared file can't be used (%s): this process counts its requests alone", type(error).__name__)
        self.shared = False
        return _prepared(":memory:", self._tables)


class SharedFile(SharedDatabase):
    """The file of one key at one server: its budget, and the journal of the links that are being made."""

    def __init__(self, api_key: str, base_url: str, folder: Path | None = None) -> None:
        name = hashlib.sha256(f"{base_url}\n{api_key}".encode()).hexdigest()[:32]
        super().__init__((folder or user_cache_path("pulumi-userplane", appauthor=False)) / f"{name}.sqlite", _TABLES)

    def _made(self) -> None:
        _remove_idle_files(self._path.parent)


def _prepared(path: str, tables: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # The tables begin with a write, which tells at once whether the file and its folder can be written to.
        # Not WAL: the CLI kills its providers, and the two files that WAL keeps beside the first would stay.
        connection.executescript(tables)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells the file from another that has come to its place."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _remove_idle_files(folder: Path) -> None:
    """Removes what nobody has written to for a month and what holds no notes; a file in use stays, for another time."""
    for path in folder.glob("*.sqlite"):
        with contextlib.suppress(OSError, sqlite3.Error):
            if path.stat().st_mtime < time.time() - _IDLE_SECONDS:
                _remove_unless_needed(path)


def _remove_unless_needed(path: Path) -> None:
    existing = f"{path.as_uri()}?mode=rw"
    with contextlib.closing(sqlite3.connect(existing, uri=True, timeout=0, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        if database.execute("SELECT 1 FROM creations").fetchone() is None:
            path.unlink()
