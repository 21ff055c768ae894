"""docs/troubleshooting.md has a section for each documented code, with the advice that the error prints."""

from __future__ import annotations

import re

import pytest

from pulumi_userplane.api.advice import DOCUMENTED_CODES
from pulumi_userplane.api.constants import ERROR_CODES
from pulumi_userplane.api.errors import Operation, api_error
from pulumi_userplane.api.text import describe_link
from pulumi_userplane.cli.app import COMMANDS
from pulumi_userplane.cli.explain.sections import read_sections
from scripts.code_blocks import find_block
from scripts.troubleshooting import MARKER, PAGE, render

TEXT = PAGE.read_text("utf-8")
RESPONSES = [(status, code) for status, codes in ERROR_CODES.items() for code in sorted(codes)]


def test_page_is_up_to_date() -> None:
    assert render() == TEXT, "run `make docs`"


def test_page_keeps_what_stands_before_the_sections() -> None:
    first_half = TEXT.partition(MARKER)[0]
    assert render().startswith(first_half)
    assert "| the message says |" in first_half


def test_each_documented_code_has_one_heading_and_no_other_code_has_one() -> None:
    headings = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)
    assert sorted(headings) == sorted(DOCUMENTED_CODES)
    assert list(read_sections()) == headings


@pytest.mark.parametrize(("status", "code"), RESPONSES)
def test_section_has_the_status_and_the_advice_of_the_error(status: int, code: str) -> None:
    section = TEXT.partition(f"\n### {code}\n")[2].partition("\n##")[0]
    advice = api_error(Operation("read", "a link"), status, code, "").next_step
    assert section.startswith(f"\nStatus {status}. ")
    assert f"- **In short:** {advice}.\n" in section
    assert re.search(r"\n- \*\*When:\*\* .*\n- \*\*State:\*\* .*\n- \*\*Source:\*\* \[.*\n\n1\. ", section, re.DOTALL)


def test_page_shows_an_error_as_it_is_printed() -> None:
    operation = Operation("deletion", describe_link("lnk_1", "pulumi:shop/prod/help"))
    error = api_error(operation, 403, "LINK_DELETE_FORBIDDEN", "Not yours.")
    shown = find_block("docs/troubleshooting.md", "deletion of recording link ").text
    assert shown.split() == str(error).split()


def test_sections_name_only_commands_that_exist() -> None:
    commands = set(re.findall(r"`pulumi-userplane ([\w-]+)", TEXT))
    assert "doctor" in commands
    assert commands <= set(COMMANDS)
