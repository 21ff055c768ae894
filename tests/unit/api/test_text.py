"""Text from outside in a message, and how a message names a link."""

from __future__ import annotations

import pytest

from pulumi_userplane.api.text import describe_link, sanitize


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\x1b[31m\nb", "a [31m b"), ("a\u202eb", "a b"), ("  Größe  🎥 ", "Größe 🎥"), ("x" * 101, "x" * 99 + "…")],
)
def test_sanitize_returns_one_short_line_that_steers_nothing(text: str, line: str) -> None:
    assert sanitize(text) == line


def test_describe_link_holds_label_and_id() -> None:
    assert describe_link("lnk_1", "Help") == 'recording link "Help" (lnk_1)'
    assert describe_link("lnk_1") == describe_link("lnk_1", "") == "recording link lnk_1"
