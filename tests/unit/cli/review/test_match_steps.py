"""Steps of a preview are matched to the links that it read, and deletions that no step names are counted."""

from __future__ import annotations

import pytest

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.headline import write_headline
from pulumi_userplane.cli.review.model import (
    DeletionOutcome,
    DriftOutcome,
    LinkChangeKind,
)
from pulumi_userplane.cli.review.render import render_text
from pulumi_userplane.cli.review.section import ReviewedStack
from pulumi_userplane.cli.review.violations import Limits, find_violations
from tests.support.previews import (
    preview,
    refresh,
    review_after_reads,
    stack_step,
    step,
)
from tests.support.states import ADDRESS, planned, state, urn

TABLE = "shop:index:Table"


class TestRenamed:
    """By `aliases`, and changed outside Pulumi at the same time."""

    RECORDED = state("old", link_title="A")
    LIVE = state("old", link_title="By hand")

    def test_drift_is_no_change_when_the_link_is_renamed(self) -> None:
        review = review_after_reads([self.RECORDED], step("update", self.LIVE, planned("new", link_title="A")))
        assert review.changes == ()
        [drift] = review.drift
        assert (drift.name, [field.outcome for field in drift.fields]) == ("old", [DriftOutcome.PUT_BACK])

    def test_change_is_told_apart_from_drift_when_the_link_is_renamed(self) -> None:
        new = planned("new", link_title="A", link_reusable=True)
        review = review_after_reads([self.RECORDED], step("update", self.LIVE, new))
        assert [(change.name, [field.path for field in change.fields]) for change in review.changes] == [
            ("new", ["link_reusable"])
        ]

    def test_drift_is_matched_when_a_refresh_is_given_with_the_preview(self) -> None:
        edited = step("update", self.RECORDED, {**self.LIVE, "urn": urn("new")}, diffReasons=["link_title"])
        review = build_review(preview(step("update", self.RECORDED, planned("new", link_title="B"))), refresh(edited))
        assert [link.urn for link in review.drift] == [urn("old")]

    def test_link_is_recreated_when_renamed_and_deleted_outside_pulumi(self) -> None:
        new = planned("new", link_title="A", aliases=[urn("old")])
        review = review_after_reads([self.RECORDED], step("create", None, new), same=1, create=1)
        [change], [drift] = review.changes, review.drift
        assert (change.kind, change.name, change.address) == (LinkChangeKind.RECREATED, "new", f"{ADDRESS}old")
        assert (drift.name, drift.deletion_outcome, review.unnamed_deletions) == ("old", DeletionOutcome.RECREATED, 0)

    def test_link_is_created_when_it_only_declares_the_same_as_another(self) -> None:
        for read in ([self.RECORDED], [self.RECORDED, state("gone")]):
            review = review_after_reads(read, step("create", None, planned("new", link_title="A")), same=2, create=1)
            assert ([change.kind for change in review.changes], review.drift) == ([LinkChangeKind.CREATED], ())
            assert review.unnamed_deletions == len(read) - 1


class TestEarlierReplacement:
    """The old link of a replacement that failed half-way: the state holds both, and the old one is to be deleted."""

    LEFT = state("a", link_title="A", delete=True)
    LIVE = state("a", link_title="A", domain_id="dom_new", id="lnk_new")

    @pytest.mark.parametrize("is_first", [True, False])
    def test_old_link_is_no_drift_of_the_new_one(self, *, is_first: bool) -> None:
        links = [self.LEFT, self.LIVE] if is_first else [self.LIVE, self.LEFT]
        review = review_after_reads(links, step("delete-replaced", self.LEFT), same=2)
        assert (review.drift, review.unnamed_deletions, review.links) == ((), 0, 1)
        assert [(change.kind, change.is_from_earlier_replacement) for change in review.changes] == [
            (LinkChangeKind.DELETED, True)
        ]

    def test_drift_of_the_new_link_is_found_when_the_old_one_is_deleted(self) -> None:
        edited = state("a", link_title="By hand", domain_id="dom_new", id="lnk_new")
        update = step("update", edited, planned("a", link_title="A", domain_id="dom_new"))
        [drift] = review_after_reads([self.LEFT, self.LIVE], update, step("delete-replaced", self.LEFT)).drift
        assert [(field.change.path, field.outcome) for field in drift.fields] == [("link_title", DriftOutcome.PUT_BACK)]

    def test_old_link_is_no_drift_when_it_was_deleted(self) -> None:
        assert build_review(None, refresh(step("delete", self.LEFT))).drift == ()

    def test_unnamed_deletion_is_counted_when_an_old_link_is_deleted_too(self) -> None:
        review = review_after_reads([state("b"), self.LIVE, self.LEFT], step("delete-replaced", self.LEFT), same=2)
        assert review.unnamed_deletions == 1


def test_drift_is_put_back_when_parts_of_a_replacement_are_listed() -> None:
    live = state("a", link_title="By hand")
    new = planned("a", link_title="A", domain_id="dom_app")
    parts = [
        step("create-replacement", live, new),
        step("replace", live, new, replaceReasons=["domain_id"]),
        step("delete-replaced", live),
    ]
    for steps in (parts, parts[1:2], [parts[2], *parts[:2]]):
        [drift] = review_after_reads([state("a", link_title="A")], *steps).drift
        assert [field.outcome for field in drift.fields] == [DriftOutcome.PUT_BACK]


