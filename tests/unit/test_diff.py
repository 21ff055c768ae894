"""Comparing a recorded link with the declared inputs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from pulumi_userplane import diff
from pulumi_userplane.api.models import Link

OLD: dict[str, Any] = {
    "link_title": "A",
    "link_reusable": False,
    "link_provider_type": "web",
    "link_provider_id": "1",
    "link_provider_ref": "ref",
    "meta": {"a": "1"},
}
NEW: dict[str, Any] = {
    "link_title": "B",
    "link_reusable": True,
    "link_provider_type": "slack",
    "link_provider_id": "2",
    "link_provider_ref": "other",
    "meta": {"a": "2"},
}
PLACES = {"workspace_id": "ws", "domain_id": "dom", "project_id": "prj"}
LINK = Link.model_validate(
    {
        **OLD,
        "link_id": "lnk_1",
        "link_type": "recording",
        "linkURL": "https://help.example/r",
        "created_at": "2026-01-01T00:00:00.000Z",
        "project": {"project_id": "prj", "title": "P"},
        "creator": {"workspace_member_id": "mem", "name": "Ines"},
        "domain": {"domain_id": "dom", "url": "help.example", "status": "verified"},
    }
)


def recorded(**inputs: Any) -> dict[str, Any]:
    return diff.build_outputs(LINK, {**PLACES, **inputs}, "https://s")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (5.0, 5),
        (-0.0, 0),
        (5.5, 5.5),
        (2.0**53, 2.0**53),
        (1e300, 1e300),
        (float("inf"), float("inf")),
        (True, True),
        ("5.0", "5.0"),
        (None, None),
        ({"a": {"b": 1.0, "c": None}, "d": None}, {"a": {"b": 1}}),
        ([1.0, None, {"a": None}], [1, None, {}]),
    ],
)
def test_canonical_returns_the_value_as_the_program_has_it(value: Any, plain: Any) -> None:
    assert repr(diff.canonicalize(value)) == repr(plain)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", None),
        ({}, None),
        (None, None),
        ("a", "a"),
        (5.0, 5),
        ({"a": 5.0}, {"a": 5}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1, "b": None}, {"a": 1}),
        ({"a": None}, {}),
        ({"a": None}, None),
    ],
)
def test_equal_is_symmetric_for_equal_values(one: Any, other: Any) -> None:
    assert diff.are_equal(one, other)
    assert diff.are_equal(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        (False, 0),
        (False, None),
        (False, ""),
        (0, ""),
        ([], None),
        ([], {}),
        ("5", 5),
        ("a", "A"),
        ("a", " a"),
        ({"a": True}, {"a": 1}),
        ({"a": ""}, {}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": [None]}, {"a": []}),
        (UNKNOWN, UNKNOWN),
        ({"a": [UNKNOWN]}, {"a": [UNKNOWN]}),
    ],
)
def test_equal_is_symmetric_for_different_values(one: Any, other: Any) -> None:
    assert not diff.are_equal(one, other)
    assert not diff.are_equal(other, one)


@pytest.mark.parametrize("field", diff.PUT_FIELDS)
def test_changed_fields_returns_only_the_field_that_changed(field: str) -> None:
    inputs = {**OLD, field: NEW[field]}
    assert diff.find_changed_fields(recorded(**OLD), inputs) == {field: NEW[field]}
    assert diff.has_difference(recorded(**OLD), inputs)


def test_changed_fields_is_empty_when_nothing_changed() -> None:
    assert diff.find_changed_fields(recorded(**OLD), {**PLACES, **OLD}) == {}
    assert not diff.has_difference(recorded(**OLD), {**PLACES, **OLD})


@pytest.mark.parametrize("field", diff.PUT_FIELDS)
def test_changed_fields_leaves_out_a_field_that_is_no_longer_declared(field: str) -> None:
    inputs = {key: value for key, value in OLD.items() if key != field}
    assert diff.find_changed_fields(recorded(**OLD), inputs) == {}
    assert diff.has_difference(recorded(**OLD), inputs)
    kept = diff.build_outputs_after_noop(recorded(**OLD), {**PLACES, **inputs})
    assert kept["__managed"] == sorted(inputs)
    assert kept[field] == OLD[field]
    assert field not in diff.build_live_inputs(LINK, kept, "ws")
    assert not diff.has_difference(kept, inputs)


@pytest.mark.parametrize("field", diff.PUT_FIELDS)
def test_changed_fields_leaves_out_a_field_that_is_declared_as_it_is(field: str) -> None:
    assert diff.find_changed_fields(recorded(), {field: OLD[field]}) == {}
    assert diff.has_difference(recorded(), {field: OLD[field]})
    assert diff.build_outputs_after_noop(recorded(), {field: OLD[field]})["__managed"] == [field]


@pytest.mark.parametrize("field", diff.PUT_FIELDS)
def test_changed_fields_holds_an_unknown_value(field: str) -> None:
    value = {"a": [UNKNOWN]} if field == "meta" else UNKNOWN
    assert field in diff.find_changed_fields(recorded(**OLD), {**OLD, field: value})


@pytest.mark.parametrize("key", PLACES)
@pytest.mark.parametrize("value", ["elsewhere", UNKNOWN])
def test_replacements_names_another_or_unknown_location(key: str, value: Any) -> None:
    assert diff.find_replacements(recorded(**OLD), {**PLACES, **OLD, key: value}) == [key]
    assert diff.has_difference(recorded(**OLD), {**PLACES, **OLD, key: value})


@pytest.mark.parametrize("declared_before", [PLACES, {"workspace_id": "ws", "domain_id": "dom"}])
@pytest.mark.parametrize("declared_now", [PLACES, {"workspace_id": "ws", "domain_id": "dom"}, {}])
def test_replacements_is_empty_when_the_links_own_project_is_declared_or_not(
    declared_before: dict[str, str], declared_now: dict[str, str]
) -> None:
    state = diff.build_outputs(LINK, {**declared_before, **OLD}, "https://s")
    assert not diff.has_difference(state, {**declared_now, **OLD})


@pytest.mark.parametrize("state", [{}, {"__provider": "x"}, {"domain": None, "project": "?"}, {"domain": {}}])
def test_replacements_is_empty_when_the_state_records_no_location(state: dict[str, Any]) -> None:
    assert diff.find_replacements(state, PLACES) == []


def test_outputs_holds_the_link_the_mark_and_three_hidden_keys() -> None:
    inputs = {**PLACES, "mark": "m", "adopt": "lnk_1", "meta": {}, "link_title": "A"}
    state = diff.build_outputs(LINK, inputs, "https://s")
    assert {key: value for key, value in state.items() if key.startswith("__")} == {
        "__managed": ["link_title", "meta"],
        "__server": "https://s",
        "__v": 1,
    }
    assert set(state) == {*LINK.model_dump(), *PLACES, "mark", "__managed", "__server", "__v"}
    assert json.loads(json.dumps(state)) == state


def test_outputs_has_no_project_id_when_none_is_declared() -> None:
    state = diff.build_outputs(LINK, {"workspace_id": "ws", "domain_id": "dom", "mark": None}, "https://s")
    assert {"project_id", "mark"}.isdisjoint(state)
    assert state["project"] == {"project_id": "prj", "title": "P"}


def test_outputs_escapes_texts_that_pulumi_reserves() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    by_hand = LINK.model_copy(update={"link_title": unknown, "meta": {"a": [secret, 1], "b": "text"}})
    as_text = {"text:4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    recorded = {diff.MANAGED: ["link_title", "meta"]}
    for stored in (diff.build_outputs(by_hand, {}, "https://a"), diff.build_live_inputs(by_hand, recorded, "ws_1")):
        assert stored["link_title"] == f"text:{unknown}"
        assert stored["meta"] == {"a": [as_text, 1], "b": "text"}


def test_outputs_shares_no_value_with_the_link() -> None:
    one, other = recorded(**OLD), recorded(**OLD)
    one["meta"]["a"] = one["project"]["project_id"] = "changed"
    one["__managed"].clear()
    assert other == recorded(**OLD)
    kept = diff.build_outputs_after_noop(other, {**PLACES, **OLD})
    kept["meta"]["a"] = kept["project"]["title"] = "changed"
    assert other == recorded(**OLD)
    assert LINK.meta == {"a": "1"}


def test_outputs_after_noop_records_only_what_the_program_declares() -> None:
    before = {**recorded(**OLD, mark="m"), "__provider": "x", "meta": {"a": 5.0}, "__v": 0}
    inputs = {"workspace_id": "ws", "domain_id": "dom", "mark": "n", "link_title": "A"}
    after = diff.build_outputs_after_noop(before, inputs)
    assert {key for key in before if after.get(key, ...) != before[key]} == {
        "__provider",
        "project_id",
        "mark",
        "__managed",
        "__v",
    }
    assert (after["mark"], after["__managed"], after["__v"]) == ("n", ["link_title"], 1)
    assert repr(after["meta"]) == "{'a': 5}"
    assert diff.build_outputs_after_noop(before, {**inputs, "project_id": "prj"})["project_id"] == "prj"


def test_live_inputs_are_the_live_values_of_managed_fields() -> None:
    before = diff.build_outputs(LINK, {"workspace_id": "ws", "domain_id": "dom", "mark": "m", "meta": {}}, "https://s")
    live = LINK.model_copy(update={"meta": None, "link_title": "by hand"})
    assert diff.build_live_inputs(live, {**before, "project_id": "old"}, "ws") == {
        "workspace_id": "ws",
        "domain_id": "dom",
        "project_id": "prj",
        "mark": "m",
        "meta": {},
    }
    assert "project_id" not in diff.build_live_inputs(live, before, "ws")


def test_live_inputs_has_an_empty_text_when_a_managed_field_has_no_value() -> None:
    live = LINK.model_copy(update={"link_title": None})
    assert diff.build_live_inputs(live, recorded(link_title="A"), "ws")["link_title"] == ""


def test_live_inputs_has_every_set_field_when_the_import_has_no_values() -> None:
    live = LINK.model_copy(update={"link_provider_id": None})
    inputs = diff.build_live_inputs(live, {"__provider": "x"}, "ws")
    assert inputs == {**PLACES, **{key: value for key, value in OLD.items() if key != "link_provider_id"}}
    assert not diff.has_difference(diff.build_outputs(live, inputs, "https://s"), inputs)


SENT = {"link_title": "new", "meta": {"a": "1"}, "link_reusable": True}
BEFORE = {"link_title": None, "meta": None, "link_reusable": False, "link_provider_id": "1"}


@pytest.mark.parametrize(
    ("after", "ignored", "otherwise", "outside"),
    [
        (SENT, [], [], ["link_provider_id"]),
        ({**BEFORE, **SENT}, [], [], []),
        (BEFORE, list(SENT), [], []),
        ({**BEFORE, **SENT, "link_title": ""}, ["link_title"], [], []),
        ({**BEFORE, **SENT, "link_title": "New"}, [], ["link_title"], []),
        ({**BEFORE, **SENT, "link_title": " new\n"}, [], ["link_title"], []),
        ({**BEFORE, **SENT, "meta": {"a": "1", "b": "2"}}, [], ["meta"], []),
        ({**BEFORE, **SENT, "link_provider_id": "2"}, [], [], ["link_provider_id"]),
        ({**BEFORE, **SENT, "link_reusable": False, "link_title": "N"}, ["link_reusable"], ["link_title"], []),
    ],
)
def test_response_is_compared_with_what_was_sent_and_with_the_old_value(
    after: dict[str, Any], ignored: list[str], otherwise: list[str], outside: list[str]
) -> None:
    assert diff.find_unapplied(SENT, BEFORE, after) == ignored
    assert diff.find_normalized(SENT, BEFORE, after) == otherwise
    assert diff.find_drifted([*SENT, "link_provider_id"], SENT, BEFORE, after) == outside


@pytest.mark.parametrize(("field", "empty"), [("link_title", ""), ("meta", {})])
def test_not_applied_names_a_field_that_was_not_cleared(field: str, empty: Any) -> None:
    before = {field: OLD[field]}
    assert diff.find_unapplied({field: empty}, before, before) == [field]
    assert diff.find_unapplied({field: empty}, before, {field: None}) == []


@pytest.mark.parametrize("before", [None, False, True])
def test_not_applied_names_a_truth_value_whatever_it_was_before(before: bool | None) -> None:
    sent, live = {"link_reusable": False}, {"link_reusable": True}
    assert diff.find_unapplied(sent, {"link_reusable": before}, live) == ["link_reusable"]
    assert diff.find_unapplied(sent, {"link_reusable": before}, sent) == []


def test_normalized_by_server_names_a_text_that_is_trimmed_each_time() -> None:
    trimmed = {"link_title": "Hello"}
    assert diff.find_unapplied({"link_title": "Hello "}, trimmed, trimmed) == []
    assert diff.find_normalized({"link_title": "Hello "}, trimmed, trimmed) == ["link_title"]
    assert diff.find_unapplied({"link_title": "hello"}, trimmed, trimmed) == ["link_title"]
