"""The command `pulumi-userplane` loads the subcommand that the arguments name, and no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pulumi_userplane import cli
from pulumi_userplane.cli.app import COMMANDS, app

COMMAND_FOLDERS = {path.parent.name for path in Path(cli.__file__).parent.glob("*/command.py")}
PRINT_LOADED = """
import sys
from pulumi_userplane.cli import main
try:
    main()
except SystemExit:
    print(*(name for name in sys.modules if name.startswith("pulumi_userplane.cli.") and name.endswith(".command")))
"""


def loaded_commands(*arguments: str) -> list[str]:
    """Returns the modules of commands that a process with these arguments imports."""
    code = ["-c", PRINT_LOADED, *arguments]
    printed = subprocess.run([sys.executable, *code], capture_output=True, text=True, timeout=60, check=True).stdout
    return printed.splitlines()[-1].split()


def test_every_command_folder_is_a_command() -> None:
    assert {name.replace("-", "_") for name in COMMANDS} == COMMAND_FOLDERS


@pytest.mark.slow
def test_help_loads_no_command_when_none_is_named() -> None:
    assert loaded_commands("--help") == []


@pytest.mark.slow
def test_command_loads_no_other_when_it_runs() -> None:
    assert loaded_commands("emulator", "--help") == ["pulumi_userplane.cli.emulator.command"]


def test_help_lists_each_command_with_its_summary() -> None:
    lines = CliRunner().invoke(app, ["--help"], terminal_width=200).stdout.splitlines()
    listed = dict(line.split(maxsplit=1) for line in lines[lines.index("Commands:") + 1 :] if line)
    assert listed == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_an_example_in_its_help(name: str) -> None:
    help_text = " ".join(CliRunner().invoke(app, [name, "--help"]).stdout.split())
    assert f"Usage: pulumi-userplane {name} [OPTIONS]" in help_text
    assert "Example: `pulumi" in help_text


def test_unknown_command_names_the_nearest_one() -> None:
    done = CliRunner().invoke(app, ["lnks"])
    assert done.exit_code == 2
    assert "No such command 'lnks'. Did you mean 'links'?" in done.stderr
