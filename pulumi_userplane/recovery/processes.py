"""Identifies processes of this machine: whether one still runs, and which Pulumi CLI started this one."""

from __future__ import annotations

import functools
import os
import platform
import re
import socket
import uuid
from pathlib import Path, PurePath
from typing import NamedTuple

import psutil

_PLUGIN_SCRIPT = re.compile(r"\.?pulumi-resource-pulumi-python(-wrapped)?(\.\w+)?")
"""The script that every CLI starts for Python's dynamic providers. Package managers wrap it under a hidden name."""

_CONTINUE = "--continue-on-error"

_START_TOLERANCE_SECONDS = 1.0
_UPTIME_TOLERANCE_SECONDS = 0.1


class ProcessId(NamedTuple):
    """One process of this machine, running or ended.

    Attributes:
        pid: Its number, which another process may get later.
        started: When it started, in seconds since 1970.
        uptime: How many seconds the machine had been up then. Linux knows only this and derives `started` from the
            clock, so setting the clock changes `started`. On other systems `started` never changes.
    """

    pid: int
    started: float
    uptime: float

    @classmethod
    def of(cls, process: psutil.Process) -> ProcessId:
        """Returns what identifies a process.

        Raises:
            psutil.NoSuchProcess: It has ended.
        """
        started = process.create_time()
        return cls(process.pid, started, started - psutil.boot_time())

    def is_same(self, other: ProcessId) -> bool:
        """Returns whether both are the same process, even if the clock was set in between."""
        return self.pid == other.pid and (
            abs(self.started - other.started) < _START_TOLERANCE_SECONDS
            or abs(self.uptime - other.uptime) < _UPTIME_TOLERANCE_SECONDS
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
def this_machine() -> str:
    """Returns what tells apart the machines, or containers, whose process numbers mean nothing to each other.

    Where nothing tells, each process counts as a machine of its own.
    """
    if platform.system() != "Linux":
        return f"{socket.gethostname()}/{uuid.getnode():x}"
    try:
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot_id}/{Path('/proc/self/ns/pid').stat().st_ino}/{socket.gethostname()}"
    except OSError:
        return uuid.uuid4().hex


@functools.cache
def find_cli() -> psutil.Process | None:
    """Returns the Pulumi CLI that started this provider process, or None if none did.

    It is whatever process started the plugin's script, under any name: a package manager may rename the CLI, and a
    small script called `pulumi` may run between the CLI and the shell.
    """
    script_found = False
    for process in psutil.Process().parents():
        if _runs_plugin_script(process):
            script_found = True
        elif script_found:
            return process
    return None


def has_sibling_providers() -> bool:
    """Returns whether the CLI of this run has started other provider processes for Python as well."""
    cli = find_cli()
    if cli is None:
        return False
    own = {process.pid for process in psutil.Process().parents()}
    try:
        return any(child.pid not in own and _runs_plugin_script(child) for child in cli.children(recursive=True))
    except psutil.Error:
        return True


def deletes_after_errors() -> bool:
    """Returns whether this run goes on to its deletions when another operation has failed (`--continue-on-error`)."""
    cli = find_cli()
    if cli is None:
        return False
    words = _read_command_line(cli)
    is_requested = _CONTINUE in words or os.environ.get("PULUMI_CONTINUE_ON_ERROR", "").lower() in {"1", "true"}
    # A destroy has no other operations.
    return is_requested and not {"destroy", "dn", "down"} & set(words)


@functools.cache
def this_run_id() -> ProcessId:
    """Returns the process that identifies this run: the CLI, or this process if no CLI started it."""
    cli = find_cli()
    return this_process() if cli is None else ProcessId.of(cli)


def _runs_plugin_script(process: psutil.Process) -> bool:
    return any(_PLUGIN_SCRIPT.fullmatch(PurePath(word).name) for word in _read_command_line(process)[:3])


def _read_command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
