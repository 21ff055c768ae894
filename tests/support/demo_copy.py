"""The files of the demo in a folder of their own, and what runs there."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
FILES = (
    "Pulumi.yaml",
    "examples/quickstart/__main__.py",
    "scripts/demo.py",
    "scripts/demo_ending.py",
    "scripts/demo_stage.py",
)


def copy_demo(folder: Path) -> Path:
    """Copies the files that the demo needs, so that a test changes nothing in the checkout."""
    for path in FILES:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CHECKOUT / path, folder / path)
    return folder


def processes_of(folder: Path) -> list[str]:
    """Returns the processes that have this folder in their environment, as all that the demo starts."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        # Others may end while they are looked at.
        with contextlib.suppress(OSError):
            if os.fsencode(folder) in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
    return found
