"""Fields that differ are found, and told how."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.cli.review.field_diff import diff_fields
from pulumi_userplane.cli.review.model import FieldChangeKind, Mask
from pulumi_userplane.cli.review.preview_digest import mask
from tests.support.previews import SECRET, UNKNOWN


def diff(before: dict[str, Any], after: dict[str, Any], *paths: str, **outputs: Any) -> list[tuple[Any, ...]]:
    changes = diff_fields(before, after, frozenset(paths), outputs)
    return [(change.path, change.kind, change.before, change.after) for change in changes]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"link_title": "A"}, {"link_title": "A"}, []),
        ({"link_title": "A"}, {"link_title": "B"}, [("link_title", FieldChangeKind.CHANGED, "A", "B")]),
        ({"link_title": "A"}, {"link_title": ""}, [("link_title", FieldChangeKind.CHANGED, "A", "")]),
        ({"link_title": "A"}, {}, [("link_title", FieldChangeKind.NO_LONGER_MANAGED, "A", Mask.ABSENT)]),
        ({}, {"link_title": "B"}, [("link_title", FieldChangeKind.SET, Mask.ABSENT, "B")]),
        ({"link_reusable": True}, {"link_reusable": False}, [("link_reusable", FieldChangeKind.CHANGED, True, False)]),
        ({"mark": "a", "adopt": "b", "__provider": "c"}, {"mark": "d"}, []),
        ({"domain_id": "a"}, {"domain_id": UNKNOWN}, [("domain_id", FieldChangeKind.CHANGED, "a", Mask.UNKNOWN)]),
        ({"link_title": "A"}, {"link_title": SECRET}, [("link_title", FieldChangeKind.CHANGED, "A", Mask.SECRET)]),
        ({"meta": {"a": 1}}, {"meta": {"a": 1.0}}, []),
        (
            {"meta": {"a": 1, "b": 2, "c": 3}},
            {"meta": {"b": 3, "c": 3, "d": [4]}},
            [
                ("meta.a", FieldChangeKind.CLEARED, 1, Mask.ABSENT),
                ("meta.b", FieldChangeKind.CHANGED, 2, 3),
                ("meta.d", FieldChangeKind.SET, Mask.ABSENT, [4]),
            ],
        ),
        ({"meta": {"a": 1}}, {"meta": {}}, [("meta.a", FieldChangeKind.CLEARED, 1, Mask.ABSENT)]),
        ({"meta": {"a": 1}}, {"meta": SECRET}, [("meta", FieldChangeKind.CHANGED, {"a": 1}, Mask.SECRET)]),
    ],
)
def test_diff_fields_finds_changed_fields(before: dict[str, Any], after: dict[str, Any], expected: list[Any]) -> None:
    assert diff(before, after) == expected


def test_secret_is_changed_when_the_engine_names_it() -> None:
    both = {"link_title": SECRET, "meta": {"a": SECRET, "b.c": SECRET, "d": {"e": SECRET}, "f": "shown"}}
    assert diff(both, both) == []
    hidden = (FieldChangeKind.CHANGED, Mask.SECRET, Mask.SECRET)
    assert diff(both, both, "link_title", "meta", "meta.f") == [("link_title", *hidden)]
    assert diff(both, both, "meta", "meta.a", 'meta["b.c"]') == [("meta.a", *hidden), ("meta.b.c", *hidden)]
    assert diff(both, both, "meta.d.e") == [("meta.d", FieldChangeKind.CHANGED, {"e": Mask.SECRET}, {"e": Mask.SECRET})]


def test_field_is_compared_with_the_link_when_it_becomes_managed() -> None:
    assert diff({}, {"link_title": "B"}, link_title="A") == [("link_title", FieldChangeKind.CHANGED, "A", "B")]
    assert diff({}, {"link_title": "B"}, link_title="B") == [("link_title", FieldChangeKind.NOW_MANAGED, "B", "B")]
    assert diff({}, {"link_title": "B"}, link_title="") == [("link_title", FieldChangeKind.SET, Mask.ABSENT, "B")]
    assert diff({}, {"meta": {"a": 2}}, meta={"a": 1}) == [("meta.a", FieldChangeKind.CHANGED, 1, 2)]
    assert diff({}, {"meta": {"a": 2}}, meta={}) == [("meta.a", FieldChangeKind.SET, Mask.ABSENT, 2)]
    assert diff({}, {"meta": {"a": 2, "b": 3}}) == [
        ("meta.a", FieldChangeKind.SET, Mask.ABSENT, 2),
        ("meta.b", FieldChangeKind.SET, Mask.ABSENT, 3),
    ]
    assert diff({}, {"meta": {"a": 2}}, meta=SECRET) == [("meta", FieldChangeKind.CHANGED, Mask.SECRET, {"a": 2})]
    same_project = {"project": {"project_id": "p1", "title": "T"}}
    assert diff({}, {"project_id": "p1"}, **same_project) == [("project_id", FieldChangeKind.NOW_MANAGED, "p1", "p1")]
    assert diff({}, {"project_id": "p2"}, **same_project) == [("project_id", FieldChangeKind.CHANGED, "p1", "p2")]
    assert diff({}, {"project_id": "p2"}, project=SECRET) == [("project_id", FieldChangeKind.SET, Mask.ABSENT, "p2")]


def test_mask_hides_secret_and_unknown_values_at_any_depth() -> None:
    value = {"a": [SECRET, 1], "b": {"c": UNKNOWN}}
    assert mask(value) == {"a": [Mask.SECRET, 1], "b": {"c": Mask.UNKNOWN}}
