"""Why a link is replaced, also where its own step does not say."""

from __future__ import annotations

from typing import Any

from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.headline import write_headline
from tests.support.previews import UNKNOWN, reviewed, stack_step, step
from tests.support.states import planned, state, urn

REPLACED = "**replaced, the address changes**"
MAY_BE_REPLACED = "**may be replaced, then the address changes**"
DOMAIN_TYPE = "shop:index:Domain"
DOMAIN = urn("domain", DOMAIN_TYPE)


def domain(name: str = "domain", op: str = "replace") -> dict[str, Any]:
    old = state(name, type_=DOMAIN_TYPE)
    return step(op, old, planned(name, type_=DOMAIN_TYPE), replaceReasons=["url"])


def follower(**fields: Any) -> dict[str, Any]:
    """A link that the engine deletes before the domain, and makes anew after it: its step has no reason."""
    return step("replace", state("a", **fields), planned("a", domain_id=UNKNOWN))


def what(*steps: dict[str, Any]) -> str:
    """What stands in the row of the link `a`."""
    [row] = [line for line in render_comment(reviewed(*steps), []).splitlines() if line.startswith("| `a` |")]
    return row.split(" | ")[1]


def test_a_link_that_is_deleted_before_its_domain_names_it() -> None:
    comes_from = {"domain_id": [DOMAIN], "mark": None}
    steps = [domain(), follower(propertyDependencies=comes_from)]
    assert what(*steps) == f"{REPLACED}: another domain, since `domain` is replaced first"
    [change] = reviewed(*steps).changes
    assert (change.reasons, change.replaced_first) == (("domain_id",), ("domain",))
    # It is deleted in any case, whatever the domain turns out to be.
    assert (change.is_uncertain, change.removes_address) == (False, True)


def test_several_that_are_replaced_before_it() -> None:
    comes_from = {"domain_id": [DOMAIN, urn("root", DOMAIN_TYPE)], "link_title": [urn("other", DOMAIN_TYPE)]}
    said = what(domain(), domain("root"), domain("other", "update"), follower(propertyDependencies=comes_from))
    assert said == f"{REPLACED}: another domain, since `domain`, `root` are replaced first"


def test_a_part_of_the_replacement_may_have_the_reason() -> None:
    part = step("create-replacement", state("a"), planned("a"), replaceReasons=["project_id"])
    assert what(part, follower()) == f"{REPLACED}: another project"


def test_its_provider_is_replaced() -> None:
    provider = urn("account", "pulumi:providers:pulumi-python")
    old = state("account", type_="pulumi:providers:pulumi-python")
    replaced = step("replace", old, planned("account", type_="pulumi:providers:pulumi-python"))
    assert what(replaced, follower(provider=f"{provider}::some-id")) == f"{REPLACED}: another provider"


def test_without_any_reason_that_is_said() -> None:
    assert what(domain(), follower()) == f"{REPLACED}: the preview gives no reason"
    assert what(step("replace", None, planned("a"))) == f"{REPLACED}: the preview gives no reason"


def because(*reasons: str, **fields: Any) -> str:
    return what(step("replace", state("a"), planned("a", **fields), replaceReasons=[*reasons]))


def test_the_engine_s_own_words_are_not_taken_for_fields() -> None:
    assert because("provider") == f"{REPLACED}: another provider"
    assert because("somethingNew") == f"{REPLACED}: `somethingNew` changes"


KEPT_ONCE = "; a link that this machine has just created is kept the first time"
WITHOUT = "; without that the address stays"


def test_what_is_asked_for_by_hand_may_be_taken_up_once() -> None:
    assert because("id") == f"{MAY_BE_REPLACED}: requested on the command line, as by `--replace`{KEPT_ONCE}"
    [change] = reviewed(step("replace", state("a"), planned("a"), replaceReasons=["id"])).changes
    assert (change.is_uncertain, change.removes_address, change.may_keep_address) == (True, True, True)
    # Not a link that is no longer where the program declares it.
    moved = because("id", project_id="prj_2")
    assert moved == f"{REPLACED}: another project, requested on the command line, as by `--replace`"


def test_a_tainted_link_is_called_so() -> None:
    tainted = step("replace", state("a", taint=True), planned("a"), replaceReasons=["id"])
    said = f"{MAY_BE_REPLACED}: the link is tainted (`pulumi state untaint` undoes that)"
    assert what(tainted) == f"{said}{KEPT_ONCE}"


