"""A run of CI may skip no test; what a Python can't have is left out before the run, and that is said."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import built_site
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SITE = """
import pytest
from tests.support import built_site

built_site.CAN_HAVE_SPHINX = {can_have}

@pytest.mark.needs_sphinx
def test_site(): raise KeyError("built")

def test_other(): ...
"""


def run(folder: Path, text: str) -> tuple[int, str]:
    (folder / "test_one.py").write_text(text)
    plugins = ["-p", "tests.support.skips", "-p", "tests.support.built_site", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", *plugins, folder],
        cwd=ROOT,
        env={"CI": "true", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("reason", ["no redis-server", "Sphinx needs Python 3.11"])
def test_skipped_test_fails_a_run_of_ci(tmp_path: Path, reason: str) -> None:
    code, printed = run(tmp_path, f"import pytest\n\n@pytest.mark.skip(reason={reason!r})\ndef test(): ...\n")
    assert "no test may be skipped: " in printed
    assert code == 1


@pytest.mark.parametrize(
    ("can_have", "code", "counts"), [(True, 1, "1 failed, 1 passed"), (False, 0, "1 passed, 1 des")]
)
def test_site_is_left_out_where_python_cannot_have_sphinx(
    tmp_path: Path, can_have: bool, code: int, counts: str
) -> None:
    done = run(tmp_path, SITE.format(can_have=can_have))
    assert counts in done[1]
    assert done[0] == code


@pytest.mark.parametrize(("can_have", "is_said"), [(True, False), (False, True)])
def test_beginning_says_what_is_left_out(can_have: bool, is_said: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built_site, "CAN_HAVE_SPHINX", can_have)
    assert ("needs_sphinx" in (built_site.pytest_report_header() or "")) == is_said
