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
    Review,
)
from pulumi_userplane.cli.review.section import ReviewedStack
from pulumi_userplane.cli.review.violations import Limit, Limits, find_violations
from pulumi_userplane.cli.stack import Stack
from pulumi_userplane.link_types import LINK_TYPE
from pulumi_userplane.recovery.state_reader import Resource
from tests.support.previews import (
    SECRET,
    UNKNOWN,
    changed_paths,
    only_change,
    preview,
    read_links,
    replaced_link,
    reviewed,
    stack_step,
    step,
    step_of_plugin,
)
from tests.support.states import ADDRESS, planned, state, urn

DOMAIN = {"replaceReasons": ["domain_id"], "diffReasons": ["domain_id"]}


def test_link_is_created_when_it_is_new() -> None:
    change = only_change(step("create", None, planned("a", link_title="A")))
    assert (change.kind, change.title, change.address, change.removes_address) == (
        LinkChangeKind.CREATED,
        "A",
        None,
        False,
    )


def test_link_is_updated_when_a_field_changes() -> None:
    change = only_change(step("update", state("a", link_title="A"), planned("a", link_title="B")))
    assert (change.kind, change.title, change.address) == (LinkChangeKind.UPDATED, "B", f"{ADDRESS}a")
    assert changed_paths(change) == ["link_title"]
    assert not change.removes_address


def test_link_is_replaced_when_its_domain_changes() -> None:
    change = only_change(step("replace", state("a", delete=True), planned("a", domain_id="dom_app"), **DOMAIN))
    assert (change.kind, change.reasons, change.removes_address) == (LinkChangeKind.REPLACED, ("domain_id",), True)
    kept = only_change(step("replace", state("a", retainOnDelete=True), planned("a", domain_id="dom_app"), **DOMAIN))
    assert (kept.keeps_old_link, kept.removes_address) == (True, False)


def test_replacement_is_uncertain_when_its_reason_is_not_known_yet() -> None:
    change = only_change(step("replace", state("a"), planned("a", domain_id=UNKNOWN), **DOMAIN))
    assert (change.is_uncertain, change.removes_address) == (True, True)
    both = {"replaceReasons": ["domain_id", "project_id"]}
    certain = only_change(step("replace", state("a"), planned("a", domain_id=UNKNOWN, project_id="prj_2"), **both))
    assert not certain.is_uncertain
    by_hand = only_change(step("replace", state("a"), planned("a"), replaceReasons=["id"]))
    assert (by_hand.is_uncertain, by_hand.reasons) == (False, ("id",))


def test_removed_link_is_retained_when_retain_on_delete_is_set() -> None:
    assert only_change(step("delete", state("a"))).kind is LinkChangeKind.DELETED
    assert only_change(step("delete", state("a", retainOnDelete=True))).kind is LinkChangeKind.RETAINED


def test_link_is_counted_once_when_renamed_and_replaced() -> None:
    old = state("a", delete=True)
    new = planned("b", domain_id="dom_app", aliases=[urn("a")])
    parts = [step("create-replacement", old, new), step("replace", old, new, **DOMAIN), step("delete-replaced", old)]
    for steps in (parts, parts[1:], [parts[2], *parts[:2]]):
        change = only_change(*steps)
        assert (change.name, change.kind, change.is_from_earlier_replacement) == ("b", LinkChangeKind.REPLACED, False)
    read = step("refresh", state("a"), state("a"))
    whole = build_review(preview(stack_step("refresh"), read, *parts, replace=1, same=1))
    assert ([change.name for change in whole.changes], whole.unnamed_deletions) == (["b"], 0)


def test_link_is_counted_once_when_parts_of_its_replacement_are_listed() -> None:
    old, new = state("a", delete=True), planned("a", domain_id="dom_app")
    parts = [step("create-replacement", old, new), step("replace", old, new, **DOMAIN), step("delete-replaced", old)]
    assert only_change(*parts).kind is LinkChangeKind.REPLACED


