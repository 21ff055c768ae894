"""`pulumi-userplane doctor`: whether the set-up is right, and what to do where it isn't."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import terminal
from pulumi_userplane.cli.doctor.check import Check
from pulumi_userplane.cli.doctor.report import Report
from pulumi_userplane.cli.doctor.runner import examine
from pulumi_userplane.cli.doctor.settings_check import Given
from pulumi_userplane.cli.options import (
    BaseUrlOption,
    ConfigFileOption,
    FolderOption,
    JsonOption,
    StackOption,
    WorkspaceOption,
)

EXAMPLE = (
    "Example: `pulumi-userplane doctor --stack dev --json` checks the set-up of the stack dev, for a script that looks "
    "at the checks or at the exit code."
)
_TICKS = {"right": ("✓", "green"), "note": ("!", "yellow"), "wrong": ("✗", "red"), "skipped": ("-", "dim")}
_PLAIN_TICKS = {"right": "+", "wrong": "x"}


def doctor(
    *,
    stack: StackOption = None,
    folder: FolderOption = Path(),
    config_file: ConfigFileOption = None,
    workspace: WorkspaceOption = None,
    base_url: BaseUrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the set-up that a program would use: settings, key, workspace, domains, versions.

    Each check waits 5 seconds at most for Userplane. Nothing is changed.

    It ends with 0 if all is right, notes included, and with 1 if a check failed.
    """
    report = examine(stack, folder, config_file, workspace, base_url)
    if as_json:
        typer.echo(json.dumps(_as_json(report), indent=2))
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(1)


def _print(report: Report) -> None:
    if report.given:
        _echo([*terminal.lines(_settings(report.given)), ""])
    _echo(terminal.lines(_checks(report.checks)))
    for choice in report.choices:
        _echo(["", f"workspace {sanitize(choice.workspace_id)}, {choice.name or '(no name)'}"])
        _echo(terminal.lines(_checks(choice.checks)))
    if report.commands:
        _echo(["", "Run in the project's folder, with one of the workspaces:", ""])
        _echo(f"  {command}" for command in report.commands)


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _settings(rows: Iterable[Given]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(Text(row.name), Text(_origin(row)))
    return table


def _origin(row: Given) -> str:
    return "not given" if row.origin == "not given" else f"{_value(row)}, from {row.origin}"


def _value(row: Given) -> str:
    if row.error is not None:
        return "malformed"
    if isinstance(row.value, tuple):
        return " ".join(row.value)
    return str(row.value).lower() if isinstance(row.value, bool) else str(row.value)


def _checks(checks: Iterable[Check]) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        tick, colour = _tick(check)
        table.add_row(Text(tick, colour), Text(check.name), Text(check.detail))
        if check.advice:
            table.add_row("", "", Text(f"{'→' if terminal.can_show('→') else '>'} {check.advice}", colour))
    return table


def _tick(check: Check) -> tuple[str, str]:
    state = "skipped" if check.ok is None else "wrong" if not check.ok else "note" if check.advice else "right"
    tick, colour = _TICKS[state]
    return tick if terminal.can_show(tick) else _PLAIN_TICKS[state], colour


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "settings": [{"name": row.name, "value": row.value, "from": row.origin} for row in report.given],
        "checks": [asdict(check) for check in report.checks],
        "workspaces": [asdict(choice) for choice in report.choices],
        "commands": report.commands,
    }
