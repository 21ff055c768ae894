"""The first line and the remarks tell the whole review in short."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.headline import write_headline
from pulumi_userplane.cli.review.model import (
    OtherChanges,
    Review,
)
from pulumi_userplane.cli.review.render import render_json, render_text
from pulumi_userplane.cli.review.section import ReviewedStack
from tests.support.previews import (
    UNKNOWN,
    deleted_outside,
    drifted,
    preview,
    refresh,
    replaced_link,
    review_refreshed,
    reviewed,
    step,
)
from tests.support.states import planned, state

NOT_CHECKED = " · drift was not checked"
DOMAIN = {"replaceReasons": ["domain_id"]}


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        (reviewed(), f"No recording link changes{NOT_CHECKED}"),
        (reviewed(step("create", None, planned("a"))), f"No address stops working · 1 new link{NOT_CHECKED}"),
        (
            reviewed(replaced_link("a"), replaced_link("b"), step("delete", state("c"))),
            f"3 addresses stop working: 2 links are replaced, 1 link is deleted{NOT_CHECKED}",
        ),
        (
            reviewed(step("replace", state("a"), planned("a", domain_id=UNKNOWN), **DOMAIN)),
            f"1 address may stop working: 1 link may be replaced{NOT_CHECKED}",
        ),
        (
            reviewed(replaced_link("a"), step("replace", state("b"), planned("b", domain_id=UNKNOWN), **DOMAIN)),
            f"1 address stops working, 1 may: 1 link is replaced, 1 link may be replaced{NOT_CHECKED}",
        ),
        (
            reviewed(step("delete", state("c")), step("delete", state("d"))),
            f"2 addresses stop working: 2 links are deleted{NOT_CHECKED}",
        ),
        (
            reviewed(
                step("replace", state("a", retainOnDelete=True), planned("a", domain_id="dom_app"), **DOMAIN),
                step("delete", state("b", retainOnDelete=True)),
            ),
            "No address stops working · 1 link is replaced, the old address keeps working · 1 link is orphaned"
            + NOT_CHECKED,
        ),
        (
            reviewed(
                step("update", state("a", link_title="A"), planned("a")),
                step("update", state("b", link_title="A"), planned("b", link_title="B")),
            ),
            f"No address stops working · 1 link changes · 1 link changes only in the state{NOT_CHECKED}",
        ),
        (build_review(None, refresh()), "No preview was read · no drift"),
        (
            build_review(
                None, refresh(step("delete", state("a")), step("update", state("b"), state("b", domain_id="x")))
            ),
            "No preview was read · 1 link deleted outside Pulumi · 1 link drifted",
        ),
        (
            review_refreshed(deleted_outside("a"), (state("b"), step("create", None, planned("b", adopt="lnk_b")))),
            (
                "This change stops no working address · 1 address is already dead: its link was deleted outside Pulumi "
                "and is created again with a new address · 1 address is already dead: its link was deleted outside "
                "Pulumi, and the `up` fails"
            ),
        ),
        (
            review_refreshed(deleted_outside("a"), deleted_outside("b"), (state("c"), step("delete", state("c")))),
            (
                "1 address stops working: 1 link is deleted"
                " · 2 addresses are already dead: their links were deleted outside Pulumi and are created again"
                " with new addresses"
            ),
        ),
        (review_refreshed(drifted("a")), "No address stops working · 1 link drifted and is changed back"),
        (
            review_refreshed(drifted("a"), drifted("b")),
            "No address stops working · 2 links drifted and are changed back",
        ),
        (
            review_refreshed(drifted("a"), drifted("b", "C")),
            "No address stops working · 1 link changes · 2 links drifted, 1 of them is changed back",
        ),
    ],
)
def test_headline_is_the_same_in_every_format(review: Review, expected: str) -> None:
    first, *_ = render_comment([ReviewedStack(review)]).splitlines()
    assert first == f"### {expected}"
    assert (
        write_headline(review)
        == json.loads(render_json([ReviewedStack(review)]))["headline"]
        == render_text([ReviewedStack(review)]).splitlines()[0]
    )


def test_remarks_say_when_drift_was_not_checked() -> None:
    remark = "Drift was not checked: links may have been changed or deleted outside Pulumi"
    assert remark in render_comment([ReviewedStack(reviewed())])
    assert remark not in render_comment([ReviewedStack(build_review(preview(), refresh()))])
    assert remark in render_text([ReviewedStack(reviewed())])


def test_remarks_count_other_resources_the_most_serious_first() -> None:
    many = tuple(OtherChanges("create", f"t{index:02}", 1) for index in range(12))
    others = (
        OtherChanges("delete", "z", 1),
        OtherChanges("delete-replaced", "z", 2),
        OtherChanges("unheard-of", "u", 2),
    )
    written = render_comment([ReviewedStack(replace(reviewed(), others=(*many, *others), drifted_others=1))])
    assert "Other resources: deletes 3 `z`, creates 1 `t00`, creates 1 `t01`," in written
    assert "`t08` and 5 more." in written
    assert "1 other resource was changed outside Pulumi." in written
