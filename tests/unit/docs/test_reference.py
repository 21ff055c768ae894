"""The pages that are made from the code are up to date, and the script that makes them notices when they are not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_userplane.api import errors
from tests.unit.docs.page import ROOT


def test_pages_are_up_to_date() -> None:
    assert _reference(ROOT, "--check") == (0, "")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("docs", "scripts", "pulumi_userplane"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", ["docs/reference.md", "docs/guide.md"])
def test_stale_page_is_named_and_written_anew(copy: Path, page: str) -> None:
    fresh = (copy / page).read_text(encoding="utf-8")
    stale = fresh.replace("`USERPLANE_API_KEY` |", "`KEY` |").replace("write project_id=", "write it")
    (copy / page).write_text(stale, encoding="utf-8")

    assert _reference(copy, "--check") == (1, f"reference: stale: {page}; run `python scripts/reference.py`\n")
    assert (copy / page).read_text(encoding="utf-8") == stale
    assert _reference(copy) == (0, "")
    assert (copy / page).read_text(encoding="utf-8") == fresh


def test_missing_page_is_stale(copy: Path) -> None:
    (copy / "docs" / "reference.md").unlink()
    assert _reference(copy, "--check")[0] == 1


def test_lost_markers_are_told(copy: Path) -> None:
    (copy / "docs" / "guide.md").write_text("# Nothing\n", encoding="utf-8")
    assert _reference(copy) == (
        1,
        "reference: docs/guide.md lacks the markers <!-- codes --> and <!-- /codes -->; put them in\n",
    )


def test_guide_gives_the_advice_for_each_code() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    for code, advice in errors._NEXT_STEPS.items():
        assert f"`{code}` | {advice} |" in guide


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