def test_link_is_deleted_when_an_earlier_replacement_left_it() -> None:
    for op in ("delete", "delete-replaced"):
        change = only_change(step(op, state("a", delete=True)))
        assert (change.kind, change.is_from_earlier_replacement, change.removes_address) == (
            LinkChangeKind.DELETED,
            True,
            True,
        )


def test_link_is_deleted_when_a_lookup_replaces_it() -> None:
    old, looked_up = state("a", delete=True, link_title="A"), state("a", external=True, id="lnk_9")
    steps = [step("read-replacement", old, looked_up), step("replace", old, looked_up), step("delete-replaced", old)]
    for planned_step in (steps, steps[1:2]):
        change = only_change(*planned_step)
        assert (change.kind, change.is_from_earlier_replacement, change.address) == (
            LinkChangeKind.DELETED,
            False,
            f"{ADDRESS}a",
        )
        assert (change.is_replaced_by_lookup, change.removes_address) == (True, True)
    assert only_change(step("replace", state("a", retainOnDelete=True), looked_up)).kind is LinkChangeKind.RETAINED
    live = state("a", link_title="By hand")
    [drift] = build_review(preview(*read_links(state("a", link_title="A")), step("replace", live, looked_up))).drift
    assert [field.outcome for field in drift.fields] == [DriftOutcome.UNTOUCHED]


def test_link_is_deleted_when_it_makes_room_for_a_replacement() -> None:
    change = only_change(step("delete-replaced", state("b")))
    assert (change.kind, change.is_from_earlier_replacement, change.removes_address) == (
        LinkChangeKind.DELETED,
        False,
        True,
    )


@pytest.mark.parametrize("wanted", ["lnk_a", f"{ADDRESS}a"])
def test_link_is_taken_over_when_another_resource_adopts_it(wanted: str) -> None:
    changes = reviewed(step("create", None, planned("b", adopt=wanted)), step("delete", state("a"))).changes
    assert [(change.kind, change.other) for change in changes] == [
        (LinkChangeKind.TAKEN_OVER, "b"),
        (LinkChangeKind.ADOPTED, wanted),
    ]
    assert not any(change.removes_address for change in changes)


def test_deleted_link_names_new_one_when_it_declares_the_same() -> None:
    old = state("a", link_title="A", meta={"k": "v"})
    new = step("create", None, planned("b", link_title="A", meta={"k": "v"}))
    other = step("create", None, planned("c", link_title="A", meta={"k": "w"}))
    deleted, *_ = reviewed(other, new, step("delete", old)).changes
    assert (deleted.kind, deleted.other) == (LinkChangeKind.DELETED, "b")
    leftover, *_ = reviewed(new, step("delete", {**old, "delete": True})).changes
    assert leftover.other is None
    assert reviewed(other, step("delete", old)).changes[0].other is None


def test_location_is_compared_when_it_was_not_declared() -> None:
    [project] = only_change(step("replace", state("a"), planned("a", project_id="prj_2"))).fields
    assert (project.before, project.after) == ("prj_1", "prj_2")


def test_link_is_adopted_when_adopt_is_declared() -> None:
    assert only_change(step("create", None, planned("a", adopt="lnk_9"))).other == "lnk_9"
    unknown = only_change(step("create", None, planned("a", adopt=UNKNOWN)))
    assert (unknown.kind, unknown.other) == (LinkChangeKind.ADOPTED, None)


def test_steps_are_no_change_when_they_only_read() -> None:
    link = state("a")
    outside = state("b", external=True)
    steps = [step("same", link, link), step("read", outside, outside), step("remove-pending-replace", link)]
    assert reviewed(*steps).changes == ()


def test_build_review_fails_when_an_operation_is_unknown() -> None:
    with pytest.raises(
        ConfigurationError, match=r"has an unknown operation for .*: transmogrify; update pulumi-userplane"
    ):
        reviewed(step("transmogrify", state("a"), planned("a")))


def test_title_is_left_out_when_it_is_secret() -> None:
    hidden = step("update", state("a", link_title=SECRET), planned("a", link_title=SECRET), diffReasons=["link_title"])
    for change in (only_change(hidden), only_change(step_of_plugin(hidden))):
        assert (change.title, changed_paths(change)) == (None, ["link_title"])


def test_changes_are_sorted_by_importance() -> None:
    steps = [
        step("create", None, planned("e")),
        step("update", state("d", link_title="A"), planned("d", link_title="B")),
        step("delete", state("c")),
        step("replace", state("b"), planned("b", domain_id="dom_app"), **DOMAIN),
        step("replace", state("a"), planned("a", domain_id="dom_app"), **DOMAIN),
    ]
    assert [change.name for change in reviewed(*steps).changes] == ["a", "b", "c", "e", "d"]


def test_name_is_read_when_the_link_is_a_child_of_a_component() -> None:
    child = {**planned("a"), "urn": urn("a", f"acme:Support${LINK_TYPE}")}
    assert only_change(step("create", None, child)).name == "a"


@pytest.mark.parametrize("op", ["same", "update"])
def test_link_loses_protection_when_protect_is_removed(op: str) -> None:
    fields = {} if op == "same" else {"link_title": "B"}
    change = only_change(
        step(op, state("a", link_title="A", protect=True), planned("a", **{"link_title": "A", **fields}))
    )
    assert (change.kind, change.loses_protection, changed_paths(change)) == (LinkChangeKind.UPDATED, True, [*fields])


def test_protection_is_no_change_when_it_stays_or_is_added() -> None:
    protected = state("a", protect=True)
    assert reviewed(step("same", state("a"), planned("a", protect=True))).changes == ()
    assert reviewed(step("same", protected, planned("a", protect=True))).changes == ()
    assert not only_change(step("delete", protected)).loses_protection


def test_link_loses_protection_when_drift_is_put_back_too() -> None:
    recorded, live = state("a", link_title="A", protect=True), state("a", link_title="By hand", protect=True)
    [change] = build_review(preview(*read_links(recorded), step("update", live, planned("a", link_title="A")))).changes
    assert (change.loses_protection, change.fields) == (True, ())


OTHER = "shop:index:Project"


DEPENDS_ON_X = "; whether the link is deleted depends on what happens to `x` (`deleted_with`)"
PROVIDER = "pulumi:providers:pulumi-python"


def of_a(*steps: dict[str, Any]) -> LinkChange:
    [change] = [change for change in reviewed(*steps).changes if change.name == "a"]
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
def test_link_is_retained_when_deleted_with_names_a_harmless_resource(other: dict[str, Any], type_: str) -> None:
    change = of_a(other, follower(type_))
    assert (change.kind, change.retained_by, change.deleted_with) == (LinkChangeKind.RETAINED, "deleted_with", "x")
    assert (change.keeps_old_link, change.removes_address) == (True, False)
    comment = render_comment([ReviewedStack(reviewed(other, follower(type_)))])
    assert "is orphaned: it leaves the program and stays live (`deleted_with` `x`)" in comment
    assert f"`{ADDRESS}a`: old address keeps working, unmanaged (`deleted_with`)" in comment


def test_link_may_be_deleted_when_deleted_with_names_a_custom_resource() -> None:
    steps = [leaving(OTHER, custom=True), follower()]
    change = of_a(*steps)
    assert (change.kind, change.keeps_old_link, change.removes_address, change.may_keep_address) == (
        LinkChangeKind.DELETED,
        False,
        True,
        True,
    )
    review = reviewed(*steps)
    comment = render_comment([ReviewedStack(review)])
    assert f"**may be deleted**: it is no longer in the program{DEPENDS_ON_X}" in comment
    assert f"**`{ADDRESS}a` may stop working**" in comment
    assert write_headline(review).startswith("1 address may stop working · ")
    assert find_violations(review, Limits(None, Limit.parse("0")))[0].reason.startswith(
        "1 link may be deleted. --max-deleted"
    )
    both = reviewed(*steps, step("delete", state("b")))
    assert write_headline(both).startswith("1 address stops working, 1 may · ")
    assert find_violations(both, Limits(None, Limit.parse("0")))[0].reason.startswith(
        "1 link would be deleted and 1 may. "
    )


