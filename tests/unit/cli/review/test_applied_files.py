"""`pulumi-userplane review --applied` reads its files, and refuses what does not belong to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.cli.review.render import Format
from tests.support.states import ADDRESS, STACK, export, export_of, state
from tests.unit.cli.review.test_command import Ended, run, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.states import Resource

__all__ = ["run"]

EARLY, LATE = "2026-11-30T09:00:00.123456789+02:00", "2026-11-30T08:00:00Z"
LOG = "Updating (dev):\n +  pulumi:pulumi:Stack p-dev created (0s)\nResources:\n"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Options that name the files of a run that made one link."""
    before = written(tmp_path, "before.json", export(STACK))
    after = written(tmp_path, "after.json", export(STACK, state("help")))
    return ["--applied", str(after), "--before", str(before)]


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        (Format.MARKDOWN, "### Done: 1 new link"),
        (Format.GITHUB_SUMMARY, "### Done: 1 new link"),
        (Format.TEXT, "Done: 1 new link"),
        (Format.JSON, '{\n  "version": 1'),
        (Format.CSV, '"what","name"'),
    ],
)
def test_result_is_written_in_each_format(
    run: Callable[..., Ended], files: list[str], form: Format, begins: str
) -> None:
    result = run(*files, "--format", form.value)
    assert (result.code, result.errors) == (0, "")
    assert result.out.startswith(begins)
    assert f"{ADDRESS}help" in result.out


def test_log_is_read_in_the_encoding_of_any_shell(run: Callable[..., Ended], files: list[str], tmp_path: Path) -> None:
    (tmp_path / "up.log").write_bytes(f"{LOG}".encode("utf-16"))
    assert run(*files, "--log", tmp_path / "up.log").out.startswith("### Done: 1 new link, no address died\n")
    (tmp_path / "up.log").write_bytes(b"\xff")
    result = run(*files, "--log", tmp_path / "up.log")
    assert (result.code, result.out) == (1, "")
    assert result.errors.endswith(
        "can't be read: it is not UTF-8 text; write it with `pulumi up … > FILE 2>&1`, as UTF-8\n"
    )


def test_stack_is_named_when_no_file_tells_it(run: Callable[..., Ended], tmp_path: Path) -> None:
    empty = written(tmp_path, "empty.json", export_of(None))
    options = ("--applied", empty, "--before", empty, "--format", "json")
    assert run(*options).errors.endswith("name it with --stack PROJECT/STACK\n")
    for name in ("shop/prod", "acme/shop/prod"):
        content = json.loads(run(*options, "--stack", name).out)
        assert (content["project"], content["stack"]) == ("shop", "prod")
    for name in ("", " "):
        result = run(*options, "--stack", name)
        assert (result.code, result.errors) == (1, "--stack is empty; give it a value, or leave it out\n")
    for name in ("prod", "/prod", "shop/"):
        result = run(*options, "--stack", name)
        assert (result.code, result.errors) == (1, f"--stack {name} names no project; write it as PROJECT/STACK\n")


def test_refused_is_what_does_not_belong_together(run: Callable[..., Ended], files: list[str], tmp_path: Path) -> None:
    log = written(tmp_path, "up.log", LOG)
    before = files[2:]
    for arguments, message in (
        (files[:2], "--applied needs the state before the `pulumi up`, too; write it with"),
        (
            (*files, log),
            "--applied says what a `pulumi up` did, and a preview, --drift, --state or --failed what one would do",
        ),
        ((*files, "--drift", log), "--applied says what"),
        ((*files, "--state", log), "--applied says what"),
        ((*files, "--failed", log), "--applied says what"),
        (before, "--before is about a `pulumi up` that was run; name the state after it with --applied"),
        (("--log", log), "--log is about a `pulumi up` that was run"),
        (("--format", "csv"), "--format csv is about a `pulumi up` that was run"),
    ):
        result = run(*arguments)
        assert (result.code, result.out) == (1, "")
        assert result.errors.startswith(message)
        assert result.errors.count("\n") == 1


def dated(*resources: Resource, time: object) -> str:
    """A state with the time at which the CLI wrote it."""
    return export_of({"manifest": {"time": time}, "resources": resources})


def test_exchanged_states_are_refused(run: Callable[..., Ended], tmp_path: Path) -> None:
    early = written(tmp_path, "early.json", dated(STACK, time=EARLY))
    late = written(tmp_path, "late.json", dated(STACK, state("help"), time=LATE))
    result = run("--applied", early, "--before", late)
    assert (result.code, result.out) == (1, "")
    assert result.errors == (
        "the state of --before was written after that of --applied; name with --before the one from before the "
        "`pulumi up`, and with --applied the one from after\n"
    )
    assert run("--applied", late, "--before", early).out.startswith("### Done: 1 new link")


@pytest.mark.parametrize("time", [None, 7, "yesterday", "2026-11-30T10:00:00", EARLY])
def test_order_is_not_judged_when_a_state_does_not_tell_it(
    run: Callable[..., Ended], tmp_path: Path, time: object
) -> None:
    before = written(tmp_path, "before.json", dated(STACK, time=time))
    after = written(tmp_path, "after.json", dated(STACK, state("help"), time=EARLY))
    assert run("--applied", after, "--before", before).code == 0


@pytest.mark.parametrize("text", ["{}", "# Read me\n", "warning: no error\n"])
def test_file_that_is_not_the_log_of_an_up_is_refused(
    run: Callable[..., Ended], files: list[str], tmp_path: Path, text: str
) -> None:
    log = written(tmp_path, "other.log", text)
    result = run(*files, "--log", log)
    assert (result.code, result.out) == (1, "")
    assert result.errors == (f"{log} is not what a `pulumi up` printed; write it with `pulumi up … > FILE 2>&1`\n")


@pytest.mark.parametrize("text", ["", "\n", "\x1b[31merror: no stack selected\n", "Previewing update (dev):\r\n"])
def test_log_of_an_up_that_ended_early_is_read(
    run: Callable[..., Ended], files: list[str], tmp_path: Path, text: str
) -> None:
    result = run(*files, "--log", written(tmp_path, "up.log", text))
    assert result.code == 0
    assert "nothing was begun" not in result.out
