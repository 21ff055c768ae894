"""The reasons of a replacement are found, also where its own step names none."""

from __future__ import annotations

import re
from typing import Any

from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.headline import write_headline
from pulumi_userplane.cli.review.section import ReviewedStack
from tests.support.previews import UNKNOWN, in_camel_case, reviewed, stack_step, step, step_of_plugin
from tests.support.states import planned, state, urn

REPLACED = "**is replaced**"
MAY_BE_REPLACED = "**may be replaced**"
DOMAIN_TYPE = "shop:index:Domain"
DOMAIN = urn("domain", DOMAIN_TYPE)


def domain(name: str = "domain", op: str = "replace") -> dict[str, Any]:
    old = state(name, type_=DOMAIN_TYPE)
    return step(op, old, planned(name, type_=DOMAIN_TYPE), replaceReasons=["url"])


def follower(**fields: Any) -> dict[str, Any]:
    """A link that the engine deletes before the domain and creates again after it: its step has no reason."""
    return step("replace", state("a", **fields), planned("a", domain_id=UNKNOWN))


def row_of_a(*steps: dict[str, Any]) -> str:
    """What stands in the row of the link `a`, whether the links are the dynamic provider's or the plugin's."""
    rows = []
    for of_one in (steps, map(step_of_plugin, steps)):
        comment = render_comment([ReviewedStack(reviewed(*of_one))])
        [link] = re.findall(r"^\| .* \| `a`<br>(.*) \|$", comment, re.MULTILINE)
        # The fields come below, folded or not.
        rows.append(re.split("<details>|<br>", link)[0])
    assert in_camel_case(rows[0]) == rows[1]
    return rows[0]


def test_replacement_names_the_domain_when_it_is_replaced_first() -> None:
    comes_from = {"domain_id": [DOMAIN], "mark": None}
    steps = [domain(), follower(propertyDependencies=comes_from)]
    assert row_of_a(*steps) == f"{REPLACED}: another domain, since `domain` is replaced first"
    [change] = reviewed(*steps).changes
    assert (change.reasons, change.replaced_first) == (("domain_id",), ("domain",))
    # It is deleted in any case, whatever the domain turns out to be.
    assert (change.is_uncertain, change.removes_address) == (False, True)


def test_replacement_names_several_resources_when_they_are_replaced_first() -> None:
    comes_from = {"domain_id": [DOMAIN, urn("root", DOMAIN_TYPE)], "link_title": [urn("other", DOMAIN_TYPE)]}
    row = row_of_a(domain(), domain("root"), domain("other", "update"), follower(propertyDependencies=comes_from))
    assert row == f"{REPLACED}: another domain, since `domain`, `root` are replaced first"


def test_reason_is_found_when_a_part_of_the_replacement_has_it() -> None:
    part = step("create-replacement", state("a"), planned("a"), replaceReasons=["project_id"])
    assert row_of_a(part, follower()) == f"{REPLACED}: another project"


def test_reason_is_another_provider_when_the_provider_is_replaced() -> None:
    provider = urn("account", "pulumi:providers:pulumi-python")
    old = state("account", type_="pulumi:providers:pulumi-python")
    replaced = step("replace", old, planned("account", type_="pulumi:providers:pulumi-python"))
    assert row_of_a(replaced, follower(provider=f"{provider}::some-id")) == f"{REPLACED}: another provider"


def test_reason_is_missing_when_the_preview_gives_none() -> None:
    assert row_of_a(domain(), follower()) == f"{REPLACED}: the preview gives no reason"
    assert row_of_a(step("replace", None, planned("a"))) == f"{REPLACED}: the preview gives no reason"


def because(*reasons: str, **fields: Any) -> str:
    return row_of_a(step("replace", state("a"), planned("a", **fields), replaceReasons=[*reasons]))


def test_reason_is_no_field_when_it_is_a_word_of_the_engine() -> None:
    assert because("provider") == f"{REPLACED}: another provider"
    assert because("somethingNew") == f"{REPLACED}: `somethingNew` changes"


WITHOUT = "; without that the address stays"


def test_replacement_is_certain_when_requested_on_the_command_line() -> None:
    assert because("id") == f"{REPLACED}: requested on the command line, as by `--replace`"
    [change] = reviewed(step("replace", state("a"), planned("a"), replaceReasons=["id"])).changes
    assert (change.is_uncertain, change.removes_address, change.may_keep_address) == (False, True, False)
    moved = because("id", project_id="prj_2")
    assert moved == f"{REPLACED}: another project, requested on the command line, as by `--replace`"