def test_link_is_deleted_when_its_deleted_with_resource_stays() -> None:
    change = of_a(step("update", state("x", type_=OTHER), planned("x", type_=OTHER)), follower())
    assert (change.kind, change.retained_by, change.may_keep_address) == (LinkChangeKind.DELETED, None, False)


def test_address_is_removed_when_deleted_with_is_not_recorded_yet() -> None:
    new = planned("a", domain_id="dom_app", deletedWith=urn("x"))
    replaced = step("replace", state("a"), new, replaceReasons=["domain_id"])
    assert of_a(step("delete", state("x")), replaced).removes_address


def replaced_with_x(x: dict[str, Any]) -> list[dict[str, Any]]:
    fields = {"deletedWith": x["urn"]}
    return [x, step("replace", state("a", **fields), planned("a", **fields), replaceReasons=["deletedWith"])]


def test_old_link_is_kept_when_its_deleted_with_link_is_replaced() -> None:
    other = step("replace", state("x"), planned("x", domain_id="dom_app"), replaceReasons=["domain_id"])
    change = of_a(*replaced_with_x(other))
    assert (change.kind, change.keeps_old_link, change.is_uncertain) == (LinkChangeKind.REPLACED, True, False)
    assert "old address keeps working, unmanaged (`deleted_with`)<br>new one" in render_comment(
        [ReviewedStack(reviewed(*replaced_with_x(other)))]
    )


def test_old_link_may_be_deleted_when_its_deleted_with_resource_is_replaced() -> None:
    other = step("replace", state("x", type_=OTHER, custom=True), planned("x", type_=OTHER), replaceReasons=["url"])
    change = of_a(*replaced_with_x(other))
    assert (change.keeps_old_link, change.is_uncertain, change.may_keep_address) == (False, False, True)
    review = reviewed(*replaced_with_x(other))
    comment = render_comment([ReviewedStack(review)])
    assert "**is replaced**: `deleted_with` requires it, since `x` is replaced first" in comment
    assert f"{DEPENDS_ON_X} |" in comment
    assert f"| **`{ADDRESS}a` may stop working**<br>new one" in comment
    assert write_headline(review).startswith("1 address may stop working · ")


def test_link_may_be_deleted_when_its_deleted_with_link_may_be_replaced() -> None:
    other = step("replace", state("x"), planned("x", domain_id=UNKNOWN), replaceReasons=["domain_id"])
    change = of_a(other, follower(state("x")["type"]))
    assert (change.kind, change.may_keep_address) == (LinkChangeKind.DELETED, True)


def test_link_stays_when_another_resource_manages_it_too() -> None:
    lost = step("delete", state("a"))
    holder = state("b", id="lnk_a")
    # In the state, or in a preview that has read it.
    with_state = build_review(preview(lost), None, Stack("p", "dev", (Resource(**holder),)))
    read = [stack_step("refresh"), step("refresh", holder, holder)]
    for review in (with_state, reviewed(*read, lost)):
        [change] = review.changes
        assert (change.kind, change.shared_with, change.removes_address) == (LinkChangeKind.TAKEN_OVER, "b", False)
        comment = render_comment([ReviewedStack(review)])
        assert "leaves this resource and stays with `b`, which manages the same link: nothing is deleted" in comment
        assert write_headline(review).startswith("No address stops working · 1 moved")
    replaced = step("replace", state("a"), planned("a", domain_id="dom_app"), replaceReasons=["domain_id"])
    review = reviewed(*read, replaced)
    [change] = review.changes
    assert (change.kind, change.keeps_old_link, change.removes_address) == (LinkChangeKind.REPLACED, True, False)
    assert f"`{ADDRESS}a`: old address keeps working, managed by `b`<br>new one" in render_comment(
        [ReviewedStack(review)]
    )
    # When both leave, the last one sends the DELETE.
    both = reviewed(*read, lost, step("delete", holder))
    assert [change.kind for change in both.changes] == [LinkChangeKind.DELETED, LinkChangeKind.DELETED]


