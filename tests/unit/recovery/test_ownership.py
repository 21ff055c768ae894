"""Ownership marks: how they are made, and what a reference says of the resource that a link was created for."""

from __future__ import annotations

import pytest

from pulumi_userplane.api.constants import PROVIDER_REF_LIMIT
from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.ownership import ResourceRef, is_same_resource, mark_in, parse_owner


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
def test_mark_in_returns_mark_when_creation_set_reference(reference: str | None, mark: str | None) -> None:
    assert mark_in(reference) == mark


@pytest.mark.parametrize(
    ("mark", "owner"),
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
def test_parse_owner_returns_none_when_program_chose_mark(mark: str | None, owner: ResourceRef | None) -> None:
    assert parse_owner(mark) == owner


def test_resource_ref_reads_as_in_its_mark() -> None:
    assert str(parse_owner("pulumi:p/dev/help")) == "p/dev/help"


def test_project_and_stack_names_stack_of_mark() -> None:
    assert ResourceRef("p", "dev", "help").project_and_stack == "p/dev"


@pytest.mark.parametrize(
    ("parents", "mark"),
    [("", "pulumi:p/dev/help"), ("acme:x:A$acme:Desk", "pulumi:p/dev/acme:x:A$acme:Desk$help")],
)
def test_make_names_project_stack_parents_and_resource(parents: str, mark: str) -> None:
    assert ownership.make("p", "dev", "help", parents) == mark
    owner = parse_owner(mark)
    assert owner is not None
    assert (owner.project, owner.stack, owner.parents, owner.own_name) == ("p", "dev", parents, "help")


@pytest.mark.parametrize(
    ("types", "mark"),
    [
        ("userplane:index:RecordingLink", "pulumi:p/dev/help"),
        ("x:y:Desk$userplane:index:RecordingLink", "pulumi:p/dev/x:y:Desk$help"),
        ("x:y:A$x:y:Desk$pulumi-python:dynamic/userplane:RecordingLink", "pulumi:p/dev/x:y:A$x:y:Desk$help"),
        (
            "userplane:index:RecordingLink$userplane:index:RecordingLink",
            "pulumi:p/dev/pulumi-python:dynamic/userplane:RecordingLink$help",
        ),
        (
            "x:y:A$userplane:index:RecordingLink$x:y:B$userplane:index:RecordingLink",
            "pulumi:p/dev/x:y:A$pulumi-python:dynamic/userplane:RecordingLink$x:y:B$help",
        ),
    ],
)
def test_make_for_urn_returns_the_same_mark_through_dynamic_provider_and_plugin(types: str, mark: str) -> None:
    dynamic = types.replace("userplane:index:RecordingLink", "pulumi-python:dynamic/userplane:RecordingLink")
    for chain in (types, dynamic):
        assert ownership.make_for_urn(f"urn:pulumi:dev::p::{chain}::help") == mark
    owner = parse_owner(mark)
    assert owner is not None
    assert owner.own_name == "help"
    assert is_same_resource(mark, ownership.make_for_urn(f"urn:pulumi:dev::p::{types}::help"))


def test_new_reference_differs_each_time_and_holds_its_mark() -> None:
    references = {ownership.new_reference("pulumi:p/dev/help") for _ in range(20)}
    assert len(references) == 20
    assert {mark_in(reference) for reference in references} == {"pulumi:p/dev/help"}


def test_new_reference_fits_into_field_when_mark_is_longest() -> None:
    assert len(ownership.new_reference("x" * ownership.MAX_LENGTH)) == PROVIDER_REF_LIMIT


@pytest.mark.parametrize(
    ("mark", "name", "length"),
    [
        ("pulumi:p/dev/help", "help", ownership.MAX_LENGTH - len("pulumi:p/dev/")),
        ("x" * 3000 + "help", "help", 0),
        ("ours", "help", None),
    ],
)
def test_max_name_length_is_what_mark_leaves_for_name(mark: str, name: str, length: int | None) -> None:
    assert ownership.max_name_length(mark, name) == length


@pytest.mark.parametrize(
    ("urn", "types", "parents"),
    [
        ("urn:pulumi:dev::p::acme:x:Desk::desk", "acme:x:Desk", ""),
        ("urn:pulumi:dev::p::acme:x:A$acme:Desk::a$b::c", "acme:x:A$acme:Desk", "acme:x:A"),
        ("urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", "", ""),
        # A link has the dynamic type in marks, whichever type it has in the state.
        (
            "urn:pulumi:dev::p::acme:Desk$userplane:index:RecordingLink$acme:B::b",
            "acme:Desk$pulumi-python:dynamic/userplane:RecordingLink$acme:B",
            "acme:Desk$pulumi-python:dynamic/userplane:RecordingLink",
        ),
        # As mocks say it.
        ("urn:pulumi:dev::p::pulumi:pulumi:Stack$acme:x:Desk::desk", "acme:x:Desk", ""),
        ("no URN", "", ""),
    ],
)
def test_type_chain_and_parent_types_come_from_urn(urn: str, types: str, parents: str) -> None:
    assert ownership.type_chain(urn) == types
    assert ownership.parent_types(urn) == parents


@pytest.mark.parametrize(
    ("types", "joined"),
    [
        ((), ""),
        (("", "a:B"), "a:B"),
        (("a:A$a:B", "a:C"), "a:A$a:B$a:C"),
        (("a:A", "userplane:index:RecordingLink"), "a:A$pulumi-python:dynamic/userplane:RecordingLink"),
    ],
)
def test_join_types_leaves_out_empty_ones(types: tuple[str, ...], joined: str) -> None:
    assert ownership.join_types(*types) == joined


@pytest.mark.parametrize(
    ("qualified", "parents", "own_name", "legacy"),
    [
        ("help", "", "help", "help"),
        ("acme:Desk$help", "acme:Desk", "help", "acme:Desk$help"),
        (
            "acme:x:A$acme:x/y:B$acme:x:C$help",
            "acme:x:A$acme:x/y:B$acme:x:C",
            "help",
            "acme:x:C$help",
        ),
        (
            "pulumi-python:dynamic/userplane:RecordingLink$a:b/c",
            "pulumi-python:dynamic/userplane:RecordingLink",
            "a:b/c",
            "pulumi-python:dynamic/userplane:RecordingLink$a:b/c",
        ),
        ("a::B$help\n2", "a::B", "help\n2", "a::B$help\n2"),
        ("5$ off", "", "5$ off", "5$ off"),
        ("acme:x:A$", "", "acme:x:A$", "acme:x:A$"),
    ],
)
def test_resource_ref_separates_parents_from_own_name(qualified: str, parents: str, own_name: str, legacy: str) -> None:
    owner = ResourceRef("p", "dev", qualified)
    assert (owner.parents, owner.own_name) == (parents, own_name)
    assert ownership.qualify_name(own_name, parents) == qualified
    assert ownership.legacy_name(qualified) == legacy


@pytest.mark.parametrize(
    ("mark", "other", "is_same"),
    [
        ("pulumi:p/dev/help", "pulumi:p/dev/sales/eu", True),
        ("pulumi:p/dev/help", "pulumi:p/prod/help", False),
        ("pulumi:p/dev/help", "pulumi:q/dev/help", False),
        ("pulumi:p/dev/help", None, False),
        ("team/a", "team/b", False),
    ],
)
def test_is_same_stack_compares_project_and_stack(mark: str, other: str | None, *, is_same: bool) -> None:
    assert ownership.is_same_stack(mark, other) is is_same
    assert ownership.is_same_stack(other, mark) is is_same


@pytest.mark.parametrize(
    ("made_by", "mark", "is_same"),
    [
        ("pulumi:p/dev/a:A$a:B$help", "pulumi:p/dev/a:A$a:B$help", True),
        # As in the marks of earlier links: with the nearest type alone.
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
def test_is_same_resource_accepts_mark_of_earlier_format(made_by: str, mark: str | None, *, is_same: bool) -> None:
    assert is_same_resource(made_by, mark) is is_same
