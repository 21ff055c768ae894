"""The comments on previews that the real CLI wrote are as recorded, word for word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from tests.unit.cli.review.recorded import (
    COMMENT,
    FOLDER,
    IS_RECORDING,
    OPTIONS,
    PREVIEW,
    REFRESH,
    TEXT,
    read,
    render_recorded,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

ALL = sorted((parent, folder.name) for parent in (FOLDER, OPTIONS) for folder in parent.iterdir() if folder.is_dir())


def test_twelve_pull_requests_are_recorded() -> None:
    assert len(ALL) == 12


@pytest.mark.parametrize(("folder", "name"), ALL, ids=[name for _, name in ALL])
def test_comment_equals_the_recorded_one(folder: Path, name: str) -> None:
    rendered = render_recorded(read(name, PREVIEW, REFRESH, folder=folder), folder=folder)
    if IS_RECORDING:
        write(name, rendered, folder=folder)
    assert rendered == read(name, COMMENT, TEXT, folder=folder)
    assert "-secret" not in rendered[COMMENT] + rendered[TEXT]
    html = MarkdownIt("commonmark").enable("table").render(rendered[COMMENT])
    assert not re.search(r"<(script|b|a|img)\b", html)
