"""For any declaration and any response: comparing, updating and recording settle."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown

from pulumi_userplane import diff
from pulumi_userplane.api.constants import PROVIDER_TYPES
from pulumi_userplane.api.models import Link
from tests.support.operations import as_host

TEXTS = ("link_title", "link_provider_id", "link_provider_ref")
UNKNOWN: Any = Unknown()  # type: ignore[no-untyped-call] # has no types
EMPTY_TEXTS = st.sampled_from(["clear", "keep", "ignore"])

numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
metas = st.dictionaries(st.text(max_size=4), values, max_size=4)
texts = st.text(max_size=8)
settable = {
    "link_title": texts,
    "link_reusable": st.booleans(),
    "link_provider_type": st.sampled_from(PROVIDER_TYPES),
    "link_provider_id": texts,
    "link_provider_ref": texts,
    "meta": metas,
}
declarations = st.fixed_dictionaries({}, optional={field: st.none() | value for field, value in settable.items()})
places = st.fixed_dictionaries(
    {"domain_id": st.just("dom")}, optional={"workspace_id": st.just("ws"), "project_id": st.just("prj")}
)
programs = st.builds(lambda place, declared: {**place, **declared}, places, declarations)
fields_of_links = st.fixed_dictionaries({field: st.none() | value for field, value in settable.items()})


def link(fields: dict[str, Any]) -> Link:
    given_ = {**fields, "link_reusable": bool(fields.get("link_reusable"))}
    return Link.model_validate(
        {
            "link_title": None,
            "link_provider_id": None,
            "link_provider_ref": None,
            **given_,
            "link_provider_type": fields.get("link_provider_type") or "web",
            "link_id": "lnk_1",
            "link_type": "recording",
            "linkURL": "https://help.example/r",
            "created_at": "2026-01-01T00:00:00.000Z",
            "project": {"project_id": "prj", "title": None},
            "creator": {"workspace_member_id": "mem", "name": "Ines"},
            "domain": {"domain_id": "dom", "url": "help.example", "status": "verified"},
        }
    )


def put(before: Link, sent: Any, empty_text: str) -> Link:
    """The link after a PUT, at a server that takes an empty text in one of three ways."""
    stored = before.model_dump()
    for field, value in sent.items():
        if field in TEXTS and value == "" and empty_text != "keep":
            stored[field] = None if empty_text == "clear" else stored[field]
        else:
            stored[field] = value
    return link(stored)


def recorded(live: Link, inputs: dict[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = as_host(diff.build_outputs(live, inputs, "https://s"))
    return state


@given(values)
def test_canonical_is_idempotent_and_keeps_the_value(value: Any) -> None:
    once = diff.canonicalize(value)
    assert repr(diff.canonicalize(once)) == repr(once)
    assert diff.are_equal(value, once)
    assert diff.are_equal(value, as_host(value))


@given(values, values)
def test_equal_is_symmetric(one: Any, other: Any) -> None:
    assert diff.are_equal(one, other) == diff.are_equal(other, one)


@given(programs, EMPTY_TEXTS)
def test_differ_is_false_when_a_link_is_as_declared(program: dict[str, Any], empty_text: str) -> None:
    inputs = as_host(program)
    made = put(link({}), diff.find_changed_fields(link({}).model_dump(), inputs), empty_text)
    assert not diff.has_difference(recorded(made, inputs), inputs)
    assert diff.find_changed_fields(recorded(made, inputs), inputs) == {}


@given(fields_of_links, programs, programs, EMPTY_TEXTS)
def test_update_settles_or_names_what_was_not_applied(
    fields: dict[str, Any], old: dict[str, Any], new: dict[str, Any], empty_text: str
) -> None:
    live, inputs = link(fields), as_host(new)
    state = recorded(live, as_host(old))
    sent = diff.find_changed_fields(state, inputs)
    after = put(live, sent, empty_text)
    ignored = {field for field in sent if field in TEXTS and sent[field] == "" and empty_text == "ignore"}  # type: ignore[literal-required] # a field of the six
    assert set(diff.find_unapplied(sent, state, after.model_dump())) == ignored
    assert diff.find_normalized(sent, state, after.model_dump()) == []
    assert set(diff.find_changed_fields(recorded(after, inputs), inputs)) == ignored
    assert diff.has_difference(recorded(after, inputs), inputs) == bool(ignored)


@given(fields_of_links, programs, programs)
def test_changed_fields_holds_no_unchanged_and_no_undeclared_field(
    fields: dict[str, Any], old: dict[str, Any], new: dict[str, Any]
) -> None:
    state, inputs = recorded(link(fields), as_host(old)), as_host(new)
    sent = diff.find_changed_fields(state, inputs)
    for field in diff.PUT_FIELDS:
        differs = field in inputs and not diff.are_equal(state.get(field), inputs[field])
        assert (field in sent) == differs
        if differs:
            assert repr(sent[field]) == repr(diff.canonicalize(inputs[field]))  # type: ignore[literal-required] # a field of the six


@given(fields_of_links, fields_of_links, programs)
def test_live_inputs_declare_the_live_link(
    before: dict[str, Any], live: dict[str, Any], program: dict[str, Any]
) -> None:
    state = recorded(link(before), as_host(program))
    inputs = as_host(diff.build_live_inputs(link(live), state, "ws"))
    assert not diff.has_difference(recorded(link(live), inputs), inputs)
    assert diff.list_managed_fields(inputs) == diff.list_managed_fields(as_host(program))
    assert diff.build_live_inputs(link(live), recorded(link(live), inputs), "ws").keys() == inputs.keys()


@given(fields_of_links)
def test_import_without_values_settles_at_once(live: dict[str, Any]) -> None:
    inputs = as_host(diff.build_live_inputs(link(live), {"__provider": "x"}, "ws"))
    assert not diff.has_difference(recorded(link(live), inputs), inputs)


@given(fields_of_links, programs, programs)
def test_outputs_after_noop_manages_what_is_declared(
    fields: dict[str, Any], old: dict[str, Any], new: dict[str, Any]
) -> None:
    live, inputs = link(fields), as_host(new)
    state = recorded(live, as_host(old))
    if diff.find_changed_fields(state, inputs):
        return
    kept = as_host(diff.build_outputs_after_noop(state, inputs))
    assert not diff.has_difference(kept, inputs)
    assert kept["__managed"] == diff.list_managed_fields(inputs)


@pytest.mark.parametrize("key", ["workspace_id", "domain_id", "project_id"])
@given(programs, st.text(min_size=1, max_size=4))
def test_replacements_names_only_another_location(key: str, program: dict[str, Any], place: str) -> None:
    inputs = {"workspace_id": "ws", **as_host(program)}
    state = recorded(link({}), inputs)
    here = {"workspace_id": "ws", "domain_id": "dom", "project_id": "prj"}[key]
    assert diff.find_replacements(state, {**inputs, key: place}) == ([] if place == here else [key])


@given(values)
def test_equal_is_false_when_a_value_is_unknown(value: Any) -> None:
    assert not diff.are_equal(UNKNOWN, value)
    assert not diff.are_equal(value, UNKNOWN)
    assert not diff.are_equal({"a": [UNKNOWN]}, {"a": [UNKNOWN]})


@given(fields_of_links, programs)
def test_differ_is_true_when_the_state_records_no_managed_fields(
    fields: dict[str, Any], program: dict[str, Any]
) -> None:
    state, inputs = link(fields).model_dump(), as_host(program)
    assert diff.has_difference(state, inputs) == bool(diff.list_managed_fields(inputs))


@given(st.none() | texts, st.none() | texts)
def test_label_is_the_mark_and_never_the_title(title: str | None, mark: str | None) -> None:
    assert diff.label({"link_title": title, "mark": mark}) == mark
