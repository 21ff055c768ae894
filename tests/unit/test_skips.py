"""A run of CI may skip a test for one reason only."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.built_site import WHY_NOT
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize(("reason", "code"), [(WHY_NOT, 0), ("no redis-server", 1)])
def test_skipped_test_fails_a_run_of_ci_unless_python_is_too_old(tmp_path: Path, reason: str, code: int) -> None:
    (tmp_path / "test_one.py").write_text(f"import pytest\n\n@pytest.mark.skip(reason={reason!r})\ndef test(): ...\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.support.skips", "-p", "no:cacheprovider", tmp_path],
        cwd=ROOT,
        env={"CI": "true", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert ("no test may be skipped: " in done.stdout) == bool(code)
