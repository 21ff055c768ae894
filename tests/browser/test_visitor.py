"""What every test of a page relies on: a visit fails where a page does what it must not, and no Chromium remains."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import psutil
import pytest

from scripts.chromium import WHY_NOT, find_chromium
from tests.support.processes import wait_until_ended

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest
from tests.support.chromium import check_accessibility, check_width

@pytest.fixture
def show(visitor, tmp_path):
    def show(html):
        file = tmp_path / "page.html"
        file.write_text(f"<!doctype html><html lang=en><title>A page</title><main><h1>It</h1>{html}</main>")
        return visitor.open(file.as_uri())
    return show

def test_good(show): check_accessibility(show("<p style='background: url(data:image/gif;base64,AAAA)'>Good"))
def test_elsewhere(show, visitor):
    visitor.expect_complaint("ERR_NAME_NOT_RESOLVED")
    show("<img alt='' src='http://elsewhere.example/x.png'>")
def test_dialog(show): show("<script>alert('hear me')</script>")
def test_error(show): show("<script>nothing()</script>")
def test_console(show): show("<script>console.error('not well')</script>")
def test_silence(show, visitor):
    visitor.expect_complaint("a word")
    show("<p>Silent")
def test_accessibility(show): check_accessibility(show("<input>"))
def test_width(show): check_width(show("<p style='width: 2000px'>Wide"))
def test_end(show):
    show("<p>Unfinished")
    raise KeyError
"""
REASONS = {
    "test_elsewhere": "a page asked for something elsewhere",
    "test_dialog": "alert: hear me",
    "test_error": "nothing is not defined",
    "test_console": "error: not well",
    "test_silence": "no page complained of this",
    "test_accessibility": "Form elements must have labels",
    "test_width": "takes 2008 pixels of 1280",
    "test_end": "KeyError",
}


def _run(folder: Path, *options: str, **environ: str) -> str:
    (folder / "test_made.py").write_text(TESTS)
    plugins = ["-p", "tests.support.chromium", "-p", "tests.support.skips", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-rs", "-c", str(ROOT / "pyproject.toml"), *plugins, *options]
    own = {"COLUMNS": "200", "TMPDIR": str(folder), "PYTEST_DEBUG_TEMPROOT": str(folder)}
    done = subprocess.run(
        [*command, str(folder / "test_made.py")],
        cwd=ROOT,
        env={**os.environ, **own, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return f"{done.stdout}\nexit code {done.returncode}"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yields a folder for temporary files: Chromium keeps a socket there, whose path must be short."""
    with tempfile.TemporaryDirectory(prefix="visits-") as folder:
        yield Path(folder)


@pytest.mark.skipif(find_chromium() is None, reason=WHY_NOT)
def test_visit_fails_when_a_page_misbehaves_and_no_chromium_remains(folder: Path) -> None:
    printed = _run(folder, "--junitxml", str(folder / "report.xml"))
    cases = ET.parse(folder / "report.xml").iter("testcase")
    failed = {case.attrib["name"]: "".join(case.itertext()) for case in cases if len(case)}
    assert {name: REASONS[name] in text for name, text in failed.items()} == dict.fromkeys(REASONS, True), printed

    ours = [process for process in psutil.process_iter() if _is_of(process, folder)]
    assert wait_until_ended(ours, 5) == []
    assert [path.name for path in folder.iterdir() if "playwright" in path.name] == []


def test_visits_are_skipped_when_there_is_no_chromium_and_fail_in_ci(folder: Path) -> None:
    printed = _run(folder, CHROMIUM=str(folder / "none"), CI="true")
    assert "9 skipped" in printed
    assert WHY_NOT in printed
    assert "CI is set, and there no test may be skipped" in printed
    assert "exit code 1" in printed


def _is_of(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.environ().get("TMPDIR") == str(folder)
    except psutil.Error:
        return False