class TestUnnamedDeletions:
    """Deleted outside Pulumi and out of the program: the engine lists nothing, but counts what lives."""

    def test_deletion_is_counted_when_no_step_names_it(self) -> None:
        review = review_after_reads([state("a"), state("b")], same=2)
        assert (review.unnamed_deletions, review.unnamed_link_deletions, review.links) == (1, 1, 1)
        assert write_headline(review) == "No address stops working, 1 is already dead"
        sentence = (
            "1 more recording link was deleted outside Pulumi and left out of the program, or renamed: `--drift` tells"
        )
        assert sentence in render_comment([ReviewedStack(review)])
        assert sentence in render_text([ReviewedStack(review)])
        [stop] = find_violations(review, Limits(fail_on_drift=True))
        assert stop.reason.startswith("1 link changed or deleted outside Pulumi")

    def test_deletion_is_counted_once_when_a_refresh_names_it(self) -> None:
        reads = [stack_step("refresh"), step("refresh", state("a"), state("a"))]
        review = build_review(preview(*reads, same=1), refresh(step("delete", state("a"))))
        assert (review.unnamed_deletions, len(review.drift), review.links) == (0, 1, 0)

    def test_deletion_may_be_of_another_resource_when_one_has_no_step(self) -> None:
        other = state("t", type_=TABLE, custom=True)
        review = review_after_reads([state("a"), state("b"), other], same=2)
        assert (review.unnamed_deletions, review.unnamed_link_deletions, review.links) == (2, 0, 2)
        assert "2 more resources were deleted outside Pulumi" in render_comment([ReviewedStack(review)])
        assert "or renamed, maybe a recording link among them: `--drift` tells which." in render_comment(
            [ReviewedStack(review)]
        )

    def test_deletion_is_of_a_link_when_others_have_steps_or_can_not_be_deleted(self) -> None:
        others = [
            state("t", type_=TABLE, custom=True),
            state("component", type_="shop:index:Tables"),
            state("account", type_="pulumi:providers:pulumi-python", custom=True),
        ]
        review = review_after_reads([state("a"), *others], step("delete", others[0]), same=3, delete=1)
        assert review.unnamed_link_deletions == 1

    def test_deletion_is_of_a_link_when_others_are_only_looked_up_or_to_be_deleted(self) -> None:
        others = [
            state("network", type_="pulumi:pulumi:StackReference", custom=True, external=True),
            state("t", type_=TABLE, custom=True, delete=True),
        ]
        assert review_after_reads([state("a"), *others], same=1, read=1).unnamed_link_deletions == 1

    def test_link_is_no_unnamed_deletion_when_a_failed_replacement_deleted_it(self) -> None:
        half = state("a", pendingReplacement=True)
        review = review_after_reads([half], step("create", None, planned("a")), same=1, create=1)
        assert (review.unnamed_deletions, review.drift, review.links) == (0, (), 0)
        assert [change.kind for change in review.changes] == [LinkChangeKind.CREATED]
        assert review_after_reads([half], step("remove-pending-replace", half), same=1).unnamed_deletions == 0

    def test_link_is_no_unnamed_deletion_when_an_import_follows(self) -> None:
        assert (
            review_after_reads(
                [state("a")], step("import", None, planned("a")), same=1, **{"import": 1}
            ).unnamed_deletions
            == 0
        )

    def test_link_is_no_unnamed_deletion_when_a_lookup_follows(self) -> None:
        looked_up = state("a", external=True)
        assert (
            review_after_reads([state("a")], step("read", state("a"), looked_up), same=1, read=1).unnamed_deletions == 0
        )

    def test_links_are_no_unnamed_deletions_when_recreated_or_not_managed(self) -> None:
        links = [state("a"), state("looked-up", external=True), state("leftover", delete=True)]
        review = review_after_reads(links, step("create", None, planned("a")), same=1, create=1, read=1, delete=1)
        assert review.unnamed_deletions == 0

    def test_no_deletion_is_counted_when_parts_of_replacements_are_not_listed(self) -> None:
        replaced = step("replace", state("a"), planned("a", domain_id="dom_app"), replaceReasons=["domain_id"])
        links = [state("a"), state("b")]
        assert review_after_reads(links, replaced, same=1, replace=1).unnamed_deletions == 0
        part = step("create-replacement", state("a"), planned("a", domain_id="dom_app"))
        assert review_after_reads(links, replaced, part, same=1, replace=1).unnamed_deletions == 1
        room = step("delete-replaced", state("b"))
        assert review_after_reads(links, replaced, part, room, same=1, replace=1).unnamed_deletions == 0

    def test_no_deletion_is_counted_when_the_preview_reads_or_counts_nothing(self) -> None:
        assert build_review(preview(same=1)).unnamed_deletions == 0
        assert review_after_reads([state("a")]).unnamed_deletions == 0
