"""Builds the site with Sphinx, and looks with lychee whether each of its links leads somewhere."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from scripts.site.accessibility import mend
from scripts.site.errors import SiteError
from scripts.site.staging import Staging
from scripts.source import ROOT

CONFIGURATION = Path(__file__).parent


def build(folder: Path, root: Path = ROOT) -> None:
    """Builds the site; nothing else in the repository is written to.

    Args:
        folder: Where it is written, best an empty folder.
        root: The repository.

    Raises:
        SiteError: There is a warning, or no Sphinx.
    """
    if find_spec("sphinx") is None:
        raise SiteError(
            "Sphinx is missing, which needs Python 3.11 or newer: `make clean`, `make venv PYTHON=python3.11`."
        )
    with tempfile.TemporaryDirectory() as work:
        pages, cache = Path(work, "pages"), Path(work, "cache")
        pages.mkdir()
        Staging(root, pages).write()
        strict = ("--fail-on-warning", "--keep-going", "--nitpicky", "--quiet", "--fresh-env")
        paths = ("--conf-dir", CONFIGURATION, "--doctree-dir", cache, pages, folder)
        _run([sys.executable, "-m", "sphinx", "--builder", "html", *strict, *paths], hide=f"{pages}/")
    for page in folder.rglob("*.html"):
        page.write_text(mend(page.read_text("utf-8")), "utf-8")


def check_links(folder: Path) -> None:
    """Follows each link of a built site to pages, fragments, pictures and styles of the site.

    Raises:
        SiteError: One of them leads to nothing.
    """
    pages = sorted(folder.rglob("*.html"))
    lychee = Path(sys.executable).with_name("lychee")
    options = ("--offline", "--include-fragments", "--no-progress", "--index-files", "", "--root-dir", folder.resolve())
    _run([lychee, *options, *pages], hide=f"{folder.resolve()}/")


def _run(command: list[object], hide: str) -> None:
    """Runs a tool; what it says is shown without the folder that it worked in, if it fails."""
    done = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SiteError((done.stdout + done.stderr).replace(hide, "").strip())
