"""`pulumi-userplane review` reads its files, applies its limits and ends with its exit codes."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    "there is no preview to review; name its file, or pipe "
    "`pulumi preview --refresh --show-replacement-steps --json` into this command\n"
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


def test_review_reads_preview_from_file_or_standard_input(run: Callable[..., Ended], tmp_path: Path) -> None:
    file = written(tmp_path, "preview.json", DELETES)
    result = run(file)
    assert (result.code, result.errors) == (0, "")
    assert result.out.startswith("### 1 address stops working\n")
    assert run(given=DELETES) == run("-", given=DELETES) == result
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / "from-windows.json").write_bytes(DELETES.encode(encoding))
        assert run(tmp_path / "from-windows.json") == result
        assert run(given=DELETES.encode(encoding)) == result


@pytest.mark.parametrize(
    ("form", "begins"),
    [("markdown", "### 1"), ("github-summary", "### 1"), ("text", "1 address"), ("json", '{\n  "version": 1')],
)
def test_review_writes_each_format(run: Callable[..., Ended], form: str, begins: str) -> None:
    assert run("--format", form, given=DELETES).out.startswith(begins)


def test_review_reads_drift_with_a_preview_or_alone(run: Callable[..., Ended], tmp_path: Path) -> None:
    file = written(tmp_path, "refresh.json", EDITED)
    assert run("--drift", file).out.startswith("### 1 link changed outside Pulumi\n")
    assert run("-", "--drift", file, given=DELETES).out.startswith("### 1 address stops working")
    stopped = run("--drift", file, "--fail-on-drift")
    assert stopped.code == 3
    assert stopped.errors.startswith("Stopped: 1 link changed or deleted outside Pulumi")


def test_review_prefers_limits_of_the_command_line(run: Callable[..., Ended], tmp_path: Path) -> None:
    written(tmp_path, "pyproject.toml", "[tool.pulumi-userplane.review]\nmax-deleted = 0\nfail-on-drift = true\n")
    drift = written(tmp_path, "refresh.json", EDITED)
    stopped = run(given=DELETES)
    assert stopped.code == 3
    assert stopped.errors.startswith("Stopped: 1 link would be deleted. --max-deleted allows 0. ")
    assert "> **Stopped:** 1 link would be deleted" in stopped.out
    assert run("--max-deleted", "1", given=DELETES).code == 0
    assert run("--drift", drift).code == 3
    assert run("--drift", drift, "--no-fail-on-drift").code == 0
    (tmp_path / "elsewhere").mkdir()
    written(tmp_path / "elsewhere", "pyproject.toml", "")
    assert run("-C", tmp_path / "elsewhere", given=DELETES).code == 0
    replacing = text(step("replace", state("a"), planned("a", domain_id="x"), replaceReasons=["domain_id"]))
    assert run("--max-replaced", "0", given=replacing).code == 3


def test_review_counts_links_when_state_is_given(run: Callable[..., Ended], tmp_path: Path) -> None:
    links = [state(f"x{index}") for index in range(20)]
    exported = written(tmp_path, "state.json", export(*links))
    done = run("--state", exported, "--format", "json", given=DELETES)
    assert json.loads(done.out)["links"] == {"count": 20, "all": True}


@pytest.mark.parametrize(
    ("arguments", "given", "expected"),
    [
        (["nowhere.json"], "", "nowhere.json can't be read: No such file or directory; write it with `pulumi preview "),
        (["-"], b"\xff", "the standard input can't be read: it is not UTF-8 text; write it with `pulumi preview "),
        (["-"], b"\xff\xfe\x00", "the standard input can't be read: "),
        (["."], "", ". can't be read: "),
        ([], DELETES.replace("urn:pulumi:dev::p::", "urn:"), "is not a URN"),
        (
            ["--drift", "nowhere.json"],
            "",
            "nowhere.json can't be read: No such file or directory; write it with `pulumi r",
        ),
        (["--state", "nowhere.json"], DELETES, "nowhere.json can't be read: No such file or directory; make one with "),
        ([], "", "the standard input is empty"),
        (["-"], "no json", "the standard input is not what the Pulumi CLI writes with --json"),
        ([], EDITED, "the preview comes from `pulumi refresh`; pass it with --drift"),
    ],
)
def test_review_fails_with_one_line_when_a_file_is_wrong(
    run: Callable[..., Ended], arguments: list[str], given: str | bytes, expected: str
) -> None:
    done = run(*arguments, given=given)
    assert (done.code, done.out) == (1, "")
    assert expected in done.errors
    assert done.errors.count("\n") == 1


STREAM = """{"sequence":0,"timestamp":1795950221,"preludeEvent":{"config":{}}}
{"sequence":1,"timestamp":1795950222,"summaryEvent":{"maybeCorrupt":false,"resourceChanges":{"same":1}}}
"""


@pytest.mark.parametrize("option", [(), ("--drift", "refresh.json")])
def test_review_names_the_variable_when_a_file_is_an_event_stream(
    run: Callable[..., Ended], tmp_path: Path, option: tuple[str, ...]
) -> None:
    source = str(written(tmp_path, "refresh.json", STREAM).name) if option else "the standard input"
    done = run(*option, given=STREAM)
    assert (done.code, done.out) == (1, "")
    assert done.errors == (
        f"{source} is a stream of events, which lacks what a review needs (`pulumi preview` and `pulumi refresh` write "
        "that with PULUMI_ENABLE_STREAMING_JSON_PREVIEW set, `pulumi up` always); unset the variable and write "
        "it with `pulumi preview --refresh --show-replacement-steps --json` or `pulumi refresh --preview-only --json`\n"
    )


def test_review_fails_when_standard_input_is_a_terminal(
    run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulumi_userplane.cli.review.input_files.sys", sys_with_terminal())
    assert run().errors == NO_PREVIEW


def sys_with_terminal() -> object:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    return type("Sys", (), {"stdin": Terminal(), "stdout": sys.stdout})


def test_review_exits_with_2_when_a_limit_is_malformed(run: Callable[..., Ended]) -> None:
    done = run("--max-deleted", "many", given=DELETES)
    assert done.code == 2
    assert "neither a number such as 3 nor a share such as 30%" in " ".join(done.errors.replace("│", " ").split())


def test_review_fails_when_standard_input_is_closed(run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi_userplane.cli.review.input_files.sys", type("Sys", (), {"stdin": None}))
    assert run().errors == NO_PREVIEW


def test_review_counts_no_link_when_the_state_is_of_a_new_stack(run: Callable[..., Ended], tmp_path: Path) -> None:
    exported = written(tmp_path, "state.json", export_of({}))
    done = run("--state", exported, "--format", "json", given=text(step("create", new=planned("a"))))
    assert json.loads(done.out)["links"] == {"count": 0, "all": True}


def test_review_fails_with_one_line_when_the_state_is_no_export(run: Callable[..., Ended], tmp_path: Path) -> None:
    links = [{**state("a"), "urn": "a"}]
    exported = written(tmp_path, "state.json", export(*links))
    done = run("--state", exported, given=DELETES)
    assert (done.code, done.out) == (1, "")
    assert done.errors.startswith(f"{exported} is not an exported stack (a URN is malformed); ")


def test_error_holds_no_workflow_command(run: Callable[..., Ended]) -> None:
    failed = text(diagnostics=[{"severity": "error", "message": "##[error]boo"}])
    assert "so it is incomplete: \\u0023#[error]boo" in run(given=failed).errors


def of_stack(stack: str, *steps: dict[str, Any]) -> str:
    return text(*steps).replace("urn:pulumi:dev::", f"urn:pulumi:{stack}::")


def test_review_takes_a_preview_of_each_stack(run: Callable[..., Ended], tmp_path: Path) -> None:
    dev = written(tmp_path, "dev.json", of_stack("dev", step("delete", state("a"))))
    prod = written(tmp_path, "prod.json", of_stack("prod", step("create", None, planned("b"))))
    done = run(dev, prod, "--max-deleted", "0")
    assert done.code == 3
    assert done.errors.startswith("Stopped: p/dev: 1 link would be deleted.")
    assert done.out.splitlines()[-2:] == [
        "<!-- pulumi-userplane review p/dev -->",
        "<!-- pulumi-userplane review p/prod -->",
    ]
    content = json.loads(run(dev, prod, "--format", "json").out)
    assert [content["version"], content["severity"], content["verdict"]] == [
        1,
        "address dies",
        "1 address stops working",
    ]
    assert [(each["stack"], each["severity"]) for each in content["stacks"]] == [
        ("dev", "address dies"),
        ("prod", "change"),
    ]
    assert "version" not in content["stacks"][0]
    texts = [run(file, "--format", "text").out for file in (dev, prod)]
    assert run(dev, prod, "--format", "text").out == "\n".join(texts)
    alone = json.loads(run(prod, "--format", "json").out)
    assert alone == {"version": 1, "verdict": "No address stops working", **content["stacks"][1]}


def test_review_refuses_files_of_one_stack_with_several_previews(run: Callable[..., Ended], tmp_path: Path) -> None:
    dev = written(tmp_path, "dev.json", DELETES)
    again = run(dev, dev)
    assert (again.code, again.out) == (1, "")
    assert again.errors == f"{dev} is the second preview of p/dev; give one of each stack\n"
    for option in ("--drift", "--state"):
        done = run(dev, dev, option, dev)
        assert (done.code, done.out) == (1, "")
        assert done.errors.startswith("--drift and --state are of one stack, and there are several previews; review ")


FAILS = """Previewing update (dev):
    pulumi:pulumi:Stack p-dev
