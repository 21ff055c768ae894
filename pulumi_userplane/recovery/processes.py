"""Identifies processes of this machine: whether one still runs, and which Pulumi CLI started this one."""

from __future__ import annotations

import functools
import os
import platform
import re
import socket
import sys
import uuid
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLUGIN_SCRIPT = re.compile(r"\.?pulumi-resource-(pulumi-python|userplane)(-wrapped)?(\.\w+)?")
"""What a CLI starts for Python's dynamic providers and for the plugin. Package managers wrap it under a hidden name."""

_LANGUAGE_HOST = re.compile(r"\.?pulumi-language-python(-wrapped)?(\.\w+)?")
"""What a CLI starts for Python programs, and for a plugin that it finds by a `PulumiPlugin.yaml`."""

_ADDRESS = re.compile(r"[^-\s/][^\s/]*:\d+")
"""An address as engines have it: `127.0.0.1:41235`."""

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


def find_engine_address(words: Sequence[str]) -> str | None:
    """Returns the address of the engine that a provider process serves, or None if there is none.

    Every engine starts a provider with its own address as the last word; the values of options may stand before it.

    Args:
        words: The words of the command line.
    """
    return next((word for word in reversed(words) if _ADDRESS.fullmatch(word)), None)


@functools.cache
def find_cli() -> psutil.Process | None:
    """Returns the Pulumi CLI that started this provider process, or None if none did.

    It is the nearest process above this one that listens at the engine's address, under any name and whatever stands
    between: the plugin's script, a language host, a package manager's wrapper. Where the system does not tell who
    listens, it is whatever process started the plugin's script.
    """
    above = psutil.Process().parents()
    address = find_engine_address(sys.argv[1:])
    listener = next((process for process in above if address and _listens_at(process, address)), None)
    return listener or _find_cli_by_names([psutil.Process(), *above], may_have_host=address is not None)


def _listens_at(process: psutil.Process, address: str) -> bool:
    port = int(address.rpartition(":")[2])
    try:
        connections = process.net_connections(kind="tcp")
    except (psutil.Error, OSError, RuntimeError):
        # Another user's process, or a system that does not tell.
        return False
    return any(connection.status == psutil.CONN_LISTEN and connection.laddr.port == port for connection in connections)


def _find_cli_by_names(processes: Sequence[psutil.Process], *, may_have_host: bool) -> psutil.Process | None:
    """Returns the process that started the plugin's script or language host, or None.

    Args:
        processes: This process and those above it, the nearest first.
        may_have_host: Whether a language host may have started this process as a plugin; it starts programs as well.
    """
    is_found = False
    for process in processes:
        if _runs(process, _PLUGIN_SCRIPT) or (may_have_host and _runs(process, _LANGUAGE_HOST)):
            is_found = True
        elif is_found:
            return process
    return None


def has_sibling_providers() -> bool:
    """Returns whether the CLI of this run has started other provider processes for links as well.

    What runs other people's dynamic providers, or plugins written in Python, counts, too: nothing tells them apart.
    """
    cli = find_cli()
    if cli is None:
        return False
    own = {process.pid for process in (psutil.Process(), *psutil.Process().parents())}
    try:
        return any(child.pid not in own and _is_provider(child) for child in cli.children(recursive=True))
    except psutil.Error:
        return True


def _is_provider(process: psutil.Process) -> bool:
    # A language host starts a plugin with the engine's address as the last word, but a program with its folder.
    is_plugin = find_engine_address(_read_command_line(process)[-1:]) is not None
    return _runs(process, _PLUGIN_SCRIPT) or (is_plugin and _is_started_by_language_host(process))


def _is_started_by_language_host(process: psutil.Process) -> bool:
    try:
        parent = process.parent()
    except psutil.Error:
        return False
    return parent is not None and _runs(parent, _LANGUAGE_HOST)


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


def _runs(process: psutil.Process, script: re.Pattern[str]) -> bool:
    return any(script.fullmatch(PurePath(word).name) for word in _read_command_line(process)[:3])


def _read_command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
