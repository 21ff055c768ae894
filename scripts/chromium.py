"""Finds and starts the Chromium of this machine, for pictures and for the tests of pages; none is downloaded."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from playwright.sync_api import Browser, Playwright

VARIABLE = "CHROMIUM"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WHY_NOT = f"there is no `chromium` on PATH (Debian: apt-get install chromium), and ${VARIABLE} names none"

_OPTIONS = (
    "--disable-gpu",
    # It asks nobody on its own.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """Returns the program that the variable names, or else the first on PATH; None where there is none."""
    named = os.environ.get(VARIABLE)
    return next(filter(None, map(shutil.which, [named] if named else PROGRAMS)), None)


def launch_chromium(playwright: Playwright, home: Path, options: Iterable[str]) -> Browser:
    """Starts the Chromium that is found.

    Args:
        playwright: What drives it.
        home: A folder for what it has to write; otherwise it keeps a profile in the user's.
        options: More of its options.
    """
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("XDG_")}
    return playwright.chromium.launch(
        executable_path=find_chromium(),
        args=[*_OPTIONS, *options],
        env={**inherited, "HOME": str(home)},
        # Its sandbox does not work for root; the pages are ours.
        chromium_sandbox=os.geteuid() != 0,
    )


def main() -> None:
    """Prints the program, or fails and says why there is none."""
    if not (program := find_chromium()):
        sys.exit(WHY_NOT)
    print(program)


if __name__ == "__main__":
    main()
