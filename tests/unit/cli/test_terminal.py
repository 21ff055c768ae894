"""Tables are printed on a terminal, and on whatever stands for standard output."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from typer.testing import CliRunner

from pulumi_userplane.cli.app import app
from pulumi_userplane.cli.terminal import can_show, measure_width, render_table

if TYPE_CHECKING:
    import pytest


def test_output_is_printed_when_standard_output_is_not_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    table = Table.grid()
    table.add_row(Text("[red]:smile:✓[/red]"))
    assert render_table(table) == ["[red]:smile:✓[/red]"]
    assert measure_width() == 80
    assert can_show("a")
    assert not can_show("✓")


def test_help_has_no_colours_when_ci_system_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GITHUB_ACTIONS", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.setenv(variable, "1")
    for arguments in (["--help"], ["doctor", "--help"], ["export"]):
        done = CliRunner().invoke(app, arguments)
        assert "\x1b" not in done.output
        assert "pulumi-userplane" in done.output or "Usage" in done.output
