"""docs/reference.md and docs/api-client.md are up to date, and the scripts that write them notice when they are not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import client_reference
from tests.unit.docs.page import ROOT


def test_reference_is_up_to_date() -> None:
    assert _reference(ROOT, "--check") == (0, "")


def test_reference_of_the_client_is_up_to_date() -> None:
    assert client_reference.PAGE.read_text(encoding="utf-8") == client_reference.render_page()


def test_reference_of_the_client_explains_each_type_that_methods_return() -> None:
    page = client_reference.render_page()
    returned = re.findall(r"^Client\..* -> (.+)$|^\) -> (.+)$", page, re.MULTILINE)
    fields = re.findall(r"^- `\w+` `([^`]+)`", page, re.MULTILINE)
    kinds = {kind for text in [*map("".join, returned), *fields] for kind in re.findall(r"\b[A-Z]\w+", text)}
    explained = set(re.findall(r"^`(\w+)`: \w", page, re.MULTILINE))
    assert kinds - {"Any", "None", "Iterator"} == explained


def test_reference_of_the_client_lists_each_field_once_and_shows_the_values_of_defaults() -> None:
    page = client_reference.render_page()
    for about in re.findall(r"^`\w+`: .+ Fields:\n\n((?:- .+\n)+)", page, re.MULTILINE):
        names = re.findall(r"^- `(\w+)` `", about, re.MULTILINE)
        assert len(names) == about.count("\n- ") + 1 == len(set(names))
    assert "    requests_per_minute: int = 120,\n" in page
    assert "DEFAULT_" not in page


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("docs", "scripts", "pulumi_userplane"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    # The plugin's schema has the version.
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"), [("`USERPLANE_API_KEY` |", "`KEY` |"), ("a new link, a new address", "nothing")]
)
def test_reference_is_written_again_when_it_is_stale(copy: Path, old: str, new: str) -> None:
    page = copy / "docs" / "reference.md"
    fresh = page.read_text(encoding="utf-8")
    assert old in fresh
    page.write_text(stale := fresh.replace(old, new), encoding="utf-8")

    assert _reference(copy, "--check") == (1, "docs/reference.md is stale; run `make docs`\n")
    assert page.read_text(encoding="utf-8") == stale
    assert _reference(copy) == (0, "")
    assert page.read_text(encoding="utf-8") == fresh


def test_reference_is_stale_when_it_is_missing(copy: Path) -> None:
    (copy / "docs" / "reference.md").unlink()
    assert _reference(copy, "--check")[0] == 1


def _reference(root: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "scripts/reference.py", *arguments],
        cwd=root,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr
