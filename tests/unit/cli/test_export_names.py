"""Names of exported links: readable, unique, and none changes because of a link that comes later."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_userplane.cli.exporting.names import Names, slug

TITLES = st.lists(
    st.sampled_from(["", "Help", "help!", "Help 000002", "Help 2", "link", "💳"]) | st.text(), max_size=12
)


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
def test_a_slug_has_the_words_of_a_text(text: str, words: str) -> None:
    assert slug(text) == words


def test_the_oldest_link_has_the_title_alone_and_the_others_an_end_of_their_id() -> None:
    names = Names()
    assert names.name("Help", "lnk_1a2b3c4d5e") == "help"
    assert names.name("Help!", "lnk_9Z8y7x6w5v") == "help-7x6w5v"
    assert names.name("Help", "other_7x6w5v") == "help-other7x6w5v"
    assert names.name("Help", "lnk-other_7x6w5v") == "help-lnkother7x6w5v"
    assert names.name("Help", "lnkother7x6w5v") == "help-2"
    assert names.name("", "lnk_1a2b3c4d5e") == "link-3c4d5e"
    assert names.name("💳", "***") == "link-2"


def test_a_prefix_makes_room_for_the_same_name() -> None:
    names = Names()
    assert names.name("c", "lnk_1", prefix="a-b-") == "c"
    assert names.name("c", "lnk_2", prefix="d-") == "c"
    assert names.name("b c", "lnk_3", prefix="a-") == "b-c-lnk3"


@given(TITLES, TITLES)
def test_later_links_change_no_name(before: list[str], after: list[str]) -> None:
    def named(titles: list[str]) -> list[str]:
        names = Names()
        return [names.name(title, f"lnk_{index:06d}") for index, title in enumerate(titles)]

    some, more = named(before), named(before + after)
    assert more[: len(some)] == some
    assert len(set(more)) == len(more)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in more)
