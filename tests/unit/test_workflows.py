"""The workflows of this repository and of the example pass their linters, and the example's steps can be tested."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import actionlint
from scripts.pulumi_cli import NEWEST, CliError

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "pull-request-review"
WORKFLOWS = sorted([*ROOT.glob(".github/workflows/*.yml"), *EXAMPLE.glob(".github/workflows/*.yml")])


def _said(*command: str | Path, folder: Path = ROOT) -> str:
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False
    )
    return done.stdout if done.returncode else ""


def _run_steps() -> list[Any]:
    return [
        pytest.param(step, id=f"{path.stem}-{name}-{step['name']}")
        for path in EXAMPLE.glob(".github/workflows/*.yml")
        for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items()
        for step in job["steps"]
        if "run" in step
    ]


def test_workflows_exist_in_repository_and_example() -> None:
    assert {path.name for path in WORKFLOWS} == {
        "changelog.yml",
        "ci.yml",
        "floor.yml",
        "languages.yml",
        "release.yml",
        "label.yml",
        "preview.yml",
        "up.yml",
        "drift.yml",
    }


def test_workflows_take_the_cli_of_the_tests() -> None:
    taken = {version for path in WORKFLOWS for version in re.findall(r"pulumi-version: (.+)", path.read_text("utf-8"))}
    assert taken == {NEWEST.version}


@pytest.mark.slow
@pytest.mark.timeout(900)  # the first time it is built
def test_actionlint_finds_nothing_in_workflows() -> None:
    try:
        program = actionlint.find()
    except CliError as error:
        # Nobody would notice a lint that CI leaves out.
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    # What else there is on PATH would make the result differ from machine to machine.
    assert _said(program, "-no-color", "-shellcheck=", "-pyflakes=", *WORKFLOWS) == ""


def test_zizmor_finds_nothing_in_workflows() -> None:
    zizmor = Path(sys.executable).parent / "zizmor"
    assert _said(zizmor, "--offline", "--no-progress", "--color=never", *WORKFLOWS) == ""


def test_shellcheck_finds_nothing_in_scripts() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    scripts = sorted(path.relative_to(EXAMPLE) for path in EXAMPLE.glob("ci/*.sh"))
    assert _said(shellcheck, "--external-sources", *scripts, folder=EXAMPLE) == ""


@pytest.mark.parametrize("step", _run_steps())
def test_example_step_is_one_command_that_takes_events_by_its_environment(step: dict[str, Any]) -> None:
    command = step["run"]
    assert "${{" not in command
    assert "\n" not in command.strip()
    script, *_ = command.split()
    assert script in {"pip", "echo", "gh"} or (EXAMPLE / script).is_file()


@pytest.mark.parametrize("path", sorted(EXAMPLE.glob(".github/workflows/*.yml")), ids=lambda path: path.stem)
def test_example_job_has_no_secret_or_installed_package_when_its_token_can_write(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        text = yaml.safe_dump(job)
        if "write" in job["permissions"].values():
            assert "secrets." not in text
            assert "pip install" not in text


def test_example_readme_has_at_most_60_lines() -> None:
    assert len((EXAMPLE / "README.md").read_text("utf-8").splitlines()) <= 60
