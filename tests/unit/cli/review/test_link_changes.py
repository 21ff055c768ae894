"""Each step of a preview becomes the right change of a link, and options decide whether the old link lives on."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.headline import write_headline
from pulumi_userplane.cli.review.model import (
    DriftOutcome,
    LinkChange,
    LinkChangeKind,
)
from pulumi_userplane.cli.review.violations import Limit, Policy, find_violations
from pulumi_userplane.cli.stack import Stack
from pulumi_userplane.recovery.state_reader import LINK_TYPE, Resource
from tests.support.previews import (
    SECRET,
    UNKNOWN,
    changed_paths,
    only_change,
    preview,
    read_links,
    reviewed,
    stack_step,
    step,
)
from tests.support.states import ADDRESS, planned, state, urn

DOMAIN = {"replaceReasons": ["domain_id"], "diffReasons": ["domain_id"]}


def test_new() -> None:
    change = only_change(step("create", None, planned("a", link_title="A")))
    assert (change.kind, change.title, change.address, change.removes_address) == (
        LinkChangeKind.CREATED,
        "A",
        None,
        False,
    )


def test_updated() -> None:
    change = only_change(step("update", state("a", link_title="A"), planned("a", link_title="B")))
    assert (change.kind, change.title, change.address) == (LinkChangeKind.UPDATED, "B", f"{ADDRESS}a")
    assert changed_paths(change) == ["link_title"]
    assert not change.removes_address


def test_replaced() -> None:
    change = only_change(step("replace", state("a", delete=True), planned("a", domain_id="dom_app"), **DOMAIN))
    assert (change.kind, change.reasons, change.removes_address) == (LinkChangeKind.REPLACED, ("domain_id",), True)
    kept = only_change(step("replace", state("a", retainOnDelete=True), planned("a", domain_id="dom_app"), **DOMAIN))
    assert (kept.keeps_old_link, kept.removes_address) == (True, False)


def test_replaced_for_a_value_that_is_not_known_yet() -> None:
    change = only_change(step("replace", state("a"), planned("a", domain_id=UNKNOWN), **DOMAIN))
    assert (change.is_uncertain, change.removes_address) == (True, True)
    both = {"replaceReasons": ["domain_id", "project_id"]}
    certain = only_change(step("replace", state("a"), planned("a", domain_id=UNKNOWN, project_id="prj_2"), **both))
    assert not certain.is_uncertain
    by_hand = only_change(step("replace", state("a"), planned("a"), replaceReasons=["id"]))
    assert (by_hand.is_uncertain, by_hand.reasons) == (True, ("id",))


def test_deleted_or_released() -> None:
    assert only_change(step("delete", state("a"))).kind is LinkChangeKind.DELETED
    assert only_change(step("delete", state("a", retainOnDelete=True))).kind is LinkChangeKind.RETAINED


def test_a_link_that_is_renamed_and_replaced_at_once_is_counted_once() -> None:
    old = state("a", delete=True)
    new = planned("b", domain_id="dom_app", aliases=[urn("a")])
    parts = [step("create-replacement", old, new), step("replace", old, new, **DOMAIN), step("delete-replaced", old)]
    for steps in (parts, parts[1:], [parts[2], *parts[:2]]):
        change = only_change(*steps)
        assert (change.name, change.kind, change.is_from_earlier_replacement) == ("b", LinkChangeKind.REPLACED, False)
    read = step("refresh", state("a"), state("a"))
    whole = build_review(preview(stack_step("refresh"), read, *parts, replace=1, same=1))
    assert ([each.name for each in whole.changes], whole.unnamed_deletions) == (["b"], 0)


def test_parts_of_a_replacement_are_counted_once() -> None:
    old, new = state("a", delete=True), planned("a", domain_id="dom_app")
    parts = [step("create-replacement", old, new), step("replace", old, new, **DOMAIN), step("delete-replaced", old)]
    assert only_change(*parts).kind is LinkChangeKind.REPLACED


def test_the_old_link_of_an_earlier_replacement_is_deleted() -> None:
    for op in ("delete", "delete-replaced"):
        change = only_change(step(op, state("a", delete=True)))
        assert (change.kind, change.is_from_earlier_replacement, change.removes_address) == (
            LinkChangeKind.DELETED,
            True,
            True,
        )


def test_a_link_that_is_only_looked_up_from_now_on_is_deleted() -> None:
    old, looked_up = state("a", delete=True, link_title="A"), state("a", external=True, id="lnk_9")
    steps = [step("read-replacement", old, looked_up), step("replace", old, looked_up), step("delete-replaced", old)]
    for each in (steps, steps[1:2]):
        change = only_change(*each)
        assert (change.kind, change.is_from_earlier_replacement, change.address) == (
            LinkChangeKind.DELETED,
            False,
            f"{ADDRESS}a",
        )
        assert (change.is_replaced_by_lookup, change.removes_address) == (True, True)
    assert only_change(step("replace", state("a", retainOnDelete=True), looked_up)).kind is LinkChangeKind.RETAINED
    live = state("a", link_title="By hand")
    [drift] = build_review(preview(*read_links(state("a", link_title="A")), step("replace", live, looked_up))).drift
    assert [each.outcome for each in drift.fields] == [DriftOutcome.UNTOUCHED]


def test_a_removed_link_that_makes_room_for_a_replacement_is_deleted_now() -> None:
    change = only_change(step("delete-replaced", state("b")))
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
    [project] = only_change(step("replace", state("a"), planned("a", project_id="prj_2"))).fields
    assert (project.before, project.after) == ("prj_1", "prj_2")


def test_adopted() -> None:
    assert only_change(step("create", None, planned("a", adopt="lnk_9"))).other == "lnk_9"
    unknown = only_change(step("create", None, planned("a", adopt=UNKNOWN)))
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
    change = only_change(
        step("update", state("a", link_title=SECRET), planned("a", link_title=SECRET), diffReasons=["link_title"])
    )
    assert (change.title, changed_paths(change)) == (None, ["link_title"])


def test_the_most_important_comes_first() -> None:
    steps = [
        step("create", None, planned("e")),
        step("update", state("d", link_title="A"), planned("d", link_title="B")),
        step("delete", state("c")),
        step("replace", state("b"), planned("b", domain_id="dom_app"), **DOMAIN),
        step("replace", state("a"), planned("a", domain_id="dom_app"), **DOMAIN),
    ]
    assert [each.name for each in reviewed(*steps).changes] == ["a", "b", "c", "e", "d"]


def test_urns_of_components_children_have_names_too() -> None:
    child = {**planned("a"), "urn": urn("a", f"acme:Support${LINK_TYPE}")}
    assert only_change(step("create", None, child)).name == "a"


@pytest.mark.parametrize("op", ["same", "update"])
def test_protection_that_is_taken_off_is_told(op: str) -> None:
    fields = {} if op == "same" else {"link_title": "B"}
    change = only_change(
        step(op, state("a", link_title="A", protect=True), planned("a", **{"link_title": "A", **fields}))
    )
    assert (change.kind, change.loses_protection, changed_paths(change)) == (LinkChangeKind.UPDATED, True, [*fields])


def test_protection_that_stays_or_is_put_on_is_no_change() -> None:
    protected = state("a", protect=True)
    assert reviewed(step("same", state("a"), planned("a", protect=True))).changes == ()
    assert reviewed(step("same", protected, planned("a", protect=True))).changes == ()
    assert not only_change(step("delete", protected)).loses_protection


def test_protection_is_told_beside_an_edit_by_hand_that_is_put_back() -> None:
    recorded, live = state("a", link_title="A", protect=True), state("a", link_title="By hand", protect=True)
    [change] = build_review(preview(*read_links(recorded), step("update", live, planned("a", link_title="A")))).changes
    assert (change.loses_protection, change.fields) == (True, ())


OTHER = "shop:index:Project"


PROVIDER = "pulumi:providers:pulumi-python"


def of_a(*steps: dict[str, Any]) -> LinkChange:
    [change] = [each for each in reviewed(*steps).changes if each.name == "a"]
    return change


def leaving(type_: str, **more: Any) -> dict[str, Any]:
    return step("delete", state("x", type_=type_, **more))


def follower(type_: str = OTHER, **more: Any) -> dict[str, Any]:
    return step("delete", state("a", deletedWith=urn("x", type_), **more))


@pytest.mark.parametrize(
    ("other", "type_"),
    [
        (step("delete", state("x")), state("x")["type"]),
        (leaving(OTHER), OTHER),
        (leaving(PROVIDER, custom=True), PROVIDER),
        (leaving(OTHER, custom=True, retainOnDelete=True), OTHER),
        (step("read-discard", state("x", type_=OTHER, custom=True, external=True)), OTHER),
    ],
)
def test_one_that_goes_with_what_takes_nothing_along_lives_on(other: dict[str, Any], type_: str) -> None:
    change = of_a(other, follower(type_))
    assert (change.kind, change.retained_by, change.deleted_with) == (LinkChangeKind.RETAINED, "deleted_with", "x")
    assert (change.keeps_old_link, change.removes_address) == (True, False)
    said = render_comment(reviewed(other, follower(type_)), [])
    assert "is orphaned: it leaves the program and stays live (`deleted_with` `x`)" in said
    assert f"`{ADDRESS}a`: old address keeps working, unmanaged (`deleted_with`)" in said


def test_one_that_may_be_taken_along_may_die() -> None:
    steps = [leaving(OTHER, custom=True), follower()]
    change = of_a(*steps)
    assert (change.kind, change.keeps_old_link, change.removes_address, change.may_keep_address) == (
        LinkChangeKind.DELETED,
        False,
        True,
        True,
    )
    review = reviewed(*steps)
    said = render_comment(review, [])
    assert (
        "**may be deleted**: it is no longer in the program; `deleted_with` makes that depend on what happens to `x`"
        in said
    )
    assert f"**`{ADDRESS}a` may stop working**" in said
    assert write_headline(review).startswith("1 address may stop working: 1 link may be deleted")
    assert find_violations(review, Policy(None, Limit.parse("0")))[0].startswith(
        "1 link may be deleted, and --max-deleted"
    )
    both = reviewed(*steps, step("delete", state("b")))
    assert write_headline(both).startswith("1 address stops working, 1 may: 1 link is deleted, 1 link may be deleted")
    assert find_violations(both, Policy(None, Limit.parse("0")))[0].startswith("1 link would be deleted and 1 may, and")


def test_one_whose_other_resource_stays_is_deleted() -> None:
    change = of_a(step("update", state("x", type_=OTHER), planned("x", type_=OTHER)), follower())
    assert (change.kind, change.retained_by, change.may_keep_address) == (LinkChangeKind.DELETED, None, False)


def test_what_the_state_does_not_hold_yet_keeps_nothing() -> None:
    new = planned("a", domain_id="dom_app", deletedWith=urn("x"))
    replaced = step("replace", state("a"), new, replaceReasons=["domain_id"])
    assert of_a(step("delete", state("x")), replaced).removes_address


def replaced_with_x(x: dict[str, Any]) -> list[dict[str, Any]]:
    fields = {"deletedWith": x["urn"]}
    return [x, step("replace", state("a", **fields), planned("a", **fields), replaceReasons=["deletedWith"])]


def test_a_replaced_one_keeps_its_old_link_alive() -> None:
    other = step("replace", state("x"), planned("x", domain_id="dom_app"), replaceReasons=["domain_id"])
    change = of_a(*replaced_with_x(other))
    assert (change.kind, change.keeps_old_link, change.is_uncertain) == (LinkChangeKind.REPLACED, True, False)
    assert "old address keeps working, unmanaged (`deleted_with`); new one" in render_comment(
        reviewed(*replaced_with_x(other)), []
    )


def test_a_replaced_one_may_be_taken_along() -> None:
    other = step("replace", state("x", type_=OTHER, custom=True), planned("x", type_=OTHER), replaceReasons=["url"])
    change = of_a(*replaced_with_x(other))
    assert (change.keeps_old_link, change.is_uncertain, change.may_keep_address) == (False, False, True)
    review = reviewed(*replaced_with_x(other))
    said = render_comment(review, [])
    assert "**replaced, the address changes**: `deleted_with` requires it, since `x` is replaced first" in said
    assert (
        f"; `deleted_with` makes that depend on what happens to `x` |  | **`{ADDRESS}a` may stop working**; new one"
        in said
    )
    assert write_headline(review).startswith("1 address may stop working: 1 link is replaced")


def test_one_that_goes_with_what_may_be_replaced_may_die() -> None:
    other = step("replace", state("x"), planned("x", domain_id=UNKNOWN), replaceReasons=["domain_id"])
    change = of_a(other, follower(state("x")["type"]))
    assert (change.kind, change.may_keep_address) == (LinkChangeKind.DELETED, True)


def test_one_that_another_resource_holds_as_well_stays_with_it() -> None:
    lost = step("delete", state("a"))
    holder = state("b", id="lnk_a")
    # In the state, or in a preview that has read it.
    with_state = build_review(preview(lost), None, Stack("p", "dev", (Resource(**holder),)))
    read = [stack_step("refresh"), step("refresh", holder, holder)]
    for review in (with_state, reviewed(*read, lost)):
        [change] = review.changes
        assert (change.kind, change.shared_with, change.removes_address) == (LinkChangeKind.TAKEN_OVER, "b", False)
        said = render_comment(review, [])
        assert "leaves this resource and stays with `b`, which manages the same link: nothing is deleted" in said
        assert write_headline(review).startswith("No address stops working · 1 link moves to another resource")
    replaced = step("replace", state("a"), planned("a", domain_id="dom_app"), replaceReasons=["domain_id"])
    review = reviewed(*read, replaced)
    [change] = review.changes
    assert (change.kind, change.keeps_old_link, change.removes_address) == (LinkChangeKind.REPLACED, True, False)
    assert f"`{ADDRESS}a`: old address keeps working, managed by `b`; new one" in render_comment(review, [])
    # When both leave, the last one sends the DELETE.
    both = reviewed(*read, lost, step("delete", holder))
    assert [each.kind for each in both.changes] == [LinkChangeKind.DELETED, LinkChangeKind.DELETED]


def test_protect_that_is_passed_over_is_said() -> None:
    said = "; **`protect` is ignored**: the preview ran with `--ignore-protect`"
    trigger: dict[str, Any] = {"protect": True, "replacementTrigger": "v1"}
    for guarded in (
        step("delete", state("a", protect=True)),
        step("replace", state("a", **trigger), planned("a", **{**trigger, "replacementTrigger": "v2"})),
    ):
        assert of_a(guarded).ignores_protection
        assert said in render_comment(reviewed(guarded), [])
    # Nothing looks at it where the old link of a replacement is deleted.
    assert not of_a(step("delete-replaced", state("a", protect=True, delete=True))).ignores_protection
    taken = of_a(step("replace", state("a", protect=True), planned("a", domain_id="dom_app")))
    assert (taken.ignores_protection, taken.loses_protection) == (False, True)
