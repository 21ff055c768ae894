"""Builds the site into build/site and checks its links; --check builds it elsewhere and leaves nothing behind."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from scripts.site.building import build, check_links
from scripts.site.errors import SiteError
from scripts.source import ROOT

SITE = ROOT / "build" / "site"


def main() -> None:
    """Builds and checks it, or says in words why not."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m scripts.site")
    parser.add_argument("--check", action="store_true", help="write nothing into the repository")
    check = parser.parse_args().check
    try:
        with tempfile.TemporaryDirectory() as work:
            site = Path(work, "site")
            build(site)
            check_links(site)
            if not check:
                shutil.rmtree(SITE, ignore_errors=True)
                shutil.copytree(site, SITE)
                print(f"The site is in {SITE.relative_to(ROOT)}: open {SITE.relative_to(ROOT)}/index.html")
    except SiteError as error:
        sys.exit(f"site: {error}")


if __name__ == "__main__":
    main()
