"""Changes from outside Pulumi are told apart from the author's, with what `up` does about them."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.model import (
    DeletionOutcome,
    DriftOutcome,
    LinkChangeKind,
)
from tests.support.previews import (
    SECRET,
    UNKNOWN,
    changed_paths,
    declared_as,
    preview,
    read_links,
    refresh,
    step,
)
from tests.support.states import ADDRESS, planned, state


class TestDrift:
    """What was changed outside; the program is as it was unless a test says otherwise."""

    RECORDED = state("a", link_title="A", meta={"team": "web"})
    LIVE = state("a", link_title="Edited", meta={"team": "web"})

    def test_drift_is_found_when_a_refresh_is_given(self) -> None:
        gone = step("delete", state("b", link_title="B"))
        edited = step("update", self.RECORDED, self.LIVE, diffReasons=["link_title"])
        review = build_review(None, refresh(edited, gone, step("refresh", state("c"), state("c"))))
        assert [(link.name, link.title, link.is_deleted) for link in review.drift] == [
            ("a", "A", False),
            ("b", "B", True),
        ]
        [field] = review.drift[0].fields
        assert (field.change.before, field.change.after, field.outcome) == ("A", "Edited", DriftOutcome.UNTOUCHED)
        assert (review.knows_drift, review.has_preview) == (True, False)

    def test_drift_ignores_fields_that_the_program_does_not_manage(self) -> None:
        adopting = {**self.RECORDED, "inputs": {**self.RECORDED["inputs"], "adopt": "lnk_a"}}
        elsewhere = {**self.RECORDED, "outputs": {**self.RECORDED["outputs"], "link_provider_id": "9"}}
        assert build_review(None, refresh(step("update", adopting, elsewhere, diffReasons=["adopt"]))).drift == ()

    def test_drift_is_found_when_a_preview_refreshes(self) -> None:
        review = build_review(
            preview(*read_links(self.RECORDED), step("update", self.LIVE, declared_as(self.RECORDED)))
        )
        assert review.changes == ()
        [drift] = review.drift
        assert [(field.change.path, field.outcome) for field in drift.fields] == [("link_title", DriftOutcome.PUT_BACK)]

    def test_link_is_recreated_when_deleted_outside_pulumi(self) -> None:
        review = build_review(preview(*read_links(self.RECORDED), step("create", None, declared_as(self.RECORDED))))
        [change], [drift] = review.changes, review.drift
        assert (change.kind, change.address, change.removes_address) == (LinkChangeKind.RECREATED, f"{ADDRESS}a", False)
        assert (change.fields, change.other) == ((), None)
        assert (drift.is_deleted, drift.deletion_outcome) == (True, DeletionOutcome.RECREATED)

    def test_outcome_is_unknown_when_a_deleted_link_leaves_the_program(self) -> None:
        both = build_review(preview(*read_links(self.RECORDED)), refresh(step("delete", self.RECORDED)))
        assert (both.changes, [link.deletion_outcome for link in both.drift]) == ((), [DeletionOutcome.UNKNOWN])

    @pytest.mark.parametrize("wanted", ["lnk_a", f"{ADDRESS}a"])
    def test_up_fails_when_adopt_names_the_deleted_link(self, wanted: str) -> None:
        declared = planned("a", link_title="A", meta={"team": "web"}, adopt=wanted)
        review = build_review(preview(*read_links(self.RECORDED), step("create", None, declared)))
        [change], [drift] = review.changes, review.drift
        assert (change.kind, change.other, drift.deletion_outcome) == (
            LinkChangeKind.RECREATED,
            wanted,
            DeletionOutcome.FAILS,
        )

    @pytest.mark.parametrize("wanted", ["lnk_b", UNKNOWN])
    def test_another_link_is_adopted_when_adopt_names_another(self, wanted: str) -> None:
        declared = planned("a", link_title="A", adopt=wanted)
        review = build_review(preview(*read_links(self.RECORDED), step("create", None, declared)))
        [change], [drift] = review.changes, review.drift
        assert (change.kind, change.address, drift.deletion_outcome) == (
            LinkChangeKind.ADOPTED,
            None,
            DeletionOutcome.OTHER_LINK,
        )
        assert changed_paths(change) == ["workspace_id", "domain_id", "link_title"]

    def test_up_fails_when_the_state_has_adopt_and_only_a_refresh_is_given(self) -> None:
        gone = step("delete", state("a", adopt="lnk_a"))
        [drift] = build_review(None, refresh(gone)).drift
        assert drift.deletion_outcome is DeletionOutcome.FAILS

    @pytest.mark.parametrize(
        ("declared", "changed", "fate"),
        [
            ({"link_title": "A", "link_reusable": True}, ["link_reusable"], DriftOutcome.PUT_BACK),
            ({"link_title": "New"}, ["link_title"], DriftOutcome.OVERWRITTEN),
            ({"link_title": None}, ["link_title"], DriftOutcome.LEFT),
            ({"link_title": "Edited", "link_reusable": True}, ["link_reusable"], DriftOutcome.DECLARED),
        ],
    )
    def test_drift_is_told_apart_when_the_author_changes_the_link_too(
        self, declared: dict[str, Any], changed: list[str], fate: DriftOutcome
    ) -> None:
        new = planned("a", meta={"team": "web"}, **declared)
        review = build_review(preview(*read_links(self.RECORDED), step("update", self.LIVE, new)))
        assert changed_paths(review.changes[0]) == changed
        assert [field.outcome for field in review.drift[0].fields] == [fate]

    def test_drift_of_meta_is_compared_key_by_key(self) -> None:
        live = state("a", link_title="A", meta={"team": "other", "new": "1", "kept": "2"})
        new = planned("a", link_title="A", meta={"team": "web", "kept": "2", "own": "3"})
        review = build_review(preview(*read_links(self.RECORDED), step("update", live, new)))
        fates = {field.change.path: field.outcome for field in review.drift[0].fields}
        assert fates == {
            "meta.team": DriftOutcome.PUT_BACK,
            "meta.new": DriftOutcome.PUT_BACK,
            "meta.kept": DriftOutcome.DECLARED,
        }
        assert changed_paths(review.changes[0]) == ["meta.own"]
        hidden = planned("a", link_title="A", meta=SECRET)
        [drift] = build_review(preview(*read_links(self.RECORDED), step("update", live, hidden))).drift
        assert {field.outcome for field in drift.fields} == {DriftOutcome.PUT_BACK, DriftOutcome.OVERWRITTEN}

    def test_drift_stays_untouched_when_the_link_is_deleted(self) -> None:
        review = build_review(preview(*read_links(self.RECORDED), step("delete", self.LIVE)))
        assert [change.kind for change in review.changes] == [LinkChangeKind.DELETED]
        assert [field.outcome for field in review.drift[0].fields] == [DriftOutcome.UNTOUCHED]

    def test_drift_stays_when_the_program_declares_the_same_value(self) -> None:
        review = build_review(preview(*read_links(self.RECORDED)), refresh(step("update", self.RECORDED, self.LIVE)))
        assert [field.outcome for field in review.drift[0].fields] == [DriftOutcome.DECLARED]

    def test_other_resources_are_counted_when_they_drift(self) -> None:
        other, component = "shop:index:Ticket", "shop:index:Tickets"
        ticket = {**state("x", type_=other), "custom": True}
        steps = [
            step("update", ticket, ticket),
            step("delete", ticket),
            step("refresh", ticket, ticket),
            # As they come with --run-program.
            step("create", None, planned("y", type_=component)),
            step("update", state("z", type_=component), planned("z", type_=component)),
        ]
        assert build_review(None, refresh(*steps)).drifted_others == 2

    def test_secret_is_both_change_and_drift_when_both_call_it_changed(self) -> None:
        hidden = state("a", link_title=SECRET)
        changed = {"diffReasons": ["link_title"]}
        review = build_review(
            preview(*read_links(hidden), step("update", hidden, planned("a", link_title=SECRET), **changed)),
            refresh(step("update", hidden, hidden, **changed)),
        )
        assert (len(review.changes), len(review.drift)) == (1, 1)
