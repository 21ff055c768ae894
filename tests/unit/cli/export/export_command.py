"""Runs `export` and `import-file` with a server's account in the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from typer.testing import CliRunner

from pulumi_userplane.cli.export.command import export
from pulumi_userplane.cli.import_file.command import import_file
from tests.unit.cli.conftest import Ended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from pulumi_userplane.emulator import Emulator

    Command = Callable[..., Ended]

_APP = typer.Typer(pretty_exceptions_enable=False)
_APP.command("export")(export)
_APP.command("import-file")(import_file)


def command(name: str, server: Emulator, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Command:
    """Returns what runs a command, from a folder without a project; no output may hold the key."""
    for variable, value in server.environ().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: object, code: int = 0) -> Ended:
        done = CliRunner().invoke(_APP, [name, "-C", str(folder), *map(str, arguments)])
        assert server.api_key not in done.output
        assert done.exit_code == code, done.output
        return Ended(done.exit_code, done.stdout, done.stderr)

    return run
