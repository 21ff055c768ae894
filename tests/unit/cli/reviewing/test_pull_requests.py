"""The comments on ten pull requests whose previews the real CLI has written, word for word."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from tests.unit.cli.reviewing.recorded import (
    COMMENT,
    FOLDER,
    IS_RECORDING,
    PREVIEW,
    REFRESH,
    TEXT,
    read,
    said_of,
    write,
)

ALL = sorted(each.name for each in FOLDER.iterdir() if each.is_dir())


def test_there_are_ten() -> None:
    assert len(ALL) == 10


@pytest.mark.parametrize("name", ALL)
def test_comment(name: str) -> None:
    said = said_of(read(name, PREVIEW, REFRESH))
    if IS_RECORDING:
        write(name, said)
    assert said == read(name, COMMENT, TEXT)
    assert "-secret" not in said[COMMENT] + said[TEXT]
    html = MarkdownIt("commonmark").enable("table").render(said[COMMENT])
    assert not re.search(r"<(script|b|a|img)\b", html)
