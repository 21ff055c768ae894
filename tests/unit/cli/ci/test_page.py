"""docs/ci.md names the options, files and words of `ci`, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from pulumi_userplane.cli.ci import report
from pulumi_userplane.cli.ci.command import ci
from pulumi_userplane.cli.ci.report import Outcome
from pulumi_userplane.cli.review.model import Severity

PAGE = (Path(__file__).parents[4] / "docs" / "ci.md").read_text("utf-8")
COMMANDS = get_command(ci).commands  # type: ignore[attr-defined]


def read_table(head: str) -> list[list[str]]:
    """Returns the cells of the table whose first column has this head."""
    table = PAGE.partition(f"\n| {head} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in table.splitlines()[2:]]


@pytest.mark.parametrize("command", COMMANDS)
def test_page_names_the_options_of_each_command(command: str) -> None:
    named = {
        re.findall(r"--[\w-]+", option)[0]
        for option, commands, _ in read_table("option")
        if commands == "all" or f"`{command}`" in commands
    }
    options = {
        next(name for name in parameter.opts if name.startswith("--"))
        for parameter in COMMANDS[command].params
        if parameter.opts[0].startswith("--")
    }
    assert named == options - {"--help"}


def test_page_names_all_files_and_words() -> None:
    named = {file for row in read_table("file") for file in re.findall(r"`([^`]+)`", row[0])}
    constants = {report.COMMENT, report.SUMMARY, report.REPORT, report.LINKS_CSV, report.LINKS_JSON, report.LEFT}
    assert named == {*constants, f"{report.PLANS}/{report.name_plan('prod')}"}
    words = PAGE.partition("An outcome is")[2].partition("\n\n")[0]
    for word in (*Outcome, *Severity):
        assert f"`{word.value}`" in words
    assert [row[0] for row in read_table("command")] == ["`ci preview`", "`ci comment`", "`ci up`", "`ci drift`"]
