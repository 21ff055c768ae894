"""The watchdog ends a provider process when its CLI was killed, and only then."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, cast

import psutil
import pytest

from pulumi_userplane.recovery import watchdog

if TYPE_CHECKING:
    from pathlib import Path


class Cli:
    """What psutil tells of a CLI that lives for so many looks."""

    def __init__(self, looks: int, *, as_zombie: bool = False, goes_between: bool = False) -> None:
        self.looks = looks
        self._as_zombie = as_zombie
        self._goes_between = goes_between

    def is_running(self) -> bool:
        self.looks -= 1
        return self.looks >= 0 or self._as_zombie or self._goes_between

    def status(self) -> str:
        if self.looks < 0 and self._goes_between:
            raise psutil.NoSuchProcess(1)
        return psutil.STATUS_ZOMBIE if self.looks < 0 else psutil.STATUS_SLEEPING


def watching_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "userplane-watchdog"}


@pytest.mark.parametrize("cli", [Cli(2), Cli(2, as_zombie=True), Cli(2, goes_between=True)])
def test_wait_for_exit_returns_when_cli_is_gone(cli: Cli) -> None:
    looks_left: list[int] = []
    watchdog.wait_for_exit(cast("psutil.Process", cli), lambda: looks_left.append(cli.looks), poll_seconds=0)
    assert looks_left == [-1]


def test_terminate_ends_this_process() -> None:
    received: list[int] = []
    handler = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    try:
        watchdog.terminate()
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert received == [signal.SIGTERM]


def test_exit_with_cli_watches_in_daemon_thread() -> None:
    cli = psutil.Process(os.getppid())
    watched: list[tuple[psutil.Process, str, bool]] = []
    is_over = threading.Event()

    def find() -> psutil.Process:
        return cli

    def watch(process: psutil.Process) -> None:
        thread = threading.current_thread()
        watched.append((process, thread.name, thread.daemon))
        is_over.set()

    watchdog.exit_with_cli(find, watch)
    assert is_over.wait(10)
    assert watched == [(cli, "userplane-watchdog", True)]


def test_exit_with_cli_watches_nothing_when_there_is_no_cli() -> None:
    before = watching_threads()
    watchdog.exit_with_cli(lambda: None, lambda _: None)
    assert watching_threads() <= before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pulumi", ".pulumi-wrapped"])
def test_exit_with_cli_ends_process_when_cli_is_killed(tmp_path: Path, name: str) -> None:
    watch = "from pulumi_userplane.recovery import watchdog; watchdog.exit_with_cli()"
    program = f"{watch}; import time; print(1, flush=True); time.sleep(60)"
    plugin = tmp_path / "pulumi-resource-pulumi-python"
    plugin.write_text(f"#!/bin/sh\n'{sys.executable}' -c '{program}' &\necho $!\nwait\n")
    plugin.chmod(0o755)
    # A shell under the CLI's name, which starts what a CLI starts.
    shell = tmp_path / name
    shutil.copy(shutil.which("sh") or "", shell)
    with subprocess.Popen([shell, "-c", f"'{plugin}' & wait"], stdout=subprocess.PIPE, text=True) as cli:
        assert cli.stdout
        host = psutil.Process(int(cli.stdout.readline()))
        assert cli.stdout.readline() == "1\n"
        cli.kill()
        host.wait(10)
