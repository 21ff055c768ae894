"""What the three have in common: a folder, an account, links to declare, commands to run, a state to look into."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, TypedDict

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOURCES = Path(__file__).parent
SECONDS_FOR_A_RUN = 150.0
_OF_OTHERS = ("PULUMI_", "USERPLANE_", "TF_", "TOFU_")
"""Variables of the shell's own accounts; none of them may reach a peer."""

Operation = Literal["preview", "look", "apply", "sync", "refresh", "destroy"]
"""What a peer can be asked for.

- preview: what its plain preview is, with or without reading.
- look: a preview that reads what is live; its exit code tells whether something is to be done.
- apply: its plain way to make things as declared, with or without reading first.
- sync: the same, and it reads what is live first.
- refresh: takes what is live into the state, and changes nothing else.
- destroy: deletes all.
"""


class Link(TypedDict):
    """A link as all three declare it."""

    domain_id: str
    project_id: str
    link_title: str
    link_reusable: bool
    meta: dict[str, str]


def links(number: int) -> dict[str, Link]:
    """Returns links to declare, by their names."""
    return {
        f"link-{index:04}": {
            "domain_id": "dom_help",
            "project_id": "prj_onboarding",
            "link_title": f"Help {index}",
            "link_reusable": True,
            "meta": {"number": str(index)},
        }
        for index in range(number)
    }


@dataclass(frozen=True)
class CommandResult:
    """How a run ended.

    Attributes:
        code: Its exit code; None if it was killed because it did not end.
        said: What it printed, stdout and stderr.
    """

    code: int | None
    said: str
    seconds: float


class Peer(ABC):
    """One way to keep links as declared, in a folder of its own.

    Attributes:
        name: How tables call it.
        sees_changes: Its exit code of `look` when there is something to do.
    """

    name: ClassVar[str]
    sees_changes: ClassVar[int]

    def __init__(self, folder: Path, account: Mapping[str, str]) -> None:
        """Prepares the folder.

        Args:
            folder: Empty or not there yet.
            account: Where Userplane is, as `Emulator.environ` says it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(_OF_OTHERS)}
        self.use(account)
        self._output = folder / "output"

    @abstractmethod
    def use(self, account: Mapping[str, str]) -> None:
        """Takes these settings from the next run on."""

    @abstractmethod
    def declare(self, links: Mapping[str, Link]) -> None:
        """Declares these links and no others."""

    @abstractmethod
    def command(self, operation: Operation) -> list[str]:
        """Returns the command, to be run in `folder` with `env`."""

    @abstractmethod
    def list_recorded(self) -> dict[str, str]:
        """Returns the ids of the links in the state, by their names."""

    @property
    @abstractmethod
    def state_file(self) -> Path:
        """The present state."""

    @abstractmethod
    def state_files(self) -> list[Path]:
        """Returns every file of the state, former states included."""

    @abstractmethod
    def save_plan(self) -> tuple[CommandResult, Path]:
        """Writes a plan into a file, as pipelines do that let somebody approve it."""

    @abstractmethod
    def run_verbosely(self, operation: Operation) -> CommandResult:
        """Runs it with the most detailed log on the terminal, as bug reports ask for."""

    @abstractmethod
    def has_warned(self, said: str) -> bool:
        """Whether this output warns of a title that was edited in the dashboard."""

    @abstractmethod
    def unlock(self) -> None:
        """Removes the lock of an interrupted run."""

    def run(
        self, operation: Operation, *options: str, limit: float = SECONDS_FOR_A_RUN, environ: Mapping[str, str] = {}
    ) -> CommandResult:
        """Runs an operation to its end, or kills it with all that it has started when the time is over."""
        return self._run([*self.command(operation), *options], limit, environ)

    def _run(
        self, command: list[str], limit: float = SECONDS_FOR_A_RUN, environ: Mapping[str, str] = {}
    ) -> CommandResult:
        begin = time.monotonic()
        with self._start(command, environ) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(limit)
            code = process.returncode
        return CommandResult(code, self._output.read_text("utf-8", "replace"), time.monotonic() - begin)

    @contextmanager
    def start(self, operation: Operation) -> Iterator[subprocess.Popen[bytes]]:
        """Starts an operation; whatever still runs at the end of the block is killed."""
        with self._start(self.command(operation), {}) as process:
            yield process

    @contextmanager
    def _start(self, command: list[str], environ: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        with self._output.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.env, **environ},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            _kill_all(process)

    def _copy(self, source: str, *names: str) -> None:
        for name in names:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(SOURCES / source / name, self.folder / name)

    def _write_json(self, name: str, content: object) -> None:
        (self.folder / name).write_text(json.dumps(content, indent=2), "utf-8")


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kills a run and all that it has started, as the end of a container does."""
    family: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for child in family:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    process.wait()
    psutil.wait_procs(family, timeout=10)
