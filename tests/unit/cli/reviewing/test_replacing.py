"""Why a link is replaced, also where its own step does not say."""

from __future__ import annotations

from typing import Any

from pulumi_userplane.cli.reviewing.markdown import comment
from tests.support.previews import UNKNOWN, reviewed, step
from tests.support.states import planned, state, urn

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
    [row] = [line for line in comment(reviewed(*steps), []).splitlines() if line.startswith("| `a` |")]
    return row.split(" | ")[1]


def test_a_link_that_is_deleted_before_its_domain_names_it() -> None:
    comes_from = {"domain_id": [DOMAIN], "mark": None}
    steps = [domain(), follower(propertyDependencies=comes_from)]
    assert what(*steps) == "**gets a new address**: another domain, since `domain` is replaced before it"
    [change] = reviewed(*steps).changes
    assert (change.reasons, change.replaced_first) == (("domain_id",), ("domain",))
    # It is deleted in any case, whatever the domain turns out to be.
    assert (change.is_uncertain, change.kills_address) == (False, True)


def test_several_that_are_replaced_before_it() -> None:
    comes_from = {"domain_id": [DOMAIN, urn("root", DOMAIN_TYPE)], "link_title": [urn("other", DOMAIN_TYPE)]}
    said = what(domain(), domain("root"), domain("other", "update"), follower(propertyDependencies=comes_from))
    assert said == "**gets a new address**: another domain, since `domain`, `root` are replaced before it"


def test_a_part_of_the_replacement_may_have_the_reason() -> None:
    part = step("create-replacement", state("a"), planned("a"), replaceReasons=["project_id"])
    assert what(part, follower()) == "**gets a new address**: another project"


def test_its_provider_is_replaced() -> None:
    provider = urn("account", "pulumi:providers:pulumi-python")
    old = state("account", type_="pulumi:providers:pulumi-python")
    replaced = step("replace", old, planned("account", type_="pulumi:providers:pulumi-python"))
    assert what(replaced, follower(provider=f"{provider}::some-id")) == "**gets a new address**: another provider"


def test_without_any_reason_that_is_said() -> None:
    assert what(domain(), follower()) == "**gets a new address**: the preview does not say why"
    assert what(step("replace", None, planned("a"))) == "**gets a new address**: the preview does not say why"


def test_the_engine_s_own_words_are_not_taken_for_fields() -> None:
    def because(*reasons: str) -> str:
        return what(step("replace", state("a"), planned("a"), replaceReasons=[*reasons]))

    assert because("id") == "**gets a new address**: it was asked for by hand, as by `--replace`"
    assert because("provider") == "**gets a new address**: another provider"


def test_very_many_reasons_leave_room_for_the_rows() -> None:
    reasons = [f"field-{index:04}" for index in range(2_000)]
    steps = [
        step("replace", state(name), planned(name, domain_id="dom_app"), replaceReasons=[*reasons, "domain_id"])
        for name in ("a", "b")
    ]
    said = what(*steps)
    assert said.startswith("**gets a new address**: another domain, `field-0000` changes, and the program replaces")
    assert said.endswith(", and 1996 more reasons")
    assert "are not shown" not in comment(reviewed(*steps), [])


def test_very_many_reasons_that_are_not_known_yet_leave_room_too() -> None:
    fields = {f"field-{index:04}": UNKNOWN for index in range(2_000)}
    said = what(step("replace", state("a"), planned("a", **fields), replaceReasons=[*fields]))
    assert said.startswith("**may get a new address**: `field-0000`, `field-0001`")
    assert said.endswith(" and 1995 more are known only while `up` runs")
