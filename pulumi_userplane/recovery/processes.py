"""Tells processes of this machine apart: whether one still runs, and which Pulumi CLI started this one."""

from __future__ import annotations

import functools
import re
from pathlib import PurePath
from typing import NamedTuple

import psutil

_PLUGIN_SCRIPT = re.compile(r"\.?pulumi-resource-pulumi-python(-wrapped)?(\.\w+)?")
"""The script that every CLI starts for Python's dynamic providers; package managers wrap it under a hidden name."""

_SAME_SECONDS = 1.0
_SAME_UPTIME_SECONDS = 0.1


class ProcessId(NamedTuple):
    """One process of this machine, now or ever.

    Attributes:
        pid: Its number, which another process may get later.
        started: When it started, in seconds since 1970.
        uptime: How many seconds the machine had been up then. Linux knows only this, and works out `started` from the
            clock, so that setting the clock changes `started`; elsewhere it is `started` that never changes.
    """

    pid: int
    started: float
    uptime: float

    @classmethod
    def of(cls, process: psutil.Process) -> ProcessId:
        """Returns what tells this process from all others.

        Raises:
            psutil.NoSuchProcess: It has ended.
        """
        booted = psutil.boot_time()
        started = process.create_time()
        return cls(process.pid, started, started - booted)

    def is_same(self, other: ProcessId) -> bool:
        """Returns whether both are one process, also when the clock was set in between."""
        return self.pid == other.pid and (
            abs(self.started - other.started) < _SAME_SECONDS or abs(self.uptime - other.uptime) < _SAME_UPTIME_SECONDS
        )

    def is_alive(self) -> bool:
        """Returns whether the process still runs."""
        try:
            process = psutil.Process(self.pid)
            return self.is_same(ProcessId.of(process)) and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


@functools.cache
def this_process() -> ProcessId:
    """Returns this process."""
    return ProcessId.of(psutil.Process())


@functools.cache
def find_cli() -> psutil.Process | None:
    """Returns the Pulumi CLI that started this provider process, or None where none did.

    It is whatever started the plugin's script: a package manager may have given it another name, and a small script
    that is called `pulumi` may stand between it and the shell.
    """
    script_found = False
    for process in psutil.Process().parents():
        if _runs_the_plugin_script(process):
            script_found = True
        elif script_found:
            return process
    return None


@functools.cache
def this_run() -> ProcessId:
    """Returns the process that stands for this run: the CLI, or this process where no CLI started it."""
    cli = find_cli()
    return this_process() if cli is None else ProcessId.of(cli)


def _runs_the_plugin_script(process: psutil.Process) -> bool:
    try:
        words = process.cmdline()[:3]
    except psutil.Error:
        return False
    return any(_PLUGIN_SCRIPT.fullmatch(PurePath(word).name) for word in words)
