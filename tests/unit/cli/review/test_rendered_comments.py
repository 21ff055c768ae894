"""GitHub's own renderer makes of each comment what is meant: tables, folded parts, and no Markdown that is seen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.preview_digest import parse_digest
from pulumi_userplane.cli.review.section import ReviewedStack
from tests.support.previews import find_rows, replaced_link, reviewed, step
from tests.support.rendered_comments import RenderedComment
from tests.support.states import planned, state
from tests.unit.cli.review.recorded import COMMENT, FOLDER, PREVIEW

HERE = Path(__file__).parent
COMMENTS = sorted(HERE.rglob("*.md"))
OF_PREVIEWS = [path.parent for path in COMMENTS if (path.parent / PREVIEW).exists()]


def test_comments_of_all_kinds_are_recorded() -> None:
    kinds = {path.relative_to(HERE).parts[0] for path in COMMENTS}
    assert kinds == {"applied", "failed", "options", "pictured", "pull_requests"}
    assert len(OF_PREVIEWS) > 12


@pytest.mark.parametrize("path", COMMENTS, ids=lambda path: "/".join(path.relative_to(HERE).parts))
def test_comment_is_rendered_as_meant(path: Path) -> None:
    comment = RenderedComment(path.read_text("utf-8"))
    assert comment.problems == []
    assert [rows for rows in comment.rows if len(rows) < 2 or len(set(rows)) != 1] == []


@pytest.mark.parametrize("folder", OF_PREVIEWS, ids=lambda folder: folder.name)
def test_address_that_stops_working_is_seen_without_unfolding(folder: Path) -> None:
    seen = RenderedComment((folder / COMMENT).read_text("utf-8")).seen
    review = build_review(parse_digest((folder / PREVIEW).read_text("utf-8"), PREVIEW))
    addresses = [link.address for link in review.changes if link.removes_address]
    assert [address for address in addresses if address is None or address not in seen] == []


LENGTHS_BEFORE = {
    "01-new-words": 493,
    "02-new-domain": 977,
    "03-removed": 806,
    "04-taken-over": 607,
    "05-only-drift": 548,
    "06-drift-and-change": 961,
    "07-odd-words-and-secrets": 829,
    "08-renamed": 1165,
    "09-replaced-in-many-ways": 1802,
    "10-all-at-once": 2036,
}
"""What `count_seen` told of each comment at commit 7d9a420, before harmless parts were folded."""


def count_seen(comment: RenderedComment) -> int:
    """Returns how many characters are seen without unfolding; addresses and spaces don't count."""
    return len(re.sub(r"https?://\S+|\s", "", comment.seen))


@pytest.mark.parametrize("name", LENGTHS_BEFORE)
def test_half_of_a_comment_is_seen_without_unfolding(name: str) -> None:
    comment = RenderedComment((FOLDER / name / COMMENT).read_text("utf-8"))
    assert count_seen(comment) <= LENGTHS_BEFORE[name] / 2


def test_each_comment_of_a_pull_request_is_measured() -> None:
    assert {folder.name for folder in OF_PREVIEWS if folder.parent == FOLDER} == {*LENGTHS_BEFORE}


@pytest.mark.parametrize("folder", OF_PREVIEWS, ids=lambda folder: folder.name)
def test_comment_begins_with_a_verdict_of_ten_words_that_counts_the_lost_addresses(folder: Path) -> None:
    first, *_ = (folder / COMMENT).read_text("utf-8").splitlines()
    review = build_review(parse_digest((folder / PREVIEW).read_text("utf-8"), PREVIEW))
    lost = [link.may_keep_address for link in review.changes if link.removes_address]
    assert first.startswith("### ")
    assert len(first.split()[1:]) <= 10
    assert [int(count) for count in re.findall(r"(\d+) (?:address|may)", first)] == [
        count for count in (lost.count(False), lost.count(True)) if count
    ]


@pytest.mark.parametrize("folder", OF_PREVIEWS, ids=lambda folder: folder.name)
def test_comment_has_one_row_for_a_link(folder: Path) -> None:
    written = (folder / COMMENT).read_text("utf-8")
    names = [link.split("<br>")[0] for _, link in find_rows(written)]
    assert len(names) == len({*names}) > 0


TEXTS = st.one_of(
    st.text(alphabet=st.sampled_from("`|\\ <>&@a*_[]()!\n#-/?\u202e\u05d0~"), max_size=60),
    st.text(alphabet=st.sampled_from("W9.-/?\u05d0\u8acb"), min_size=60, max_size=255),
    st.sampled_from(["</details>", "<details>", "<!--", "| x |", "W" * 255, "9/" * 120, "&lt;wbr&gt;" * 20]),
)


@pytest.mark.slow
@given(TEXTS, TEXTS, TEXTS)
def test_address_that_stops_working_is_seen_whatever_others_write(title: str, name: str, value: str) -> None:
    fields: dict[str, Any] = {"link_title": title, "meta": {name: value}}
    changed = step("update", state("c", link_title="C"), planned("c", **fields))
    review = reviewed(replaced_link("a", **fields), replaced_link(name or "b", link_title=title), changed)
    comment = RenderedComment(render_comment([ReviewedStack(review)]))
    assert comment.problems == []
    assert "https://help.acme.example/record?session=a stops working" in comment.seen


@pytest.mark.parametrize(
    ("markdown", "problem"),
    [
        ("Text\n| a | b |\n| --- |\n| c | d |", "'|' is seen in '| a | b |'"),
        ("It** stops **working", "'**' is seen in 'It** stops **working'"),
        ("<details><summary>1 link</summary>\n\nText", "<details> is never closed"),
        ("<details><summary>1 link</summary>\n**bold**\n\n</details>", "'**' is seen in '**bold**'"),
        ("> <details>\n\nText\n\n</details>", "</blockquote> comes where blockquote details is open"),
        ("- <details>\n\n  Text\n\n  </details>", "<details> begins within <li>"),
        ("https://help.acme.example", "a link leads to https://help.acme.example"),
        ("a <b>word</b>", "<b> is not kept"),
        (
            f"| a | b |\n| --- | --- |\n| `{'x' * 60}` | a-b/c:{'y' * 40} |",
            "a table needs 110 characters next to each other",
        ),
        ("a \\<!-- marker -->", "'<!--' is seen in 'a <!-- marker -->'"),
    ],
)
def test_what_is_not_meant_is_found(markdown: str, problem: str) -> None:
    assert problem in RenderedComment(markdown).problems


def test_summary_is_seen_and_what_it_folds_is_not() -> None:
    comment = RenderedComment(
        "### Head\n\n<details><summary>2 links</summary>\n\n| a |\n| --- |\n| `*` |\n\n</details>"
    )
    assert (comment.seen, comment.folded, comment.rows) == ("Head 2 links", "a *", [[1, 1]])
    assert comment.problems == []
