"""How processes are identified: which one still runs, and which CLI started this one."""

from __future__ import annotations

import os
import shlex
import socket
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
    find_engine_address,
    has_sibling_providers,
    this_process,
    this_run_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ENGINE = "127.0.0.1:4711"
SCRIPT = ["/bin/sh", "/opt/pulumi/bin/pulumi-resource-pulumi-python", ENGINE]
PLUGIN = ["/venv/bin/python", "/venv/bin/pulumi-resource-userplane", ENGINE]
LANGUAGE_HOST = ["/opt/pulumi/bin/pulumi-language-python", ENGINE]
PROGRAM = ["python", "/opt/pulumi/bin/pulumi-language-python-exec", "--engine", ENGINE, "."]
FROM_FOLDER = ["/venv/bin/python", "/plugins/userplane", ENGINE]
"""How a language host starts the plugin."""

PRINT_CLI = """
from pulumi_userplane.recovery.processes import find_cli, this_run_id
print(find_cli().pid, this_run_id().pid)
"""


class Process:
    """What psutil tells of one; it does not tell who listens at which port."""

    def __init__(self, *cmdline: str, parent: Process | None = None) -> None:
        self._cmdline = list(cmdline)
        self._parent = parent
        self.pid = id(self)
        self.descendants: list[Process] | None = []

    def parent(self) -> Process | None:
        if self._parent is self:
            raise psutil.NoSuchProcess(self.pid)
        return self._parent

    def net_connections(self, *, kind: str) -> list[object]:
        raise psutil.AccessDenied(msg=kind)

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


def parents(monkeypatch: pytest.MonkeyPatch, *above: Process | psutil.Process, words: list[str] | None = None) -> None:
    """Puts processes above this one, and starts this one as a provider with these words."""
    monkeypatch.setattr(psutil.Process, "parents", lambda _: list(above))
    if words is not None:
        monkeypatch.setattr(psutil.Process, "cmdline", lambda _: words)
        monkeypatch.setattr(sys, "argv", words[1:])


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


@pytest.mark.parametrize(
    ("words", "between"),
    [
        (PLUGIN, []),
        (["pulumi-resource-userplane.exe", "--logtostderr", "-v=9", ENGINE], []),
        (
            ["python", "-m", "pulumi_userplane.plugin", ENGINE],
            [Process("sh", "/bin/.pulumi-resource-userplane-wrapped")],
        ),
        (FROM_FOLDER, [Process(*LANGUAGE_HOST)]),
        (["python", "-m", "pulumi.run.plugin", "userplane", ENGINE], [Process("uv", "run"), Process(*LANGUAGE_HOST)]),
    ],
)
def test_find_cli_returns_process_that_started_plugin_when_system_hides_who_listens(
    monkeypatch: pytest.MonkeyPatch, words: list[str], between: list[Process]
) -> None:
    cli = Process("iac", "up")
    parents(monkeypatch, *between, cli, Process("bash"), words=words)
    process: object = find_cli()
    assert process is cli


def test_find_cli_returns_none_when_a_program_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    parents(monkeypatch, Process(*LANGUAGE_HOST), Process("pulumi", "up"), words=[*PROGRAM[:2], "."])
    assert find_cli() is None


@pytest.fixture
def engine() -> Iterator[socket.socket]:
    """A socket at which this process listens, as a CLI does for its engine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def address_of(server: socket.socket) -> str:
    return f"127.0.0.1:{server.getsockname()[1]}"


def start_below(address: str, *, between: str = "") -> list[int]:
    """Returns which CLI a process finds that a shell starts below this process, and by which it knows its run."""
    child = shlex.join([sys.executable, "-c", PRINT_CLI, "--logtostderr", "--tracing", "http://localhost:9", address])
    # A shell would become its last command.
    done = subprocess.run(["/bin/sh", "-c", f"{between} {child}; :"], check=True, stdout=subprocess.PIPE, timeout=60)
    return [int(pid) for pid in done.stdout.split()]


def test_find_cli_returns_process_that_listens_at_engine_address_above_others(engine: socket.socket) -> None:
    assert start_below(address_of(engine)) == [os.getpid()] * 2


def test_find_cli_goes_on_to_process_that_listens_when_one_below_hides_where(
    monkeypatch: pytest.MonkeyPatch, engine: socket.socket
) -> None:
    me = psutil.Process()
    parents(monkeypatch, Process("hidden"), me, Process(*SCRIPT), Process("pulumi", "up"))
    monkeypatch.setattr(sys, "argv", ["__main__.py", address_of(engine)])
    assert find_cli() is me


def test_find_cli_returns_inner_of_two_clis(engine: socket.socket) -> None:
    inner = f"""
import os, socket, subprocess, sys
server = socket.create_server(("127.0.0.1", 0))
address = f"127.0.0.1:{{server.getsockname()[1]}}"
print(os.getpid(), flush=True)
subprocess.run([sys.executable, "-c", {PRINT_CLI!r}, address], check=True)
"""
    command = [sys.executable, "-c", inner, address_of(engine)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=60)
    pid, *found = map(int, done.stdout.split())
    assert found == [pid] * 2
    assert pid != os.getpid()


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("127.0.0.1:41235", "127.0.0.1:41235"),
        ("--logtostderr -v=9 --tracing http://localhost:9411/spans 127.0.0.1:5", "127.0.0.1:5"),
        ("--tracing localhost:9411 127.0.0.1:5", "127.0.0.1:5"),
        ("pulumi-userplane [::1]:5", "[::1]:5"),
        ("--tracing=localhost:9411", None),
        ("tests/unit", None),
        ("", None),
    ],
)
def test_find_engine_address_returns_last_address(words: str, address: str | None) -> None:
    assert find_engine_address(words.split()) == address


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


def test_plugin_from_a_folder_is_no_sibling_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    cli = Process("pulumi", "up")
    host = Process(*LANGUAGE_HOST, parent=cli)
    parents(monkeypatch, host, cli, words=FROM_FOLDER)
    me = Process(*FROM_FOLDER, parent=host)
    me.pid = os.getpid()
    program_host = Process(*LANGUAGE_HOST, parent=cli)
    ended = Process("python", ENGINE)
    ended._parent = ended
    cli.descendants = [
        host,
        me,
        program_host,
        Process(*PROGRAM, parent=program_host),
        Process("pulumi-resource-random", ENGINE, parent=cli),
        Process("python", ENGINE),
        ended,
    ]
    assert not has_sibling_providers()


@pytest.mark.parametrize("words", [PLUGIN, SCRIPT, FROM_FOLDER])
def test_plugin_has_siblings_when_links_come_through_another_process_as_well(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    cli = Process("pulumi", "up")
    parents(monkeypatch, cli, words=PLUGIN)
    cli.descendants = [Process(*words, parent=Process(*LANGUAGE_HOST, parent=cli))]
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
