"""Printing: what stands where standard output should be need not be a file."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pulumi_userplane.cli.terminal import can_show, lines, width

if TYPE_CHECKING:
    import pytest


def test_a_program_that_keeps_the_output_to_itself_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    table = Table.grid()
    table.add_row(Text("[red]:smile:✓[/red]"))
    assert lines(table) == ["[red]:smile:✓[/red]"]
    assert width() == 80
    assert can_show("a")
    assert not can_show("✓")
