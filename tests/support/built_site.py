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

WHY_NOT = "Sphinx needs Python 3.11"
"""The one reason for which CI skips a test: Python 3.10 can't have what builds the site."""

needs_sphinx = pytest.mark.skipif(sys.version_info < (3, 11), reason=WHY_NOT)


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