Diagnostics:
  pulumi:pulumi:Stack (p-dev):
    error: x
"""


def test_review_writes_a_comment_and_exits_with_1_when_the_preview_failed(
    run: Callable[..., Ended], tmp_path: Path
) -> None:
    file = written(tmp_path, "preview.txt", FAILS)
    done = run("--failed", file)
    assert (done.code, done.errors) == (1, "")
    assert done.out.startswith("### The preview failed: 1 problem\n")
    assert done.out.endswith("<!-- pulumi-userplane review p/dev -->\n")
    assert run("--failed", "-", given=FAILS) == done
    assert "review shop/prod -->" in run("--failed", file, "--stack", "acme/shop/prod").out
    assert json.loads(run("--failed", file, "--format", "json").out)["failed"] is True


def test_review_writes_failed_and_other_previews_in_one_comment(run: Callable[..., Ended], tmp_path: Path) -> None:
    good = written(tmp_path, "preview.json", DELETES)
    failed = written(tmp_path, "preview.txt", FAILS.replace("dev", "prod"))
    done = run(good, "--failed", failed, "--max-deleted", "0")
    assert (done.code, done.errors[:16]) == (1, "Stopped: p/dev: ")
    assert done.out.endswith("<!-- pulumi-userplane review p/prod -->\n<!-- pulumi-userplane review p/dev -->\n")
    twice = run(good, "--failed", written(tmp_path, "again.txt", FAILS))
    assert (twice.code, twice.out) == (1, "")
    assert twice.errors.endswith("again.txt is the second preview of p/dev; give one of each stack\n")


@pytest.mark.parametrize(
    ("arguments", "given", "expected"),
    [
        (
            ["--failed", "nowhere.txt"],
            "",
            "nowhere.txt can't be read: No such file or directory; write it with `pulumi ",
        ),
        (["--failed", "-"], "error: x", "the standard input does not name its stack; add --stack PROJECT/STACK\n"),
        (["--failed", "-", "--stack", "dev"], FAILS, "--stack dev names no project; write it as PROJECT/STACK\n"),
        (["--failed", "-"], DELETES, "the standard input holds no error, so it is not of a preview that failed; "),
    ],
)
def test_review_fails_with_one_line_when_a_failed_preview_is_none(
    run: Callable[..., Ended], arguments: list[str], given: str, expected: str
) -> None:
    done = run(*arguments, given=given)
    assert (done.code, done.out, done.errors.count("\n")) == (1, "", 1)
    assert done.errors.startswith(expected)
