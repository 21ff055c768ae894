"""The mocked test of docs/testing.md runs as it is, and fails when the program is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.docs.page import write_files


@pytest.mark.slow
def test_mocked_test_of_page_passes_and_fails_when_program_is_wrong(tmp_path: Path) -> None:
    write_files("testing.md", "links.py", "test_links.py", folder=tmp_path)
    assert "1 passed" in _pytest(tmp_path, code=0)

    program = tmp_path / "links.py"
    program.write_text(program.read_text(encoding="utf-8").replace("Help with", "About"), encoding="utf-8")
    assert "1 failed" in _pytest(tmp_path, code=1)


def _pytest(folder: Path, *, code: int) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--disable-socket", "--allow-unix-socket"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout
