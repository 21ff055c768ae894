"""What a preview says of an update, property by property."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.property_changes import PropertyChange, describe_changes

DOMAIN: dict[str, Any] = {"domain_id": "d"}


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({"link_title": "A"}, {"link_title": "A"}, {}),
        ({"link_title": "A"}, {"link_title": "B"}, {"linkTitle": "UPDATE"}),
        ({"link_title": "A"}, {"link_title": ""}, {"linkTitle": "UPDATE"}),
        ({}, {"link_title": "B"}, {"linkTitle": "ADD"}),
        ({"link_title": "A"}, {}, {"linkTitle": "DELETE"}),
        ({"meta": {"a": 1, "b": 2}}, {"meta": {"a": 1.0, "b": 3, "c": 4}}, {"meta.b": "UPDATE", "meta.c": "ADD"}),
        ({"meta": {"a": 1}}, {"meta": {}}, {"meta.a": "DELETE"}),
        (
            {"meta": {"a.b": 1, 'q"': 1}},
            {"meta": {"a.b": 2, 'q"': 2}},
            {'meta["a.b"]': "UPDATE", 'meta["q\\""]': "UPDATE"},
        ),
        ({}, {"meta": {"a": 1}}, {"meta": "ADD"}),
        ({"mark": "a"}, {"mark": "b", "adopt": "l"}, {}),
        ({}, {"project_id": "p"}, {}),
    ],
)
def test_difference_between_declarations(old: dict[str, Any], new: dict[str, Any], changes: dict[str, str]) -> None:
    recorded = {**DOMAIN, **old, **new}
    assert describe_changes(recorded, {**DOMAIN, **old}, {**DOMAIN, **new}, []) == {
        path: (kind, True) for path, kind in changes.items()
    }


def test_what_replaces() -> None:
    changes = describe_changes(
        {}, {"domain_id": "d"}, {"domain_id": "e", "project_id": "p"}, ["domain_id", "project_id"]
    )
    assert changes == {"domainId": PropertyChange("UPDATE_REPLACE"), "projectId": PropertyChange("ADD_REPLACE")}


def test_link_that_differs_from_an_unchanged_declaration() -> None:
    declared = {**DOMAIN, "link_title": " A ", "meta": {"a": 1}}
    recorded = {**declared, "link_title": "A", "meta": None}
    assert describe_changes(recorded, declared, declared, []) == {
        "linkTitle": PropertyChange("UPDATE", is_between_inputs=False),
        "meta": PropertyChange("UPDATE", is_between_inputs=False),
    }


def test_keys_of_a_secret_map_are_not_told() -> None:
    old, new = {**DOMAIN, "meta": {"hidden": 1}}, {**DOMAIN, "meta": {"hidden": 2}}
    assert describe_changes(old, old, new, []) == {"meta.hidden": PropertyChange("UPDATE")}
    assert describe_changes(old, old, new, [], {"meta"}) == {"meta": PropertyChange("UPDATE")}
