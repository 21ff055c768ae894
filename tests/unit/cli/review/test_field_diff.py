"""Which fields differ, and how."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.cli.review.field_diff import diff_fields
from pulumi_userplane.cli.review.model import FieldChangeKind, Mask
from pulumi_userplane.cli.review.preview_digest import mask
from tests.support.previews import SECRET, UNKNOWN


def found(before: dict[str, Any], after: dict[str, Any], *paths: str, **outputs: Any) -> list[tuple[Any, ...]]:
    changes = diff_fields(before, after, frozenset(paths), outputs)
    return [(each.path, each.kind, each.before, each.after) for each in changes]


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
def test_fields(before: dict[str, Any], after: dict[str, Any], expected: list[Any]) -> None:
    assert found(before, after) == expected


def test_a_secret_changes_where_the_engine_says_so() -> None:
    both = {"link_title": SECRET, "meta": {"a": SECRET, "b.c": SECRET, "d": {"e": SECRET}, "f": "shown"}}
    assert found(both, both) == []
    hidden = (FieldChangeKind.CHANGED, Mask.SECRET, Mask.SECRET)
    assert found(both, both, "link_title", "meta", "meta.f") == [("link_title", *hidden)]
    assert found(both, both, "meta", "meta.a", 'meta["b.c"]') == [("meta.a", *hidden), ("meta.b.c", *hidden)]
    assert found(both, both, "meta.d.e") == [
        ("meta.d", FieldChangeKind.CHANGED, {"e": Mask.SECRET}, {"e": Mask.SECRET})
    ]


def test_a_field_that_becomes_managed_is_compared_with_what_the_link_has() -> None:
    assert found({}, {"link_title": "B"}, link_title="A") == [("link_title", FieldChangeKind.CHANGED, "A", "B")]
    assert found({}, {"link_title": "B"}, link_title="B") == [("link_title", FieldChangeKind.NOW_MANAGED, "B", "B")]
    assert found({}, {"link_title": "B"}, link_title="") == [("link_title", FieldChangeKind.SET, Mask.ABSENT, "B")]
    assert found({}, {"meta": {"a": 2}}, meta={"a": 1}) == [("meta.a", FieldChangeKind.CHANGED, 1, 2)]
    assert found({}, {"meta": {"a": 2}}, meta={}) == [("meta.a", FieldChangeKind.SET, Mask.ABSENT, 2)]
    assert found({}, {"meta": {"a": 2, "b": 3}}) == [
        ("meta.a", FieldChangeKind.SET, Mask.ABSENT, 2),
        ("meta.b", FieldChangeKind.SET, Mask.ABSENT, 3),
    ]
    assert found({}, {"meta": {"a": 2}}, meta=SECRET) == [("meta", FieldChangeKind.CHANGED, Mask.SECRET, {"a": 2})]
    same_project = {"project": {"project_id": "p1", "title": "T"}}
    assert found({}, {"project_id": "p1"}, **same_project) == [("project_id", FieldChangeKind.NOW_MANAGED, "p1", "p1")]
    assert found({}, {"project_id": "p2"}, **same_project) == [("project_id", FieldChangeKind.CHANGED, "p1", "p2")]
    assert found({}, {"project_id": "p2"}, project=SECRET) == [("project_id", FieldChangeKind.SET, Mask.ABSENT, "p2")]


def test_what_cant_be_shown_is_masked_at_any_depth() -> None:
    value = {"a": [SECRET, 1], "b": {"c": UNKNOWN}}
    assert mask(value) == {"a": [Mask.SECRET, 1], "b": {"c": Mask.UNKNOWN}}