def test_reason_is_taint_when_the_link_is_tainted() -> None:
    tainted = step("replace", state("a", taint=True), planned("a"), replaceReasons=["id"])
    assert row_of_a(tainted) == f"{REPLACED}: the link is tainted (`pulumi state untaint` undoes that)"


def trigger(before: Any, after: Any, **more: Any) -> dict[str, Any]:
    old, new = ({"replacementTrigger": value} if value is not None else {} for value in (before, after))
    return step("replace", state("a", **old), planned("a", **new, **more))


def test_reason_is_the_trigger_when_it_changes() -> None:
    changed = trigger("v1", "v2")
    assert row_of_a(changed) == f"{REPLACED}: `replacement_trigger` changes{WITHOUT}"
    assert '`replacement_trigger`: `"v1"` → `"v2"`' in render_comment([ReviewedStack(reviewed(changed))])
    [change] = reviewed(changed).changes
    assert (change.reasons, change.options) == (
        ("replacement_trigger",),
        {"replacement_trigger": "replacement_trigger"},
    )
    assert row_of_a(trigger([1], [True])) == row_of_a(changed)
    # The engine then does not ask the provider what it would replace for.
    assert row_of_a(trigger("v1", "v2", domain_id="dom_app")) == (
        f"{REPLACED}: another domain, `replacement_trigger` changes"
    )


def test_replacement_is_uncertain_when_the_trigger_is_unknown() -> None:
    for before in ("v1", None):
        unknown = trigger(before, {"of": [UNKNOWN]})
        assert row_of_a(unknown) == f"{MAY_BE_REPLACED}: `replacement_trigger` is known only while `up` runs"
    assert "`replacement_trigger`: nothing → " in render_comment([ReviewedStack(reviewed(unknown))])


def test_trigger_is_no_reason_when_it_stays_or_is_added_or_removed() -> None:
    for before, after in (("v1", "v1"), (None, "v1"), ("v1", None), ({"b": 1, "a": 2}, {"a": 2, "b": 1})):
        assert row_of_a(trigger(before, after)) == f"{REPLACED}: the preview gives no reason"


def test_reason_names_option_and_resource_when_replaced_with_another() -> None:
    for option, key, value in (("replace_with", "replaceWith", [DOMAIN]), ("deleted_with", "deletedWith", DOMAIN)):
        fields: dict[str, Any] = {key: value}
        named = step("replace", state("a", **fields), planned("a", **fields), replaceReasons=[key])
        # To make room for a replacement it is deleted before, and the engine gives no reason.
        unnamed = step("replace", state("a", **fields), planned("a", **fields))
        for replacing in (named, unnamed):
            assert row_of_a(domain(), replacing).startswith(
                f"{REPLACED}: `{option}` requires it, since `domain` is replaced first{WITHOUT}"
            )
        [change] = reviewed(domain(), named).changes
        assert (change.reasons, change.options, change.replaced_first) == ((option,), {option: option}, ("domain",))
        assert row_of_a(named).startswith(f"{REPLACED}: `{option}` requires it{WITHOUT}")
    moved = planned("a", replaceWith=[DOMAIN], domain_id="dom_app")
    assert row_of_a(domain(), step("replace", state("a"), moved, replaceReasons=["replaceWith"])) == (
        f"{REPLACED}: another domain, `replace_with` requires it, since `domain` is replaced first"
    )
    assert row_of_a(step("replace", None, None, urn=urn("a"), replaceReasons=["replaceWith"]), follower()).startswith(
        "**"
    )


def test_replacement_is_as_uncertain_as_those_before_it() -> None:
    unknown = step("replace", state("b"), planned("b", domain_id=UNKNOWN), replaceReasons=["domain_id"])
    second = planned("a", replaceWith=[urn("b")])
    follows = step("replace", state("a"), second, replaceReasons=["replaceWith"])
    third = step("replace", state("c"), planned("c", replaceWith=[urn("a")]), replaceReasons=["replaceWith"])
    row = "`replace_with` requires it, since `b` may be replaced first"
    assert row_of_a(unknown, follows, third) == f"{MAY_BE_REPLACED}: {row}{WITHOUT}"
    assert [change.is_uncertain for change in reviewed(third, follows, unknown).changes] == [True, True, True]
    certain = step("replace", state("b"), planned("b", domain_id="dom_app"), replaceReasons=["domain_id"])
    assert [change.is_uncertain for change in reviewed(third, follows, certain).changes] == [False, False, False]


