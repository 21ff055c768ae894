"""`pulumi-userplane review`: its files, its limits and its exit codes."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from pulumi_userplane.cli.review.command import review
from tests.support.previews import step, text
from tests.support.states import export, export_of, planned, state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DELETES = text(step("delete", state("a", link_title="A")))
EDITED = text(step("update", state("a", link_title="A"), state("a", link_title="B")), op="refresh")
NO_PREVIEW = (
    "no preview: give the file, or pipe `pulumi preview --refresh --show-replacement-steps --json` into this command\n"
)


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    errors: str


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(review)

    def call(*arguments: object, given: str | bytes = "") -> Ended:
        done = CliRunner().invoke(app, list(map(str, arguments)), input=given)
        return Ended(done.exit_code, done.stdout, done.stderr)

    return call


def written(folder: Path, name: str, content: str) -> Path:
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


def test_a_preview_from_a_file_or_the_standard_input(run: Callable[..., Ended], tmp_path: Path) -> None:
    file = written(tmp_path, "preview.json", DELETES)
    said = run(file)
    assert (said.code, said.errors) == (0, "")
    assert said.out.startswith("### 1 address stops working: 1 link is deleted · drift was not checked\n")
    assert run(given=DELETES) == run("-", given=DELETES) == said
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / "from-windows.json").write_bytes(DELETES.encode(encoding))
        assert run(tmp_path / "from-windows.json") == said
        assert run(given=DELETES.encode(encoding)) == said


@pytest.mark.parametrize(
    ("form", "begins"),
    [("markdown", "### 1"), ("github-summary", "### 1"), ("text", "1 address"), ("json", '{\n  "version": 1')],
)
def test_forms(run: Callable[..., Ended], form: str, begins: str) -> None:
    assert run("--format", form, given=DELETES).out.startswith(begins)


def test_the_drift_beside_a_preview_or_alone(run: Callable[..., Ended], tmp_path: Path) -> None:
    file = written(tmp_path, "refresh.json", EDITED)
    assert run("--drift", file).out.startswith("### No preview was read · 1 link drifted\n")
    assert run("-", "--drift", file, given=DELETES).out.startswith("### 1 address stops working")
    stopped = run("--drift", file, "--fail-on-drift")
    assert stopped.code == 3
    assert stopped.errors.startswith("Stopped: 1 link changed or deleted outside Pulumi")


def test_limits_of_the_command_line_come_before_those_of_the_project(run: Callable[..., Ended], tmp_path: Path) -> None:
    written(tmp_path, "pyproject.toml", "[tool.pulumi-userplane.review]\nmax-deleted = 0\nfail-on-drift = true\n")
    drift = written(tmp_path, "refresh.json", EDITED)
    stopped = run(given=DELETES)
    assert stopped.code == 3
    assert stopped.errors.startswith("Stopped: 1 link would be deleted, and --max-deleted allows 0")
    assert "> **This check fails:** 1 link would be deleted" in stopped.out
    assert run("--max-deleted", "1", given=DELETES).code == 0
    assert run("--drift", drift).code == 3
    assert run("--drift", drift, "--no-fail-on-drift").code == 0
    (tmp_path / "elsewhere").mkdir()
    written(tmp_path / "elsewhere", "pyproject.toml", "")
    assert run("-C", tmp_path / "elsewhere", given=DELETES).code == 0
    replacing = text(step("replace", state("a"), planned("a", domain_id="x"), replaceReasons=["domain_id"]))
    assert run("--max-replaced", "0", given=replacing).code == 3


def test_the_state_counts_the_links(run: Callable[..., Ended], tmp_path: Path) -> None:
    links = [state(f"x{index}") for index in range(20)]
    exported = written(tmp_path, "state.json", export(*links))
    done = run("--state", exported, "--format", "json", given=DELETES)
    assert json.loads(done.out)["links"] == {"count": 20, "all": True}


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (["nowhere.json"], "", "nowhere.json can't be read: "),
        (["-"], b"\xff", "the standard input can't be read: "),
        (["-"], b"\xff\xfe\x00", "the standard input can't be read: "),
        (["."], "", ". can't be read: "),
        ([], DELETES.replace("urn:pulumi:dev::p::", "urn:"), "is not a URN"),
        (["--drift", "nowhere.json"], "", "nowhere.json can't be read: "),
        (["--state", "nowhere.json"], DELETES, "nowhere.json can't be read: "),
        ([], "", "the standard input is empty"),
        (["-"], "no json", "the standard input is not what the Pulumi CLI writes with --json"),
        ([], EDITED, "the preview comes from `pulumi refresh`; pass it with --drift"),
    ],
)
def test_what_goes_wrong_is_one_line(
    run: Callable[..., Ended], arguments: list[str], given: str | bytes, said: str
) -> None:
    done = run(*arguments, given=given)
    assert (done.code, done.out) == (1, "")
    assert said in done.errors
    assert done.errors.count("\n") == 1


STREAM = """{"sequence":0,"timestamp":1795950221,"preludeEvent":{"config":{}}}
{"sequence":1,"timestamp":1795950222,"summaryEvent":{"maybeCorrupt":false,"resourceChanges":{"same":1}}}
"""


@pytest.mark.parametrize("option", [(), ("--drift", "refresh.json")])
def test_a_stream_of_events_names_the_variable(
    run: Callable[..., Ended], tmp_path: Path, option: tuple[str, ...]
) -> None:
    source = str(written(tmp_path, "refresh.json", STREAM).name) if option else "the standard input"
    done = run(*option, given=STREAM)
    assert (done.code, done.out) == (1, "")
    assert done.errors == (
        f"{source} is a stream of events, which lacks what a review needs (`pulumi preview` and `pulumi refresh` write "
        "that with PULUMI_ENABLE_STREAMING_JSON_PREVIEW set, `pulumi up` always); unset the variable and run "
        "`pulumi preview --json` again\n"
    )


def test_a_terminal_is_not_waited_for(run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_userplane.cli.review.command.sys", sys_with_terminal())
    assert run().errors == NO_PREVIEW


def sys_with_terminal() -> object:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    return type("Sys", (), {"stdin": Terminal(), "stdout": sys.stdout})


def test_a_wrong_limit_is_a_wrong_command_line(run: Callable[..., Ended]) -> None:
    done = run("--max-deleted", "many", given=DELETES)
    assert done.code == 2
    assert "neither a number such as 3 nor a share such as 30%" in " ".join(done.errors.replace("│", " ").split())


def test_a_closed_standard_input_is_told(run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_userplane.cli.review.command.sys", type("Sys", (), {"stdin": None}))
    assert run().errors == NO_PREVIEW


def test_the_state_of_a_new_stack_counts_no_link(run: Callable[..., Ended], tmp_path: Path) -> None:
    exported = written(tmp_path, "state.json", export_of({}))
    done = run("--state", exported, "--format", "json", given=text(step("create", new=planned("a"))))
    assert json.loads(done.out)["links"] == {"count": 0, "all": True}


def test_a_state_of_another_kind_is_one_line(run: Callable[..., Ended], tmp_path: Path) -> None:
    links = [{**state("a"), "urn": "a"}]
    exported = written(tmp_path, "state.json", export(*links))
    done = run("--state", exported, given=DELETES)
    assert (done.code, done.out) == (1, "")
    assert done.errors.startswith(f"{exported} is not an exported stack (a URN is malformed); ")


def test_an_error_gives_a_log_of_github_no_command(run: Callable[..., Ended]) -> None:
    failed = text(diagnostics=[{"severity": "error", "message": "##[error]boo"}])
    assert "so it is incomplete: \\u0023#[error]boo" in run(given=failed).errors
