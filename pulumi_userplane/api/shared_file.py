"""The small SQLite file that all processes of one machine share for one key at one server.

It holds the requests of the last day (`rate_limit`), and `recovery.journal` keeps a table of its own in it. Its name
is a hash; neither the key nor anything that leads to it is in it. A file that can't be used is replaced by memory: the
run goes on, with a budget of its own and without notes; where Python has no SQLite, without both. A file that nobody
needs any more is removed when another is made, since each server and key has one: a machine that starts emulators would
gather them without end.
"""

from __future__ import annotations

import contextlib
import functools
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
_WITHOUT_NOTES = "and a killed run leaves no note"
_SET_A_FOLDER = "set XDG_CACHE_HOME to a folder that can be written to"
_NO_SQLITE = (
    f"this Python has no sqlite3 module: requests are not counted, {_WITHOUT_NOTES}; "
    "use a Python that was built with SQLite"
)
_FORMAT = 2
"""Which form the tables have: a file with another one has another name."""

_TABLES = """
BEGIN;
PRAGMA user_version = 1;
CREATE TABLE IF NOT EXISTS requests (at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS requests_at ON requests (at);
CREATE TABLE IF NOT EXISTS pauses (until REAL NOT NULL);
COMMIT;
"""


class SharedDatabase:
    """One SQLite file, or memory where the file can't be used; safe for threads and processes.

    Args:
        path: The file; None where there is no folder for it.
        tables: The script that makes its tables where they are missing; it begins with a write.
        notify: Told why nothing is shared, once a process.

    Attributes:
        shared: False when this process is on its own.
        why_alone: Why it is, what follows and what to do; empty when it isn't.
    """

    def __init__(self, path: Path | None, tables: str, notify: Callable[[str], None] = _LOG.info) -> None:
        self._tables = tables
        self._notify = notify
        self._lock = threading.RLock()
        self.shared = True
        self.why_alone = ""
        self._connection: sqlite3.Connection
        if not _HAS_SQLITE:
            self._tell(_NO_SQLITE)
        elif path is None:
            self._connection = self._alone("there is no home folder for the shared file")
        else:
            self._path = path
            self._open()

    def run(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Returns what `work` makes of a transaction; where the file fails in it, memory takes its place.

        Args:
            work: What to do.
            durable: Whether it must outlive a power cut; the death of a process it outlives in any case.
        """
        if not _HAS_SQLITE:
            return work(_NOTHING)
        with self._lock:
            try:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
                with self.transaction() as database:
                    return work(database)
            except sqlite3.Error as error:
                if not self.shared:
                    raise
                self._connection = self._alone(_unusable(error))
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
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return _prepared(str(path), self._tables)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                return self._alone(_unusable(error))
            _LOG.info("%s is not a database any more: starting a new one", path.name)
            with contextlib.suppress(OSError):
                path.unlink()
        except OSError as error:
            return self._alone(_unusable(error))
        try:
            return _prepared(str(path), self._tables)
        except sqlite3.Error as error:
            return self._alone(_unusable(error))

    def _alone(self, why: str) -> sqlite3.Connection:
        self._tell(f"{why}: each process counts its requests alone, {_WITHOUT_NOTES}; {_SET_A_FOLDER}")
        return _prepared(":memory:", self._tables)

    def _tell(self, why: str) -> None:
        self.shared = False
        self.why_alone = why
        _tell_once(self._notify, why)


class SharedFile(SharedDatabase):
    """The file of one key at one server: its budget, and the journal of the links that are being made."""

    def __init__(
        self, api_key: str, base_url: str, folder: Path | None = None, notify: Callable[[str], None] = _LOG.info
    ) -> None:
        name = hashlib.sha256(f"{_FORMAT}\n{base_url}\n{api_key}".encode()).hexdigest()[:32]
        cache = folder or cache_folder()
        super().__init__(cache and cache / f"{name}.sqlite", _TABLES, notify)

    def _made(self) -> None:
        _remove_idle_files(self._path.parent)


def cache_folder() -> Path | None:
    """Returns this package's folder in the user's cache, or None where the user has no home."""
    try:
        folder = user_cache_path("pulumi-userplane", appauthor=False)
    except RuntimeError:
        return None
    # Older versions of platformdirs give `~/.cache` itself then, which would be a folder in the project's.
    return folder if folder.is_absolute() else None


class _Nothing:
    """What stands for a connection in a Python without SQLite: it takes everything and holds nothing."""

    def execute(self, *_: object) -> _Nothing:
        return self

    executemany = execute

    def fetchone(self) -> None:
        return None

    def fetchall(self) -> list[Any]:
        return []

    def __iter__(self) -> Iterator[Any]:
        return iter(())


_NOTHING: Any = _Nothing()


@functools.cache
def _tell_once(notify: Callable[[str], None], why: str) -> None:
    notify(why)


def _unusable(error: Exception) -> str:
    return f"the shared file can't be used ({type(error).__name__})"


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
    """Removes files that nobody has written to for a month, unless they hold a journal entry or are in use."""
    for path in folder.glob("*.sqlite"):
        with contextlib.suppress(OSError, sqlite3.Error):
            if path.stat().st_mtime < time.time() - _IDLE_SECONDS:
                _remove_unless_needed(path)


def _remove_unless_needed(path: Path) -> None:
    existing = f"{path.as_uri()}?mode=rw"
    with contextlib.closing(sqlite3.connect(existing, uri=True, timeout=0, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        others = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('requests', 'pauses')"
        ).fetchall()
        if not any(database.execute(f'SELECT 1 FROM "{name}"').fetchone() for (name,) in others):  # noqa: S608 - a table of this file
            path.unlink()
