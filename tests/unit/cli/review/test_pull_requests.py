"""The comments on pull requests whose previews the real CLI has written, word for word."""

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
    said_of,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

ALL = sorted((of, each.name) for of in (FOLDER, OPTIONS) for each in of.iterdir() if each.is_dir())


def test_there_are_twelve() -> None:
    assert len(ALL) == 12


@pytest.mark.parametrize(("folder", "name"), ALL, ids=[name for _, name in ALL])
def test_comment(folder: Path, name: str) -> None:
    said = said_of(read(name, PREVIEW, REFRESH, folder=folder), folder=folder)
    if IS_RECORDING:
        write(name, said, folder=folder)
    assert said == read(name, COMMENT, TEXT, folder=folder)
    assert "-secret" not in said[COMMENT] + said[TEXT]
    html = MarkdownIt("commonmark").enable("table").render(said[COMMENT])
    assert not re.search(r"<(script|b|a|img)\b", html)
