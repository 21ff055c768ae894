"""The contracts in pyproject.toml refuse an import that is turned round."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def check_contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs import-linter on the copy of the package in a folder."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("diff", "lifecycle.plan", "One direction"),
        ("api/retry", "settings", "One direction"),
        ("recovery/journal", "refresh.list_reader", "One direction"),
        ("lookups/matching", "program.errors", "One direction"),
        ("api/text", "emulator.clock", "written apart"),
        ("cli/terminal", "emulator", "Only its command knows"),
        ("lifecycle/read", "emulator", "Only its command knows"),
        ("cli/doctor/report", "cli.links.command", "Commands don't import"),
        ("cli/review/build", "cli.ci.report", "Commands don't import"),
        ("cli/ci/comment", "cli.ci.github\nimport github", "Each code host's library"),
    ],
)
def test_contract_breaks_when_one_import_is_turned_round(
    tmp_path: Path, module: str, imported: str, contract: str
) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "pulumi_userplane", tmp_path / "pulumi_userplane", ignore=shutil.ignore_patterns("__pycache__")
    )
    with (tmp_path / "pulumi_userplane" / f"{module}.py").open("a") as source:
        source.write(f"\nimport pulumi_userplane.{imported}\n")
    checked = check_contracts(tmp_path)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    # Long names of contracts are broken over lines.
    assert re.search(rf"{contract}((?!KEPT).)* BROKEN", " ".join(checked.stdout.split())), checked.stdout
