"""The first line and the remarks tell the whole review in short."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.failed_preview import FailedPreview, Problem
from pulumi_userplane.cli.review.headline import write_headline, write_stop, write_verdict
from pulumi_userplane.cli.review.model import (
    LinkChange,
    LinkChangeKind,
    LinkDrift,
    OtherChanges,
    Review,
)
from pulumi_userplane.cli.review.render import render_json, render_text
from pulumi_userplane.cli.review.section import ReviewedStack
from pulumi_userplane.cli.review.violations import Violation
from tests.support.previews import (
    UNKNOWN,
    deleted_outside,
    drifted,
    preview,
    read_links,
    refresh,
    replaced_link,
    review_refreshed,
    reviewed,
    step,
)
from tests.support.states import planned, state

NOT_CHECKED = " · drift was not checked"
DOMAIN = {"replaceReasons": ["domain_id"]}


def uncertain(name: str) -> dict[str, Any]:
    return step("replace", state(name), planned(name, domain_id=UNKNOWN), **DOMAIN)


@pytest.mark.parametrize(
    ("review", "verdict", "rest"),
    [
        (reviewed(), "No recording link changes", NOT_CHECKED),
        (reviewed(step("create", None, planned("a"))), "No address stops working", f" · 1 new{NOT_CHECKED}"),
        (
            reviewed(replaced_link("a"), replaced_link("b"), step("delete", state("c"))),
            "3 addresses stop working",
            NOT_CHECKED,
        ),
        (reviewed(uncertain("a")), "1 address may stop working", NOT_CHECKED),
        (reviewed(replaced_link("a"), uncertain("b")), "1 address stops working, 1 may", NOT_CHECKED),
        (
            reviewed(
                step("replace", state("a", retainOnDelete=True), planned("a", domain_id="dom_app"), **DOMAIN),
                step("delete", state("b", retainOnDelete=True)),
            ),
            "No address stops working",
            f" · 1 replaced, old address works · 1 orphaned{NOT_CHECKED}",
        ),
        (
            reviewed(
                step("update", state("a", link_title="A"), planned("a")),
                step("update", state("b", link_title="A"), planned("b", link_title="B")),
            ),
            "No address stops working",
            f" · 1 changed · 1 changed only in the state{NOT_CHECKED}",
        ),
        (build_review(None, refresh()), "No link changed outside Pulumi", ""),
        (build_review(None, refresh(step("delete", state("a")))), "1 link deleted outside Pulumi", ""),
        (
            build_review(
                None, refresh(step("delete", state("a")), step("update", state("b"), state("b", domain_id="x")))
            ),
            "1 link changed outside Pulumi, 1 deleted",
            "",
        ),
        (
            review_refreshed(deleted_outside("a"), (state("b"), step("create", None, planned("b", adopt="lnk_b")))),
            "No address stops working, 2 are already dead",
            "",
        ),
        (
            review_refreshed(deleted_outside("a"), deleted_outside("b"), (state("c"), step("delete", state("c")))),
            "1 address stops working",
            " · 2 already dead",
        ),
        (review_refreshed(drifted("a")), "No address stops working", " · 1 changed back"),
        (
            review_refreshed(drifted("a"), drifted("b", "C")),
            "No address stops working",
            " · 1 changed · 1 changed back",
        ),
    ],
)
def test_every_format_begins_with_the_verdict(review: Review, verdict: str, rest: str) -> None:
    sections = [ReviewedStack(review)]
    first, *_ = render_comment(sections).splitlines()
    assert first == f"### {verdict}"
    content = json.loads(render_json(sections))
    assert content["verdict"] == verdict
    assert write_headline(review) == content["headline"] == render_text(sections).splitlines()[0] == f"{verdict}{rest}"


def test_verdict_is_of_all_stacks() -> None:
    dies, may, new, none = (
        ReviewedStack(reviewed(*steps))
        for steps in ([replaced_link("a")], [uncertain("a")], [step("create", None, planned("a"))], [])
    )
    assert write_verdict([none, none]) == "No recording link changes"
    assert write_verdict([none, new]) == "No address stops working"
    assert write_verdict([new, may, none]) == "1 address may stop working"
    assert write_verdict([dies, may, dies, new]) == "2 addresses stop working, 1 may"
    stopped = ReviewedStack(dies.review, (Violation("Too many.", "Ask."),))
    assert write_verdict([none, stopped]) == "Check fails: 1 address stops working"


def test_verdict_tells_the_drift_when_only_drift_is_stopped() -> None:
    stop = (Violation("Too much.", "Look."),)
    both = review_refreshed(drifted("a"), deleted_outside("b"), drifted("c"))
    assert write_verdict([ReviewedStack(both, stop)]) == "Check fails: 2 links changed outside Pulumi, 1 deleted"
    alone = build_review(None, refresh(step("delete", state("a"))))
    assert write_verdict([ReviewedStack(alone, stop)]) == "1 link deleted outside Pulumi"
    unnamed = build_review(preview(*read_links(state("a"), state("b")), same=1))
    assert write_verdict([ReviewedStack(unnamed, stop)]) == "Check fails: 2 links deleted outside Pulumi"


def choose(*parts: Any) -> list[tuple[Any, ...]]:
    """All ways to choose some, or none, of these."""
    return [chosen for count in range(len(parts) + 1) for chosen in itertools.combinations(parts, count)]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("is_stopped", [False, True])
def test_verdict_has_at_most_ten_words_whatever_happens(number: int, *, is_stopped: bool) -> None:
    """Every combination of what a verdict can name."""
    stop = (Violation("Too much.", "Look."),) if is_stopped else ()
    lost = LinkChange("u", "a", None, LinkChangeKind.DELETED)
    maybe = replace(lost, may_be_deleted_with=True)
    dead = replace(lost, kind=LinkChangeKind.RECREATED)
    new = replace(lost, kind=LinkChangeKind.CREATED)
    changed = LinkDrift("u", "a", None, None, "lnk_a", is_deleted=False)
    deleted = replace(changed, urn="v", is_deleted=True)
    failed = FailedPreview(("p", "other"), (Problem(("wrong",), ("wait",)),))
    for changes, drift, has_preview, failures in itertools.product(
        choose(lost, maybe, dead, new), choose(changed, deleted), (False, True), ([], [failed], [failed, failed])
    ):
        review = Review(("p", "dev"), has_preview=has_preview, is_refreshed=True, knows_drift=True)
        section = ReviewedStack(replace(review, changes=changes, drift=drift), stop)
        verdict = write_verdict([*failures, *[section] * number])
        assert 3 <= len(verdict.split()) <= 10, verdict
        are_lost = " address" in verdict and not verdict.startswith(("No ", "Check fails: No "))
        assert are_lost == section.review.removes_addresses or not has_preview


def test_comment_says_when_drift_was_not_checked() -> None:
    new = step("create", None, planned("a"))
    remark = "Drift was not checked: links may have been changed or deleted outside Pulumi"
    unchecked, checked = ReviewedStack(reviewed(new)), ReviewedStack(build_review(preview(new), refresh()))
    assert remark in render_comment([unchecked])
    assert "<summary>1 link, drift was not checked</summary>" in render_comment([unchecked])
    assert remark in render_text([unchecked])
    assert "rift was not checked" not in render_comment([checked]) + render_text([checked])


def test_comment_counts_other_resources_the_most_serious_first() -> None:
    many = tuple(OtherChanges("create", f"t{index:02}", 1) for index in range(12))
    others = (
        OtherChanges("delete", "z", 1),
        OtherChanges("delete-replaced", "z", 2),
        OtherChanges("unheard-of", "u", 2),
    )
    review = replace(reviewed(step("create", None, planned("a"))), others=(*many, *others), drifted_others=1)
    written = render_comment([ReviewedStack(review)])
    assert "<summary>1 link, 18 other resources, drift was not checked</summary>" in written
    assert "Other resources: deletes 3 `z`, creates 1 `t00`, creates 1 `t01`," in written
    assert "`t08` and 5 more." in written
    assert "1 other resource was changed outside Pulumi." in written


@pytest.mark.parametrize(
    ("review", "verdict"),
    [
        (reviewed(replaced_link("a"), replaced_link("b"), uncertain("c")), "2 addresses would stop working, 1 may"),
        (reviewed(uncertain("a")), "1 address may stop working"),
    ],
)
def test_verdict_of_what_was_stopped_says_what_would_happen(review: Review, verdict: str) -> None:
    stop = write_stop([ReviewedStack(review, (Violation("too many.", "do."),))])
    assert stop == f"Nothing was applied: {verdict}"
    assert len(stop.split()) <= 10
