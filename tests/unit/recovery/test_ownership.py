"""Marks: what a reference says of who made the link, and what it doesn't."""

from __future__ import annotations

import pytest

from pulumi_userplane.recovery.ownership import (
    ResourceRef,
    is_same_resource,
    mark_in,
    parent_types,
    parse_owner,
    split_parents,
)


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
    assert mark_in(reference) == mark


@pytest.mark.parametrize(
    ("mark", "found"),
    [
        ("pulumi:p/dev/help", ResourceRef("p", "dev", "help")),
        ("pulumi:p/dev/acme:Support$a/b\nc", ResourceRef("p", "dev", "acme:Support$a/b\nc")),
        ("pulumi:p/dev/", None),
        ("pulumi:p/dev", None),
        ("pulumi:/dev/help", None),
        ("team", None),
        (None, None),
    ],
)
def test_a_mark_names_a_resource_unless_the_program_chose_it(mark: str | None, found: ResourceRef | None) -> None:
    assert parse_owner(mark) == found


def test_a_maker_is_said_as_in_the_mark() -> None:
    assert str(parse_owner("pulumi:p/dev/help")) == "p/dev/help"


@pytest.mark.parametrize(
    ("urn", "found"),
    [
        ("urn:pulumi:dev::p::acme:x:Desk::desk", "acme:x:Desk"),
        ("urn:pulumi:dev::p::acme:x:A$acme:Desk::a$b::c", "acme:x:A$acme:Desk"),
        ("urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", ""),
        # As mocks say it.
        ("urn:pulumi:dev::p::pulumi:pulumi:Stack$acme:x:Desk::desk", "acme:x:Desk"),
        ("no URN", ""),
    ],
)
def test_the_types_of_a_resource_and_its_parents_stand_in_its_urn(urn: str, found: str) -> None:
    assert parent_types(urn) == found


@pytest.mark.parametrize(
    ("owned", "found"),
    [
        ("help", ("", "help")),
        ("acme:Desk$help", ("acme:Desk", "help")),
        ("acme:x:A$acme:x/y:B$acme:x:C$help", ("acme:x:A$acme:x/y:B$acme:x:C", "help")),
        (
            "pulumi-python:dynamic/userplane:RecordingLink$a:b/c",
            ("pulumi-python:dynamic/userplane:RecordingLink", "a:b/c"),
        ),
        ("a::B$help\n2", ("a::B", "help\n2")),
        ("5$ off", ("", "5$ off")),
        ("acme:x:A$", ("", "acme:x:A$")),
    ],
)
def test_a_mark_says_the_types_of_all_parents_and_the_name(owned: str, found: tuple[str, str]) -> None:
    assert split_parents(owned) == found


@pytest.mark.parametrize(
    ("made_by", "mark", "is_same"),
    [
        ("pulumi:p/dev/a:A$a:B$help", "pulumi:p/dev/a:A$a:B$help", True),
        # As marks were made earlier: with the nearest type alone.
        ("pulumi:p/dev/a:B$help", "pulumi:p/dev/a:A$a:B$help", True),
        ("pulumi:p/dev/a:A$help", "pulumi:p/dev/a:A$a:B$help", False),
        ("pulumi:p/dev/help", "pulumi:p/dev/a:A$a:B$help", False),
        ("pulumi:p/prod/a:B$help", "pulumi:p/dev/a:A$a:B$help", False),
        ("pulumi:p/dev/a:A$a:B$help", "pulumi:p/dev/a:B$help", False),
        ("ours", "ours", True),
        ("ours", None, False),
        ("ours", "", False),
    ],
)
def test_a_link_keeps_the_mark_that_its_resource_had_when_it_was_made(
    made_by: str, mark: str | None, *, is_same: bool
) -> None:
    assert is_same_resource(made_by, mark) is is_same
