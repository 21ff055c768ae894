"""A provider process ends when its CLI has been killed, and only then."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from pulumi_userplane.recovery import watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _not_watched_yet() -> Iterator[None]:
    watchdog.exit_with_cli.cache_clear()
    yield
    watchdog.exit_with_cli.cache_clear()


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


@pytest.mark.parametrize("cli", [Cli(2), Cli(2, as_zombie=True), Cli(2, goes_between=True)])
def test_it_ends_when_the_cli_is_gone(monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    ended: list[tuple[int, int, int]] = []
    monkeypatch.setattr(watchdog, "_LOOK_SECONDS", 0)
    monkeypatch.setattr(os, "kill", lambda pid, number: ended.append((pid, number, cli.looks)))
    monkeypatch.setattr(watchdog, "find_cli", lambda: cli)
    threads: list[object] = []

    class AtOnce:
        def __init__(self, target: object, args: tuple[object, ...], name: str, daemon: bool) -> None:
            threads.append(name)
            assert daemon
            watchdog._watch(*args)  # type: ignore[arg-type] # the stand-in above

        def start(self) -> None:
            threads.append("started")

    monkeypatch.setattr(threading, "Thread", AtOnce)
    watchdog.exit_with_cli()
    watchdog.exit_with_cli()
    assert ended == [(os.getpid(), signal.SIGTERM, -1)]
    assert threads == ["userplane-lifetime", "started"]


def test_without_a_cli_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "find_cli", lambda: None)
    monkeypatch.setattr(threading, "Thread", None)
    watchdog.exit_with_cli()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pulumi", ".pulumi-wrapped"])
def test_a_real_one_ends_soon_after_its_killed_cli(tmp_path: Path, name: str) -> None:
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
