"""Finds the Chromium of this machine, for pictures and for the tests of pages; none is downloaded."""

from __future__ import annotations

import os
import shutil

VARIABLE = "CHROMIUM"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WHY_NOT = f"there is no `chromium` on PATH (Debian: apt-get install chromium), and ${VARIABLE} names none"


def find_chromium() -> str | None:
    """Returns the program that the variable names, or else the first on PATH; None where there is none."""
    named = os.environ.get(VARIABLE)
    return next(filter(None, map(shutil.which, [named] if named else PROGRAMS)), None)
