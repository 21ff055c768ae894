"""The SQLite file that all processes of this machine share for one key at one server.

It holds the requests of the last day, which `rate_limit` counts; `recovery.journal` keeps a table of its own in it. The
file's name is a hash: neither the key nor anything that leads to it is in the file. If the file can't be used, memory
replaces it, and the run continues with a rate limit of its own and without a journal. In a Python without SQLite it
continues without both. A new file removes those that nobody needs any more, since each server and each key has one: a
machine that starts emulators would gather them without end.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from platformdirs import user_cache_path

try:
    import sqlite3
except ImportError:  # Python can be built without it.
    _HAS_SQLITE = False
else:
    _HAS_SQLITE = True

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

_LOG = logging.getLogger("pulumi_userplane")
_BUSY_SECONDS = 30.0
_IDLE_SECONDS = 31 * 24 * 3600.0
_NO_JOURNAL = "an interrupted creation can't be resumed"
_SET_A_FOLDER = "set XDG_CACHE_HOME to a writable folder"
_NO_SQLITE = (
    f"this Python has no sqlite3 module: requests are not counted, and {_NO_JOURNAL}; "
    "use a Python that was built with SQLite"
)
_FORMAT = 2
"""The version of the tables. It is a part of the file's name, so another version has another file."""

_TABLES = """
BEGIN;
PRAGMA user_version = 1;
CREATE TABLE IF NOT EXISTS requests (at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS requests_at ON requests (at);
CREATE TABLE IF NOT EXISTS pauses (until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS refusals (sent_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS pace (
    decided_at REAL NOT NULL, begins_at REAL NOT NULL, per_window REAL NOT NULL, last_slot REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS free_slots (at REAL NOT NULL, decided_at REAL NOT NULL);
COMMIT;
"""


