"""What one run of the CLI knows of its links, shared by all its provider processes.

Each `Provider` resource is a process of its own, with four threads. What the engine tells a process of its own links
stays in its memory; what no process of the run may miss goes through a small file that belongs to the run.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pulumi_userplane.api.shared_file import SharedDatabase, cache_folder
from pulumi_userplane.api.vocabulary import names_link
from pulumi_userplane.processes import ProcessId, find_cli, this_run

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

T = TypeVar("T")

_OVER_SECONDS = 24 * 3600.0
_TABLES = """
BEGIN;
PRAGMA user_version = 1;
CREATE TABLE IF NOT EXISTS run (pid INTEGER NOT NULL, started REAL NOT NULL, uptime REAL NOT NULL);
CREATE TABLE IF NOT EXISTS facts (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL,
    detail TEXT NOT NULL, other TEXT NOT NULL);
COMMIT;
"""
_THE_RUN = ""
"""The subject of what is true of no single link or mark."""


class Entry(NamedTuple):
    """A link, as the state holds it under one name."""

    link_id: str
    urn: str

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[-1]


class _Fact(NamedTuple):
    """Something that the whole run has to know; facts are added, never changed."""

    kind: str
    subject: str
    detail: str = ""
    other: str = ""


def _replaced(mark: str) -> Sequence[_Fact]:
    """Resources without a mark can't be told apart: of those nothing is known."""
    return (_Fact("replaced", mark),) if mark else ()


