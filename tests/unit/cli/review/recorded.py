"""Reads and writes the recorded previews of pull requests and what the review makes of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_userplane.cli import stack as stacks
from pulumi_userplane.cli.review.applied_files import read_applied, render_applied
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.preview_digest import parse_digest
from pulumi_userplane.cli.review.render import Format, render_text
from pulumi_userplane.cli.review.section import ReviewedStack
from pulumi_userplane.cli.review.violations import Limit, Limits, find_violations

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent / "pull_requests"
OPTIONS = Path(__file__).parent / "options"
"""Those on a stack of its own, whose links resource options replace, delete and keep."""
PICTURED = Path(__file__).parent / "pictured"
"""The one whose comment is shown as a picture: `make pictures` after a change of it."""
APPLIED = Path(__file__).parent / "applied"
"""What runs of `up` left: the states around them and their logs."""
STATE, PREVIEW, REFRESH = "state.json", "preview.json", "refresh.json"
BEFORE, AFTER, LOG = "before.json", "after.json", "up.log"
TABLE, JSON = "links.csv", "links.json"
COMMENT, TEXT = "comment.md", "comment.txt"
RESULTS = {COMMENT: Format.MARKDOWN, TEXT: Format.TEXT, TABLE: Format.CSV, JSON: Format.JSON}
"""The formats of what is written of a run of `up`."""
IS_RECORDING = bool(os.environ.get("RECORD_REVIEWS"))
"""Whether the files are recorded again: first by `tests/engine/test_review.py`, then by the unit tests."""

_LIMITS = Limits(Limit.parse("0"), Limit.parse("30%"))


def render_recorded(files: Mapping[str, str], *, folder: Path = FOLDER) -> dict[str, str]:
    """The comment and the text for what the CLI wrote, by the files' names."""
    state = folder / STATE
    review = build_review(
        parse_digest(files[PREVIEW], PREVIEW),
        parse_digest(files[REFRESH], REFRESH) if REFRESH in files else None,
        stacks.read_file(state) if state.exists() else None,
    )
    section = ReviewedStack(review, tuple(find_violations(review, _LIMITS)))
    return {COMMENT: render_comment([section]), TEXT: render_text([section])}


def render_run(folder: Path) -> dict[str, str]:
    """What is written of a run of `up`, by the files' names."""
    applied = read_applied(folder / BEFORE, folder / AFTER, folder / LOG, None)
    return {file: render_applied(applied, form) for file, form in RESULTS.items()}


def read(name: str, *files: str, folder: Path = FOLDER) -> dict[str, str]:
    """The files of one pull request that there are."""
    paths = [folder / name / file for file in files]
    return {path.name: path.read_bytes().decode() for path in paths if path.exists()}


def write(name: str, files: Mapping[str, str], *, folder: Path = FOLDER) -> None:
    """Keeps files of one pull request."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / name / file).write_bytes(text.encode())
