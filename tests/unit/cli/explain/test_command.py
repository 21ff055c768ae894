"""`explain` prints what a code means, however it is spelt, without an account and without a request."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from pulumi_userplane.api.advice import DOCUMENTED_CODES
from pulumi_userplane.api.constants import ERROR_CODES
from pulumi_userplane.cli.app import app
from scripts.code_blocks import find_block
from tests.support.shown_output import assert_shown
from tests.unit.cli.conftest import Ended

RESPONSES = [(status, code) for status, codes in ERROR_CODES.items() for code in sorted(codes)]
PRINT_LOADED = """
import sys
from pulumi_userplane.cli import main
sys.argv = ["pulumi-userplane", "explain", "LINK_GONE"]
try:
    main()
except SystemExit:
    print(*sorted({"requests", "rich", "jinja2", "markdown_it"} & sys.modules.keys()))
"""


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


def explain(*arguments: str, color: bool = False) -> Ended:
    done = CliRunner().invoke(app, ["explain", *arguments], color=color)
    return Ended(done.exit_code, done.stdout, done.stderr)


def test_explain_lists_each_code_on_one_line_when_none_is_named() -> None:
    done = explain()
    lines = done.out.splitlines()
    assert (done.code, done.errors) == (0, "")
    assert {(int(line.split()[1]), line.split()[0]) for line in lines} == set(RESPONSES)
    assert len(lines) == len(RESPONSES)
    assert max(map(len, lines)) <= 80
    assert "LINK_GONE                       410  The link was deleted." in lines
    statuses = [int(line.split()[1]) for line in lines]
    assert statuses == sorted(statuses)


@pytest.mark.parametrize(("status", "code"), RESPONSES)
def test_explain_prints_the_section_of_each_code(status: int, code: str) -> None:
    done = explain(code)
    heading, meaning, *lines = done.out.splitlines()
    assert (done.code, done.errors, heading) == (0, "", f"{status} {code}")
    assert meaning.endswith(".")
    assert [line.split(":")[0] for line in lines if line.startswith("- ")] == [
        "- When",
        "- State",
        "- In short",
        "- Source",
    ]
    assert any(line.startswith("1. ") for line in lines)
    assert lines[-1] == f"In the documentation: Troubleshooting, {code}"
    assert "docs/" not in done.out.replace("/docs/", "")
    assert done.out.isascii()
    assert "](" not in done.out
    assert "**" not in done.out
    assert [line for line in done.out.splitlines() if len(line) > 80 and " " in line.strip()] == []


def test_page_on_commands_shows_what_is_printed() -> None:
    assert_shown(find_block("docs/commands.md", "$ pulumi-userplane explain"), explain("LINK_GONE").out)


@pytest.mark.parametrize(
    "spelling",
    [
        ["link_gone"],
        ["Link-Gone"],
        ["`LINK_GONE`"],
        ["'LINK_GONE',"],
        ["410 LINK_GONE"],
        ["410", "LINK_GONE"],
        ["410-link-gone"],
        ["link", "gone"],
        ['read of recording link lnk_1 failed: 410 LINK_GONE "Deleted."; more: `pulumi-userplane explain LINK_GONE`'],
    ],
)
def test_explain_takes_a_code_in_any_spelling(spelling: list[str]) -> None:
    assert explain(*spelling) == explain("LINK_GONE")


def test_explain_prints_each_code_of_a_line_once() -> None:
    done = explain('410 LINK_GONE, but its project can\'t be read (403 NOT_A_MEMBER "Deleted: LINK_GONE")')
    headings = [line for line in done.out.splitlines() if line in {"410 LINK_GONE", "403 NOT_A_MEMBER"}]
    assert headings == ["410 LINK_GONE", "403 NOT_A_MEMBER"]
    assert "Troubleshooting, LINK_GONE\n\n403 NOT_A_MEMBER\n" in done.out


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500])
@pytest.mark.parametrize("spelling", ["{}", "HTTP {}", "status {}.", "`{}`", "HTTP/1.1 {} No"])
def test_explain_lists_the_codes_of_a_status(status: int, spelling: str) -> None:
    done = explain(spelling.format(status))
    assert (done.code, done.errors) == (0, "")
    assert {line.split()[0] for line in done.out.splitlines()} == ERROR_CODES[status]
    assert set(done.out.splitlines()) < set(explain().out.splitlines())


@pytest.mark.parametrize(("status", "code"), [("429", "RATE_LIMITED"), ("HTTP 503", "SERVICE_UNAVAILABLE")])
def test_explain_prints_the_only_section_of_a_status(status: str, code: str) -> None:
    assert explain(status) == explain(code)


def test_explain_finds_no_code_in_a_longer_one() -> None:
    assert explain("LINK_DEFAULT_PROJECT_NOT_FOUND").out.splitlines()[0] == "404 LINK_DEFAULT_PROJECT_NOT_FOUND"
    assert explain("MY_LINK_GONE").code == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("link_gon", 'no error code "link_gon"; did you mean LINK_GONE? '),
        ("rate-limit", 'no error code "rate-limit"; did you mean RATE_LIMITED? '),
        (
            "401 NO_SUCH",
            'no error code "401 NO_SUCH"; did you mean API_KEY_REQUIRED or API_KEY_INVALID or API_KEY_EXPIRED? ',
        ),
        ("410 link-gon", 'no error code "410 link-gon"; did you mean LINK_GONE? '),
        ("418", 'no error code "418"; '),
        ("41", 'no error code "41"; '),
        ("TEAPOT", 'no error code "TEAPOT"; '),
        ("", 'no error code ""; '),
        ("\x1b[31mred\x1b[0m\r\nText\u202e", 'no error code "[31mred [0m Text"; '),
    ],
)
def test_explain_names_near_codes_when_it_knows_none(given: str, said: str) -> None:
    done = explain(given)
    assert (done.code, done.out) == (1, "")
    assert done.errors == f"Userplane documents {said}`pulumi-userplane explain` lists all codes\n"


def test_explain_cuts_a_long_argument() -> None:
    done = explain("LINK_" * 20_000)
    assert done.code == 1
    assert done.errors.count("\n") == 1
    assert len(done.errors) < 300


def test_explain_prints_colors_on_a_terminal_unless_it_must_not(monkeypatch: pytest.MonkeyPatch) -> None:
    colored = explain("LINK_GONE", color=True).out
    assert colored.startswith("\x1b[1m410 LINK_GONE\x1b[0m\n")
    assert "\x1b[36m`pulumi up --refresh`\x1b[0m" in colored
    monkeypatch.setenv("NO_COLOR", "1")
    assert explain("LINK_GONE", color=True) == explain("LINK_GONE")


@pytest.mark.parametrize("columns", ["1", "40", "0"])
def test_explain_breaks_no_command_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    wide = {command for code in DOCUMENTED_CODES for command in explain(code).out.split("`")[1::2]}
    monkeypatch.setenv("COLUMNS", columns)
    narrow = {command for code in DOCUMENTED_CODES for command in explain(code).out.split("`")[1::2]}
    assert "pulumi config set --secret userplane:apiKey" in wide
    assert narrow == wide
    assert max(len(line) for line in explain("LINK_GONE").out.splitlines()) <= (80 if columns == "0" else 65)


@pytest.mark.slow
def test_explain_loads_nothing_that_sends_or_draws() -> None:
    done = subprocess.run([sys.executable, "-c", PRINT_LOADED], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == ""
