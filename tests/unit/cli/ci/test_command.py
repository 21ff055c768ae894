"""The commands of `ci` choose a platform, and end with one line and an exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from pulumi_userplane.cli.app import app
from pulumi_userplane.cli.ci.platform import PlatformError
from pulumi_userplane.cli.ci.report import Kind, Outcome, Report, StackReport, write_report
from pulumi_userplane.cli.review.model import Severity
from tests.support.ci_platform import MemoryPlatform

COMMANDS = ("preview", "up", "drift", "comment")


def comment(folder: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["ci", "comment", str(folder), "--stack", "dev", *arguments])
    return done.exit_code, done.stderr


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> MemoryPlatform:
    """Returns what GitHub is for the command."""
    platform = MemoryPlatform()
    monkeypatch.setitem(sys.modules, "pulumi_userplane.cli.ci.github", SimpleNamespace(connect=lambda: platform))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    return platform


def test_report_is_posted_on_the_platform_that_runs_the_command(platform: MemoryPlatform, tmp_path: Path) -> None:
    assert comment(tmp_path) == (1, "")
    stack = StackReport(project="p", stack="dev", outcome=Outcome.FINE, severity=Severity.CHANGE)
    write_report(tmp_path, Report(kind=Kind.PREVIEW, stacks=(stack,)), {"comment.md": "text"})
    assert comment(tmp_path) == (0, "")
    assert len(platform.bodies()) == 1


def test_report_of_another_job_is_posted(platform: MemoryPlatform) -> None:
    stack = StackReport(project="p", stack="dev", outcome=Outcome.FINE, severity=Severity.CHANGE)
    report = Report(kind=Kind.PREVIEW, stacks=(stack,)).model_dump_json()
    platform.reports["links-preview", "links-preview/c1"] = {"comment.md": "text", "report.json": report}
    assert comment(Path("links-preview", "c1"), "--from-job", "links-preview") == (0, "")
    assert len(platform.bodies()) == 1


def test_failed_request_is_one_line_without_a_key(platform: MemoryPlatform, tmp_path: Path) -> None:
    platform.fail("read_head", "reading pull request 7 failed: 403 uspl_canary")
    stack = StackReport(project="p", stack="dev", outcome=Outcome.FINE, severity=Severity.CHANGE)
    write_report(tmp_path, Report(kind=Kind.PREVIEW, stacks=(stack,)), {"comment.md": "text"})
    assert comment(tmp_path) == (1, "reading pull request 7 failed: 403 uspl_***\n")


def test_nothing_can_be_posted_without_a_platform(tmp_path: Path) -> None:
    code, errors = comment(tmp_path, "--platform", "none")
    assert code == 1
    assert errors.startswith("a report can't be posted with --platform none")


def test_platform_that_cannot_be_used_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect() -> None:
        raise PlatformError("GITHUB_TOKEN is not set")

    monkeypatch.setitem(sys.modules, "pulumi_userplane.cli.ci.github", SimpleNamespace(connect=connect))
    assert comment(tmp_path, "--platform", "github") == (1, "GITHUB_TOKEN is not set\n")


@pytest.mark.parametrize("stack", ["", " "])
@pytest.mark.parametrize("command", COMMANDS)
def test_empty_stack_is_refused(command: str, stack: str, tmp_path: Path) -> None:
    folder = [str(tmp_path)] if command == "comment" else ["--out", str(tmp_path / "report")]
    done = CliRunner().invoke(app, ["ci", command, *folder, "--stack", stack, "--platform", "none"])
    assert (done.exit_code, done.stderr) == (1, "--stack is empty; give it a value, or leave it out\n")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    text = " ".join(CliRunner().invoke(app, ["ci", command, "--help"]).stdout.split())
    assert f"Example: `pulumi-userplane ci {command} " in text


@pytest.mark.slow
def test_help_loads_neither_the_code_hosts_nor_the_template_engine() -> None:
    code = (
        "import sys; from pulumi_userplane.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(sorted({'github', 'gitlab', 'jinja2'}.intersection(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "ci", "preview", "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", ["up", "drift"])
def test_command_that_takes_one_stack_refuses_several(command: str, tmp_path: Path) -> None:
    arguments = ["ci", command, "--stack", "dev", "--stack", "prod", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "this command takes one stack: run it for each" in done.stderr
