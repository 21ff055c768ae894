"""docs/getting-started.md, command by command as a newcomer types them, prints what the page shows."""

import re
import subprocess
import sys
from pathlib import Path

from pulumi_userplane.emulator import Emulator
from scripts.code_blocks import find_blocks
from tests.support.shown_output import assert_shown

ADDRESS = "http://127.0.0.1:8787"
END = "--- the next block"


def test_page_works_as_it_says(tmp_path: Path, pulumi_env: dict[str, str]) -> None:
    blocks = find_blocks("docs/getting-started.md")
    # The last chapter is about an account at Userplane.
    commands = [block for block in blocks if block.language == "sh" and "ws_…" not in block.text]
    installing, emulator, variables, *others = commands
    folder = tmp_path / "first-links"
    folder.mkdir()
    for block in blocks:
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
    # What the first block would put there.
    assert "python3 -m venv venv\n. venv/bin/activate\npip install" in installing.text
    (folder / "venv").symlink_to(sys.prefix)
    assert emulator.text == "venv/bin/pulumi-userplane emulator\n"

    with Emulator() as userplane:
        typed = [variables.text, *(f"echo '{END}'\n{block.text}" for block in others)]
        script = "".join(typed).replace(ADDRESS, userplane.base_url.removesuffix("/api/v1"))
        assert dict(re.findall(r"^export (USERPLANE_\w+)=(.*)", script, re.MULTILINE)) == userplane.environ()
        printed = _run(script, folder, {name: value for name, value in pulumi_env.items() if name not in script})
        writes = [(request.method, request.body) for request in userplane.requests if request.method != "GET"]
        assert not any(link["live"] for link in userplane.links)

    assert [method for method, _ in writes] == ["POST", "PUT", "PUT", "PUT", "POST", "PUT", "DELETE"]
    assert writes[2:4] == [("PUT", {"linkTitle": "Checkout help"})] * 2
    by_line = dict(zip([block.line for block in others], printed.split(f"{END}\n")[1:], strict=True))
    shown = [block for block in blocks if block.language == "text"]
    assert len(shown) == 4
    for block in shown:
        assert_shown(block, by_line[max(line for line in by_line if line < block.line)])


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
