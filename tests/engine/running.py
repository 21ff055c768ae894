"""Runs the CLI under a test's control: stops, interrupts or kills it, or parts of it."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.engine.stack import DEADLINE, Stack
from tests.support.processes import wait_until_ended


class Run:
    """A running command in a process group of its own, as a shell would start it."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self.process = process
        self._folder = folder
        self._ended: list[tuple[int, str]] = []

    @property
    def hosts(self) -> list[psutil.Process]:
        """Returns the provider host processes of this run, also those that outlived the CLI."""
        return [one for one in psutil.process_iter() if _works_in(one, self._folder) and _is_host(one)]

    def started(self, process: psutil.Process) -> bool:
        """Returns whether the command is this process, or started it."""
        return self.process.pid in {process.pid, *(parent.pid for parent in process.parents())}

    def interrupt(self) -> None:
        """Sends Ctrl-C to the whole process group, as a terminal does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        """Kills the process group of the CLI; processes that left the group stay alive."""
        os.killpg(self.process.pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """Kills the CLI and everything that it started, as the end of a container does."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        kill(children)

    def stop(self) -> None:
        """Stops the CLI and the engine in it; the provider hosts continue."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def end(self) -> tuple[int, str]:
        """Waits for the end, and returns the exit code and what was printed."""
        if not self._ended:
            output, _ = self.process.communicate(timeout=DEADLINE)
            self._ended.append((self.process.returncode, output))
        return self._ended[0]


def _is_host(process: psutil.Process) -> bool:
    """Returns whether a process is Python that serves a provider: dynamic, or the plugin."""
    with suppress(psutil.Error):
        return bool({"pulumi.dynamic", "pulumi-resource-userplane"} & {Path(word).name for word in process.cmdline()})
    return False


def kill(processes: list[psutil.Process]) -> None:
    """Kills processes, and returns when they are gone."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until_ended(processes, 10)


@contextmanager
def running(stack: Stack, *arguments: str, **environ: str) -> Iterator[Run]:
    """Starts `pulumi ...`, and kills at the end what still runs of it."""
    process = subprocess.Popen(
        ["pulumi", *arguments, "--non-interactive", "--color=never"],
        cwd=stack.folder,
        env={**stack.env, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    run = Run(process, stack.folder)
    try:
        yield run
        stack.printed.append(run.end()[1])
    finally:
        process.kill()
        process.communicate(timeout=DEADLINE)
        # What a killed CLI leaves of its own, the language host, ends with its folder in no other way.
        kill([one for one in psutil.process_iter() if _works_in(one, stack.folder)])


@contextmanager
def counted_exports(stack: Stack) -> Iterator[dict[int, float]]:
    """Yields how long each `pulumi stack export` took that a run in the project's folder has started, by process."""
    took: dict[int, float] = {}
    ended = threading.Event()

    def watch() -> None:
        began: dict[int, float] = {}
        while not ended.wait(0.05):
            for process in psutil.process_iter():
                if process.pid in began or (_works_in(process, stack.folder) and _is_export(process)):
                    now = time.monotonic()
                    took[process.pid] = now - began.setdefault(process.pid, now)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield took
    finally:
        ended.set()
        watching.join()


def _is_export(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.cmdline()[1:3] == ["stack", "export"]
    return False


def _works_in(process: psutil.Process, folder: Path) -> bool:
    with suppress(psutil.Error):
        return process.cwd() == str(folder)
    return False


def wait_until(holds: Callable[[], object], what: str, seconds: float = 30) -> None:
    """Waits until a condition holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