class SharedDatabase:
    """One SQLite file, or memory if the file can't be used. Threads and processes can use it at the same time.

    Args:
        path: The file; None if there is no folder for it.
        tables: The script that creates missing tables; it begins with a write.
        notify: Receives a message if nothing is shared.

    Attributes:
        is_shared: Whether the processes share the file; False if memory replaces it.
        problem: Why nothing is shared, what follows and what to do; empty if the file is shared.
    """

    def __init__(self, path: Path | None, tables: str, notify: Callable[[str], None] = _LOG.info) -> None:
        self._tables = tables
        self._notify = notify
        self._lock = threading.RLock()
        self.is_shared = True
        self.problem = ""
        self._connection: sqlite3.Connection
        if not _HAS_SQLITE:
            self._report_problem(_NO_SQLITE)
        elif path is None:
            self._connection = self._use_memory("there is no folder to record requests and creations in")
        else:
            self._path = path
            self._open()

    @property
    def keeps_rows(self) -> bool:
        """Whether anything is recorded at all; False in a Python without SQLite."""
        return _HAS_SQLITE

    def run_transaction(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Runs `work` in a transaction and returns its result; if the file fails, memory replaces it.

        Args:
            work: Reads and writes the tables.
            durable: Whether the change must survive a power cut. It survives the death of the process in any case.
        """
        if not _HAS_SQLITE:
            return work(_NO_DATABASE)
        with self._lock:
            try:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
                with self.transaction() as database:
                    return work(database)
            except sqlite3.Error as error:
                if not self.is_shared:
                    raise
                self._connection = self._use_memory(_describe_unusable(error))
            with self.transaction() as database:
                return work(database)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Opens a transaction, with a lock against all other processes. It is atomic."""
        with self._lock:
            self._begin()
            try:
                yield self._connection
            except BaseException:
                # A full disk has already ended the transaction.
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        # Compared under the lock: a file is removed only by a process that holds it.
        if self.is_shared and _identify(self._path) != self._identity:
            self._connection.close()
            self._open()
            self._connection.execute("BEGIN IMMEDIATE")

    def _open(self) -> None:
        before = _identify(self._path)
        self._connection = self._connect_or_replace(self._path)
        weakref.finalize(self, self._connection.close)
        self._identity = before or _identify(self._path)
        if before is None and self.is_shared:
            self._after_creation()

    def _after_creation(self) -> None:
        """Called if the file is new."""

    def _connect_or_replace(self, path: Path) -> sqlite3.Connection:
        try:
            _make_private_folder(path.parent)
            return _connect(str(path), self._tables)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                return self._use_memory(_describe_unusable(error))
            _LOG.info("%s is no longer a database: a new one replaces it", path.name)
            with contextlib.suppress(OSError):
                path.unlink()
        except OSError as error:
            return self._use_memory(_describe_unusable(error))
        try:
            return _connect(str(path), self._tables)
        except sqlite3.Error as error:
            return self._use_memory(_describe_unusable(error))

    def _use_memory(self, reason: str) -> sqlite3.Connection:
        self._report_problem(f"{reason}: parallel runs may exceed the rate limit, and {_NO_JOURNAL}; {_SET_A_FOLDER}")
        return _connect(":memory:", self._tables)

    def _report_problem(self, problem: str) -> None:
        self.is_shared = False
        self.problem = problem
        self._notify(problem)


class SharedFile(SharedDatabase):
    """The file of one key at one server: it holds the rate limit's requests and the journal.

    Args:
        api_key: The key.
        base_url: The server.
        folder: The file's folder; this package's folder in the user's cache when left out.
        notify: Receives a message if nothing is shared.

    Attributes:
        name: Stands for the key and the server; it is a hash and leads to neither.
    """

    def __init__(
        self, api_key: str, base_url: str, folder: Path | None = None, notify: Callable[[str], None] = _LOG.info
    ) -> None:
        self.name = hashlib.sha256(f"{_FORMAT}\n{base_url}\n{api_key}".encode()).hexdigest()[:32]
        cache = folder or cache_folder()
        super().__init__(cache and cache / f"{self.name}.sqlite", _TABLES, notify)

    def _after_creation(self) -> None:
        _remove_idle_files(self._path.parent)


def cache_folder() -> Path | None:
    """Returns this package's folder in the user's cache, or None if the user has no home folder."""
    try:
        folder = user_cache_path("pulumi-userplane", appauthor=False)
    except RuntimeError:
        return None
    # Older versions of platformdirs give `~/.cache` itself then, which would be a folder in the project's.
    return folder if folder.is_absolute() else None


def _make_private_folder(folder: Path) -> None:
    """Makes a folder, and those above it that are missing, for the user alone: `mkdir` itself does so for one only."""
    if not folder.is_dir():
        _make_private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


class _NoDatabase:
    """Replaces a connection in a Python without SQLite: it accepts every statement and holds nothing."""

    def execute(self, *_: object) -> _NoDatabase:
        return self

    executemany = execute

    def fetchone(self) -> None:
        return None

    def fetchall(self) -> list[Any]:
        return []

    def __iter__(self) -> Iterator[Any]:
        return iter(())


_NO_DATABASE: Any = _NoDatabase()


def _describe_unusable(error: Exception) -> str:
    return f"the file that records requests and creations can't be used ({type(error).__name__})"


def _connect(path: str, tables: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # The script begins with a write, which fails at once if the file or its folder is read-only.
        # Not WAL: the CLI kills its providers, and the two further files of WAL would stay.
        connection.executescript(tables)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _identify(path: Path) -> tuple[int, int] | None:
    """Returns what distinguishes the file from another one of the same name, or None if there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _remove_idle_files(folder: Path) -> None:
    """Removes files that nobody has written to for a month, unless they hold a journal entry or are in use."""
    for path in folder.glob("*.sqlite"):
        with contextlib.suppress(OSError, sqlite3.Error):
            if path.stat().st_mtime < time.time() - _IDLE_SECONDS:
                _remove_if_empty(path)


def _remove_if_empty(path: Path) -> None:
    existing = f"{path.as_uri()}?mode=rw"
    with contextlib.closing(sqlite3.connect(existing, uri=True, timeout=0, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        others = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT IN ('requests', 'pauses', 'refusals', 'pace', 'free_slots')"
        ).fetchall()
        if not any(database.execute(f'SELECT 1 FROM "{name}"').fetchone() for (name,) in others):  # noqa: S608 - a table of this file
            path.unlink()
