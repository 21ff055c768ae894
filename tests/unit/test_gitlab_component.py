"""The component for GitLab: its inputs, which job sees which variables, and the lines that install the package."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.code_blocks import Block, list_blocks
from scripts.pulumi_cli import NEWEST
from tests.support.gitlab_component import COMPONENT, holds, read_component

PACKAGE = "pulumi-userplane[ci] @ git+$CI_SERVER_URL/OWNER/pulumi-userplane@<full commit>"
JOBS = read_component({"package": PACKAGE, "stacks": "prod acme/links/staging", "prefix": "faq"})
_GITLAB = (Path(__file__).parents[2] / "docs" / "ci.md").read_text("utf-8").partition("\n## GitLab\n")[2]
RUNS_PROGRAM, WRITES = ("faq-preview", "faq-up", "faq-drift"), ("faq-comment", "faq-result", "faq-issue")


def test_jobs_are_named_after_prefix() -> None:
    assert sorted(JOBS) == sorted([*RUNS_PROGRAM, *WRITES])
    assert list(read_component({"package": "p", "stacks": "prod"})) == [name.replace("faq", "links") for name in JOBS]


@pytest.mark.parametrize(
    "given",
    [
        {"stacks": "prod"},
        {"package": "p"},
        {"package": "p", "stacks": "prod; rm -rf ."},
        {"package": "p", "stacks": "prod  staging"},
        {"package": "p", "stacks": "prod", "prefix": "a/b"},
        {"package": "p", "stacks": "prod", "folder": "$(id)"},
        {"package": "p", "stacks": "prod", "links-may-die": "true"},
        {"package": "p", "stacks": "prod", "stack": "prod"},
    ],
)
def test_input_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        read_component(given)


@pytest.mark.parametrize(
    "block",
    [block for block in list_blocks() if block.language == "yaml" and "include:" in block.text],
    ids=lambda block: block.place,
)
def test_pipeline_of_the_pages_uses_the_component_rightly(block: Block) -> None:
    *header, pipeline = yaml.safe_load_all(block.text)
    own = header[0]["spec"]["inputs"] if header else {}
    [used] = pipeline["include"]
    given = {
        name: own[value.split(".")[1].split()[0]]["default"] if str(value).startswith("$[[") else value
        for name, value in used["inputs"].items()
    }
    assert "links-preview" in read_component(given)


def test_component_names_no_host_and_no_owner() -> None:
    text = COMPONENT.read_text("utf-8")
    assert re.findall(r"\S*://\S*|\S*\.(?:com|org|io|dev)\b", text) == []
    assert set(re.findall(r"(\S+)/pulumi-userplane@", text)) == {"git+$CI_SERVER_URL/OWNER"}


def test_component_takes_the_cli_of_the_tests() -> None:
    assert JOBS["faq-up"]["image"].endswith(f":{NEWEST.version}")


def _text(name: str) -> str:
    return "\n".join(JOBS[name]["script"])


@pytest.mark.parametrize("name", RUNS_PROGRAM)
def test_job_that_runs_program_shares_no_environment_with_jobs_that_write(name: str) -> None:
    assert JOBS[name]["environment"]["name"] in {"faq/preview", "faq/up"}
    assert " ci comment " not in _text(name)
    assert "GITLAB_TOKEN" not in yaml.safe_dump(JOBS[name])


@pytest.mark.parametrize("name", WRITES)
def test_job_that_writes_runs_nothing_of_program(name: str) -> None:
    assert JOBS[name]["environment"] == {"name": "faq/comment", "action": "access"}
    assert JOBS[name]["variables"] == {"GIT_STRATEGY": "none"}
    assert [need["artifacts"] for need in JOBS[name]["needs"]] == [False]
    assert (JOBS[name]["dependencies"], JOBS[name]["cache"]) == ([], [])
    assert set(re.findall(r"pulumi\S* (?:ci \w+|install|up|preview)", _text(name))) == {'pulumi-userplane" ci comment'}


def test_only_update_deploys() -> None:
    assert [name for name, job in JOBS.items() if "action" not in job["environment"]] == ["faq-up"]
    assert JOBS["faq-up"]["resource_group"] == "faq/up"
    assert JOBS["faq-up"]["interruptible"] is False


def test_jobs_that_write_the_same_run_one_at_a_time() -> None:
    groups = [JOBS[name]["resource_group"] for name in WRITES]
    assert groups == ["faq/comment-$CI_MERGE_REQUEST_IID", "faq/result", "faq/issue"]


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"CI_PIPELINE_SOURCE": "merge_request_event"}, ["faq-preview", "faq-comment"]),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}, ["faq-up", "faq-result"]),
        ({"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "main"}, ["faq-up", "faq-result"]),
        ({"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"}, ["faq-drift", "faq-issue"]),
        ({"CI_PIPELINE_SOURCE": "trigger", "CI_COMMIT_BRANCH": "main"}, []),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "feature"}, []),
        ({"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "feature"}, []),
        ({"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "feature"}, []),
        ({"CI_PIPELINE_SOURCE": "push"}, []),
    ],
)
def test_pipeline_has_the_jobs_of_its_source(variables: dict[str, str], names: list[str]) -> None:
    known = {"CI_DEFAULT_BRANCH": "main", **variables}
    assert [name for name, job in JOBS.items() if any(holds(rule["if"], known) for rule in job["rules"])] == names


@pytest.mark.parametrize("name", JOBS)
def test_shellcheck_finds_nothing(name: str, tmp_path: Path) -> None:
    job: dict[str, Any] = JOBS[name]
    # GitLab's runner puts them into one script. What it sets is not known to the linter.
    script = tmp_path / "script.sh"
    script.write_text("\n".join(["#!/bin/sh", "set -e", *job["before_script"], *job["script"]]) + "\n", "utf-8")
    linter = Path(sys.executable).parent / "shellcheck"
    done = subprocess.run([linter, script], stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.stdout == ""


def test_docs_describe_jobs_and_their_environments() -> None:
    rows = re.findall(r"^\| `(links-\w+)` \| .* \| `(links/\w+)` \|$", _GITLAB, re.MULTILINE)
    jobs = {name: job["environment"]["name"] for name, job in read_component({"package": "p", "stacks": "s"}).items()}
    assert dict(rows) == jobs


def test_docs_use_inputs_that_exist() -> None:
    used = [
        yaml.safe_load_all(block) for block in re.findall(r"^```yaml\n(.+?)^```", _GITLAB, re.MULTILINE | re.DOTALL)
    ]
    includes = [list(documents)[-1]["include"] for documents in used]
    assert len(includes) == 2
    for [include] in includes:
        assert include["component"] == "$CI_SERVER_FQDN/OWNER/pulumi-userplane/links@<full commit>"
        # A pipeline's own input stands for its value.
        read_component({name: name == "links-may-die" or value for name, value in include["inputs"].items()})


_COMMAND = """#!/bin/sh
# Says how it was started, and ends as the stack's name says: `fails1` with 1.
echo "$@"
case "$*" in *fails*) code="${*#*fails}"; exit "${code%% *}" ;; esac
"""


def _run_script(
    tmp_path: Path, job: str, stacks: str, *, may_die: bool = False, **variables: str
) -> tuple[int, list[str]]:
    """Runs the lines of a job with a command that says how it was started; returns the exit code and those texts."""
    command = tmp_path / "bin" / "pulumi-userplane"
    command.parent.mkdir(parents=True)
    command.write_text(_COMMAND, "utf-8")
    command.chmod(0o755)
    given: dict[str, str | bool] = {"package": "p", "stacks": stacks, "install": "true", "links-may-die": may_die}
    lines = ["set -e", f"tools={tmp_path}", *read_component(given)[job]["script"]]
    known = {"PATH": os.environ["PATH"], "CI_PROJECT_DIR": str(tmp_path), "CI_COMMIT_SHA": "c1", **variables}
    script = "\n".join(lines)
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=known, stdout=subprocess.PIPE, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout.replace(str(tmp_path), "/build").splitlines()


def test_preview_and_comment_are_about_all_stacks(tmp_path: Path) -> None:
    runs = [
        _run_script(tmp_path / "1", "links-preview", "prod acme/links/staging"),
        _run_script(
            tmp_path / "2", "links-comment", "prod acme/links/staging", CI_MERGE_REQUEST_SOURCE_BRANCH_SHA="c2"
        ),
    ]

    options = "--stack prod --stack acme/links/staging"
    assert runs == [
        (0, [f"ci preview {options} --out /build/links-preview/c1 -C ."]),
        (0, [f"ci comment links-preview/c2 --from-job links-preview {options}"]),
    ]


def test_preview_ends_as_the_command_ends(tmp_path: Path) -> None:
    assert _run_script(tmp_path, "links-preview", "prod fails3")[0] == 3


def test_update_ends_with_first_stack_that_fails(tmp_path: Path) -> None:
    code, started = _run_script(tmp_path, "links-up", "prod fails3 staging")

    assert code == 3
    assert started == [
        "ci up --stack prod --out /build/links-up/1 -C .",
        "ci up --stack fails3 --out /build/links-up/2 -C .",
    ]


@pytest.mark.parametrize(
    ("may_die", "source", "ends"), [(True, "web", True), (True, "push", False), (False, "web", False)]
)
def test_input_lets_addresses_die_only_in_pipeline_that_somebody_starts(
    tmp_path: Path, may_die: bool, source: str, ends: bool
) -> None:
    _, [started] = _run_script(tmp_path, "links-up", "prod", may_die=may_die, CI_PIPELINE_SOURCE=source)

    assert started.endswith(" --links-may-die") is ends


@pytest.mark.parametrize("job", ["links-result", "links-issue"])
def test_all_reports_are_posted(tmp_path: Path, job: str) -> None:
    other = "links-up" if job == "links-result" else "links-drift"
    code, started = _run_script(tmp_path, job, "prod fails1 staging")

    assert code == 1
    names = ("prod", "fails1", "staging")
    assert started == [
        f"ci comment {other}/{number} --from-job {other} --stack {name}" for number, name in enumerate(names, 1)
    ]


@pytest.mark.parametrize(
    ("stacks", "code"), [("prod staging", 0), ("fails3 prod", 3), ("fails3 fails1 prod", 1), ("fails1 fails3", 1)]
)
def test_drift_is_looked_for_in_all_stacks(tmp_path: Path, stacks: str, code: int) -> None:
    ended, started = _run_script(tmp_path, "links-drift", stacks)

    assert ended == code
    assert [line.split()[3] for line in started] == stacks.split()


def test_all_jobs_install_the_package_in_the_same_way() -> None:
    [install] = {tuple(job["before_script"]) for job in JOBS.values()}
    assert PACKAGE in "".join(install)


@pytest.mark.slow
def test_package_is_installed_apart_from_files_of_program(tmp_path: Path) -> None:
    wheel = tmp_path / "pulumi_userplane-9-py3-none-any.whl"
    info = "pulumi_userplane-9.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pulumi_userplane.py", "def main():\n    print('the package')\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: pulumi-userplane\nVersion: 9\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nTag: py3-none-any\n")
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\npulumi-userplane = pulumi_userplane:main\n")
        archive.writestr(f"{info}/RECORD", "")
    package = f"pulumi-userplane @ file://{wheel}"
    job = read_component({"package": package, "stacks": "prod"})["links-comment"]
    hostile = tmp_path / "build"
    for module in ("venv", "ensurepip", "pip", "sitecustomize", "encodings"):
        (hostile / module).mkdir(parents=True)
        (hostile / module / "__init__.py").write_text("raise SystemExit('ran what the program has brought')\n", "utf-8")
    # Before pip takes the text for a name and an address, it looks for a folder that is named so.
    (hostile / package).mkdir(parents=True)
    (hostile / package / "setup.py").write_text("raise SystemExit('ran what the program has brought')\n", "utf-8")
    commands = ["set -e", *job["before_script"], '"$tools/bin/pulumi-userplane"']
    environ = {"PATH": f"{Path(sys.base_prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}

    done = subprocess.run(
        ["sh", "-c", "\n".join(commands)],
        cwd=hostile,
        env={**environ, "PIP_NO_INDEX": "1", "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.stdout == "the package\n"
