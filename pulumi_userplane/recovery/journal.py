"""Notes of links that are being made, kept on this machine, so that a killed run leaves neither orphan nor double.

A note is written before the POST, gets the link's id when it is known, and goes when a later operation shows that the
state holds the link. One that a dead process has left says: look for this link before making another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.processes import ProcessId, this_process, this_run

if TYPE_CHECKING:
    import sqlite3

    from pulumi_userplane.api.shared_file import SharedFile


_COLUMNS = (
    "reference, workspace_id, domain_id, link_id, sent_at, server_time, uptime_at_sending, "
    "pid, started, uptime, run_pid, run_started, run_uptime"
)


class JournalEntry(NamedTuple):
    """A link that was being made.

    Attributes:
        reference: The whole `<mark>#<8 hex>` of its POST.
        workspace_id: Where it was to be made.
        domain_id: On which domain.
        link_id: Its id, or None if the answer to the POST never came.
        sent_at: When the POST was about to be sent, in seconds of this machine's clock as it was set then.
        server_time: The same by the server's clock, or None if the server had not told its time.
        uptime: The same in seconds of `time.monotonic`, which no setting of the clock changes.
    """

    reference: str
    workspace_id: str
    domain_id: str
    link_id: str | None
    sent_at: float
    server_time: float | None
    uptime: float

    @property
    def mark(self) -> str:
        """The mark of the resource that the link is for."""
        return ownership.mark_in(self.reference) or ""


class Writer(NamedTuple):
    """Who has written a note.

    Attributes:
        process: The provider process.
        run: Its CLI, or the process itself where no CLI started it.
    """

    process: ProcessId
    run: ProcessId


def record(file: SharedFile, note: JournalEntry) -> Writer | None:
    """Writes a note in the name of this process, replacing one with the same reference.

    Returns:
        Who makes a link for the same mark in another run that still goes on; then nothing is written. What this
        process has noted already it may always note anew: the link may be there by now.
    """

    def work(database: sqlite3.Connection) -> Writer | None:
        rows = _rows(database, "reference = ?", note.reference)
        is_ours = any(writer.process.is_same(this_process()) for _, writer in rows)
        if not is_ours and (other := _find_other_writer(database, note.mark)):
            return other
        row = (*note, *this_process(), *this_run(), note.mark)
        marks = ", ".join("?" * len(row))
        database.execute(f"INSERT OR REPLACE INTO creations ({_COLUMNS}, mark) VALUES ({marks})", row)  # noqa: S608 - as below
        return None

    # Without its id the link is found by the reference: only the first note of a creation must not be lost.
    return file.run(work, durable=note.link_id is None)


def find_other_writer(file: SharedFile, mark: str) -> Writer | None:
    """Returns who has noted a link for this mark in another run that still goes on, or None."""
    return file.run(lambda database: _find_other_writer(database, mark))


def discard(file: SharedFile, reference: str) -> None:
    """Forgets a POST that made nothing, or whose link is deleted again."""
    _execute(file, "DELETE FROM creations WHERE reference = ?", (reference,))


def confirm(file: SharedFile, link_id: str) -> None:
    """Forgets the creation of a link that the state turns out to hold."""
    _execute(file, "DELETE FROM creations WHERE link_id = ?", (link_id,))


def link_ids(file: SharedFile) -> set[str]:
    """Returns the ids of all journaled links whose ids are known."""
    rows = file.run(lambda database: _rows(database, "link_id IS NOT NULL"))
    return {str(entry.link_id) for entry, _ in rows}


def abandoned(file: SharedFile, mark: str) -> list[JournalEntry]:
    """Returns the notes of that mark whose process has ended, newest first."""
    rows = file.run(lambda database: _rows(database, "mark = ? ORDER BY sent_at DESC", mark))
    return [note for note, writer in rows if not writer.process.is_alive()]


def for_stack(file: SharedFile, project: str, stack: str) -> tuple[list[JournalEntry], list[JournalEntry]]:
    """Returns the entries of a stack's links: of processes that have ended, and of those that are still at it."""
    marks = ownership.prefix(project, stack)
    rows = file.run(lambda database: _rows(database, "substr(mark, 1, length(?1)) = ?1", marks))
    lives = [writer.process.is_alive() for _, writer in rows]
    dead = [note for (note, _), alive in zip(rows, lives, strict=True) if not alive]
    return dead, [note for (note, _), alive in zip(rows, lives, strict=True) if alive]


def _find_other_writer(database: sqlite3.Connection, mark: str) -> Writer | None:
    rows = _rows(database, "mark = ?", mark)
    others = (writer for _, writer in rows if not writer.run.is_same(this_run()))
    return next((writer for writer in others if writer.process.is_alive()), None)


def _execute(file: SharedFile, statement: str, values: tuple[Any, ...]) -> None:
    file.run(lambda database: database.execute(statement, values))


def _rows(database: sqlite3.Connection, condition: str, *values: str) -> list[tuple[JournalEntry, Writer]]:
    statement = f"SELECT {_COLUMNS} FROM creations WHERE {condition}"  # noqa: S608 - both are constants of this module
    return [
        (JournalEntry(*row[:7]), Writer(ProcessId(*row[7:10]), ProcessId(*row[10:])))
        for row in database.execute(statement, values)
    ]
