"""Whether a link that leaves the state dies: what `retain_on_delete`, `deleted_with` and `protect` make of it."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.headline import write_headline
from pulumi_userplane.cli.review.model import LinkChange, LinkChangeKind
from pulumi_userplane.cli.review.violations import Limit, Policy, find_violations
from pulumi_userplane.cli.stack import Stack
from pulumi_userplane.recovery.state_reader import Resource
from tests.support.previews import UNKNOWN, preview, reviewed, stack_step, step
from tests.support.states import ADDRESS, planned, state, urn

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
