"""The folder of a report loses what an earlier run left, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.ci.report import Kind, Outcome, Report, StackReport, keep_plan, write_report
from pulumi_userplane.cli.ci.report_folder import prepare_folder
from pulumi_userplane.cli.review.model import Severity

if TYPE_CHECKING:
    from pathlib import Path

PROD = StackReport(project="links", stack="prod", outcome=Outcome.FINE, severity=Severity.NONE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the report of a preview, with files of others."""
    folder = tmp_path / "new" / "report"
    prepare_folder(folder)
    keep_plan(folder, "a/b/prod", "{}")
    texts = {"comment.md": "", "summary.md": "", "links.csv": "", "links.json": "", "left.json": ""}
    write_report(folder, Report(kind=Kind.PREVIEW, stacks=(PROD,)), texts)
    for name in ("mine.txt", "plans/my.json"):
        (folder / name).write_text("mine", "utf-8")
    return folder


def files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_folder_loses_the_earlier_report_and_nothing_else(folder: Path) -> None:
    prepare_folder(folder)
    assert files(folder) == {"mine.txt", "plans/my.json"}


def test_folder_may_be_named_by_a_link(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    prepare_folder(link)
    assert files(folder) == {"mine.txt", "plans/my.json"}


@pytest.mark.parametrize("report", [None, "", '{"tests": 7}'])
@pytest.mark.parametrize("name", ["comment.md", "links.csv", "plans/my.json"])
def test_folder_is_refused_when_its_files_are_of_no_report(name: str, report: str | None, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine", "utf-8")
    if report is not None:
        (tmp_path / "report.json").write_text(report, "utf-8")
    before = files(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        prepare_folder(tmp_path, ["prod"])
    assert re.fullmatch(
        rf"{tmp_path}/\S+ was there before, and is of no report: nothing was written; "
        "name another folder with --out, or remove that file",
        str(caught.value),
    )
    assert files(tmp_path) == before


def test_preview_that_broke_off_is_run_again(tmp_path: Path) -> None:
    keep_plan(tmp_path, "a/b/prod", "{}")
    with pytest.raises(ConfigurationError, match=r"a\+b\+prod.json was there before"):
        prepare_folder(tmp_path, ["dev"])
    prepare_folder(tmp_path, ["dev", "a/b/prod"])
    assert files(tmp_path) == set()


def test_folder_that_cannot_be_emptied_is_named(folder: Path) -> None:
    (folder / "comment.md").unlink()
    (folder / "comment.md").mkdir()
    with pytest.raises(ConfigurationError, match="can't be written"):
        prepare_folder(folder)
