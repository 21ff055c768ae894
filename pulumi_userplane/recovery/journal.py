"""Journals links while they are being created, so that an interrupted run leaves neither an orphan nor a duplicate.

The journal is a table in the file that all processes of this machine share. An entry is recorded before the POST, gets
the link's id when it is known, counts as answered when the creation is complete, and is removed when a later operation
shows that the state holds the link. The unanswered entry of a process that has ended means: look for this link before
creating another one. Whether the state holds the link of an answered one, only the state tells.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.processes import ProcessId, this_process, this_run_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.api.limit_store import LimitStore
    from pulumi_userplane.api.shared_file import SharedFile

T = TypeVar("T")

_LOG = logging.getLogger("pulumi_userplane")
VERSION = 2
TABLE = f"journal_v{VERSION}"
"""Each version of the journal has a table of its own, so no version misreads the entries of another one."""

_ENTRY_COLUMNS = (
    "reference, workspace_id, domain_id, link_id, sent_at, server_time, uptime, is_answered, has_checkpoints, "
    "is_reported"
)
_WRITER_COLUMNS = "process_pid, process_started, process_uptime, run_pid, run_started, run_uptime"
_COLUMNS = f"{_ENTRY_COLUMNS}, {_WRITER_COLUMNS}, mark"
_CREATE_TABLE = f"""CREATE TABLE IF NOT EXISTS {TABLE} (
    reference TEXT PRIMARY KEY, workspace_id TEXT NOT NULL, domain_id TEXT NOT NULL, link_id TEXT,
    sent_at REAL NOT NULL, server_time REAL, uptime REAL NOT NULL,
    is_answered INTEGER NOT NULL, has_checkpoints INTEGER NOT NULL, is_reported INTEGER NOT NULL,
    process_pid INTEGER NOT NULL, process_started REAL NOT NULL, process_uptime REAL NOT NULL,
    run_pid INTEGER NOT NULL, run_started REAL NOT NULL, run_uptime REAL NOT NULL, mark TEXT NOT NULL
)"""
_CREATE_INDEX = f"CREATE INDEX IF NOT EXISTS {TABLE}_mark ON {TABLE} (mark)"
_OLD_TABLE = "journal_v1"
"""The table before entries told whether they were answered. One with an id may have been: then the state decides."""
_OLD_COLUMNS = (
    "reference, workspace_id, domain_id, link_id, sent_at, server_time, uptime, link_id IS NOT NULL, 1, 0, "
    f"{_WRITER_COLUMNS}, mark"
)


class JournalEntry(NamedTuple):
    """A link that was being created.

    Attributes:
        reference: The whole `<mark>#<8 hex>` of its POST.
        workspace_id: The workspace of the new link.
        domain_id: The domain of the new link.
        link_id: Its id, or None if the POST's response never came.
        sent_at: When the POST was about to be sent, in seconds of this machine's clock as it was set then.
        server_time: The same by the server's clock, or None if the server had not told its time.
        sent_monotonic: The same in seconds of `time.monotonic`, which no setting of the clock changes.
        is_answered: Whether the creation was complete, so that the engine may have heard of it.
        has_checkpoints: Whether its run wrote the state after each step (without `PULUMI_SKIP_CHECKPOINTS`).
        is_reported: Whether its creation ended with an error: then the engine no longer has it as pending.
    """

    reference: str
    workspace_id: str
    domain_id: str
    link_id: str | None
    sent_at: float
    server_time: float | None
    sent_monotonic: float
    is_answered: bool = False
    has_checkpoints: bool = True
    is_reported: bool = False

    @property
    def mark(self) -> str:
        """The mark of the resource that the link is for."""
        return ownership.mark_in(self.reference) or ""


class Writer(NamedTuple):
    """Who recorded an entry.

    Attributes:
        process: The provider process.
        run: Its CLI, or the process itself if no CLI started it.
        host: The name of its machine; empty for this one.
    """

    process: ProcessId
    run: ProcessId
    host: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs; a CLI outlives its provider processes."""
        return self.process.is_alive()


def open_journal(
    file: SharedFile, store: LimitStore | None, notify: Callable[[str], None], clock: Clock = SYSTEM_CLOCK
) -> Journal:
    """Returns the journal of an account: of the machines that share the store, or of this one if there is none.

    Args:
        file: This machine's file.
        store: The store, or None.
        notify: Receives a message about a wait for another machine.
        clock: What tells the time here, and sleeps.
    """
    if store is None:
        return Journal(file)
    from pulumi_userplane.recovery.store_journal import StoreJournal  # noqa: PLC0415 - it needs this module

    return StoreJournal(store, file, notify, clock=clock)


