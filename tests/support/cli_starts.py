"""Counts how often a test run starts the Pulumi CLI, which is what most of its time goes into."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_FOLDER = pytest.StashKey[Path]()
_COUNTER = "starts"


def pytest_configure(config: pytest.Config) -> None:
    """Puts a `pulumi` first on PATH that counts and then becomes the real one, also in shells and workers."""
    real = shutil.which("pulumi")
    # With --fast no CLI may start, and it is known by where it lies.
    if real is None or hasattr(config, "workerinput") or config.getoption("--fast", default=False):
        return
    folder = Path(tempfile.mkdtemp(prefix="pulumi-starts-"))
    counter = folder / _COUNTER
    counter.touch()
    script = folder / "pulumi"
    script.write_text(f'#!/bin/sh\nprintf . >>"{counter}"\nexec "{Path(real).absolute()}" "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    config.stash[_FOLDER] = folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says the number."""
    if folder := config.stash.get(_FOLDER, None):
        terminalreporter.write_line(f"The Pulumi CLI was started {(folder / _COUNTER).stat().st_size} times.")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes the folder."""
    if folder := config.stash.get(_FOLDER, None):
        shutil.rmtree(folder, ignore_errors=True)
