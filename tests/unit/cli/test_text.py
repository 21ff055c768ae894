"""Words that several commands print: counts, lists that are cut, and a title as a name."""

from __future__ import annotations

import pytest

from pulumi_userplane.cli.text import enumerate_first, make_slug, pluralize


@pytest.mark.parametrize(("count", "text"), [(0, "0 links"), (1, "1 link"), (2, "2 links")])
def test_pluralize_adds_s_unless_count_is_one(count: int, text: str) -> None:
    assert pluralize(count, "link") == text


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a", "b"], "a, b"), (["a", "b", "c", "d"], "a, b, and 2 more")]
)
def test_enumerate_first_says_how_many_more_when_items_exceed_limit(items: list[str], text: str) -> None:
    assert enumerate_first(items, 2) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Help with checkout", "help-with-checkout"),
        ("  Größe & Maß: Café! ", "grosse-mass-cafe"),
        ("Don't", "dont"),
        ("İstanbul", "istanbul"),
        ("支払い", ""),
        ("", ""),
        ("a_b/c::d", "a-b-c-d"),
        ("x" * 255, "x" * 60),
        ("word " * 51, "-".join(["word"] * 12)),
        (f"{'a' * 60} b", "a" * 60),
    ],
)
def test_slug_has_words_of_text_in_ascii(text: str, words: str) -> None:
    assert make_slug(text) == words
