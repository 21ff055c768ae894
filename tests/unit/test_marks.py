"""Marks: what a reference says of who made the link, and what it doesn't."""

from __future__ import annotations

import pytest

from pulumi_userplane.marks import Maker, maker, mark_of


@pytest.mark.parametrize(
    ("reference", "mark"),
    [
        ("pulumi:p/dev/help#0123abcd", "pulumi:p/dev/help"),
        ("team#a#0123abcd", "team#a"),
        ("a\nb#0123abcd", "a\nb"),
        ("#0123abcd", None),
        ("pulumi:p/dev/help", None),
        ("pulumi:p/dev/help#0123ABCD", None),
        ("pulumi:p/dev/help#0123abcde", None),
        ("ticket 4711", None),
        ("", None),
        (None, None),
    ],
)
def test_a_mark_is_what_a_creation_has_put_before_its_digits(reference: str | None, mark: str | None) -> None:
    assert mark_of(reference) == mark


@pytest.mark.parametrize(
    ("mark", "found"),
    [
        ("pulumi:p/dev/help", Maker("p", "dev", "help")),
        ("pulumi:p/dev/acme:Support$a/b\nc", Maker("p", "dev", "acme:Support$a/b\nc")),
        ("pulumi:p/dev/", None),
        ("pulumi:p/dev", None),
        ("pulumi:/dev/help", None),
        ("team", None),
        (None, None),
    ],
)
def test_a_mark_names_a_resource_unless_the_program_chose_it(mark: str | None, found: Maker | None) -> None:
    assert maker(mark) == found


def test_a_maker_is_said_as_in_the_mark() -> None:
    assert str(maker("pulumi:p/dev/help")) == "p/dev/help"
