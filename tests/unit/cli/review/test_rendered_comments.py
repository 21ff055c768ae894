"""GitHub's own renderer makes of each comment what is meant: tables, folded parts, and no Markdown that is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.preview_digest import parse_digest
from tests.support.rendered_comments import RenderedComment
from tests.unit.cli.review.recorded import COMMENT, PREVIEW

ALL = sorted(path.parent for path in Path(__file__).parent.glob(f"*/*/{COMMENT}"))
OF_PREVIEWS = [folder for folder in ALL if (folder / PREVIEW).exists()]


def test_comments_of_all_kinds_are_recorded() -> None:
    assert {folder.parent.name for folder in ALL} >= {"applied", "options", "pictured", "pull_requests"}
    assert len(OF_PREVIEWS) > 12


@pytest.mark.parametrize("folder", ALL, ids=lambda folder: folder.name)
def test_comment_is_rendered_as_meant(folder: Path) -> None:
    comment = RenderedComment((folder / COMMENT).read_text("utf-8"))
    assert comment.problems == []
    assert [rows for rows in comment.rows if len(rows) < 2 or len(set(rows)) != 1] == []


@pytest.mark.parametrize("folder", OF_PREVIEWS, ids=lambda folder: folder.name)
def test_address_that_stops_working_is_seen_without_unfolding(folder: Path) -> None:
    seen = RenderedComment((folder / COMMENT).read_text("utf-8")).seen
    review = build_review(parse_digest((folder / PREVIEW).read_text("utf-8"), PREVIEW))
    addresses = [link.address for link in review.changes if link.removes_address]
    assert [address for address in addresses if address is None or address not in seen] == []


@pytest.mark.parametrize(
    ("markdown", "problem"),
    [
        ("Text\n| a | b |\n| --- |\n| c | d |", "'|' is seen in '| a | b |'"),
        ("It** stops **working", "'**' is seen in 'It** stops **working'"),
        ("<details><summary>1 link</summary>\n\nText", "<details> is never closed"),
        ("<details><summary>1 link</summary>\n**bold**\n\n</details>", "'**' is seen in '**bold**'"),
        ("> <details>\n\nText\n\n</details>", "</blockquote> comes where blockquote details is open"),
        ("- <details>\n\n  Text\n\n  </details>", "<details> begins within <li>"),
        ("a <b>word</b>", "<b> is not kept"),
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
