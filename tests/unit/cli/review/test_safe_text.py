"""Text of others stays text, and shows what it is."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pulumi_userplane.cli.review.model import Mask
from pulumi_userplane.cli.review.safe_text import (
    MAX_VALUE_LENGTH,
    Address,
    Code,
    code_span,
    escape_invisible,
    format_value,
    format_values,
    make_loggable,
    mask_all_keys,
    mask_keys,
    neutralize_quick_actions,
    neutralize_workflow_commands,
    to_markdown,
    truncate,
)

RENDER = MarkdownIt("gfm-like").render

ATTACKS = [
    "@everyone",
    "@acme/support please",
    "|x|",
    "\\|x\\|",
    "`",
    "``a`b",
    "` | @everyone",
    "<img src=x onerror=alert(1)>",
    "</code>@everyone",
    "-->",
    "<!-- pulumi-userplane review p/dev -->",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "https://evil.example www.evil.example #12 GH-12",
    "**bold** _it_ ~~no~~",
    "ines@acme.example",
    "ines@acme.example | mailto:ines@acme.example",
    "::error::x | ##[error]x",
    "a\n\n# heading\r\n| --- |",
    "\u202egnp.exe \u2066x\u2069 \u200b",
    "&#64;everyone &lt;b&gt;",
    "\\`@everyone\\`",
    "trailing\\",
    "  ",
    "",
    "עזרה",
    "x" * 255,
    "\U000e0041 \ud800 \xa0",
]


def cells(markdown: str) -> list[str]:
    """What a row of a table holds, rendered."""
    rendered = RENDER(f"| a | b |\n| --- | --- |\n| {markdown} | end |\n")
    assert rendered.count("<tr>") == 2
    return re.findall(r"<td>(.*?)</td>", rendered, re.DOTALL)


@pytest.mark.parametrize("attack", ATTACKS)
def test_code_span_shows_the_text_and_nothing_else(attack: str) -> None:
    _stays_text(attack)


@given(st.text(alphabet=st.sampled_from("`|\\ <>&@a*_[]()!\n#-\u202e\u05d0~"), max_size=30))
def test_code_span_stays_text_whatever_it_holds(attack: str) -> None:
    _stays_text(attack)


def _stays_text(attack: str) -> None:
    cell, end = cells(code_span(escape_invisible(attack)))
    assert end == "end"
    inner = re.fullmatch(r"\u200e?<code>([^<>]*)</code>\u200e?", re.sub("<!-- -->|<wbr>", "", cell))
    if not attack:
        assert cell == "(empty)"
    else:
        assert inner is not None, cell
        assert html.unescape(inner[1]) == escape_invisible(attack)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 24, f"`{'x' * 24}`"),
        ("x" * 50, f"<code>{'x' * 24}<wbr>{'x' * 24}<wbr>xx</code>"),
        (f"a {'x' * 24} b", f"`a {'x' * 24} b`"),
        (
            "https://help.acme.example/record?session=checkout-page",
            "`https://help.acme.example/record?session=checkout-page`",
        ),
        ("1/" * 13, f"<code>{'1&#47;' * 12}<wbr>1&#47;</code>"),
        (f"{'x' * 24}e\u0301", f"<code>{'x' * 24}<wbr>e&#769;</code>"),
        (f"{'x' * 24}\u0301e", f"<code>{'x' * 24}&#769;<wbr>e</code>"),
        ("\u8acb\u6c42" * 20, "`" + "\u8acb\u6c42" * 20 + "`"),
    ],
)
def test_long_word_may_end_a_line_within(text: str, shown: str) -> None:
    assert code_span(text) == shown


def test_invisible_characters_are_escaped() -> None:
    assert escape_invisible("a\n\r\t\u202e\u200d\xa0\x1b\U000e0041é עזרה") == (
        "a\\n\\r\\t\\u202e\\u200d\\u00a0\\u001b\\U000e0041é עזרה"
    )


def test_text_of_others_looks_like_no_marker() -> None:
    assert "<!-- pulumi" not in code_span("<!-- pulumi-userplane review p/dev -->")


def test_code_span_is_isolated_when_text_runs_from_right_to_left() -> None:
    assert code_span("עזרה") == "\u200e`עזרה`\u200e"
    assert code_span("help") == "`help`"


def test_values_are_formatted_as_json_and_masks_as_words() -> None:
    assert [format_value(value) for value in ("a", "", 5, True, None, {"a": [1]}, "\u202e", 'q"')] == [
        '"a"',
        '""',
        "5",
        "true",
        "null",
        '{"a": [1]}',
        '"\\u202e"',
        '"q\\""',
    ]
    assert [format_value(mask) for mask in Mask] == ["nothing", "a secret", "known after `up`"]
    assert format_value({"a": Mask.SECRET}) == '{"a": "(a secret)"}'


def test_long_values_are_truncated_where_they_differ() -> None:
    assert truncate("x" * 80) == "x" * 80
    assert truncate("x" * 81) == "x" * 79 + "…"
    assert format_values("a", "b") == ('"a"', '"b"')
    one, other = format_values("x" * 200 + "old", "x" * 200 + "new")
    assert (one, other) == ("…" + "x" * 20 + 'old"', "…" + "x" * 20 + 'new"')
    one, other = format_values("old" + "x" * 200, "new" + "x" * 200)
    assert one.startswith('"old')
    assert other.startswith('"new')
    assert {len(one), len(other)} == {MAX_VALUE_LENGTH}
    assert format_values("x" * 200, "x" * 300)[0] == "…" + "x" * 20 + '"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a::b # c", "a::b # c"),
        ("::error::x\n\t::y\n\u200e::z", "\\u003a:error::x\n\t\\u003a:y\n\u200e\\u003a:z"),
        (":::x", "\\u003a::x"),
        ("a\r::x\r\n::y", "a\r\\u003a:x\r\n\\u003a:y"),
        ("\n" * 200_000, "\n" * 200_000),
        ("a ##[error]x ###[y", "a \\u0023#[error]x #\\u0023#[y"),
        ("##vso[task.complete] ##teamcity[x] ## [y] #a[", "\\u0023#vso[task.complete] \\u0023#teamcity[x] ## [y] #a["),
    ],
)
def test_workflow_commands_are_escaped(text: str, expected: str) -> None:
    assert neutralize_workflow_commands(text) == expected


KEY = "uspl_s3cr3t-0f5c"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (KEY, "uspl_***"),
        (f"the key '{KEY}' and `{KEY}`", "the key 'uspl_***' and `uspl_***`"),
        (f'{{"a": "{KEY}"}}', '{"a": "uspl_***"}'),
        (f"x{KEY}, uspl_\u200babc", "xuspl_*** uspl_***"),
        ("uspl_", "uspl_***"),
        ("USERPLANE_API_KEY uspl userplane", "USERPLANE_API_KEY uspl userplane"),
    ],
)
def test_keys_are_masked_whoevers_they_are(text: str, expected: str) -> None:
    assert mask_keys(text) == mask_keys(expected) == expected
    assert mask_all_keys({text: [1, None, {"a": text}]}) == {expected: [1, None, {"a": expected}]}
    assert make_loggable(f"::{text}") == f"\\u003a:{expected}"


# As lib/gitlab/regex.rb looks for the parts of a log that are folded.
_SECTION = re.compile(r"section_(start|end):(\d+):([a-zA-Z0-9_.-]+)(\[[^\]]*\])?\r\x1b\[0K")


def test_log_is_not_folded() -> None:
    printed = "\x1b[0Ksection_start:1:up[collapsed=true]\r\x1b[0Knothing to see"

    assert _SECTION.search(printed)
    assert not _SECTION.search(make_loggable(printed))
    assert "\x1b" not in make_loggable(printed)


def test_key_is_masked_before_a_text_is_cut() -> None:
    long = "x" * 100
    assert truncate(f"{KEY} {long}", 20) == f"uspl_*** {'x' * 10}…"
    assert "s3cr3t" not in "".join(format_values(f"{long}{KEY}a", f"{long}{KEY}b"))
    assert to_markdown((Code(f"|{KEY}"),)) == "<code>&#124;uspl&#95;&#42;&#42;&#42;</code>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/close", "&#47;close"),
        ("a\n/close\n/label ~x", "a\n&#47;close\n&#47;label ~x"),
        ("\r/close \t\u200b/close", "\r&#47;close \t\u200b/close"),
        ("> - /close\n1. /close\n\u200b/close", "> - &#47;close\n1. &#47;close\n\u200b&#47;close"),
        ("a /close\n| `/close` |\n</details>", "a /close\n| `/close` |\n</details>"),
    ],
)
def test_quick_actions_are_defused_at_the_beginning_of_a_line(text: str, expected: str) -> None:
    assert neutralize_quick_actions(text) == expected
    assert html.unescape(expected) == text


# As lib/gitlab/quick_actions/extractor.rb looks for them, in any paragraph.
GITLAB_SEES_A_QUICK_ACTION = re.compile(r"^/\w+( [^\n]*)?(\s*\n|$)", re.MULTILINE)


@given(st.text(alphabet=st.sampled_from("/ac \r\n>-1.`*\t\u200b"), max_size=30))
def test_no_quick_action_is_left_in_any_text(text: str) -> None:
    assert not GITLAB_SEES_A_QUICK_ACTION.search(neutralize_quick_actions(text).replace("\r", ""))


def test_address_stays_whole_so_that_it_can_be_copied_from_the_markdown() -> None:
    address = f"https://help.acme.example/record?session={'aB3_' * 10}xyz"
    assert to_markdown((Address(address),)) == f"`{address}`"
    assert "<wbr>" in to_markdown((Code(address),))
    assert "<wbr>" in to_markdown((Address("x" * 300),))
