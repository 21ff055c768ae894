"""What `review --applied` writes of runs of the real CLI is as recorded, word for word."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from tests.unit.cli.review.recorded import APPLIED, COMMENT, IS_RECORDING, RESULTS, read, render_run, write

ALL = sorted(folder.name for folder in APPLIED.iterdir())


def test_ten_runs_are_recorded() -> None:
    assert len(ALL) == 10


@pytest.mark.parametrize("name", ALL)
def test_result_equals_the_recorded_one(name: str) -> None:
    rendered = render_run(APPLIED / name)
    if IS_RECORDING:
        write(name, rendered, folder=APPLIED)
    assert rendered == read(name, *RESULTS, folder=APPLIED)
    assert "a-secret" not in "".join(rendered.values())
    html = MarkdownIt("commonmark").enable("table").render(rendered[COMMENT])
    assert not re.search(r"<(script|b|a|img)\b", html)
    [verdict] = re.findall(r"<h3>(.*)</h3>", html)
    assert len(verdict.split()) <= 10
    assert rendered[COMMENT].endswith("\n<!-- pulumi-userplane result p/dev -->\n")


def test_comment_is_the_same_when_the_links_are_the_plugins() -> None:
    assert read("09-yaml", COMMENT, folder=APPLIED) == read("02-new-addresses", COMMENT, folder=APPLIED)
