"""The rows of the journal, for tests that look at them or make them those of an interrupted run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.recovery import journal
from pulumi_userplane.recovery.journal import Journal

if TYPE_CHECKING:
    from pulumi_userplane.api.shared_file import SharedFile


def read_rows(file: SharedFile) -> list[tuple[str, str | None]]:
    """Returns the reference and the link id of each entry."""
    Journal(file).list_links()  # It makes the table.
    with file.transaction() as database:
        return database.execute(f"SELECT reference, link_id FROM {journal.TABLE}").fetchall()


def interrupt_run(file: SharedFile) -> None:
    """Makes all entries those of a process that has ended."""
    with file.transaction() as database:
        database.execute(f"UPDATE {journal.TABLE} SET process_pid = 1, process_started = 0, process_uptime = -1")
