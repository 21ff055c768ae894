"""The arguments of a link, given as an object, a dictionary or keywords."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from pulumi_userplane import (
    RecordingLink,
    RecordingLinkArgs,
    RecordingLinkArgsDict,
    diff,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.conftest import Program


TOKEN = "pulumi-python:dynamic/userplane:RecordingLink"

AnyLink: Any = RecordingLink
"""For what a type checker would refuse."""

DECLARED: dict[str, Any] = {
    "domain_id": "dom",
    "workspace_id": "ws",
    "project_id": "prj",
    "link_title": "Help",
    "link_reusable": True,
    "link_provider_type": "zendesk",
    "link_provider_id": "7",
    "link_provider_ref": "ref",
    "meta": {"a": {"b": True}},
    "mark": "m",
}


def sent(program: Program, declare: Callable[[], object], name: str = "help") -> dict[str, Any]:
    program.run(declare)
    inputs = program.inputs(name)
    inputs.pop("__provider")
    return inputs


@pytest.mark.parametrize(
    "declare",
    [
        lambda: RecordingLink("help", **DECLARED),
        lambda: RecordingLink("help", RecordingLinkArgs(**DECLARED)),
        lambda: RecordingLink("help", args=RecordingLinkArgs(**DECLARED)),
        lambda: AnyLink("help", DECLARED),
        lambda: RecordingLink("help", RecordingLinkArgs(**DECLARED), pulumi.ResourceOptions()),
        lambda: RecordingLink("help", RecordingLinkArgs(**DECLARED), opts=pulumi.ResourceOptions()),
        lambda: RecordingLink("help", pulumi.ResourceOptions(), **DECLARED),
        lambda: RecordingLink("help", opts=pulumi.ResourceOptions(), **DECLARED),
    ],
)
def test_link_sends_the_same_for_object_dictionary_and_keywords(
    program: Program, declare: Callable[[], object]
) -> None:
    assert sent(program, declare) == DECLARED
    assert program.resource("help").typ == TOKEN


def test_link_changes_neither_args_object_nor_dictionary(program: Program) -> None:
    declared = {"domain_id": "dom"}
    args = RecordingLinkArgs(domain_id="dom")
    program.run(lambda: (AnyLink("one", declared), RecordingLink("two", args)))
    assert declared == {"domain_id": "dom"}
    assert args == RecordingLinkArgs(domain_id="dom")


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (
            lambda: AnyLink("help", link_titel="x", domain_id="d"),
            "no argument 'link_titel'; did you mean 'link_title'?",
        ),
        (lambda: AnyLink("help", {"domain_id": "d", "b": 1, "a": 2}), "RecordingLink has no argument 'a'$"),
        (lambda: AnyLink("help", "dom_help"), "takes RecordingLinkArgs, a dictionary or keywords, not str"),
        (lambda: AnyLink("help"), "'help' is missing the required argument 'domain_id'"),
        (lambda: AnyLink("help", {}), "'help' is missing the required argument 'domain_id'"),
        (lambda: AnyLink("help", domain_id=None), "'help' is missing the required argument 'domain_id'"),
        (lambda: AnyLink("help", {"domain_id": "d"}, None, "dom"), "argument"),
    ],
)
def test_link_raises_type_error_when_argument_is_unknown_or_missing(
    program: Program, declare: Callable[[], object], said: str
) -> None:
    with pytest.raises(TypeError, match=said):
        program.run(declare)
    assert program.registered == []


def test_arguments_have_the_same_names_in_object_dictionary_and_outputs() -> None:
    names = [field.name for field in fields(RecordingLinkArgs)]
    assert list(RecordingLinkArgsDict.__annotations__) == names
    assert set(names) - {"adopt"} <= set(inspect.get_annotations(RecordingLink))
    assert set(diff.PUT_FIELDS) <= set(names)
    required = [field.name for field in fields(RecordingLinkArgs) if field.default is MISSING]
    assert required == ["domain_id"] == sorted(RecordingLinkArgsDict.__required_keys__)
