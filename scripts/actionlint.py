"""Finds actionlint, which checks workflows, or builds it once; the last line on stdout is the program."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from scripts.go_build import find_or_build
from scripts.pulumi_cli import CACHE, CliError

MODULE = "github.com/rhysd/actionlint"
SOURCES = Path(__file__).parent / "actionlint-cli"


def find() -> Path:
    """Returns the program: the one on PATH, else the one in the cache, built if need be.

    Raises:
        CliError: It can't be built here.
    """
    if found := shutil.which("actionlint"):
        return Path(found)
    [version] = re.findall(rf"{MODULE} (v[\d.]+)", (SOURCES / "go.mod").read_text("utf-8"))
    programs = {"actionlint": (SOURCES, f"{MODULE}/cmd/actionlint")}
    return find_or_build(CACHE / f"actionlint-{version}", programs, "actionlint", takes="about a minute") / "actionlint"


def main() -> None:
    """Prints the program; exits with 1 and one sentence when there is none."""
    try:
        print(find())
    except CliError as error:
        sys.exit(f"actionlint: {error}")


if __name__ == "__main__":
    main()
