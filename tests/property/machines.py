"""Simulates the machines that runs take place on: each has a shared file, a journal and clocks of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.shared_file import SharedFile
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.recovery.journal import Journal, JournalEntry
from pulumi_userplane.refresh.list_reader import ListReader
from pulumi_userplane.refresh.page_planner import PagePlanner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.api import Client
    from pulumi_userplane.lifecycle.run_state import Notify
    from pulumi_userplane.recovery.state_reader import Deployment
    from pulumi_userplane.settings import Settings
    from tests.property.world import SimulatedWorld


@dataclass
class Machine:
    """A machine.

    Attributes:
        file: What its processes share; no other machine sees it.
        uptime: By how many seconds its monotonic clock is ahead of the first machine's.
        skew: By how many seconds its clock is ahead of the server's.
    """

    file: SharedFile
    uptime: float
    skew: float = 0.0

    @classmethod
    def make(cls, number: int, account: tuple[str, str], folder: Path) -> Machine:
        """Returns a new machine with an empty file for an account."""
        return cls(SharedFile(*account, folder / f"machine-{number}"), 10_000.0 * number)

    def reset(self) -> None:
        """Empties its file, and sets its clock right."""
        self.skew = 0.0
        with self.file.transaction() as database:
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                database.execute(f"DELETE FROM {table}")

    def journal_entries(self, stacks: tuple[str, ...]) -> list[JournalEntry]:
        """Returns all entries of its journal for the links of some stacks."""
        found = [Journal(self.file).find_by_stack("p", stack) for stack in stacks]
        return [entry for ended, running in found for entry in [*ended, *running]]


@dataclass(frozen=True)
class RunOptions:
    """The options of a run.

    Attributes:
        kill_after: The steps until its process is killed; None for none.
        checkpoints: Whether the state is written after each step, or only at the end (`PULUMI_SKIP_CHECKPOINTS`).
        continue_on_error: Whether the operations on other links go on when one has failed.
        machine: The number of the machine that it runs on.
        looks: The setting `lookForInterrupted`.
    """

    kill_after: int | None = None
    checkpoints: bool = True
    continue_on_error: bool = False
    machine: int = 0
    looks: str = "auto"


class SimulatedClock:
    """A machine's clock."""

    def __init__(self, world: SimulatedWorld, machine: Machine) -> None:
        self._world = world
        self._machine = machine

    def time(self) -> float:
        return time.time() + self._world.waited + self._machine.skew

    def monotonic(self) -> float:
        return time.monotonic() + self._world.waited + self._machine.uptime

    def sleep(self, seconds: float, /) -> None:
        self._world.wait(seconds)


class SimulatedRun(RunState):
    """The run of one process, which finds the file of its machine."""

    def __init__(
        self, world: SimulatedWorld, machine: Machine, notify: Notify, export: Callable[[], Deployment], **more: Any
    ) -> None:
        super().__init__(notify, SimulatedClock(world, machine), read_state=export, **more)
        self._file = machine.file
        self._reads_by_id = world.reads_by_id

    def file(self, settings: Settings) -> SharedFile:
        return self._file

    def list_reader(self, client: Client, workspace_id: str) -> ListReader:
        planner = PagePlanner(warmup_reads=self._reads_by_id)
        return self._list_readers.get(
            (client, workspace_id), lambda: ListReader(client, workspace_id, self.notify.info, planner=planner)
        )
