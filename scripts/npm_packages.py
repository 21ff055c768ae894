"""Installs npm packages into this project's cache, once for each lock file."""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import TYPE_CHECKING

from scripts.go_build import find_or_make
from scripts.pulumi_cli import CliError, Work, notify

if TYPE_CHECKING:
    from pathlib import Path


def find_or_install(sources: Path, cache: Path, what: str, *, needed_for: str, takes: str) -> Path:
    """Returns the folder `node_modules` with the packages, which are installed if they aren't there yet.

    Args:
        sources: The folder of `package.json`, its lock and npm's settings.
        cache: This project's cache.
        what: What is installed, in words.
        needed_for: What can't be done without npm, the beginning of a sentence.
        takes: How long that takes and how much of the disk, in words.

    Raises:
        CliError: They can't be had.
    """
    if not (npm := shutil.which("npm")):
        raise CliError(f"{needed_for}, and there is no `npm` on PATH.")

    def install(work: Work) -> None:
        notify(f"Getting {what} once: {takes} …")
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(sources / name, work.result)
        where: list[str | Path] = ["--prefix", work.result, "--cache", work.scratch / "npm"]
        options = ["--ignore-scripts", "--no-audit", "--no-fund"]
        work.run([npm, "ci", *where, *options], "installing", env=dict(os.environ))

    lock = hashlib.sha256((sources / "package-lock.json").read_bytes()).hexdigest()
    return find_or_make(cache / f"node-{lock[:12]}", ["node_modules"], install) / "node_modules"
