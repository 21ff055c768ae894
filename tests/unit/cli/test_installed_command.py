"""The installed command completes words, colours only terminals, and survives outputs that can't be written."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.cli import main
from pulumi_userplane.cli.app import COMMANDS
from tests.support.states import STACK, export

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator

COMMAND = str(Path(sys.executable).parent / "pulumi-userplane")
FULL = Path("/dev/full")
SECONDS = 60


@pytest.fixture
def account(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's account, and no wish for colours or a width in the environment."""
    for name, value in server.environ().items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def completed(words: str) -> list[str]:
    """What bash is offered for the last word of a line."""
    bash = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_PULUMI_USERPLANE_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [COMMAND], env={**os.environ, **bash}, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def on_a_terminal(*arguments: str) -> str:
    """What the command prints on a terminal."""
    ours, theirs = os.openpty()
    printed = b""
    with subprocess.Popen([COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs):
        os.close(theirs)
        while part := _read(ours):
            printed += part
    os.close(ours)
    return printed.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""


@pytest.mark.slow
def test_shell_completes_commands_and_options() -> None:
    assert completed("pulumi-userplane ") == list(COMMANDS)
    assert completed("pulumi-userplane ex") == ["export", "explain"]
    assert completed("pulumi-userplane expo") == ["export"]
    assert completed("pulumi-userplane links --st") == ["--state", "--stack"]
    assert completed("pulumi-userplane export --format ") == ["program", "catalogue", "seed"]


def test_bash_script_calls_command() -> None:
    source = {**os.environ, "_PULUMI_USERPLANE_COMPLETE": "source_bash"}
    script = subprocess.run([COMMAND], env=source, capture_output=True, text=True, timeout=SECONDS, check=True).stdout
    assert "_PULUMI_USERPLANE_COMPLETE=complete_bash" in script
    assert script.rstrip().endswith(" pulumi-userplane")


@pytest.mark.slow
@pytest.mark.usefixtures("account")
def test_colours_appear_only_on_terminal(cli: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    cli()
    assert "\x1b[32m✓\x1b[0m Python" in on_a_terminal("doctor")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in on_a_terminal("doctor")
    monkeypatch.delenv("NO_COLOR")
    for variable in ("GITHUB_ACTIONS", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.setenv(variable, "1")
    done = subprocess.run([COMMAND, "doctor"], capture_output=True, text=True, timeout=SECONDS, check=True)
    assert "✓ Python" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a full disk to write to")
@pytest.mark.usefixtures("account")
def test_command_prints_one_line_when_disk_is_full(server: Emulator) -> None:
    server.add_link(domainId="dom_help")
    with FULL.open("w") as full:
        done = subprocess.run(
            [COMMAND, "links"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False
        )
    account, *lines = done.stderr.splitlines()
    assert account.startswith("Account: ")
    assert lines == ["the output can't be written: No space left on device; write it to where there is room"]
    assert done.returncode == 1


@pytest.mark.usefixtures("account")
def test_command_ends_silently_when_pipe_is_closed(server: Emulator) -> None:
    server.add_link(domainId="dom_help")
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as closed:
        done = subprocess.run(
            [COMMAND, "links"], stdout=closed, stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False
        )
    account, *lines = done.stderr.splitlines()
    assert (account.startswith("Account: "), lines) == (True, [])


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a full disk to write to")
def test_main_drops_output_when_it_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["pulumi-userplane", "--help"])
    with FULL.open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as ended:
            main()
        # Closing writes what is left, which would fail.
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("the output can't be written: No space left on device; ")


def test_main_opens_streams_when_shell_closed_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["pulumi-userplane", "--help"])
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    kept = os.dup(0)
    os.close(0)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
        assert os.path.samestat(os.fstat(0), Path(os.devnull).stat())
    finally:
        os.dup2(kept, 0)
        os.close(kept)
    assert ended.value.code == 0
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        assert stream.name == os.devnull
        stream.close()


@pytest.mark.slow
@pytest.mark.usefixtures("account")
def test_command_works_when_streams_are_closed(cli: Callable[..., Path], server: Emulator, tmp_path: Path) -> None:
    cli()
    link = server.add_link(
        domainId="dom_help", linkProviderReference="pulumi:p/dev/a#0123abcd", createdAt="2026-01-05T08:00:00.000Z"
    )
    state = tmp_path / "state.json"
    state.write_text(export(STACK))
    for arguments, code in (
        ("doctor >&-", 0),
        (f"export --all --out {tmp_path}/out <&- >&- 2>&-", 0),
        # A question that nobody can answer.
        (f"recover --state {state} --delete {link['linkId']} <&-", 1),
    ):
        done = subprocess.run(
            f"{COMMAND} {arguments}", shell=True, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stdout + done.stderr
    assert (tmp_path / "out" / "__main__.py").exists()
    assert all(each["live"] for each in server.links)


def test_main_raises_other_system_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("pulumi_userplane.cli.app.app", broken)
    with pytest.raises(OSError, match="Too many open files"):
        main()
