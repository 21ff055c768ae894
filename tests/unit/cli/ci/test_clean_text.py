"""What `review` writes is posted as it is; of the text of others nothing but text remains."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_userplane.cli.ci.clean_text import clean_comment
from scripts.comment_html import render_html
from tests.support.rendered_comments import without_markers

MOST = 65_000
GOLDEN = sorted((Path(__file__).parents[1] / "review").rglob("*.md"))


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: f"{golden.parent.name}/{golden.name}")
def test_comment_of_review_stays_as_it_is(golden: Path) -> None:
    comment = golden.read_text("utf-8")
    assert len(GOLDEN) > 30
    assert clean_comment(comment, MOST) == without_markers(comment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Whatever stands in words becomes code.
        ("see #5, !7 and GH-9", "see <code>&#35;5&#44;</code> <code>&#33;7</code> and <code>GH&#45;9</code>"),
        ("www.a.example", "<code>www&#46;a&#46;example</code>"),
        ("of abcdefa and 1234567", "of <code>abcdefa</code> and <code>1234567</code>"),
        ("@all", "<code><!-- -->&#64;all</code>"),
        ("[x](y) ![x](y)", "<code>&#91;x&#93;&#40;y&#41;</code> <code>&#33;&#91;x&#93;&#40;y&#41;</code>"),
        ("<a href=x>", "<code>&#60;a</code> <code>href&#61;x&#62;</code>"),
        ("`A help` · `help` → **`x` is dead**: 3, 30%.", "`A help` · `help` → **`x` is dead**: 3, 30%."),
        # What is code is no code after a backslash, in another cell or in a tag.
        (r"\<code>&#64;acme</code>", "<code>&#92;</code><code><!-- -->&#64;acme</code>"),
        (r"\`@acme`", "<code>&#92;</code>`@acme`"),
        ("| `a | @b ` |", "| <code>&#96;a</code> | <code><!-- -->&#64;b</code> <code>&#96;</code> |"),
        ("<details>\n`@b`", "<code>&#60;details&#62;</code>\n`@b`"),
        (
            "<details><summary>`@b`</summary>\n`@c`\n</details>\n`@d`",
            "<details><summary><code><!-- -->&#64;b</code></summary>\n\n`@c`\n\n</details>\n\n`@d`",
        ),
        ("a `b | c`\n| --- | --- |", "a `b | c`\n\n| --- | --- |"),
        ("<code>&#8238;&#117;spl&#95;x</code>", "<code>uspl&#95;&#42;&#42;&#42;</code>"),
        ("`<!-- x -->`", "<code>&#60;&#33;&#45;&#45; x &#45;&#45;&#62;</code>"),
        # A part that folds ends where it began, and none stands in another.
        ("</details>", "<code>&#60;&#47;details&#62;</code>"),
        (
            "<details><summary>x</summary>\n<details><summary>y</summary>\n    </details>\n</details>",
            (
                "<details><summary>x</summary>\n\n"
                "<code>&#60;details&#62;&#60;summary&#62;</code>y<code>&#60;&#47;summary&#62;</code>\n\n</details>\n\n"
                "<code>&#60;&#47;details&#62;</code>"
            ),
        ),
        (
            r"<details><summary>x</summary>\</details>",
            (
                "<code>&#60;details&#62;&#60;summary&#62;</code>x<code>&#60;&#47;summary&#62;</code><code>&#92;</code>"
                "<code>&#60;&#47;details&#62;</code>"
            ),
        ),
        (
            "| <details><summary>x</summary> |",
            "| <code>&#60;details&#62;&#60;summary&#62;</code>x<code>&#60;&#47;summary&#62;</code> |",
        ),
        ("<br>", "<code>&#60;br&#62;</code>"),
    ],
)
def test_everything_else_is_code(text: str, expected: str) -> None:
    assert clean_comment(text, MOST) == expected
    # Nor does it change when it is cleaned again.
    assert clean_comment(expected, MOST) == expected


@pytest.mark.parametrize("start", ["### ", "#### "])
@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("What `links-may-die` lets die", None),
        ("what  links-may-die **lets** die.", "what links-may-die **lets** die."),
        ("What `l\u0456nks-may-die` lets die", None),
        ("What <code>links&#45;may&#45;die</code> lets die", None),
        ("`What links-may-die lets die`", None),
        ("`Links_may_die` lists", None),
    ],
)
def test_heading_of_what_an_approval_lets_die_comes_from_no_report(
    start: str, heading: str, expected: str | None
) -> None:
    assert clean_comment(f"{start}{heading}\n\n---", MOST) == f"{expected or heading}\n\n<code>&#45;&#45;&#45;</code>"


@pytest.mark.parametrize(
    "text", ["<details>", "<details><summary>x</summary>\n", "#5\n", "`x`", "| x x x |\n", "x" * 99]
)
def test_no_text_becomes_longer_than_there_is_room(text: str) -> None:
    cleaned = clean_comment(text * 7_000, MOST)
    assert len(cleaned.encode()) <= MOST
    assert cleaned.endswith("**The rest did not fit.** The log of the run has it.")
    html = render_html(cleaned)
    assert html.count("<details>") == html.count("</details>")
    assert "<details" not in html.rpartition("</details>")[2]
