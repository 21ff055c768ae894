"""What one run of the CLI knows of its links, shared by all its provider processes.

Each `Provider` resource is a process of its own, with four threads. What the engine tells a process of its own links
stays in its memory; what no process of the run may miss goes through a small file that belongs to the CLI.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pulumi_userplane.api.identifiers import identifies
from pulumi_userplane.recovery.ownership import is_same_resource, resource_name

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from pulumi_userplane.api.shared_file import SharedDatabase
    from pulumi_userplane.recovery.processes import ProcessId
    from pulumi_userplane.recovery.state_reader import Entry

T = TypeVar("T")

_TABLES = """
BEGIN;
PRAGMA user_version = 1;
CREATE TABLE IF NOT EXISTS run (pid INTEGER NOT NULL, started REAL NOT NULL, uptime REAL NOT NULL);
CREATE TABLE IF NOT EXISTS facts (id INTEGER PRIMARY KEY, engine TEXT NOT NULL, kind TEXT NOT NULL,
    subject TEXT NOT NULL, detail TEXT NOT NULL, other TEXT NOT NULL);
COMMIT;
"""
_MEND = "mend that and run again: nothing was deleted"
_REMOVE = "remove adopt= if it is to be replaced by a new link, with a new address"
_DELETES = "this run deletes it for another resource"
_THE_RUN = ""
"""The subject of what is true of no single link or mark."""


class Kept(NamedTuple):
    """Why a link stays that a resource loses.

    Attributes:
        reason: Who has it, in the words of a message.
        next_step: What to do where it must not leave the state either; empty where it may.
    """

    reason: str
    next_step: str = ""


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
        file: What the processes of one CLI share; None for a run of one process.
        engine: The address of the engine: a CLI may lead several runs, such as a preview and then its update.
    """

    def __init__(self, file: SharedDatabase | None = None, engine: str = "") -> None:
        self._file = file
        self._engine = engine
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
            Whether no other resource of this run has taken it over.
        """
        declared = _replaced(mark) if replaces else (_Fact("declared", link_id, recorded_mark, mark),)

        def decide() -> tuple[bool, Sequence[_Fact]]:
            claimed = self._claimed(link_id)
            return claimed is None or claimed.detail == _DELETES, declared

        return self._exchange(decide)

    def record_replacement(self, mark: str) -> None:
        """Records that this run makes a new link for a mark."""
        self._tell(*_replaced(mark))

    def request_adoption(self, wanted: str, mark: str, *, is_new: bool) -> None:
        """Records that the resource of this mark names this id or address to be adopted.

        Args:
            wanted: What it names.
            mark: Its mark.
            is_new: Whether the state holds no link for it yet.
        """
        self._tell(
            _Fact("requested", _THE_RUN, wanted, mark), *([_Fact("planned", _THE_RUN, wanted)] if is_new else [])
        )

    def record_failed_adoption(self, wanted: str, mark: str) -> None:
        """Records that the resource of this mark could not adopt what it names."""
        self._tell(_Fact("failed", _THE_RUN, wanted, mark))

    def claim(self, link_id: str, reason: str, mark: str = "") -> str | None:
        """Claims a link for a resource of this run, unless another one has it.

        Args:
            link_id: Which one.
            reason: What a message says of it, should the run be asked to delete the link.
            mark: The mark of the resource.

        Returns:
            Who has it, in the words of an error; None where it is claimed now.
        """

        def decide() -> tuple[str | None, Sequence[_Fact]]:
            claimed = self._claimed(link_id)
            if claimed and claimed.detail == _DELETES:
                return "this run deletes it", ()
            if claimed or self._kept(link_id):
                return "another resource of this program holds it", ()
            return None, (_Fact("claimed", link_id, reason, mark),)

        return self._exchange(decide)

    def claim_deletion(self, link_id: str, link_url: str | None, mark: str) -> Kept | None:
        """Claims a link for its deletion, unless another resource has it; no other process can claim it in between.

        Args:
            link_id: Which one.
            link_url: Its address.
            mark: The mark of the resource that loses it, as the state has it.

        Returns:
            Why it stays; None where it may be deleted.
        """

        def decide() -> tuple[Kept | None, Sequence[_Fact]]:
            names = [resource_name(fact.detail) for fact in self._find("entry", link_id)]
            held_as = f"the state holds it as {' and as '.join(sorted(set(names)))}"
            if claimed := self._claimed(link_id):
                by = f" ({held_as})" if len(set(names)) > 1 else f" for {claimed.other}" if claimed.other else ""
                return Kept(claimed.detail + by), ()
            released = len(self._find("released", link_id))
            if len(names) - released > 1:
                kept = Kept(f"{held_as}, and only the last to leave deletes it")
                return kept, (_Fact("released", link_id, str(released)),)
            if other := self._other_holder(link_id, link_url, mark):
                return other, ()
            return None, (_Fact("claimed", link_id, _DELETES),)

        return self._exchange(decide)

    def release_claim(self, link_id: str) -> None:
        """Takes back a claim that came to nothing."""
        self._tell(_Fact("claimed", link_id))

    def read_state(self, link_id: str, read: Callable[[], Sequence[Entry] | None]) -> None:
        """Records what the state holds before the run's first deletion; returns when a process of the run has done so.

        Args:
            link_id: What is to be deleted; a state without it is another stack's.
            read: Reads the state, or returns None where that can't be done; called once at most in each process.
        """
        with self._reading:
            if self._has_tried_to_read or self._ask(lambda: self._find("state", _THE_RUN)):
                return
            self._has_tried_to_read = True
            entries = read() or ()
            if any(entry.link_id == link_id for entry in entries):
                self._record_state(entries)

    def _record_state(self, entries: Sequence[Entry]) -> None:
        def decide() -> tuple[None, Sequence[_Fact]]:
            if self._find("state", _THE_RUN):
                # Another process was faster; what it counts by must not change.
                return None, ()
            return None, (
                _Fact("state", _THE_RUN),
                # Two entries may be equal: a replacement that failed in between leaves such.
                *(_Fact("entry", *entry, str(number)) for number, entry in enumerate(entries)),
            )

        self._exchange(decide)

    def _kept(self, link_id: str) -> list[_Fact]:
        return [fact for fact in self._find("declared", link_id) if not self._find("replaced", fact.other)]

    def _claimed(self, link_id: str) -> _Fact | None:
        claims = self._find("claimed", link_id)
        return claims[-1] if claims and claims[-1].detail else None

    def _other_holder(self, link_id: str, link_url: str | None, mark: str) -> Kept | None:
        """As far as the run has seen it; the state may not be there to be read."""
        for fact in self._kept(link_id):
            if fact.other and mark not in fact[2:]:
                return Kept(f"another resource of the program manages it as well ({fact.other})")

        def naming_it(kind: str) -> list[str]:
            named = self._find(kind, _THE_RUN)
            return [fact.other for fact in named if identifies(fact.detail, link_id, link_url)]

        for by in naming_it("failed"):
            return Kept(f"{by or 'another resource'} was to adopt it, and that failed", _MEND)
        if any(is_same_resource(mark, by) for by in naming_it("requested")):
            return Kept("the program still names it to be adopted", _REMOVE)
        planned = [] if self._find("done", link_id) else naming_it("planned")
        for by in naming_it("requested") + planned:
            return Kept("another resource of the program adopts it" + (f" ({by})" if by else ""))
        return None

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
        (newest,) = database.execute("SELECT max(id) FROM facts").fetchone() or (None,)
        if (newest or 0) < self._read_up_to:
            # Somebody has removed the file, and this is another one.
            self._read_up_to = 0
        rows = database.execute("SELECT * FROM facts WHERE id > ? ORDER BY id", (self._read_up_to,))
        for number, engine, kind, *rest in rows:
            self._read_up_to = number
            if engine == self._engine:
                self._learn(_Fact(kind, *rest))
            elif kind == "planned":
                # An update must not delete what its preview has seen named, before it gets there itself.
                self._learn(_Fact(kind, *rest))
            elif kind == "claimed":
                self._learn(_Fact("done", *rest))
        answer, new = decide()
        values = [(self._engine, *fact) for fact in new]
        database.executemany("INSERT INTO facts VALUES (NULL, ?, ?, ?, ?, ?)", values)
        return answer, new


@functools.cache
def this_run_state() -> RunState:
    """Returns what the run that this process belongs to knows."""
    from pulumi_userplane.api.shared_file import cache_folder  # noqa: PLC0415 - a program needs none of them
    from pulumi_userplane.recovery.processes import find_cli, this_run  # noqa: PLC0415 - as above

    folder = cache_folder()
    if find_cli() is None or folder is None:
        return RunState()
    return RunState(open_file(folder / "runs", this_run()), sys.argv[1] if len(sys.argv) > 1 else "")


def open_file(folder: Path, cli: ProcessId) -> SharedDatabase:
    """Returns the file of a CLI's runs; removes those of CLIs that have ended.

    Args:
        folder: Where all of them are.
        cli: Which CLI.
    """
    from pulumi_userplane.api.shared_file import SharedDatabase  # noqa: PLC0415 - as above
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

    file.run(begin)
    return file


def _remove_files_of_ended_runs(folder: Path) -> None:
    import psutil  # noqa: PLC0415 - as above

    for path in folder.glob("*.sqlite*"):
        pid = path.name.partition(".")[0]
        if not (pid.isdecimal() and psutil.pid_exists(int(pid))):
            with contextlib.suppress(OSError):
                path.unlink()
