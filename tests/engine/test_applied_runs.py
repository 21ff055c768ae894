"""The real CLI leaves what `review --applied` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.applied_runs import CHECKED, RUNS, AppliedRun, record
from tests.unit.cli.review.recorded import APPLIED, IS_RECORDING, RESULTS, read, render_run, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.stack import Stack


@pytest.mark.parametrize("run", RUNS if IS_RECORDING else CHECKED, ids=lambda run: run.name)
def test_cli_leaves_what_was_recorded(run: AppliedRun, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    stack: Stack = request.getfixturevalue("yaml_stack" if run.is_yaml else "stack")
    files = record(stack, run)
    if IS_RECORDING:
        write(run.name, files, folder=APPLIED)
    else:
        write("", files, folder=tmp_path)
        assert render_run(tmp_path) == read(run.name, *RESULTS, folder=APPLIED)
