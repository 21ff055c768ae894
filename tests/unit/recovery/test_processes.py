"""How processes are identified: which one still runs, and which CLI started this one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from pulumi_userplane.recovery import processes
from pulumi_userplane.recovery.processes import (
    ProcessId,
    deletes_after_errors,
    find_cli,
    has_sibling_providers,
    this_process,
    this_run_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = ["/bin/sh", "/opt/pulumi/bin/pulumi-resource-pulumi-python", "127.0.0.1:4711"]


class Process:
    """What psutil tells of one."""

    def __init__(self, *cmdline: str) -> None:
        self._cmdline = list(cmdline)
        self.pid = id(self)
        self.descendants: list[Process] | None = []

    def children(self, *, recursive: bool) -> list[Process]:
        assert recursive
        if self.descendants is None:
            raise psutil.NoSuchProcess(self.pid)
        return self.descendants

    def cmdline(self) -> list[str]:
        if not self._cmdline:
            raise psutil.AccessDenied
        return self._cmdline


@pytest.fixture(autouse=True)
def _not_found_yet() -> Iterator[None]:
    for function in (find_cli, this_process, this_run_id):
        function.cache_clear()
    yield
    for function in (find_cli, this_process, this_run_id):
        function.cache_clear()


def parents(monkeypatch: pytest.MonkeyPatch, *above: Process) -> None:
    monkeypatch.setattr(psutil.Process, "parents", lambda _: list(above))


@pytest.mark.parametrize(
    "script",
    [
        [Process(*SCRIPT)],
        # As Nix wraps it, and as another package manager may.
        [Process("bash", "/nix/bin/.pulumi-resource-pulumi-python-wrapped", "127.0.0.1:4711")],
        [Process(*SCRIPT), Process("bash", "/opt/bin/pulumi-resource-pulumi-python")],
        [Process("pulumi-resource-pulumi-python.exe"), Process("cmd.exe", "/c", "pulumi-resource-pulumi-python.cmd")],
        # A virtual environment's python, or uv's, between this process and the script.
        [Process("python3", "-u"), Process(), Process(*SCRIPT)],
    ],
)
@pytest.mark.parametrize("name", ["pulumi", ".pulumi-wrapped", "iac"])
def test_find_cli_returns_process_that_started_plugin_script(
    monkeypatch: pytest.MonkeyPatch, script: list[Process], name: str
) -> None:
    cli = Process(name, "up")
    parents(monkeypatch, *script, cli, Process("/bin/sh", "/usr/bin/pulumi", "up"), Process("bash"))
    process: object = find_cli()
    assert process is cli


def test_find_cli_returns_none_when_no_plugin_script_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    parents(monkeypatch, Process("pytest"), Process("sh", "-c", "killall pulumi-resource-pulumi-python; pulumi up"))
    assert find_cli() is None
    assert this_run_id() is this_process()
    assert this_process().pid == os.getpid()


def test_this_run_is_cli_when_cli_started_process(monkeypatch: pytest.MonkeyPatch) -> None:
    cli = psutil.Process(os.getppid())
    monkeypatch.setattr(processes, "find_cli", lambda: cli)
    assert this_run_id() == ProcessId.of(cli)


def test_is_alive_stays_true_when_clock_is_set() -> None:
    me = ProcessId.of(psutil.Process())
    assert me.is_alive()
    # Linux works out when a process started from the clock; elsewhere the time since the start of the machine changes.
    assert me._replace(started=me.started - 86400).is_alive()
    assert me._replace(uptime=me.uptime - 86400).is_alive()
    assert not me._replace(started=me.started - 86400, uptime=me.uptime - 86400).is_alive()


def test_is_alive_is_false_when_process_is_zombie_or_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        process = ProcessId.of(psutil.Process(child.pid))
        assert process.is_alive()
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not process.is_alive()
    assert not process.is_alive()


def test_run_has_siblings_when_its_cli_started_another_plugin_script(monkeypatch: pytest.MonkeyPatch) -> None:
    script, cli = Process(*SCRIPT), Process("pulumi", "up")
    parents(monkeypatch, script, cli)
    cli.descendants = [script, Process("python3", "-m", "pulumi.dynamic"), Process("pulumi-language-python")]
    assert not has_sibling_providers()
    cli.descendants = [*cli.descendants, Process(*SCRIPT)]
    assert has_sibling_providers()


def test_run_may_have_siblings_when_its_cli_can_not_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    cli = Process("pulumi", "up")
    parents(monkeypatch, Process(*SCRIPT), cli)
    cli.descendants = None
    assert has_sibling_providers()


@pytest.mark.parametrize(
    ("words", "variable", "expected"),
    [
        (("up", "--yes"), "", False),
        (("up", "--continue-on-error"), "", True),
        (("up",), "true", True),
        (("up",), "false", False),
        (("destroy", "--continue-on-error"), "", False),
    ],
)
def test_run_deletes_after_errors_when_its_cli_was_told_to(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], variable: str, expected: bool
) -> None:
    parents(monkeypatch, Process(*SCRIPT), Process("pulumi", *words))
    monkeypatch.setenv("PULUMI_CONTINUE_ON_ERROR", variable)
    assert deletes_after_errors() == expected


def test_run_does_not_delete_after_errors_when_no_cli_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONTINUE_ON_ERROR", "true")
    assert not deletes_after_errors()


def test_run_has_no_siblings_when_no_cli_started_it() -> None:
    assert not has_sibling_providers()


def find_machine() -> str:
    """Returns what another process would find."""
    return processes.this_machine.__wrapped__()


def test_this_machine_is_the_same_for_all_its_processes() -> None:
    code = "from pulumi_userplane.recovery.processes import this_machine; print(this_machine())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == processes.this_machine()


def test_this_machine_is_told_by_its_network_card_where_there_are_no_containers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("socket.gethostname", lambda: "desk")
    monkeypatch.setattr("uuid.getnode", lambda: 0x1234)
    assert find_machine() == "desk/1234"


def test_each_process_is_a_machine_of_its_own_where_nothing_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        raise OSError

    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("pathlib.Path.read_text", fail)
    assert find_machine() != find_machine()
