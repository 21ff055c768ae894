"""`pulumi-userplane doctor`: prints whether the set-up is right, and what to do where it isn't."""

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
from pulumi_userplane.cli.doctor.report import Check, Report, SettingRow
from pulumi_userplane.cli.doctor.runner import run_checks
from pulumi_userplane.cli.options import (
    BaseUrlOption,
    ConfigFileOption,
    FolderOption,
    JsonOption,
    StackOption,
    WorkspaceOption,
)

EXAMPLE = (
    "Example: `pulumi-userplane doctor --stack dev --json` checks the set-up of the stack dev, for a script that reads "
    "the checks or the exit code."
)
_SYMBOLS = {"right": ("✓", "green"), "advice": ("!", "yellow"), "wrong": ("✗", "red"), "skipped": ("-", "dim")}
_ASCII_SYMBOLS = {"right": "+", "wrong": "x"}


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

    Each check waits at most 5 seconds for Userplane. The Pulumi CLI may take up to 120 seconds.

    Nothing is changed. The exit code is 0 if no check failed, and 1 otherwise.
    """
    report = run_checks(stack, folder, config_file, workspace, base_url)
    if as_json:
        typer.echo(json.dumps(_build_json(report), indent=2))
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(1)


def _print(report: Report) -> None:
    if report.settings:
        _print_lines([*terminal.render_table(_build_settings_table(report.settings)), ""])
    _print_lines(terminal.render_table(_build_checks_table(report.checks)))
    for workspace in report.workspaces:
        _print_lines(["", f"workspace {sanitize(workspace.workspace_id)}, {workspace.name or '(no name)'}"])
        _print_lines(terminal.render_table(_build_checks_table(workspace.checks)))
    if report.commands:
        _print_lines(["", "Run in the project's folder, with one of the workspaces:", ""])
        _print_lines(f"  {command}" for command in report.commands)


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _build_settings_table(rows: Iterable[SettingRow]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        origin = "not given" if row.origin == "not given" else f"{_format_value(row)}, from {row.origin}"
        table.add_row(Text(row.name), Text(origin))
    return table


def _format_value(row: SettingRow) -> str:
    if row.error is not None:
        return "malformed"
    if isinstance(row.value, tuple):
        return " ".join(row.value)
    return str(row.value).lower() if isinstance(row.value, bool) else str(row.value)


def _build_checks_table(checks: Iterable[Check]) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        symbol, colour = _choose_symbol(check)
        table.add_row(Text(symbol, colour), Text(check.name), Text(check.detail))
        if check.advice:
            table.add_row("", "", Text(f"{'→' if terminal.can_show('→') else '>'} {check.advice}", colour))
    return table


def _choose_symbol(check: Check) -> tuple[str, str]:
    """Returns the sign in front of a check, and its colour."""
    result = "skipped" if check.ok is None else "wrong" if not check.ok else "advice" if check.advice else "right"
    symbol, colour = _SYMBOLS[result]
    return symbol if terminal.can_show(symbol) else _ASCII_SYMBOLS[result], colour


def _build_json(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "settings": [{"name": row.name, "value": row.value, "from": row.origin} for row in report.settings],
        "checks": [asdict(check) for check in report.checks],
        "workspaces": [asdict(workspace) for workspace in report.workspaces],
        "commands": report.commands,
    }
