"""Prepares tables for a person: colours only on a terminal, and no text from outside can break them."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH_WITHOUT_TERMINAL = 80


def measure_width() -> int:
    """Returns the terminal's width in characters; 80 without a terminal."""
    return _console().width


def render_table(table: Table, width: int | None = None) -> list[str]:
    """Returns what a table looks like on standard output, line by line.

    Args:
        table: The table; its cells are `Text`, so that none is taken for markup.
        width: Its greatest width; the terminal's when left out.
    """
    console = _console(width)
    with console.capture() as capture:
        console.print(table)
    return [line.rstrip() for line in capture.get().splitlines()]


def can_show(text: str) -> bool:
    """Returns whether standard output's encoding has these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _console(width: int | None = None) -> Console:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A title may hold characters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False, markup=False, emoji=False)
    # The variable COLUMNS may be 0, a width in which nothing can be printed.
    console.size = (width or console.width or _WIDTH_WITHOUT_TERMINAL, console.height)
    return console
