"""Every code block of the documentation is checked, and what is drawn exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scripts.check_code_blocks import find_problems
from scripts.code_blocks import find_block, list_blocks
from scripts.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_all_blocks_are_right(tmp_path: Path) -> None:
    assert list(find_problems(list_blocks(), tmp_path)) == []


def test_architecture_draws_folders_and_modules_that_exist() -> None:
    names = re.findall(r"[a-z_]+(?:/|\.py)", find_block("docs/architecture.md", "pulumi-userplane ... ").text)
    assert len(names) > 10
    assert [name for name in names if not (ROOT / "pulumi_userplane" / name).exists()] == []
