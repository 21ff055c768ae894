"""The documentation's site, built once for all workers of a test run."""

from __future__ import annotations

import fcntl
import os
import sys
from typing import TYPE_CHECKING

import pytest

from scripts import site

if TYPE_CHECKING:
    from pathlib import Path

CAN_HAVE_SPHINX = sys.version_info >= (3, 11)
"""Whether this Python can have what builds the site."""


def pytest_report_header() -> str | None:
    """Says that tests are left out: the locked packages for this Python have no Sphinx."""
    return None if CAN_HAVE_SPHINX else "left out: tests marked needs_sphinx, since Sphinx needs Python 3.11"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves them out."""
    if not CAN_HAVE_SPHINX:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("needs_sphinx")])
        items[:] = [item for item in items if not item.get_closest_marker("needs_sphinx")]


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder of the site of this repository; tests only read it."""
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    folder = run / "site"
    with (run / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = run / "unfinished-site"
            site.build(unfinished)
            unfinished.rename(folder)
    return folder
