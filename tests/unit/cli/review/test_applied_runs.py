"""What `review --applied` writes of runs of the real CLI is as recorded, word for word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from pulumi_userplane.cli.review.applied_files import read_applied, render_applied
from pulumi_userplane.cli.review.render import Format
from tests.unit.cli.review.recorded import (
    AFTER,
    APPLIED,
    BEFORE,
    COMMENT,
    IS_RECORDING,
    JSON,
    LOG,
    TABLE,
    TEXT,
    read,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

ALL = sorted(folder.name for folder in APPLIED.iterdir())
FORMATS = {COMMENT: Format.MARKDOWN, TEXT: Format.TEXT, TABLE: Format.CSV, JSON: Format.JSON}


def render_files(folder: Path) -> dict[str, str]:
    """Returns what is written of one run, by the files' names."""
    applied = read_applied(folder / BEFORE, folder / AFTER, folder / LOG, None)
    return {file: render_applied(applied, form) for file, form in FORMATS.items()}


def test_ten_runs_are_recorded() -> None:
    assert len(ALL) == 10


@pytest.mark.parametrize("name", ALL)
def test_result_equals_the_recorded_one(name: str) -> None:
    rendered = render_files(APPLIED / name)
    if IS_RECORDING:
        write(name, rendered, folder=APPLIED)
    assert rendered == read(name, *FORMATS, folder=APPLIED)
    assert "a-secret" not in "".join(rendered.values())
    html = MarkdownIt("commonmark").enable("table").render(rendered[COMMENT])
    assert not re.search(r"<(script|b|a|img)\b", html)
    [verdict] = re.findall(r"<h3>(.*)</h3>", html)
    assert len(verdict.split()) <= 10
    assert rendered[COMMENT].endswith("\n<!-- pulumi-userplane result p/dev -->\n")
