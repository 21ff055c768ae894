"""The workflows of this repository and of the example pass their linters, as the action does, and can be tested."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import actionlint
from scripts.code_blocks import list_blocks
from scripts.pulumi_cli import NEWEST, CliError
from tests.engine.expressions import evaluate

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "pull-request-review"
ACTION = ROOT / "action.yml"
PLACEHOLDER = "OWNER/pulumi-userplane@<full commit>"
WORKFLOWS = sorted([*ROOT.glob(".github/workflows/*.yml"), *EXAMPLE.glob(".github/workflows/*.yml")])


def _said(*command: str | Path, folder: Path = ROOT) -> str:
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False
    )
    return done.stdout if done.returncode else ""


def _find_actionlint() -> Path:
    try:
        return actionlint.find()
    except CliError as error:
        # Nobody would notice a lint that CI leaves out.
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _action_steps() -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"]}


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
    program = _find_actionlint()
    # What else there is on PATH would make the result differ from machine to machine.
    assert _said(program, "-no-color", "-shellcheck=", "-pyflakes=", *WORKFLOWS) == ""


@pytest.mark.slow
def test_actionlint_knows_all_that_the_example_gives_to_the_action(tmp_path: Path) -> None:
    # It reads an action that is in the same repository.
    shutil.copy(ACTION, tmp_path)
    (tmp_path / ".git").mkdir()
    (workflows := tmp_path / ".github" / "workflows").mkdir(parents=True)
    for path in EXAMPLE.glob(".github/workflows/*.yml"):
        (workflows / path.name).write_text(path.read_text("utf-8").replace(PLACEHOLDER, "./"), "utf-8")
    program = _find_actionlint()
    assert _said(program, "-no-color", "-shellcheck=", "-pyflakes=", folder=tmp_path) == ""


def test_zizmor_finds_nothing_in_workflows_and_action() -> None:
    zizmor: list[str | Path] = [Path(sys.executable).parent / "zizmor", "--offline", "--no-progress", "--color=never"]
    assert _said(*zizmor, "--config", ROOT / ".github" / "zizmor.yml", ACTION, *WORKFLOWS) == ""


@pytest.mark.parametrize("name", [name for name, step in _action_steps().items() if "run" in step])
def test_shellcheck_finds_nothing_in_action(name: str, tmp_path: Path) -> None:
    step = _action_steps()[name]
    assert step["shell"] == "bash"
    assert "${{" not in step["run"]
    script = tmp_path / f"{name}.sh"
    script.write_text(step["run"], "utf-8")
    assert _said(Path(sys.executable).parent / "shellcheck", "--shell=bash", script) == ""


def _write_documented_workflows(folder: Path, action: str = PLACEHOLDER) -> list[Path]:
    """Writes a workflow around the steps of each block that shows some."""
    (workflows := folder / ".github" / "workflows").mkdir(parents=True)
    written = []
    for block in list_blocks():
        if block.language == "yaml" and "uses:" in block.text:
            steps = yaml.safe_load(block.text.replace(PLACEHOLDER, action))
            job = {"runs-on": "ubuntu-latest", "permissions": {}, "timeout-minutes": 5, "steps": steps}
            workflow = {"name": "w", "on": "push", "permissions": {}, "jobs": {"links": job}}
            path = workflows / f"{Path(block.page).stem}-{block.line}.yml"
            path.write_text(yaml.safe_dump(workflow, sort_keys=False), "utf-8")
            written.append(path)
    return written


@pytest.mark.slow
def test_actionlint_finds_nothing_in_steps_of_the_pages(tmp_path: Path) -> None:
    shutil.copy(ACTION, tmp_path)
    (tmp_path / ".git").mkdir()
    assert _write_documented_workflows(tmp_path, "./")
    assert _said(_find_actionlint(), "-no-color", "-shellcheck=", "-pyflakes=", folder=tmp_path) == ""


@pytest.mark.slow
def test_actionlint_finds_a_wrong_input_in_steps(tmp_path: Path) -> None:
    shutil.copy(ACTION, tmp_path)
    (tmp_path / ".git").mkdir()
    for path in _write_documented_workflows(tmp_path, "./"):
        path.write_text(path.read_text("utf-8").replace("command: preview", "comand: preview"), "utf-8")
    said = _said(_find_actionlint(), "-no-color", "-shellcheck=", "-pyflakes=", folder=tmp_path)
    assert 'input "comand" is not defined in action' in said


def test_zizmor_finds_nothing_in_steps_of_the_pages(tmp_path: Path) -> None:
    zizmor: list[str | Path] = [Path(sys.executable).parent / "zizmor", "--offline", "--no-progress", "--color=never"]
    written = _write_documented_workflows(tmp_path)
    assert _said(*zizmor, "--config", ROOT / ".github" / "zizmor.yml", *written) == ""


def test_example_uses_one_version_of_each_action() -> None:
    files = [ACTION, *EXAMPLE.glob(".github/workflows/*.yml")]
    used = {name.strip() for file in files for name in re.findall(r"uses: ([^#\n]+)", file.read_text("utf-8"))}
    assert PLACEHOLDER in used
    pinned = [re.fullmatch(r"(\S+)@[0-9a-f]{40}", name) for name in used - {PLACEHOLDER}]
    assert all(pinned)
    assert len({match[1] for match in pinned if match}) == len(pinned)


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        (
            {"COMMAND": "preview", "STACKS": "prod\n\nacme/links/dev two\n"},
            "--out R --stack prod --stack acme/links/dev two",
        ),
        ({"COMMAND": "up", "STACKS": "prod", "LINKS_MAY_DIE": "true"}, "--out R --stack prod --links-may-die"),
        ({"COMMAND": "comment", "STACKS": "prod", "LINKS_MAY_DIE": "false"}, "R --stack prod"),
        ({"COMMAND": "drift", "STACKS": "$(touch gone); prod"}, "--out R --stack $(touch gone); prod"),
    ],
)
@pytest.mark.parametrize("code", [0, 1, 3])
def test_action_passes_inputs_on_as_arguments(given: dict[str, str], arguments: str, code: int, tmp_path: Path) -> None:
    program = tmp_path / "tools" / "bin" / "pulumi-userplane"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "$*"\nexit {code}\n', "utf-8")
    program.chmod(0o755)
    environ = {"PATH": os.environ["PATH"], "LINKS_MAY_DIE": "", "REPORT": "R", "VENV": str(tmp_path / "tools"), **given}
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", _action_steps()["run"]["run"]]

    done = subprocess.run(bash, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False)

    assert done.stdout == f"ci {given['COMMAND']} {arguments} --platform github\n"
    assert done.returncode == (0 if (given["COMMAND"], code) == ("drift", 3) else code)
    assert [file.name for file in tmp_path.iterdir()] == ["tools"]


def test_page_names_inputs_and_permissions_as_action_and_example_have_them() -> None:
    section = (ROOT / "docs" / "ci.md").read_text("utf-8").partition("\n## GitHub\n")[2].partition("\n## ")[0]
    inputs, permissions = (table.splitlines()[2:] for table in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE))
    assert [row.split("`")[1] for row in inputs] == list(yaml.safe_load(ACTION.read_text("utf-8"))["inputs"])
    jobs = [
        job
        for name in ("preview", "up", "drift")
        for job in yaml.safe_load((EXAMPLE / f".github/workflows/{name}.yml").read_text("utf-8"))["jobs"].values()
    ]
    written = [dict(pair.split(": ") for pair in re.findall(r"`([\w-]+: \w+)`", row)) for row in permissions]
    assert written == [job["permissions"] for job in jobs]


@pytest.mark.slow
def test_action_installs_itself_from_its_own_folder_and_only_what_is_locked(tmp_path: Path) -> None:
    tracked = _git("ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    copy = tmp_path / "action"
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    step = _action_steps()["install"]
    # What a checkout can have in the folder in which a step starts.
    for name in ("venv", "pip", "logging", "tempfile"):
        (tmp_path / "workspace" / name).mkdir(parents=True)
        (tmp_path / "workspace" / name / "__init__.py").write_text("raise SystemExit('imported from the checkout')\n")
    (tmp_path / "temp").mkdir()
    folder = step.get("working-directory", "workspace").replace("${{ runner.temp }}", "temp")
    environ = {
        **os.environ,
        "GITHUB_ACTION_PATH": str(copy),
        "VENV": str(tmp_path / "tools"),
        # pip takes the locked packages from here, since they are installed, and asks no registry.
        "PYTHONPATH": str(Path(pytest.__file__).parents[1]),
        "PIP_NO_INDEX": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(
        bash,
        cwd=tmp_path / folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    [installed] = (tmp_path / "tools").glob("lib/python*/site-packages/pulumi_userplane/cli/ci/github.py")
    assert installed.read_text("utf-8") == (ROOT / "pulumi_userplane/cli/ci/github.py").read_text("utf-8")
    command: list[str | Path] = [tmp_path / "tools" / "bin" / "pulumi-userplane", "ci", "--help"]
    assert subprocess.run(command, env=environ, capture_output=True, timeout=60, check=False).returncode == 0
    # The folder of the action is the runner's.
    assert {str(file.relative_to(copy)) for file in copy.rglob("*") if file.is_file()} <= set(tracked)


@pytest.mark.parametrize("step", _run_steps())
def test_example_step_is_one_command_that_takes_events_by_its_environment(step: dict[str, Any]) -> None:
    command = step["run"]
    assert "${{" not in command
    assert "\n" not in command.strip()
    assert command.split()[0] in {"pip", "echo"}


@pytest.mark.parametrize("path", sorted(EXAMPLE.glob(".github/workflows/*.yml")), ids=lambda path: path.stem)
def test_example_job_has_no_secret_or_installed_package_when_its_token_can_write(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        text = yaml.safe_dump(job)
        if "write" in job["permissions"].values():
            assert "secrets." not in text
            # Neither the program nor what belongs to it is in that job.
            assert [step.get("uses") for step in job["steps"]] == [PLACEHOLDER]
            assert set(job["permissions"].values()) <= {"read", "write"}


@pytest.mark.parametrize("job", ["preview", "comment"])
def test_example_previews_only_open_pull_requests(job: str) -> None:
    workflow = yaml.safe_load((EXAMPLE / ".github/workflows/preview.yml").read_text("utf-8"))
    condition = workflow["jobs"][job]["if"]
    # Whoever sets a label on a closed one starts a run, too.
    runs = {
        state: evaluate(condition, {"github": {"event": {"pull_request": {"state": state}}}, "cancelled()": False})
        for state in ("open", "closed")
    }
    assert runs == {"open": True, "closed": False}


def test_example_readme_has_at_most_60_lines() -> None:
    assert len((EXAMPLE / "README.md").read_text("utf-8").splitlines()) <= 60
