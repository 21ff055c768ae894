"""The comments on previews that the real CLI wrote are as recorded, word for word."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from tests.support.previews import in_camel_case, step_of_plugin
from tests.support.states import export, of_plugin, resources_of
from tests.unit.cli.review.recorded import (
    COMMENT,
    FOLDER,
    IS_RECORDING,
    OPTIONS,
    PICTURED,
    PREVIEW,
    REFRESH,
    STATE,
    TEXT,
    read,
    render_recorded,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

ALL = sorted(
    (parent, folder.name) for parent in (FOLDER, OPTIONS, PICTURED) for folder in parent.iterdir() if folder.is_dir()
)


def test_thirteen_pull_requests_are_recorded() -> None:
    assert len(ALL) == 13


@pytest.mark.parametrize(("folder", "name"), ALL, ids=[name for _, name in ALL])
def test_comment_equals_the_recorded_one(folder: Path, name: str) -> None:
    rendered = render_recorded(read(name, PREVIEW, REFRESH, folder=folder), folder=folder)
    if IS_RECORDING:
        write(name, rendered, folder=folder)
    assert rendered == read(name, COMMENT, TEXT, folder=folder)
    assert "-secret" not in rendered[COMMENT] + rendered[TEXT]
    html = MarkdownIt("commonmark").enable("table").render(rendered[COMMENT])
    assert not re.search(r"<(script|b|a|img)\b", html)


def through_plugin(text: str) -> str:
    """Returns what the CLI would have written if the links were the plugin's."""
    content = json.loads(text)
    return json.dumps({**content, "steps": [*map(step_of_plugin, content["steps"])]})


@pytest.mark.parametrize(("folder", "name"), ALL, ids=[name for _, name in ALL])
def test_comment_spells_names_in_camel_case_when_the_links_are_the_plugins(
    folder: Path, name: str, tmp_path: Path
) -> None:
    files = {file: through_plugin(text) for file, text in read(name, PREVIEW, REFRESH, folder=folder).items()}
    if (folder / STATE).exists():
        exported = map(of_plugin, resources_of((folder / STATE).read_text(encoding="utf-8")))
        (tmp_path / STATE).write_text(export(*exported), encoding="utf-8")
    assert not any('"link_title":' in text or '"domain_id":' in text for text in files.values())
    expected = {file: in_camel_case(text) for file, text in read(name, COMMENT, TEXT, folder=folder).items()}
    assert render_recorded(files, folder=tmp_path) == expected