def trigger(before: Any, after: Any, **more: Any) -> dict[str, Any]:
    old, new = ({"replacementTrigger": value} if value is not None else {} for value in (before, after))
    return step("replace", state("a", **old), planned("a", **new, **more))


def test_a_trigger_that_changes_is_the_reason() -> None:
    changed = trigger("v1", "v2")
    assert what(changed) == f"{REPLACED}: `replacement_trigger` changes{WITHOUT}"
    assert '`replacement_trigger`: `"v1"` → `"v2"`' in render_comment(reviewed(changed), [])
    [change] = reviewed(changed).changes
    assert (change.reasons, change.options) == (
        ("replacement_trigger",),
        {"replacement_trigger": "replacement_trigger"},
    )
    assert what(trigger([1], [True])) == what(changed)
    # The engine then does not ask the provider what it would replace for.
    assert what(trigger("v1", "v2", domain_id="dom_app")) == (
        f"{REPLACED}: another domain, `replacement_trigger` changes"
    )


def test_a_trigger_that_is_known_only_later_may_be_the_reason() -> None:
    for before in ("v1", None):
        unknown = trigger(before, {"of": [UNKNOWN]})
        assert what(unknown) == f"{MAY_BE_REPLACED}: `replacement_trigger` is known only while `up` runs"
    assert "`replacement_trigger`: nothing → " in render_comment(reviewed(unknown), [])


def test_a_trigger_that_stays_or_comes_or_goes_is_no_reason() -> None:
    for before, after in (("v1", "v1"), (None, "v1"), ("v1", None), ({"b": 1, "a": 2}, {"a": 2, "b": 1})):
        assert what(trigger(before, after)) == f"{REPLACED}: the preview gives no reason"


def test_one_that_is_replaced_or_deleted_with_another_names_both() -> None:
    for option, key, value in (("replace_with", "replaceWith", [DOMAIN]), ("deleted_with", "deletedWith", DOMAIN)):
        fields: dict[str, Any] = {key: value}
        told = step("replace", state("a", **fields), planned("a", **fields), replaceReasons=[key])
        # To make room for a replacement it is deleted before, and the engine gives no reason.
        untold = step("replace", state("a", **fields), planned("a", **fields))
        for each in (told, untold):
            assert what(domain(), each).startswith(
                f"{REPLACED}: `{option}` requires it, since `domain` is replaced first{WITHOUT}"
            )
        [change] = reviewed(domain(), told).changes
        assert (change.reasons, change.options, change.replaced_first) == ((option,), {option: option}, ("domain",))
        assert what(told).startswith(f"{REPLACED}: `{option}` requires it{WITHOUT}")
    moved = planned("a", replaceWith=[DOMAIN], domain_id="dom_app")
    assert what(domain(), step("replace", state("a"), moved, replaceReasons=["replaceWith"])) == (
        f"{REPLACED}: another domain, `replace_with` requires it, since `domain` is replaced first"
    )
    assert what(step("replace", None, None, urn=urn("a"), replaceReasons=["replaceWith"]), follower()).startswith("**")


def test_it_is_as_uncertain_as_the_others_are() -> None:
    unknown = step("replace", state("b"), planned("b", domain_id=UNKNOWN), replaceReasons=["domain_id"])
    second = planned("a", replaceWith=[urn("b")])
    follows = step("replace", state("a"), second, replaceReasons=["replaceWith"])
    third = step("replace", state("c"), planned("c", replaceWith=[urn("a")]), replaceReasons=["replaceWith"])
    said = "`replace_with` requires it, since `b` may be replaced first"
    assert what(unknown, follows, third) == f"{MAY_BE_REPLACED}: {said}{WITHOUT}"
    assert [each.is_uncertain for each in reviewed(third, follows, unknown).changes] == [True, True, True]
    certain = step("replace", state("b"), planned("b", domain_id="dom_app"), replaceReasons=["domain_id"])
    assert [each.is_uncertain for each in reviewed(third, follows, certain).changes] == [False, False, False]


def part(path: str, after: Any, **more: Any) -> dict[str, Any]:
    new = planned("a", meta=after, replaceOnChanges=["meta.team"])
    return step("replace", state("a", meta={}), new, **{"detailedDiff": {path: {"kind": "add-replace"}}, **more})


