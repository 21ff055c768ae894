"""A report is read as a stranger's: what is odd in it is refused, and nothing but its files is opened."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.ci.report import (
    Kind,
    Outcome,
    Report,
    ReportError,
    StackReport,
    keep_plan,
    list_stacks,
    name_plan,
    read_file,
    read_report,
    write_report,
)
from pulumi_userplane.cli.review.model import Severity

PROD = {"project": "links", "stack": "prod", "outcome": "fine", "severity": "none"}
PREVIEW = {"version": 1, "kind": "preview", "stacks": [PROD]}


def read(folder: Path, content: object, *stacks: str) -> Report:
    (folder / "report.json").write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return read_report(folder, stacks or ("prod",))


def test_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    stacks = (
        StackReport(project="links", stack="dev", outcome=Outcome.FINE, severity=Severity.ADDRESS_DIES),
        StackReport(project="links", stack="prod", outcome=Outcome.STOPPED, severity=Severity.CHANGE),
    )
    written = Report(kind=Kind.PREVIEW, stacks=stacks)
    write_report(tmp_path, written, {"comment.md": "text\n"})

    assert read_report(tmp_path, ["acme/links/prod", "dev"]) == written
    assert (tmp_path / "comment.md").read_text("utf-8") == "text\n"
    assert written.outputs == {"outcome": "stopped", "severity": "address dies"}


def changed(**fields: Any) -> dict[str, Any]:
    return {**PREVIEW, **fields}


def of_stack(**fields: Any) -> dict[str, Any]:
    return changed(stacks=[{**PROD, **fields}])


def dies(*addresses: str, **fields: Any) -> dict[str, Any]:
    return of_stack(**{"severity": "address dies", "dying": addresses, **fields})


ODD_ADDRESSES = [
    "",
    "ftp://a/b",
    "javascript:alert(1)",
    "https://",
    "https://a b",
    "https://a/`b",
    "https://a/'b",
    'https://a/"b',
    "https://a/<b",
    "https://a/-->",
    "https://a/|b",
    "https://a/\\b",
    "https://a/b\n",
    "https://\u00e4/b",
    "https://a/\u202eb",
    "https://a/uspl_canary",
    f"https://{'a' * 193}",
]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "malformed"),
        ("[" * 50_000, "malformed"),
        ("null", "malformed"),
        ('{"version": NaN}', "malformed"),
        (f'{{"a": "{"x" * 100_000}"}}', "more than 100000 bytes"),
        (changed(version=2), "malformed"),
        (changed(kind="other"), "malformed"),
        (changed(stacks=[]), "malformed"),
        (changed(stacks=[{**PROD, "stack": f"s{number}"} for number in range(51)]), "malformed"),
        (of_stack(severity="great"), "malformed"),
        (of_stack(project="links -->"), "malformed"),
        *((dies(address), "malformed") for address in ODD_ADDRESSES),
        (dies(*(f"https://a/{number}" for number in range(201))), "malformed"),
        (dies("https://a/b", severity="change"), "where none can be listed"),
        (dies("https://a/b", outcome="failed"), "where none can be listed"),
        ({**dies("https://a/b"), "kind": "result"}, "where none can be listed"),
        (of_stack(project="../links"), "malformed"),
        (of_stack(stack="prod\n"), "malformed"),
        (of_stack(stack=7), "malformed"),
        (of_stack(stack="other"), "speaks of a stack that --stack does not name"),
        (changed(stacks=[PROD, PROD]), "names a stack twice"),
        (changed(kind="drift"), "its outcome is not one of a drift"),
        (of_stack(outcome="drifted"), "its outcome is not one of a preview"),
        (of_stack(outcome="failed"), "nothing would change, although it failed"),
        (changed(kind="result", stacks=[PROD, {**PROD, "project": "more"}]), "several stacks"),
        (changed(stacks=[PROD, {**PROD, "project": "more"}]), "speaks of a stack that --stack does not name"),
    ],
)
def test_odd_report_is_refused(content: object, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=reason):
        read(tmp_path, content)


def test_preview_speaks_of_each_stack_that_is_named(tmp_path: Path) -> None:
    both = changed(stacks=[PROD, {**PROD, "project": "app"}])
    assert len(read(tmp_path, both, "prod", "acme/links/prod").stacks) == 2
    with pytest.raises(ReportError, match="does not speak of each stack"):
        read(tmp_path, PREVIEW, "prod", "dev")
    result = changed(kind="result")
    assert read(tmp_path, result, "prod", "dev").kind is Kind.RESULT


def test_addresses_of_all_stacks_have_room_together(tmp_path: Path) -> None:
    def listing(name: str, count: int) -> StackReport:
        dying = tuple(f"https://{name}/{number}" for number in range(count))
        return StackReport(
            project="links", stack=name, outcome=Outcome.FINE, severity=Severity.ADDRESS_DIES, dying=dying
        )

    listed = list_stacks([listing("a", 150), listing("b", 51), listing("c", 50)])
    assert [len(stack.dying) for stack in listed] == [150, 0, 50]
    write_report(tmp_path, Report(kind=Kind.PREVIEW, stacks=listed), {})
    assert read_report(tmp_path, ["a", "b", "c"]).stacks == listed

    write_report(tmp_path, Report(kind=Kind.PREVIEW, stacks=(listing("a", 150), listing("b", 51))), {})
    with pytest.raises(ReportError, match="more than 200 addresses"):
        read_report(tmp_path, ["a", "b"])


def test_stack_of_another_project_is_refused_when_project_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, PREVIEW, "acme/prod").stacks[0].key == ("links", "prod")
    assert read(tmp_path, PREVIEW, "acme/links/prod").stacks[0].key == ("links", "prod")
    with pytest.raises(ReportError, match="--stack does not name"):
        read(tmp_path, PREVIEW, "acme/other/prod")


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["version", "kind", "stacks", "project", "stack"]), inner)
        ),
    )
)
def test_any_json_is_refused(content: object) -> None:
    with TemporaryDirectory() as folder, pytest.raises(ReportError):
        read(Path(folder), content)


def test_only_files_are_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("uspl_canary", "utf-8")
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "link").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "device").symlink_to("/dev/zero")
    (folder / "latin").write_bytes(b"\xff")
    (folder / "large").write_bytes(b"x" * 11)
    (tmp_path / "linked").symlink_to(folder)
    (folder / "fine").write_text("text", "utf-8")

    for name, reason in {
        "link": "has no link that can be read",
        "pipe": "its pipe is not a file",
        "folder": "its folder is not a file",
        "device": "has no device that can be read",
        "missing": "has no missing that can be read",
        "latin": "its latin is not UTF-8 text",
        "large": "its large has more than 10 bytes",
    }.items():
        with pytest.raises(ReportError, match=reason):
            read_file(folder / name, 10)
    with pytest.raises(ReportError, match="the folder of fine is a link"):
        read_file(tmp_path / "linked" / "fine", 10)
    assert read_file(folder / "fine", 10) == "text"


def test_plan_is_named_after_the_stack() -> None:
    assert name_plan("a/b/prod") == "a+b+prod.json"


def test_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "plans").write_text("not a folder", "utf-8")
    with pytest.raises(ConfigurationError, match=r"plans/prod.json can't be written"):
        keep_plan(tmp_path, "prod", "{}")
