"""Notes of links that are being made, kept on this machine, so that a killed run leaves neither orphan nor double.

A note is written before the POST, gets the link's id when it is known, and goes when a later operation shows that the
state holds the link. One that a dead process has left says: look for this link before making another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pulumi_userplane.api.shared_file import SharedFile


_NOTED: dict[SharedFile, set[str]] = {}
"""The links that had notes when this process first looked: most have none, and the file is asked only once."""

TAKEN_UP: set[str] = set()
"""The links that this process has taken up from the notes of dead ones, until the engine speaks of them again."""


@dataclass(frozen=True)
class Note:
    """A link that was being made.

    Attributes:
        reference: The whole `<mark>#<8 hex>` of its POST.
        workspace_id: Where it was to be made.
        domain_id: On which domain.
        link_id: Its id, or None if the answer to the POST never came.
        sent_at: When the POST was about to be sent, in seconds of this machine's clock.
    """

    reference: str
    workspace_id: str
    domain_id: str
    link_id: str | None
    sent_at: float


def write(file: SharedFile, note: Note) -> None:
    """Writes a note in the name of this process, in place of one with the same reference."""
    process = psutil.Process()
    mark = note.reference.rpartition("#")[0]
    with file.transaction() as database:
        database.execute(
            "INSERT OR REPLACE INTO creations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                note.reference,
                mark,
                note.workspace_id,
                note.domain_id,
                note.link_id,
                note.sent_at,
                process.pid,
                process.create_time(),
            ),
        )


def drop(file: SharedFile, reference: str) -> None:
    """Forgets a POST that made nothing, or whose link is deleted again."""
    with file.transaction() as database:
        database.execute("DELETE FROM creations WHERE reference = ?", (reference,))


def settle(file: SharedFile, link_id: str) -> None:
    """Forgets the creation of a link that the state turns out to hold."""
    if file not in _NOTED:
        with file.transaction() as database:
            rows = database.execute("SELECT link_id FROM creations WHERE link_id IS NOT NULL").fetchall()
        _NOTED[file] = {noted for (noted,) in rows}
    if link_id in _NOTED[file]:
        with file.transaction() as database:
            database.execute("DELETE FROM creations WHERE link_id = ?", (link_id,))


def left_by_dead(file: SharedFile, mark: str) -> list[Note]:
    """Returns the notes of that mark whose process has ended, newest first."""
    with file.transaction() as database:
        rows = database.execute(
            "SELECT reference, workspace_id, domain_id, link_id, sent_at, pid, started FROM creations "
            "WHERE mark = ? ORDER BY sent_at DESC",
            (mark,),
        ).fetchall()
    return [Note(*note) for *note, pid, started in rows if not _lives(pid, started)]


def of_stack(file: SharedFile, prefix: str) -> tuple[list[Note], list[Note]]:
    """Returns the notes whose marks begin so: of processes that have ended, and of those that are still at it."""
    with file.transaction() as database:
        rows = database.execute(
            "SELECT reference, workspace_id, domain_id, link_id, sent_at, pid, started FROM creations "
            "WHERE substr(mark, 1, length(?)) = ?",
            (prefix, prefix),
        ).fetchall()
    lives = [_lives(pid, started) for *_, pid, started in rows]
    read = [Note(*note) for *note, _, _ in rows]
    dead = [note for note, alive in zip(read, lives, strict=True) if not alive]
    return dead, [note for note, alive in zip(read, lives, strict=True) if alive]


def _lives(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
