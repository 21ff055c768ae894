"""Notes of links that are being made, kept on this machine, so that a killed run leaves neither orphan nor double.

A note is written before the POST, gets the link's id when it is known, and goes when a later operation shows that the
state holds the link. One that a dead process has left says: look for this link before making another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from pulumi_userplane.api.shared_file import SharedFile


_COLUMNS = "reference, workspace_id, domain_id, link_id, sent_at, pid, started"

_NOTED: dict[SharedFile, set[str]] = {}
"""Links and marks that had notes when this process first looked: most have none, and the file is asked only once."""


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
    row = (
        note.reference,
        mark,
        note.workspace_id,
        note.domain_id,
        note.link_id,
        note.sent_at,
        process.pid,
        process.create_time(),
    )
    statement = "INSERT OR REPLACE INTO creations VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    # Without its id the link is found by the reference: only the first note of a creation must not be lost.
    file.run(lambda database: database.execute(statement, row), durable=note.link_id is None)


def drop(file: SharedFile, reference: str) -> None:
    """Forgets a POST that made nothing, or whose link is deleted again."""
    _changed(file, "DELETE FROM creations WHERE reference = ?", (reference,))


def settle(file: SharedFile, link_id: str) -> None:
    """Forgets the creation of a link that the state turns out to hold."""
    if link_id in _noted(file):
        _changed(file, "DELETE FROM creations WHERE link_id = ?", (link_id,))


def left_by_dead(file: SharedFile, mark: str) -> list[Note]:
    """Returns the notes of that mark whose process had ended when this one first looked, newest first."""
    if mark not in _noted(file):
        return []
    rows = _rows(file, _COLUMNS, "mark = ? ORDER BY sent_at DESC", (mark,))
    return [Note(*note) for *note, pid, started in rows if not _lives(pid, started)]


def of_stack(file: SharedFile, prefix: str) -> tuple[list[Note], list[Note]]:
    """Returns the notes whose marks begin so: of processes that have ended, and of those that are still at it."""
    rows = _rows(file, _COLUMNS, "substr(mark, 1, length(?)) = ?", (prefix, prefix))
    lives = [_lives(pid, started) for *_, pid, started in rows]
    read = [Note(*note) for *note, _, _ in rows]
    dead = [note for note, alive in zip(read, lives, strict=True) if not alive]
    return dead, [note for note, alive in zip(read, lives, strict=True) if alive]


def _noted(file: SharedFile) -> set[str]:
    if file not in _NOTED:
        _NOTED[file] = {noted for row in _rows(file, "link_id, mark", "1", ()) for noted in row}
    return _NOTED[file]


def _changed(file: SharedFile, statement: str, values: tuple[Any, ...]) -> None:
    file.run(lambda database: database.execute(statement, values))


def _rows(file: SharedFile, columns: str, condition: str, values: tuple[Any, ...]) -> list[Any]:
    statement = f"SELECT {columns} FROM creations WHERE {condition}"  # noqa: S608 - both are constants of this module
    return file.run(lambda database: database.execute(statement, values).fetchall())


def _lives(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
