"""Shares facts among all provider processes of one Pulumi CLI, through a small file that belongs to that CLI.

Each `Provider` resource is a process of its own. Where the file can't be used, each process knows only its own facts.
"""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pulumi_userplane.api.shared_file import SharedDatabase
    from pulumi_userplane.recovery.processes import ProcessId

T = TypeVar("T")

_TABLES = """
BEGIN;
PRAGMA user_version = 1;
CREATE TABLE IF NOT EXISTS run (pid INTEGER NOT NULL, started REAL NOT NULL, uptime REAL NOT NULL);
CREATE TABLE IF NOT EXISTS facts (id INTEGER PRIMARY KEY, engine TEXT NOT NULL, kind TEXT NOT NULL,
    subject TEXT NOT NULL, detail TEXT NOT NULL, other TEXT NOT NULL);
COMMIT;
"""
_KINDS_FROM_EARLIER_ENGINES = {"planned": "planned", "claimed": "done"}
"""What an earlier engine of the same CLI leaves to a later one, and as what: an update must not delete what its preview
has seen named for adoption, before the update gets there itself."""


class Fact(NamedTuple):
    """Something that the whole run has to know; facts are added, never changed."""

    kind: str
    subject: str
    detail: str = ""
    other: str = ""


class SharedFacts:
    """The facts of one run, usable from several threads and processes at once.

    Args:
        file: The file that the processes of one CLI share; None for a run of one process.
        engine: The address of the engine: a CLI may lead several runs, such as a preview and then its update.
        has_siblings: Returns whether the run has other provider processes.
    """

    def __init__(
        self,
        file: SharedDatabase | None = None,
        engine: str = "",
        has_siblings: Callable[[], bool] = lambda: False,
    ) -> None:
        self._file = file
        self._has_siblings = has_siblings
        self._engine = engine
        self._lock = threading.Lock()
        self._read_up_to = 0
        self._facts: defaultdict[tuple[str, str], dict[Fact, None]] = defaultdict(dict)

    @property
    def is_shared(self) -> bool:
        """Whether this process shares the file of the run."""
        return self._file is not None and self._file.is_shared

    def are_complete(self) -> bool:
        """Returns whether all facts of the run can be known: its processes share the file, or this is the only one."""
        return self.is_shared or not self._has_siblings()

    def find(self, kind: str, subject: str) -> list[Fact]:
        """Returns the known facts of that kind, oldest first; up to date only inside `exchange`."""
        return list(self._facts.get((kind, subject), ()))

    def ask(self, question: Callable[[], T]) -> T:
        """Returns what `question` makes of all facts of the run."""
        return self.exchange(lambda: (question(), ()))

    def add(self, *facts: Fact) -> None:
        """Adds facts for all processes of the run."""
        self.exchange(lambda: (None, facts))

    def add_if_new(self, fact: Fact) -> bool:
        """Adds a fact; returns whether no process of the run knew it."""

        def decide() -> tuple[bool, Sequence[Fact]]:
            is_known = fact in self.find(fact.kind, fact.subject)
            return not is_known, () if is_known else (fact,)

        return self.exchange(decide)

    def exchange(self, decide: Callable[[], tuple[T, Sequence[Fact]]]) -> T:
        """Returns what `decide` makes of all facts of the run, and adds the facts that it returns.

        No other process decides in between. `decide` may be called again when the file fails.
        """
        with self._lock:
            if self._file is not None:
                result, new = self._file.run_transaction(lambda database: self._decide_in_file(database, decide))
                if self._file.is_shared:
                    return result
                # From here on this process is on its own.
                self._file = None
            else:
                result, new = decide()
            for fact in new:
                self._learn(fact)
            return result

    def _learn(self, fact: Fact) -> None:
        # A fact that is added again becomes the newest.
        known = self._facts[fact.kind, fact.subject]
        known.pop(fact, None)
        known[fact] = None

    def _decide_in_file(
        self, database: sqlite3.Connection, decide: Callable[[], tuple[T, Sequence[Fact]]]
    ) -> tuple[T, Sequence[Fact]]:
        (newest,) = database.execute("SELECT max(id) FROM facts").fetchone() or (None,)
        if (newest or 0) < self._read_up_to:
            # Somebody has removed the file, and this is another one.
            self._read_up_to = 0
        rows = database.execute("SELECT * FROM facts WHERE id > ? ORDER BY id", (self._read_up_to,))
        for number, engine, kind, *rest in rows:
            self._read_up_to = number
            learned_as = kind if engine == self._engine else _KINDS_FROM_EARLIER_ENGINES.get(kind)
            if learned_as is not None:
                self._learn(Fact(learned_as, *rest))
        result, new = decide()
        values = [(self._engine, *fact) for fact in new]
        database.executemany("INSERT INTO facts VALUES (NULL, ?, ?, ?, ?, ?)", values)
        return result, new


def open_file(folder: Path, cli: ProcessId) -> SharedDatabase:
    """Returns the file of a CLI's runs, and removes those of CLIs that have ended.

    Args:
        folder: The folder of all such files.
        cli: The CLI.
    """
    from pulumi_userplane.api.shared_file import SharedDatabase  # noqa: PLC0415 - a program needs none of them
    from pulumi_userplane.recovery.processes import ProcessId  # noqa: PLC0415 - as above

    _remove_files_of_ended_runs(folder)
    file = SharedDatabase(folder / f"{cli.pid}.sqlite", _TABLES)

    def begin(database: sqlite3.Connection) -> None:
        rows = database.execute("SELECT * FROM run").fetchall()
        if not any(cli.is_same(ProcessId(*row)) for row in rows):
            # An earlier CLI had the same number, or there is none yet.
            database.execute("DELETE FROM facts")
            database.execute("DELETE FROM run")
            database.execute("INSERT INTO run VALUES (?, ?, ?)", cli)

    file.run_transaction(begin)
    return file


def _remove_files_of_ended_runs(folder: Path) -> None:
    import psutil  # noqa: PLC0415 - as above

    for path in folder.glob("*.sqlite*"):
        pid = path.name.partition(".")[0]
        if not (pid.isdecimal() and psutil.pid_exists(int(pid))):
            with contextlib.suppress(OSError):
                path.unlink()