def test_a_part_of_meta_is_named_though_the_engine_does_not() -> None:
    wish = "changes, and `replace_on_changes` requires a replacement"
    assert what(part("meta.team", {"team": "a"})) == f"{REPLACED}: `meta.team` {wish}{WITHOUT}"
    said = f"{MAY_BE_REPLACED}: `{{}}` is known only while `up` runs"
    for path, meta in (
        ("meta.team", {"team": UNKNOWN}),
        ('meta["a.b"]', {"a.b": UNKNOWN}),
        ("meta.list[1]", {"list": [1, UNKNOWN]}),
    ):
        assert what(part(path, meta)) == said.format(path)
    for path in ("meta.list[2]", "meta.list.name", "meta.other.name"):
        assert what(part(path, {"list": [UNKNOWN], "other": 1})).startswith(f"{REPLACED}: ")
    whole = part("meta.team", {"team": "a"}, replaceReasons=["meta"])
    assert what(whole) == f"{REPLACED}: `meta` {wish}{WITHOUT}"
    other = part("meta.team", {"team": "a"}, detailedDiff={"meta.team": {"kind": "add"}})
    assert what(other) == f"{REPLACED}: the preview gives no reason"


def test_all_that_changes_may_be_meant() -> None:
    new = planned("a", replaceOnChanges=["*"])
    said = what(step("replace", state("a"), new, replaceReasons=["mark"]))
    assert said == f"{REPLACED}: `mark` changes, and `replace_on_changes` requires a replacement{WITHOUT}"
    assert what(step("replace", state("a"), new, replaceReasons=["provider"])) == f"{REPLACED}: another provider"


def test_one_that_an_earlier_up_has_deleted_is_dead_already() -> None:
    old = state("a", pendingReplacement=True)
    new = planned("a", domain_id="dom_app")
    step_of = step("replace", old, new, replaceReasons=["domain_id"])
    made, deleted = step("create-replacement", old, new), step("delete-replaced", state("a"))
    for steps in ([step_of, made], [stack_step("refresh"), step("refresh", old, old), step_of]):
        review = reviewed(*steps)
        [change] = review.changes
        assert (change.is_already_deleted, change.removes_address) == (True, False)
        said = render_comment(review, [])
        assert "is created again: an earlier `up` deleted the link and created no new one" in said
        assert f"**`{state('a')['outputs']['link_url']}` is dead**; new one, known after `up`" in said
        assert "1 address is already dead: its link was deleted by an earlier `up`" in write_headline(review)
        assert write_headline(review).startswith("This change stops no working address")
    # A deletion of now marks its state in the same way.
    for steps in ([deleted, step_of, made], [step_of]):
        assert [each.is_already_deleted for each in reviewed(*steps).changes] == [False]
    renamed = planned("b", aliases=[urn("a")], domain_id="dom_app")
    parts = [deleted, step("replace", old, renamed), step("create-replacement", old, renamed)]
    assert [each.is_already_deleted for each in reviewed(*parts).changes] == [False]
    # Where nothing else replaces it, the state says it all.
    [change] = reviewed(step("replace", old, planned("a"))).changes
    assert (change.reasons, change.is_already_deleted) == (("pending_replacement",), True)


def test_very_many_reasons_leave_room_for_the_rows() -> None:
    reasons = [f"field-{index:04}" for index in range(2_000)]
    steps = [
        step(
            "replace",
            state(name),
            planned(name, domain_id="dom_app", replaceOnChanges=["*"]),
            replaceReasons=[*reasons, "domain_id"],
        )
        for name in ("a", "b")
    ]
    said = what(*steps)
    assert said.startswith(f"{REPLACED}: another domain, `field-0000` changes, and `replace_on")
    assert said.endswith(", and 1996 more reasons")
    assert "are not shown" not in render_comment(reviewed(*steps), [])


def test_very_many_reasons_that_are_not_known_yet_leave_room_too() -> None:
    fields = {f"field-{index:04}": UNKNOWN for index in range(2_000)}
    said = what(step("replace", state("a"), planned("a", **fields), replaceReasons=[*fields]))
    assert said.startswith(f"{MAY_BE_REPLACED}: `field-0000`, `field-0001`")
    assert said.endswith(" and 1995 more are known only while `up` runs")
