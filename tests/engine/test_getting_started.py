"""docs/getting-started.md, command by command as a newcomer types them, prints what the page shows."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pulumi_userplane.emulator import Emulator
from scripts.code_blocks import find_blocks
from tests.engine.conftest import environment
from tests.support.shown_output import assert_shown

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.code_blocks import Block

ADDRESS = "http://127.0.0.1:8787"
END = "--- the next block"


class Typed(NamedTuple):
    """What a newcomer has typed, and what came of it.

    Attributes:
        printed: What each block of commands printed, by the block's line.
        writes: Method and body of each request that changed something at Userplane.
        left: The ids of the links that are there at the end.
    """

    printed: dict[int, str]
    writes: list[tuple[str, Any]]
    left: list[str]


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    return find_blocks("docs/getting-started.md")


@pytest.fixture(scope="module")
def typed(blocks: list[Block], tmp_path_factory: pytest.TempPathFactory) -> Typed:
    # The last chapter is about an account at Userplane.
    commands = [block for block in blocks if block.language == "sh" and "ws_…" not in block.text]
    installing, emulator, variables, *others = commands
    home = tmp_path_factory.mktemp("newcomer")
    folder = home / "first-links"
    folder.mkdir()
    for block in blocks:
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
    # What the first block would put there.
    assert "python3 -m venv venv\n. venv/bin/activate\npip install" in installing.text
    (folder / "venv").symlink_to(sys.prefix)
    assert emulator.text == "venv/bin/pulumi-userplane emulator\n"

    with Emulator() as userplane:
        lines = [variables.text, *(f"echo '{END}'\n{block.text}" for block in others)]
        script = "".join(lines).replace(ADDRESS, userplane.base_url.removesuffix("/api/v1"))
        assert dict(re.findall(r"^export (USERPLANE_\w+)=(.*)", script, re.MULTILINE)) == userplane.environ()
        printed = _run(script, folder, {name: text for name, text in environment(home).items() if name not in script})
        writes = [(request.method, request.body) for request in userplane.requests if request.method != "GET"]
        left = [link["linkId"] for link in userplane.links if link["live"]]
    by_line = zip([block.line for block in others], printed.split(f"{END}\n")[1:], strict=True)
    return Typed(dict(by_line), writes, left)


def test_page_works_as_it_says(typed: Typed) -> None:
    assert [method for method, _ in typed.writes] == ["POST", "PUT", "PUT", "PUT", "POST", "PUT", "DELETE"]
    assert typed.writes[2:4] == [("PUT", {"linkTitle": "Checkout help"})] * 2
    assert typed.left == []


def test_page_shows_what_is_printed(blocks: list[Block], typed: Typed) -> None:
    shown = [block for block in blocks if block.language == "text"]
    assert len(shown) == 4
    for block in shown:
        assert_shown(block, typed.printed[max(line for line in typed.printed if line < block.line)])


def _run(script: str, folder: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