def test_change_ignores_protection_when_the_preview_ran_with_ignore_protect() -> None:
    sentence = "; **`protect` is ignored**: the preview ran with `--ignore-protect`"
    trigger: dict[str, Any] = {"protect": True, "replacementTrigger": "v1"}
    for guarded in (
        step("delete", state("a", protect=True)),
        step("replace", state("a", **trigger), planned("a", **{**trigger, "replacementTrigger": "v2"})),
    ):
        assert of_a(guarded).ignores_protection
        assert sentence in render_comment([ReviewedStack(reviewed(guarded))])
    # Nothing looks at it where the old link of a replacement is deleted.
    assert not of_a(step("delete-replaced", state("a", protect=True, delete=True))).ignores_protection
    taken = of_a(step("replace", state("a", protect=True), planned("a", domain_id="dom_app")))
    assert (taken.ignores_protection, taken.loses_protection) == (False, True)


def imported(*steps: dict[str, Any], name: str = "a", **fields: Any) -> Review:
    """The review of a link that comes in by the option `import`, and of what is then done to it."""
    return reviewed(step("import", None, planned(name, importID="lnk_a", **fields)), *steps)


def test_imported_link_is_counted_once_when_it_changes() -> None:
    live = state("a", link_title="Old", link_reusable=True, meta={"team": "x"})
    update = step("update", live, planned("a", link_title="New", importID="lnk_a"), diffReasons=["link_title"])
    review = imported(update, link_title="New")
    [change] = review.changes
    assert (change.kind, change.other, change.address) == (LinkChangeKind.ADOPTED, "lnk_a", f"{ADDRESS}a")
    # Pulumi shows the other fields as removed. Nothing of them is sent.
    assert [(field.path, field.before, field.after) for field in change.fields] == [("link_title", "Old", "New")]
    assert write_headline(review) == "No address stops working · 1 adopted · drift was not checked"
    comment = render_comment([ReviewedStack(review)])
    assert "<br>existing link (`lnk_a`) is adopted and keeps its address<br>`link_title`: " in comment
    assert f"| stays: `{ADDRESS}a` |" in comment


def test_imported_link_shows_what_is_declared_when_nothing_changes() -> None:
    [change] = imported(link_title="A").changes
    assert (change.kind, change.other, change.address) == (LinkChangeKind.ADOPTED, "lnk_a", None)
    assert ("link_title", "A") in [(field.path, field.after) for field in change.fields]


def test_imported_link_is_replaced_when_it_changes_its_location() -> None:
    [change] = imported(replaced_link("a")).changes
    assert (change.kind, change.removes_address) == (LinkChangeKind.REPLACED, True)


def test_link_moves_when_another_resource_imports_it() -> None:
    review = reviewed(step("delete", state("a")), step("import", None, planned("b", importID="lnk_a")))
    assert [(change.kind, change.other) for change in review.changes] == [
        (LinkChangeKind.TAKEN_OVER, "b"),
        (LinkChangeKind.ADOPTED, "lnk_a"),
    ]
    without_id = reviewed(step("delete", state("a")), step("import", None, planned("b")))
    assert [change.kind for change in without_id.changes] == [LinkChangeKind.DELETED, LinkChangeKind.ADOPTED]


def test_adoption_names_the_other_owner_when_the_mark_is_of_another_stack() -> None:
    def owner(review: Review) -> str | None:
        [change] = review.changes
        return change.other_owner

    reference = {"link_provider_ref": "pulumi:other/prod/x#12345678"}
    live = state("a", **reference, outputs=reference)
    taken = planned("a", mark="pulumi:other/prod/x")
    by_import = imported(step("update", live, taken), mark="pulumi:other/prod/x")
    assert owner(by_import) == "other/prod/x"
    assert (
        "**its mark names `other/prod/x`**, which may still manage it"
        in (render_comment([ReviewedStack(by_import)]).partition("<details>")[0])
    )
    adopted = planned("a", adopt="lnk_a", mark="pulumi:other/prod/x")
    assert owner(reviewed(step("create", None, adopted))) == "other/prod/x"
    assert owner(imported(step("update", live, planned("a")))) == "other/prod/x"
    assert owner(imported()) is None
    assert owner(imported(mark="pulumi:p/dev/old")) is None
    assert owner(imported(mark="ours")) is None
    assert owner(reviewed(step("create", None, taken))) is None
