"""When a preview is stopped, and what is said then."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.cli.review.build import decide
from pulumi_userplane.cli.review.limits import HOW_TO_KEEP, Limit, Limits, stops
from tests.support.previews import UNKNOWN, preview, refresh, reviewed, stack_step, step
from tests.support.states import planned, state


@pytest.mark.parametrize(
    ("text", "count", "links", "exceeded"),
    [
        ("0", 0, 5, False),
        ("0", 1, 5, True),
        ("3", 3, 5, False),
        ("3", 4, 5, True),
        ("30%", 3, 10, False),
        ("30%", 4, 10, True),
        ("30%", 9, 9, False),
        ("0%", 1, 9, True),
        ("100%", 1000, 1000, False),
    ],
)
def test_limit(text: str, count: int, links: int, *, exceeded: bool) -> None:
    assert Limit.parse(text).is_exceeded(count, links) is exceeded


@pytest.mark.parametrize("text", ["", "-1", "101%", "3.5", "many", "% 3"])
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="neither a number such as 3 nor a share such as 30%"):
        Limit.parse(text)


def test_a_limit_is_written_as_it_was_read() -> None:
    assert [str(Limit.parse(each)) for each in ("3", "30%", "0%")] == ["3", "30%", "0"]


REPLACED = step("replace", state("a"), planned("a", domain_id="dom_app"), replaceReasons=["domain_id"])
KEPT = step("replace", state("b", retainOnDelete=True), planned("b", domain_id="dom_app"), replaceReasons=["domain_id"])
DELETED = step("delete", state("c"))
ADVICE = f"keep the address ({HOW_TO_KEEP}), or have the loss approved and raise"
RELEASED = step("delete", state("d", retainOnDelete=True))


def test_only_addresses_that_stop_working_count() -> None:
    none = Limits(Limit.parse("0"), Limit.parse("0"))
    assert stops(reviewed(KEPT, RELEASED), none) == []
    assert stops(reviewed(REPLACED, KEPT, DELETED, RELEASED), none) == [
        f"1 link would lose its address to a new one, and --max-replaced allows 0: {ADVICE} --max-replaced.",
        f"1 link would be deleted, and --max-deleted allows 0: {ADVICE} --max-deleted.",
    ]
    assert stops(reviewed(REPLACED, DELETED), Limits()) == []


def test_what_has_no_limit_is_not_cleared_by_the_other_one() -> None:
    [replaced] = stops(reviewed(REPLACED, DELETED), Limits(max_replaced=Limit.parse("0")))
    assert replaced.endswith(
        " --max-replaced. 1 link would be deleted, too; no limit was given for deleted links (--max-deleted)."
    )
    [deleted] = stops(reviewed(REPLACED, DELETED), Limits(max_deleted=Limit.parse("0")))
    assert "1 link would lose its address to a new one, too; no limit was given for replaced links" in deleted


def test_what_a_limit_allows_is_told_beside_what_is_stopped() -> None:
    [said] = stops(reviewed(REPLACED, DELETED), Limits(Limit.parse("0"), Limit.parse("30%")))
    assert said.endswith(" 1 link would be deleted, too; --max-deleted 30% allows that.")


def test_what_only_may_be_replaced_is_said_so() -> None:
    def uncertain(name: str) -> dict[str, Any]:
        return step("replace", state(name), planned(name, domain_id=UNKNOWN), replaceReasons=["domain_id"])

    none = Limits(Limit.parse("0"))
    [one] = stops(reviewed(uncertain("x")), none)
    assert one.startswith("1 link may lose its address to a new one, and --max-replaced allows 0: ")
    [two] = stops(reviewed(uncertain("x"), uncertain("y")), none)
    assert two.startswith("2 links may lose their address to a new one, and ")
    [both] = stops(reviewed(uncertain("x"), REPLACED), none)
    assert both.startswith("1 link would lose its address to a new one and 1 may, and ")


def test_a_share_is_of_all_links_where_they_are_known() -> None:
    limits = Limits(max_deleted=Limit.parse("30%"))
    gone = [step("delete", state(f"x{index}")) for index in range(4)]
    links = [state(f"x{index}") for index in range(12)]
    refreshed = [stack_step("refresh"), *(step("refresh", each, each) for each in links)]
    [of_all] = stops(decide(preview(*refreshed, *gone)), limits)
    assert of_all.startswith("4 links would be deleted (33 % of the 12 of the stack), and --max-deleted allows 30%")
    changed = [step("update", each, planned(each["id"][4:], link_title="B")) for each in links[4:]]
    [of_shown] = stops(reviewed(*gone, *changed), limits)
    assert "(33 % of the 12 in the preview, which does not show all: give --state)" in of_shown


def test_drift_stops_where_it_has_to() -> None:
    limits = Limits(fail_on_drift=True)
    edited = step("update", state("a", link_title="A"), state("a", link_title="B"), diffReasons=["link_title"])
    [said] = stops(decide(None, refresh(edited)), limits)
    assert said.startswith("1 link changed or deleted outside Pulumi: look at what was done; `pulumi up --refresh`")
    assert stops(decide(None, refresh()), limits) == []