def part(path: str, after: Any, **more: Any) -> dict[str, Any]:
    new = planned("a", meta=after, replaceOnChanges=["meta.team"])
    return step("replace", state("a", meta={}), new, **{"detailedDiff": {path: {"kind": "add-replace"}}, **more})


def test_reason_is_a_key_of_meta_when_only_the_diff_names_it() -> None:
    wish = "changes, and `replace_on_changes` requires a replacement"
    assert row_of_a(part("meta.team", {"team": "a"})) == f"{REPLACED}: `meta.team` {wish}{WITHOUT}"
    row = f"{MAY_BE_REPLACED}: `{{}}` is known only while `up` runs"
    for path, meta in (
        ("meta.team", {"team": UNKNOWN}),
        ('meta["a.b"]', {"a.b": UNKNOWN}),
        ("meta.list[1]", {"list": [1, UNKNOWN]}),
    ):
        assert row_of_a(part(path, meta)) == row.format(path)
    for path in ("meta.list[2]", "meta.list.name", "meta.other.name"):
        assert row_of_a(part(path, {"list": [UNKNOWN], "other": 1})).startswith(f"{REPLACED}: ")
    whole = part("meta.team", {"team": "a"}, replaceReasons=["meta"])
    assert row_of_a(whole) == f"{REPLACED}: `meta` {wish}{WITHOUT}"
    other = part("meta.team", {"team": "a"}, detailedDiff={"meta.team": {"kind": "add"}})
    assert row_of_a(other) == f"{REPLACED}: the preview gives no reason"


def test_reason_is_any_field_when_replace_on_changes_has_a_star() -> None:
    new = planned("a", replaceOnChanges=["*"])
    row = row_of_a(step("replace", state("a"), new, replaceReasons=["mark"]))
    assert row == f"{REPLACED}: `mark` changes, and `replace_on_changes` requires a replacement{WITHOUT}"
    assert row_of_a(step("replace", state("a"), new, replaceReasons=["provider"])) == f"{REPLACED}: another provider"


def test_link_is_already_deleted_when_an_earlier_up_did_it() -> None:
    old = state("a", pendingReplacement=True)
    new = planned("a", domain_id="dom_app")
    replacing = step("replace", old, new, replaceReasons=["domain_id"])
    created, deleted = step("create-replacement", old, new), step("delete-replaced", state("a"))
    for steps in ([replacing, created], [stack_step("refresh"), step("refresh", old, old), replacing]):
        review = reviewed(*steps)
        [change] = review.changes
        assert (change.is_already_deleted, change.removes_address) == (True, False)
        row = render_comment([ReviewedStack(review)])
        assert "is created again: an earlier `up` deleted the link and created no new one" in row
        assert f"**`{state('a')['outputs']['link_url']}` is already dead**<br>new one, known after `up`" in row
        assert write_headline(review).startswith("No address stops working, 1 is already dead")
    # A deletion of now marks its state in the same way.
    for steps in ([deleted, replacing, created], [replacing]):
        assert [change.is_already_deleted for change in reviewed(*steps).changes] == [False]
    renamed = planned("b", aliases=[urn("a")], domain_id="dom_app")
    parts = [deleted, step("replace", old, renamed), step("create-replacement", old, renamed)]
    assert [change.is_already_deleted for change in reviewed(*parts).changes] == [False]
    # Where nothing else replaces it, the state says it all.
    [change] = reviewed(step("replace", old, planned("a"))).changes
    assert (change.reasons, change.is_already_deleted) == (("pending_replacement",), True)


def test_reasons_are_shortened_when_there_are_many() -> None:
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
    row = row_of_a(*steps)
    assert row.startswith(f"{REPLACED}: another domain, `field-0000` changes, and `replace_on")
    assert row.endswith(", and 1996 more reasons")
    assert "are not shown" not in render_comment([ReviewedStack(reviewed(*steps))])


def test_unknown_reasons_are_shortened_when_there_are_many() -> None:
    fields = {f"field-{index:04}": UNKNOWN for index in range(2_000)}
    row = row_of_a(step("replace", state("a"), planned("a", **fields), replaceReasons=[*fields]))
    assert row.startswith(f"{MAY_BE_REPLACED}: `field-0000`, `field-0001`")
    assert row.endswith(" and 1995 more are known only while `up` runs")
