"""`ci drift` tells drift from none, and both from a look that failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.drift import look_for_drift
from tests.support.ci_platform import MemoryPlatform
from tests.support.previews import step, text
from tests.support.states import state

if TYPE_CHECKING:
    from tests.unit.cli.ci.conftest import Project

CLEAN = text(op="refresh")
EDITED = text(step("update", state("a", link_title="A"), state("a", link_title="B")), op="refresh")
GONE = text(step("delete", state("a", link_title="A")), op="refresh")
KEY = "uspl_canary_0f5c"


def test_drift_is_reported(project: Project) -> None:
    for refresh in (EDITED, GONE):
        project.cli.say(refresh=refresh)
        ended = project.run("drift")
        assert ended.code == 3
        assert "link changed or deleted outside Pulumi" in ended.out
        assert json.loads(project.read("report.json"))["kind"] == "drift"
        assert project.written == {"comment.md", "summary.md", "report.json"}
    assert {"--preview-only", "--run-program"} < {*project.cli.calls[0]}


def test_no_drift_is_reported(project: Project) -> None:
    project.cli.say(refresh=CLEAN)
    platform = MemoryPlatform(pull=None)
    assert look_for_drift(platform, "dev", project.folder, project.out) == 0
    assert platform.outputs == {"outcome": "clean", "severity": "none"}
    assert platform.summary == project.read("summary.md")


def test_failed_look_leaves_no_report(project: Project) -> None:
    project.cli.say(refresh=EDITED)
    project.run("drift")
    failed = text(diagnostics=[{"severity": "error", "message": f"API_KEY_INVALID {KEY}"}])
    for printed in ({"refresh": failed}, {"refresh": "", "refresh__err": f"error: API_KEY_INVALID {KEY}"}):
        project.cli.say(**printed, refresh__code="255")
        ended = project.run("drift")
        assert ended.code == 1
        assert "API_KEY_INVALID" in ended.out + ended.errors
        assert KEY not in ended.out + ended.errors
        assert project.written == set()


def test_refresh_that_ended_early_is_no_look(project: Project) -> None:
    project.cli.say(refresh=CLEAN, refresh__code="255", refresh__err="error: refresh canceled\n")
    ended = project.run("drift")
    assert ended.code == 1
    assert ended.errors == (
        "the refresh of dev ended with exit code 255 before it was done; run it again; what it printed is above\n"
    )
    assert "refresh canceled" in ended.out
    assert project.written == set()


def test_error_of_the_cli_is_said_when_it_wrote_no_json(project: Project) -> None:
    project.cli.say(refresh="", refresh__err="error: no stack named 'dev' found\n", refresh__code="255")
    assert project.run("drift").errors == (
        "the refresh of dev failed: no stack named 'dev' found; create the stack with `pulumi stack init`, or name "
        "another one\n"
    )
    project.cli.say(refresh="", refresh__err="killed\n")
    assert project.run("drift").errors.startswith("the refresh of dev ended with exit code 255 before it was done;")
