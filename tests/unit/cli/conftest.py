"""A Pulumi CLI that prints what a test needs, states as files, and the command run in this process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from pulumi_userplane.cli.app import app
from tests.support.states import STACK, export

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator

    Recover = Callable[..., "Ended"]


@dataclass(frozen=True)
class Ended:
    """How the command ended."""

    code: int
    out: str
    errors: str


NO_STACK = "error: no stack selected; please use 'pulumi stack select' to choose one"


@pytest.fixture(autouse=True)
def _own_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # Where the tests are run from is a Pulumi project, whose selected stack would count.
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Makes a `pulumi` that prints these texts; the file that it returns gets what it was asked."""

    def make(
        exported: str = "",
        configuration: str = "{}",
        *,
        selected: str = "",
        version: str = "v3.259.0",
        fails: str = "",
    ) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        texts = {"export": exported, "config": configuration, "selected": selected, "version": version, "error": fails}
        for name, text in texts.items():
            (folder / name).write_text(text)
        script = folder / "pulumi"
        script.write_text(
            f'#!/bin/sh\necho "$PWD $*" >> {folder}/asked\n'
            f'case "$1 $2" in "version "*) cat {folder}/version; exit ;; esac\n'
            f"cat {folder}/error >&2\n[ -s {folder}/error ] && exit 255\n"
            f'case "$1 $2" in\n'
            f'"stack export") cat {folder}/export ;;\n'
            f'"stack --show-name") [ -s {folder}/selected ] || {{ echo "{NO_STACK}" >&2; exit 255; }}\n'
            f"cat {folder}/selected ;;\n"
            f"*) cat {folder}/config ;;\nesac\n"
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return folder / "asked"

    return make


@pytest.fixture
def recover(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> Recover:
    """Runs `pulumi-userplane recover` with the server's account in the environment."""
    for name, value in server.environ().items():
        monkeypatch.setenv(name, value)

    def run(*arguments: object, answer: str = "") -> Ended:
        done = CliRunner().invoke(app, ["recover", *map(str, arguments)], input=answer)
        assert server.api_key not in done.output
        return Ended(done.exit_code, done.stdout, after_account(done.stderr))

    return run


def after_account(errors: str) -> str:
    """What a command says on standard error after where its account comes from."""
    first, _, rest = errors.partition("\n")
    return rest if first.startswith("Account: ") else errors


@pytest.fixture
def state(tmp_path: Path) -> Callable[..., Path]:
    """Writes an exported state with these resources next to the stack's own."""

    def write(*resources: dict[str, Any], name: str = "state.json") -> Path:
        file = tmp_path / name
        file.write_text(export(STACK, *resources))
        return file

    return write
