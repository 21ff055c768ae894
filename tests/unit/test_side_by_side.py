"""Workers run every test, and coverage is measured in them and in no process that a test starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import side_by_side

ROOT = Path(__file__).parents[2]
PACKAGE = """
def worker():
    return "only a worker runs this line"

def host():
    return "only a host runs this line"
"""
TESTS = """
import subprocess, sys
import made

def test_both():
    made.worker()
    subprocess.run([sys.executable, "-c", "import made; made.host()"], check=True)
"""


@pytest.mark.slow
def test_coverage_counts_a_line_when_a_worker_runs_it(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text(PACKAGE)
    (tmp_path / "test_made.py").write_text(TESTS)
    (tmp_path / ".coveragerc").write_text("[run]\nparallel = true\nsource = .\npatch = subprocess\n")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "PYTEST_"))}
    env["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{ROOT}"

    def run(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    plugins = ("-p", "tests.support.side_by_side", "-p", "no:cacheprovider")
    run("coverage", "run", "-m", "pytest", *plugins, "--numprocesses", "1", "test_made.py")
    run("coverage", "combine")
    run("coverage", "json")

    functions = json.loads((tmp_path / "coverage.json").read_text())["files"]["made.py"]["functions"]
    covered = {name: functions[name]["summary"]["percent_covered"] for name in ("worker", "host")}
    assert covered == {"worker": 100.0, "host": 0.0}


def test_collection_is_refused_when_two_tests_have_one_id() -> None:
    alike: Any = [SimpleNamespace(nodeid="tests/x.py::test", name="test[a]") for _ in range(2)]
    with pytest.raises(AssertionError, match="not all would be run"):
        side_by_side._tell_apart(alike)
