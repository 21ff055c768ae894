"""What each step of a preview means for a link, and what differs from the record without the author's doing."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.model import DeletionOutcome, DriftOutcome, LinkChange, LinkChangeKind, OtherChanges
from pulumi_userplane.cli.stack import Stack
from pulumi_userplane.recovery.state_reader import LINK_TYPE, Resource
from tests.support.previews import SECRET, UNKNOWN, preview, refresh, reviewed, stack_step, step
from tests.support.states import ADDRESS, planned, state, urn

DOMAIN = {"replaceReasons": ["domain_id"], "diffReasons": ["domain_id"]}


def only(*steps: dict[str, Any]) -> LinkChange:
    [change] = reviewed(*steps).changes
    return change


def paths(change: LinkChange) -> list[str]:
    return [each.path for each in change.fields]


def read(*links: dict[str, Any]) -> list[dict[str, Any]]:
    """How a preview with --refresh begins."""
    return [stack_step("refresh"), *(step("refresh", each, each) for each in links)]


def test_new() -> None:
    change = only(step("create", None, planned("a", link_title="A")))
    assert (change.kind, change.title, change.address, change.removes_address) == (
        LinkChangeKind.CREATED,
        "A",
        None,
        False,
    )


def test_updated() -> None:
    change = only(step("update", state("a", link_title="A"), planned("a", link_title="B")))
    assert (change.kind, change.title, change.address) == (LinkChangeKind.UPDATED, "B", f"{ADDRESS}a")
    assert paths(change) == ["link_title"]
    assert not change.removes_address


def test_replaced() -> None:
    change = only(step("replace", state("a", delete=True), planned("a", domain_id="dom_app"), **DOMAIN))
    assert (change.kind, change.reasons, change.removes_address) == (LinkChangeKind.REPLACED, ("domain_id",), True)
    kept = only(step("replace", state("a", retainOnDelete=True), planned("a", domain_id="dom_app"), **DOMAIN))
    assert (kept.keeps_old_link, kept.removes_address) == (True, False)


def test_replaced_for_a_value_that_is_not_known_yet() -> None:
    change = only(step("replace", state("a"), planned("a", domain_id=UNKNOWN), **DOMAIN))
    assert (change.is_uncertain, change.removes_address) == (True, True)
    both = {"replaceReasons": ["domain_id", "project_id"]}
    certain = only(step("replace", state("a"), planned("a", domain_id=UNKNOWN, project_id="prj_2"), **both))
    assert not certain.is_uncertain
    by_hand = only(step("replace", state("a"), planned("a"), replaceReasons=["id"]))
    assert (by_hand.is_uncertain, by_hand.reasons) == (True, ("id",))


def test_deleted_or_released() -> None:
    assert only(step("delete", state("a"))).kind is LinkChangeKind.DELETED
    assert only(step("delete", state("a", retainOnDelete=True))).kind is LinkChangeKind.RETAINED


def test_a_link_that_is_renamed_and_replaced_at_once_is_counted_once() -> None:
    old = state("a", delete=True)
    new = planned("b", domain_id="dom_app", aliases=[urn("a")])
    parts = [step("create-replacement", old, new), step("replace", old, new, **DOMAIN), step("delete-replaced", old)]
    for steps in (parts, parts[1:], [parts[2], *parts[:2]]):
        change = only(*steps)
        assert (change.name, change.kind, change.is_from_earlier_replacement) == ("b", LinkChangeKind.REPLACED, False)
    read = step("refresh", state("a"), state("a"))
    whole = build_review(preview(stack_step("refresh"), read, *parts, replace=1, same=1))
    assert ([each.name for each in whole.changes], whole.unnamed_deletions) == (["b"], 0)


def test_parts_of_a_replacement_are_counted_once() -> None:
    old, new = state("a", delete=True), planned("a", domain_id="dom_app")
    parts = [step("create-replacement", old, new), step("replace", old, new, **DOMAIN), step("delete-replaced", old)]
    assert only(*parts).kind is LinkChangeKind.REPLACED


def test_the_old_link_of_an_earlier_replacement_is_deleted() -> None:
    for op in ("delete", "delete-replaced"):
        change = only(step(op, state("a", delete=True)))
        assert (change.kind, change.is_from_earlier_replacement, change.removes_address) == (
            LinkChangeKind.DELETED,
            True,
            True,
        )


def test_a_link_that_is_only_looked_up_from_now_on_is_deleted() -> None:
    old, looked_up = state("a", delete=True, link_title="A"), state("a", external=True, id="lnk_9")
    steps = [step("read-replacement", old, looked_up), step("replace", old, looked_up), step("delete-replaced", old)]
    for each in (steps, steps[1:2]):
        change = only(*each)
        assert (change.kind, change.is_from_earlier_replacement, change.address) == (
            LinkChangeKind.DELETED,
            False,
            f"{ADDRESS}a",
        )
        assert (change.is_replaced_by_lookup, change.removes_address) == (True, True)
    assert only(step("replace", state("a", retainOnDelete=True), looked_up)).kind is LinkChangeKind.RETAINED
    live = state("a", link_title="By hand")
    [drift] = build_review(preview(*read(state("a", link_title="A")), step("replace", live, looked_up))).drift
    assert [each.outcome for each in drift.fields] == [DriftOutcome.UNTOUCHED]


def test_a_removed_link_that_makes_room_for_a_replacement_is_deleted_now() -> None:
    change = only(step("delete-replaced", state("b")))
    assert (change.kind, change.is_from_earlier_replacement, change.removes_address) == (
        LinkChangeKind.DELETED,
        False,
        True,
    )


@pytest.mark.parametrize("wanted", ["lnk_a", f"{ADDRESS}a"])
def test_a_link_that_another_resource_adopts_is_not_deleted(wanted: str) -> None:
    changes = reviewed(step("create", None, planned("b", adopt=wanted)), step("delete", state("a"))).changes
    assert [(each.kind, each.other) for each in changes] == [
        (LinkChangeKind.TAKEN_OVER, "b"),
        (LinkChangeKind.ADOPTED, wanted),
    ]
    assert not any(each.removes_address for each in changes)


def test_a_renamed_resource_is_told_by_what_it_declares() -> None:
    old = state("a", link_title="A", meta={"k": "v"})
    new = step("create", None, planned("b", link_title="A", meta={"k": "v"}))
    other = step("create", None, planned("c", link_title="A", meta={"k": "w"}))
    deleted, *_ = reviewed(other, new, step("delete", old)).changes
    assert (deleted.kind, deleted.other) == (LinkChangeKind.DELETED, "b")
    leftover, *_ = reviewed(new, step("delete", {**old, "delete": True})).changes
    assert leftover.other is None
    assert reviewed(other, step("delete", old)).changes[0].other is None


def test_the_place_of_a_replaced_link_is_compared_also_if_it_was_not_declared() -> None:
    [project] = only(step("replace", state("a"), planned("a", project_id="prj_2"))).fields
    assert (project.before, project.after) == ("prj_1", "prj_2")


def test_adopted() -> None:
    assert only(step("create", None, planned("a", adopt="lnk_9"))).other == "lnk_9"
    unknown = only(step("create", None, planned("a", adopt=UNKNOWN)))
    assert (unknown.kind, unknown.other) == (LinkChangeKind.ADOPTED, None)


def test_what_only_reads_is_no_change() -> None:
    link = state("a")
    outside = state("b", external=True)
    steps = [step("same", link, link), step("read", outside, outside), step("remove-pending-replace", link)]
    assert reviewed(*steps).changes == ()


def test_what_is_not_known_is_not_passed_over() -> None:
    with pytest.raises(
        ConfigurationError, match=r"has an unknown operation for .*: transmogrify; update pulumi-userplane"
    ):
        reviewed(step("transmogrify", state("a"), planned("a")))


def test_a_secret_title_is_not_the_name() -> None:
    change = only(
        step("update", state("a", link_title=SECRET), planned("a", link_title=SECRET), diffReasons=["link_title"])
    )
    assert (change.title, paths(change)) == (None, ["link_title"])


def test_the_most_important_comes_first() -> None:
    steps = [
        step("create", None, planned("e")),
        step("update", state("d", link_title="A"), planned("d", link_title="B")),
        step("delete", state("c")),
        step("replace", state("b"), planned("b", domain_id="dom_app"), **DOMAIN),
        step("replace", state("a"), planned("a", domain_id="dom_app"), **DOMAIN),
    ]
    assert [each.name for each in reviewed(*steps).changes] == ["a", "b", "c", "e", "d"]


def test_others_are_counted_without_their_content() -> None:
    other = "shop:index:Tickets"
    review = reviewed(
        step("create", None, planned("x", type_=other)),
        step("create", None, planned("y", type_=other)),
        step("same", state("z", type_=other), planned("z", type_=other)),
    )
    assert review.others == (OtherChanges("create", other, 2),)
    assert review.changes == ()


def test_the_files_have_to_fit_together() -> None:
    with pytest.raises(ConfigurationError, match=r"^the preview comes from `pulumi refresh`; pass it with --drift"):
        build_review(refresh())
    with pytest.raises(ConfigurationError, match="the file of --drift comes from `pulumi preview`"):
        build_review(None, preview(step("create", None, planned("a"))))
    other = Stack("p", "prod", ())
    with pytest.raises(ConfigurationError, match="different stacks: p/dev and p/prod"):
        build_review(preview(), refresh(), other)
    assert build_review(preview(), refresh(), Stack("p", "dev", ())).stack == ("p", "dev")


def test_how_many_links_there_are() -> None:
    links = [state("a"), state("b"), state("c", external=True)]
    delete = step("delete", links[0])
    counted = [
        reviewed(delete, step("create", None, planned("n"))),
        build_review(preview(*read(*links), delete)),
        build_review(preview(delete), None, Stack("p", "dev", tuple(Resource(**each) for each in links))),
        build_review(None, refresh()),
    ]
    assert [(each.links, each.are_all_links) for each in counted] == [(1, False), (2, True), (2, True), (0, False)]


def test_places_get_their_names_from_any_link() -> None:
    link = state("a", outputs={"project": {"project_id": "prj_1", "title": ""}})
    review = build_review(preview(*read(link)), None, Stack("p", "dev", (Resource(**state("b")),)))
    assert review.location_names == {"dom_help": "help.acme.example", "prj_1": "Acme"}


class TestDrift:
    """What was changed outside; the program is as it was unless a test says otherwise."""

    RECORDED = state("a", link_title="A", meta={"team": "web"})
    LIVE = state("a", link_title="Edited", meta={"team": "web"})

    def test_a_refresh_tells_it(self) -> None:
        gone = step("delete", state("b", link_title="B"))
        edited = step("update", self.RECORDED, self.LIVE, diffReasons=["link_title"])
        review = build_review(None, refresh(edited, gone, step("refresh", state("c"), state("c"))))
        assert [(each.name, each.title, each.is_deleted) for each in review.drift] == [
            ("a", "A", False),
            ("b", "B", True),
        ]
        [field] = review.drift[0].fields
        assert (field.change.before, field.change.after, field.outcome) == ("A", "Edited", DriftOutcome.UNTOUCHED)
        assert (review.knows_drift, review.has_preview) == (True, False)

    def test_what_the_program_does_not_manage_is_no_drift(self) -> None:
        adopting = {**self.RECORDED, "inputs": {**self.RECORDED["inputs"], "adopt": "lnk_a"}}
        elsewhere = {**self.RECORDED, "outputs": {**self.RECORDED["outputs"], "link_provider_id": "9"}}
        assert build_review(None, refresh(step("update", adopting, elsewhere, diffReasons=["adopt"]))).drift == ()

    def test_a_preview_that_refreshes_tells_it_too(self) -> None:
        review = build_review(preview(*read(self.RECORDED), step("update", self.LIVE, planned_as(self.RECORDED))))
        assert review.changes == ()
        [drift] = review.drift
        assert [(each.change.path, each.outcome) for each in drift.fields] == [("link_title", DriftOutcome.PUT_BACK)]

    def test_a_link_deleted_by_hand_comes_back(self) -> None:
        review = build_review(preview(*read(self.RECORDED), step("create", None, planned_as(self.RECORDED))))
        [change], [drift] = review.changes, review.drift
        assert (change.kind, change.address, change.removes_address) == (LinkChangeKind.RECREATED, f"{ADDRESS}a", False)
        assert (change.fields, change.other) == ((), None)
        assert (drift.is_deleted, drift.deletion_outcome) == (True, DeletionOutcome.RECREATED)

    def test_a_link_deleted_by_hand_that_the_program_lets_go_stays_away(self) -> None:
        both = build_review(preview(*read(self.RECORDED)), refresh(step("delete", self.RECORDED)))
        assert (both.changes, [each.deletion_outcome for each in both.drift]) == ((), [DeletionOutcome.UNKNOWN])

    @pytest.mark.parametrize("wanted", ["lnk_a", f"{ADDRESS}a"])
    def test_it_cant_come_back_while_it_is_adopted(self, wanted: str) -> None:
        declared = planned("a", link_title="A", meta={"team": "web"}, adopt=wanted)
        review = build_review(preview(*read(self.RECORDED), step("create", None, declared)))
        [change], [drift] = review.changes, review.drift
        assert (change.kind, change.other, drift.deletion_outcome) == (
            LinkChangeKind.RECREATED,
            wanted,
            DeletionOutcome.FAILS,
        )

    @pytest.mark.parametrize("wanted", ["lnk_b", UNKNOWN])
    def test_its_resource_may_take_over_another_link(self, wanted: str) -> None:
        declared = planned("a", link_title="A", adopt=wanted)
        review = build_review(preview(*read(self.RECORDED), step("create", None, declared)))
        [change], [drift] = review.changes, review.drift
        assert (change.kind, change.address, drift.deletion_outcome) == (
            LinkChangeKind.ADOPTED,
            None,
            DeletionOutcome.OTHER_LINK,
        )
        assert paths(change) == ["workspace_id", "domain_id", "link_title"]

    def test_a_refresh_alone_tells_that_it_cant_come_back_while_the_state_says_adopt(self) -> None:
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
    def test_it_is_kept_apart_from_what_the_author_changes(
        self, declared: dict[str, Any], changed: list[str], fate: DriftOutcome
    ) -> None:
        new = planned("a", meta={"team": "web"}, **declared)
        review = build_review(preview(*read(self.RECORDED), step("update", self.LIVE, new)))
        assert paths(review.changes[0]) == changed
        assert [each.outcome for each in review.drift[0].fields] == [fate]

    def test_keys_of_meta_are_told_one_by_one(self) -> None:
        live = state("a", link_title="A", meta={"team": "other", "new": "1", "kept": "2"})
        new = planned("a", link_title="A", meta={"team": "web", "kept": "2", "own": "3"})
        review = build_review(preview(*read(self.RECORDED), step("update", live, new)))
        fates = {each.change.path: each.outcome for each in review.drift[0].fields}
        assert fates == {
            "meta.team": DriftOutcome.PUT_BACK,
            "meta.new": DriftOutcome.PUT_BACK,
            "meta.kept": DriftOutcome.DECLARED,
        }
        assert paths(review.changes[0]) == ["meta.own"]
        hidden = planned("a", link_title="A", meta=SECRET)
        [drift] = build_review(preview(*read(self.RECORDED), step("update", live, hidden))).drift
        assert {each.outcome for each in drift.fields} == {DriftOutcome.PUT_BACK, DriftOutcome.OVERWRITTEN}

    def test_it_goes_with_a_link_that_is_deleted(self) -> None:
        review = build_review(preview(*read(self.RECORDED), step("delete", self.LIVE)))
        assert [each.kind for each in review.changes] == [LinkChangeKind.DELETED]
        assert [each.outcome for each in review.drift[0].fields] == [DriftOutcome.UNTOUCHED]

    def test_the_program_may_say_the_same_by_now(self) -> None:
        said = build_review(preview(*read(self.RECORDED)), refresh(step("update", self.RECORDED, self.LIVE)))
        assert [each.outcome for each in said.drift[0].fields] == [DriftOutcome.DECLARED]

    def test_others_that_drifted_are_counted(self) -> None:
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

    def test_a_secret_that_is_changed_stays_in_both(self) -> None:
        hidden = state("a", link_title=SECRET)
        changed = {"diffReasons": ["link_title"]}
        review = build_review(
            preview(*read(hidden), step("update", hidden, planned("a", link_title=SECRET), **changed)),
            refresh(step("update", hidden, hidden, **changed)),
        )
        assert (len(review.changes), len(review.drift)) == (1, 1)


def planned_as(recorded: dict[str, Any]) -> dict[str, Any]:
    """The same as declared: nothing in the program has changed."""
    return {key: value for key, value in recorded.items() if key not in {"outputs", "id"}}


def test_urns_of_components_children_have_names_too() -> None:
    child = {**planned("a"), "urn": urn("a", f"acme:Support${LINK_TYPE}")}
    assert only(step("create", None, child)).name == "a"


@pytest.mark.parametrize("op", ["same", "update"])
def test_protection_that_is_taken_off_is_told(op: str) -> None:
    fields = {} if op == "same" else {"link_title": "B"}
    change = only(step(op, state("a", link_title="A", protect=True), planned("a", **{"link_title": "A", **fields})))
    assert (change.kind, change.loses_protection, paths(change)) == (LinkChangeKind.UPDATED, True, [*fields])


def test_protection_that_stays_or_is_put_on_is_no_change() -> None:
    protected = state("a", protect=True)
    assert reviewed(step("same", state("a"), planned("a", protect=True))).changes == ()
    assert reviewed(step("same", protected, planned("a", protect=True))).changes == ()
    assert not only(step("delete", protected)).loses_protection


def test_protection_is_told_beside_an_edit_by_hand_that_is_put_back() -> None:
    recorded, live = state("a", link_title="A", protect=True), state("a", link_title="By hand", protect=True)
    [change] = build_review(preview(*read(recorded), step("update", live, planned("a", link_title="A")))).changes
    assert (change.loses_protection, change.fields) == (True, ())
