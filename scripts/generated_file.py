"""Writes a file that is made from the code, or says that it is stale."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from scripts.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write_or_check(path: Path, render: Callable[[], str], description: str | None) -> None:
    """Writes the file if it is stale; with --check it only exits with 1.

    Args:
        path: The file.
        render: Returns the text that it should have.
        description: What the script's help says.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when the file is stale")
    check = parser.parse_args().check
    text = render()
    if path.exists() and path.read_text("utf-8") == text:
        return
    if check:
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        sys.exit(f"{name} is stale; run `make docs`")
    path.write_text(text, "utf-8")
