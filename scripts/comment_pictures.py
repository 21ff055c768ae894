"""The pictures of the review's comment: from a recorded one, as GitHub shows it."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from scripts.comment_html import render_html
from scripts.npm_packages import find_or_install
from scripts.pulumi_cli import CACHE
from scripts.screenshots import THEMES, Picture, compute_fingerprint, take_picture
from scripts.source import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from scripts.screenshots import Theme

SOURCES = Path(__file__).parent / "comment-page"
RECORDED = ROOT / "tests" / "unit" / "cli" / "review"
COMMENTS = {
    "comment": RECORDED / "pictured" / "new-domain" / "comment.md",
    "result": RECORDED / "applied" / "02-new-addresses" / "comment.md",
}
"""What is shown, by the beginning of the pictures' names."""

COLOURS = {"light": ("#ffffff", "#d1d9e0"), "dark": ("#0d1117", "#3d444d")}
"""Background and frame on the code host, next to what its style sheet has."""

WIDTH = 820


def list_pictures(folder: Path) -> list[Picture]:
    """Returns the picture of each comment in each theme."""
    return [
        Picture(
            folder / f"{name}-{theme}.png",
            partial(fingerprint_comment, comment, theme),
            partial(_take_picture, comment, theme),
        )
        for name, comment in COMMENTS.items()
        for theme in THEMES
    ]


def fingerprint_comment(comment: Path, theme: Theme) -> str:
    """Returns what changes when the picture of a comment has to be taken anew."""
    lock = (SOURCES / "package-lock.json").read_text("utf-8")
    return compute_fingerprint(_render_page(comment, theme, "packages"), lock)


def find_packages() -> Path:
    """Returns the folder of the npm packages that a comment is shown with.

    Raises:
        CliError: They can't be had.
    """
    return find_or_install(
        SOURCES,
        CACHE,
        "GitHub's style sheet and two fonts",
        needed_for="a comment is shown with GitHub's style sheet, which npm has",
        takes="a few seconds and 9 MB of disk",
    )


def _take_picture(comment: Path, theme: Theme, browser: Browser) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(_render_page(comment, theme, find_packages().as_uri()), "utf-8")
        return take_picture(browser, page.as_uri(), theme=theme, width=WIDTH)


def _render_page(comment: Path, theme: Theme, packages: str) -> str:
    background, frame = COLOURS[theme]
    template = Template((SOURCES / "page.html").read_text("utf-8"))
    html = render_html(comment.read_text("utf-8"))
    return template.substitute(
        packages=packages, theme=theme, background=background, frame=frame, width=WIDTH, comment=html
    )
