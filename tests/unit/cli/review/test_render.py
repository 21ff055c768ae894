"""The text and the JSON say the same as the comment."""

from __future__ import annotations

import json
import re

import pytest

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment, render_summary
from pulumi_userplane.cli.review.headline import KEEP_ADDRESSES
from pulumi_userplane.cli.review.render import render_json, render_text
from pulumi_userplane.cli.review.section import ReviewedStack
from pulumi_userplane.cli.review.violations import Violation
from tests.support.previews import (
    SECRET,
    preview,
    refresh,
    step,
)
from tests.support.states import planned, state


def test_json_has_objects_when_values_are_hidden() -> None:
    update = step("update", state("a", link_title="A"), planned("a", link_title=SECRET))
    drift = refresh(step("update", state("b", link_title="A"), state("b", link_title="B")))
    content = json.loads(render_json([ReviewedStack(build_review(preview(update), drift), TOO_MUCH)]))
    assert content["changes"][0]["fields"] == [
        {"path": "link_title", "how": "changed", "before": "A", "after": {"hidden": "secret"}}
    ]
    assert content["drift"]["links"][0]["comeback"] is None
    assert content["drift"]["links"][0]["fields"] == [
        {"path": "link_title", "how": "changed", "before": "A", "after": "B", "fate": "untouched"}
    ]
    assert (content["version"], content["project"], content["stack"], content["stopped"]) == (
        1,
        "p",
        "dev",
        ["Too much. Wait."],
    )


def test_text_has_a_block_for_each_link() -> None:
    steps = [
        step("delete", state("a", link_title="\u202e\x1b[31m עזרה")),
        step("update", state("b", link_title="A"), planned("b", link_title="B")),
    ]
    drift = refresh(step("update", state("d", link_title="A"), state("d", link_title="B")))
    assert render_text([ReviewedStack(build_review(preview(*steps), drift), TOO_MUCH)]).splitlines() == [
        "1 address stops working · 1 changed · 1 drifted",
        "Recording links of p/dev",
        "",
        "a (\u200e\\u202e\\u001b[31m עזרה\u200e contains hidden characters)",
        "  is deleted: it is no longer in the program",
        "  address: https://help.acme.example/record?session=a stops working",
        "",
        "b (B)",
        "  changes",
        '  link_title: "A" → "B"',
        "  address: stays: https://help.acme.example/record?session=b",
        "",
        "Drift: changed outside Pulumi",
        "",
        "d (A)",
        '  link_title: "A" → "B"; `pulumi up --refresh` changes it back, if the program still declares the old value',
        "",
        KEEP_ADDRESSES,
        "Stopped: Too much. Wait.",
    ]


TOO_MUCH = (Violation("Too much.", "Wait."),)


@pytest.mark.parametrize(
    "name", ["::error::boo", " ::error::boo", "\u05e2::error::boo", "##[error]boo", "a ####[add-mask]b"]
)
def test_no_format_holds_a_workflow_command(name: str) -> None:
    change = step("delete", state(name, link_title=name, outputs={"link_url": name}))
    drift = refresh(step("update", state(name, link_title="A"), state(name, link_title=name)))
    review = build_review(preview(change), drift)
    for written in (
        render_comment([ReviewedStack(review)]),
        render_summary([ReviewedStack(review)]),
        render_text([ReviewedStack(review)]),
        render_json([ReviewedStack(review)]),
    ):
        assert "##[" not in written
        # .NET passes over a mark of direction when it compares.
        assert not re.search(r"^[\s\u200e]*::", written, re.MULTILINE)
    assert json.loads(render_json([ReviewedStack(review)]))["changes"][0]["name"] == name