class Journal:
    """The journal of one account on this machine.

    Args:
        file: The file that holds it.
    """

    def __init__(self, file: SharedFile) -> None:
        self._file = file

    def record(self, entry: JournalEntry) -> Writer | None:
        """Records an entry in the name of this process; it replaces one with the same reference.

        Returns:
            Who is creating a link for the same mark in another run that still runs; then nothing is recorded. An entry
            that this process has already recorded may always be recorded again: the link may exist by now.
        """

        def work(database: sqlite3.Connection) -> Writer | None:
            writers = [writer for _, writer in _select(database, "reference = ?", entry.reference)]
            is_own_entry = any(writer.process.is_same(this_process()) for writer in writers)
            if not is_own_entry and (other := _find_other_writer(database, entry.mark)):
                return other
            row = (*entry, *this_process(), *this_run_id(), entry.mark)
            values = ", ".join("?" * len(row))
            database.execute(f"INSERT OR REPLACE INTO {TABLE} ({_COLUMNS}) VALUES ({values})", row)  # noqa: S608 - constants of this module
            return None

        # Without its id the link is found by the reference: only the first entry of a creation must not be lost.
        return self._run_transaction(work, durable=entry.link_id is None)

    def find_other_writer(self, mark: str) -> Writer | None:
        """Returns who is creating a link for this mark in another run that still runs, or None."""
        return self._run_transaction(lambda database: _find_other_writer(database, mark))

    def discard(self, reference: str) -> None:
        """Removes the entry of a POST that created nothing, or whose link was deleted again."""
        self._delete("reference", reference)

    def remove_for_link(self, link_id: str, reference: str | None) -> None:
        """Removes the entry of a link that the state turns out to hold, by its id or by the reference of its POST."""
        self._delete("link_id", link_id)
        self._delete("reference", reference or "")

    def list_links(self) -> set[str]:
        """Returns the references of all journaled links, and their ids where they are known."""
        rows = self._run_transaction(lambda database: _select(database, "TRUE"))
        return {text for entry, _ in rows for text in (entry.reference, entry.link_id) if text}

    def find_interrupted(self, mark: str) -> list[JournalEntry]:
        """Returns the entries of a mark whose process has ended, newest first."""
        rows = self._run_transaction(lambda database: _select(database, "mark = ? ORDER BY sent_at DESC", mark))
        return [entry for entry, writer in rows if not writer.is_alive]

    def find_by_stack(self, project: str, stack: str) -> tuple[list[JournalEntry], list[JournalEntry]]:
        """Returns the entries of a stack's links: of processes that have ended, and of those that still run."""
        mark_prefix, in_stack = ownership.prefix(project, stack), "substr(mark, 1, length(?1)) = ?1"
        rows = self._run_transaction(lambda database: _select(database, in_stack, mark_prefix))
        alive = [entry for entry, writer in rows if writer.is_alive]
        return [entry for entry, _ in rows if entry not in alive], alive

    def _delete(self, column: str, value: str) -> None:
        statement = f"DELETE FROM {TABLE} WHERE {column} = ?"  # noqa: S608 - constants of this module
        self._run_transaction(lambda database: database.execute(statement, (value,)))

    def _run_transaction(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Returns what `work` makes of the journal in one transaction. The file may be new in each of them."""

        def work_on_current_tables(database: sqlite3.Connection) -> T:
            database.execute(_CREATE_TABLE)
            database.execute(_CREATE_INDEX)
            _move_old_entries(database)
            return work(database)

        return self._file.run_transaction(work_on_current_tables, durable=durable)


def _find_other_writer(database: sqlite3.Connection, mark: str) -> Writer | None:
    writers = [writer for _, writer in _select(database, "mark = ?", mark)]
    return next((writer for writer in writers if not writer.run.is_same(this_run_id()) and writer.is_alive), None)


def _select(database: sqlite3.Connection, condition: str, *values: str) -> list[tuple[JournalEntry, Writer]]:
    statement = f"SELECT {_COLUMNS} FROM {TABLE} WHERE {condition}"  # noqa: S608 - constants of this module
    return [
        (
            JournalEntry(*row[:10]),
            Writer(ProcessId(*row[10:13]), ProcessId(*row[13:16])),
        )
        for row in database.execute(statement, values)
    ]


def _move_old_entries(database: sqlite3.Connection) -> None:
    if database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (_OLD_TABLE,)).fetchone():
        database.execute(f"INSERT OR IGNORE INTO {TABLE} ({_COLUMNS}) SELECT {_OLD_COLUMNS} FROM {_OLD_TABLE}")  # noqa: S608 - constants of this module
        database.execute(f"DROP TABLE {_OLD_TABLE}")
        _LOG.info("the journal of an earlier version was moved to %s", TABLE)