class RunState:
    """What this run knows of its links.

    Args:
        file: What the processes of the run share; None for a run of one process.
    """

    def __init__(self, file: SharedDatabase | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._has_tried_to_read = False
        self._read_up_to = 0
        self._facts: defaultdict[tuple[str, str], dict[_Fact, None]] = defaultdict(dict)
        self._ids_for_mark: defaultdict[str, set[str]] = defaultdict(set)
        self._existing: set[str] = set()

    def record_existing(self, mark: str) -> None:
        """Records that the state holds a link for the resource of this mark, whichever link."""
        with self._lock:
            self._existing.add(mark)

    def is_existing(self, mark: str) -> bool:
        """Returns whether the state holds a link for the resource of this mark."""
        with self._lock:
            return mark in self._existing

    def record(self, link_id: str, mark: str) -> None:
        """Records that the state holds this link; `mark` may be empty."""
        with self._lock:
            self._ids_for_mark[mark].add(link_id)

    def forget(self, link_id: str) -> None:
        """Records that the state holds this link no longer."""
        with self._lock:
            for ids in self._ids_for_mark.values():
                ids.discard(link_id)

    def holds(self, link_id: str) -> bool:
        """Returns whether the state is known to hold this link."""
        with self._lock:
            return any(link_id in ids for ids in self._ids_for_mark.values())

    def ids_for_mark(self, mark: str) -> Collection[str] | None:
        """Returns the links that the state holds for a mark; None when it holds one whose id is not known."""
        with self._lock:
            ids = frozenset(self._ids_for_mark[mark])
            return None if mark in self._existing and not ids else ids

    def record_declaration(self, link_id: str, recorded_mark: str, mark: str, *, replaces: bool) -> bool:
        """Records that the program declares this link, or a new one instead of it.

        Args:
            link_id: Which one.
            recorded_mark: The mark in the state, an earlier one where the resource was renamed.
            mark: The mark that is declared.
            replaces: Whether a new link is to be made instead of it.

        Returns:
            Whether no other resource of this run has claimed it.
        """
        declared = _replaced(mark) if replaces else (_Fact("declared", link_id, recorded_mark, mark),)
        return self._exchange(lambda: (self._claim_reason(link_id) is None, declared))

    def record_replacement(self, mark: str) -> None:
        """Records that this run makes a new link for a mark."""
        self._tell(*_replaced(mark))

    def is_managed_by_other(self, link_id: str, recorded_mark: str) -> bool:
        """Returns whether another resource of the program, told by its mark, declares this link and keeps it."""
        return self._ask(
            lambda: any(fact.other and recorded_mark not in fact[2:] for fact in self._kept(link_id)),
        )

    def request_adoption(self, wanted: str, mark: str) -> None:
        """Records that the resource of this mark names this id or address to be adopted."""
        self._tell(_Fact("requested", _THE_RUN, wanted, mark))

    def adoption_requests(self, link_id: str, link_url: str | None) -> set[str]:
        """Returns the marks of the resources that name this link to be adopted."""

        def names(fact: _Fact) -> bool:
            return names_link(fact.detail, link_id, link_url)

        return self._ask(lambda: {fact.other for fact in self._find("requested", _THE_RUN) if names(fact)})

    def claim(self, link_id: str, reason: str) -> bool:
        """Claims a link for a resource of this run, unless another resource of the program has it.

        Args:
            link_id: Which one.
            reason: What a message says of it, should the run be asked to delete it.
        """

        def decide() -> tuple[bool, Sequence[_Fact]]:
            if self._claim_reason(link_id) is not None or self._kept(link_id):
                return False, ()
            return True, (_Fact("claimed", link_id, reason),)

        return self._exchange(decide)

    def release_claim(self, link_id: str) -> None:
        """Takes back a claim that came to nothing."""
        self._tell(_Fact("claimed", link_id))

    def claim_reason(self, link_id: str) -> str | None:
        """Returns why a resource of this run has claimed the link, or None if none has."""
        return self._ask(lambda: self._claim_reason(link_id))

    def read_state(self, read: Callable[[], Sequence[Entry] | None]) -> None:
        """Records what the state holds before the run's first deletion; returns when a process of the run has done so.

        Args:
            read: Reads the state, or returns None where that can't be done; called once at most in each process.
        """
        with self._reading:
            if self._has_tried_to_read or self._ask(lambda: self._find("state", _THE_RUN)):
                return
            self._has_tried_to_read = True
            entries = read()
            if entries is not None:
                self._record_state(entries)

    def release(self, link_id: str) -> list[str]:
        """Releases one of the names under which the state holds a link.

        Returns:
            All names of the link when another one than this still holds it; nothing when this is the last.
        """

        def decide() -> tuple[list[str], Sequence[_Fact]]:
            names = sorted(Entry(*fact[1:3]).name for fact in self._find("entry", link_id))
            released = len(self._find("released", link_id))
            if len(names) - released <= 1:
                return [], ()
            return names, (_Fact("released", link_id, str(released)),)

        return self._exchange(decide)

    def _record_state(self, entries: Sequence[Entry]) -> None:
        def decide() -> tuple[None, Sequence[_Fact]]:
            if self._find("state", _THE_RUN):
                # Another process was faster; what it counts by must not change.
                return None, ()
            return None, (_Fact("state", _THE_RUN), *(_Fact("entry", *entry) for entry in entries))

        self._exchange(decide)

    def _kept(self, link_id: str) -> list[_Fact]:
        return [fact for fact in self._find("declared", link_id) if not self._find("replaced", fact.other)]

    def _claim_reason(self, link_id: str) -> str | None:
        claims = self._find("claimed", link_id)
        return claims[-1].detail or None if claims else None

    def _find(self, kind: str, subject: str) -> list[_Fact]:
        return list(self._facts.get((kind, subject), ()))

    def _learn(self, fact: _Fact) -> None:
        # Said again, it is the newest.
        known = self._facts[fact.kind, fact.subject]
        known.pop(fact, None)
        known[fact] = None

    def _ask(self, question: Callable[[], T]) -> T:
        return self._exchange(lambda: (question(), ()))

    def _tell(self, *facts: _Fact) -> None:
        self._exchange(lambda: (None, facts))

    def _exchange(self, decide: Callable[[], tuple[T, Sequence[_Fact]]]) -> T:
        """Returns what `decide` makes of all that the run knows, and tells all processes of the facts it adds.

        No other process decides in between. `decide` may be called again, when the file fails.
        """
        with self._lock:
            if self._file is not None:
                answer, new = self._file.run(lambda database: self._decide_in_file(database, decide))
                if self._file.shared:
                    return answer
                # From here on this process is on its own.
                self._file = None
            else:
                answer, new = decide()
            for fact in new:
                self._learn(fact)
            return answer

    def _decide_in_file(
        self, database: sqlite3.Connection, decide: Callable[[], tuple[T, Sequence[_Fact]]]
    ) -> tuple[T, Sequence[_Fact]]:
        rows = database.execute("SELECT * FROM facts WHERE id > ? ORDER BY id", (self._read_up_to,))
        for number, *fact in rows:
            self._learn(_Fact(*fact))
            self._read_up_to = number
        answer, new = decide()
        database.executemany("INSERT INTO facts (kind, subject, detail, other) VALUES (?, ?, ?, ?)", new)
        return answer, new


@functools.cache
def this_run_state() -> RunState:
    """Returns what the run that this process belongs to knows."""
    folder = cache_folder()
    if find_cli() is None or folder is None:
        return RunState()
    # One CLI may lead several runs, such as a preview and then its update: each has an engine with a port of its own.
    engine = sys.argv[1] if len(sys.argv) > 1 else ""
    return RunState(open_file(folder / "runs", this_run(), engine))


def open_file(folder: Path, run: ProcessId, engine: str) -> SharedDatabase:
    """Returns the file of a run; removes those of runs that have been over for a day.

    Args:
        folder: Where the files of all runs are.
        run: Which run.
        engine: The address of the engine that the run's providers serve.
    """
    _remove_files_of_ended_runs(folder)
    file = SharedDatabase(folder / f"{run.pid}-{engine.rpartition(':')[2]}.sqlite", _TABLES)

    def begin(database: sqlite3.Connection) -> None:
        rows = database.execute("SELECT * FROM run").fetchall()
        if not any(run.is_same(ProcessId(*row)) for row in rows):
            # An earlier run had the same numbers, or there is none yet.
            database.execute("DELETE FROM facts")
            database.execute("DELETE FROM run")
            database.execute("INSERT INTO run VALUES (?, ?, ?)", run)

    file.run(begin)
    return file


def _remove_files_of_ended_runs(folder: Path) -> None:
    for path in folder.glob("*.sqlite"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - _OVER_SECONDS:
                path.unlink()
