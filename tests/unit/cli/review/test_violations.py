"""The limits of `pyproject.toml` is read, and a change that violates it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.violations import HOW_TO_KEEP, Limit, Limits, find_violations, read_limits
from scripts.code_blocks import find_block
from tests.support.previews import UNKNOWN, preview, refresh, reviewed, stack_step, step
from tests.support.states import planned, state

if TYPE_CHECKING:
    from pathlib import Path


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
def test_limit_is_exceeded_when_count_or_share_is_too_high(
    text: str, count: int, links: int, *, exceeded: bool
) -> None:
    assert Limit.parse(text).is_exceeded(count, links) is exceeded


@pytest.mark.parametrize("text", ["", "-1", "101%", "3.5", "many", "% 3"])
def test_limit_is_refused_when_malformed(text: str) -> None:
    with pytest.raises(ValueError, match="neither a number such as 3 nor a share such as 30%"):
        Limit.parse(text)


def test_limit_is_printed_as_it_was_read() -> None:
    assert [str(Limit.parse(text)) for text in ("3", "30%", "0%")] == ["3", "30%", "0"]


REPLACED = step("replace", state("a"), planned("a", domain_id="dom_app"), replaceReasons=["domain_id"])
KEPT = step("replace", state("b", retainOnDelete=True), planned("b", domain_id="dom_app"), replaceReasons=["domain_id"])
DELETED = step("delete", state("c"))
ADVICE = f"To keep the old address, see {HOW_TO_KEEP}; or have the loss approved and raise"
RELEASED = step("delete", state("d", retainOnDelete=True))


def test_violations_count_only_addresses_that_stop_working() -> None:
    none = Limits(Limit.parse("0"), Limit.parse("0"))
    assert find_violations(reviewed(KEPT, RELEASED), none) == []
    both = find_violations(reviewed(REPLACED, KEPT, DELETED, RELEASED), none)
    assert [*map(str, both)] == [
        f"1 link would get a new address. --max-replaced allows 0. {ADVICE} --max-replaced.",
        f"1 link would be deleted. --max-deleted allows 0. {ADVICE} --max-deleted.",
    ]
    assert find_violations(reviewed(REPLACED, DELETED), Limits()) == []


def test_violation_names_the_other_kind_when_it_has_no_limit() -> None:
    [replaced] = find_violations(reviewed(REPLACED, DELETED), Limits(max_replaced=Limit.parse("0")))
    assert replaced.what_to_do.endswith(
        " --max-replaced. Also, 1 link would be deleted; no limit is set for deleted links (--max-deleted)."
    )
    [deleted] = find_violations(reviewed(REPLACED, DELETED), Limits(max_deleted=Limit.parse("0")))
    assert "Also, 1 link would get a new address; no limit is set for replaced links" in deleted.what_to_do


def test_violation_names_the_other_kind_when_its_limit_allows_it() -> None:
    [violation] = find_violations(reviewed(REPLACED, DELETED), Limits(Limit.parse("0"), Limit.parse("30%")))
    assert violation.what_to_do.endswith(" Also, 1 link would be deleted; --max-deleted 30% allows that.")


def test_violation_says_may_when_a_replacement_is_uncertain() -> None:
    def uncertain(name: str) -> dict[str, Any]:
        return step("replace", state(name), planned(name, domain_id=UNKNOWN), replaceReasons=["domain_id"])

    none = Limits(Limit.parse("0"))
    [one] = find_violations(reviewed(uncertain("x")), none)
    assert str(one).startswith("1 link may get a new address. --max-replaced allows 0. ")
    [two] = find_violations(reviewed(uncertain("x"), uncertain("y")), none)
    assert str(two).startswith("2 links may get a new address. ")
    [both] = find_violations(reviewed(uncertain("x"), REPLACED), none)
    assert str(both).startswith("1 link would get a new address and 1 may. ")


def test_share_is_of_all_links_when_they_are_known() -> None:
    limits = Limits(max_deleted=Limit.parse("30%"))
    gone = [step("delete", state(f"x{index}")) for index in range(4)]
    links = [state(f"x{index}") for index in range(12)]
    refreshed = [stack_step("refresh"), *(step("refresh", link, link) for link in links)]
    [of_all] = find_violations(build_review(preview(*refreshed, *gone)), limits)
    assert str(of_all).startswith(
        "4 links would be deleted: 33 % of the stack's 12 links. --max-deleted allows 30 %. To keep the old "
    )
    changed = [step("update", link, planned(link["id"][4:], link_title="B")) for link in links[4:]]
    [of_shown] = find_violations(reviewed(*gone, *changed), limits)
    assert ": 33 % of the 12 links that the preview shows (give --state to count all links of the stack). " in str(
        of_shown
    )


def test_drift_is_a_violation_when_the_policy_fails_on_drift() -> None:
    limits = Limits(fail_on_drift=True)
    edited = step("update", state("a", link_title="A"), state("a", link_title="B"), diffReasons=["link_title"])
    [violation] = find_violations(build_review(None, refresh(edited)), limits)
    assert str(violation).startswith(
        "1 link changed or deleted outside Pulumi: check what was done. `pulumi up --refresh`"
    )
    assert find_violations(build_review(None, refresh()), limits) == []


def write_file(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_policy_is_read_from_the_nearest_file(tmp_path: Path) -> None:
    write_file(tmp_path, find_block("docs/review.md", "[tool.pulumi-userplane.review]").text)
    (tmp_path / "infra" / "links").mkdir(parents=True)
    limits = read_limits(tmp_path / "infra" / "links")
    assert (limits.max_replaced, limits.max_deleted, limits.fail_on_drift) == (Limit(0), Limit(30, is_share=True), True)
    assert read_limits(write_file(tmp_path / "infra", "[project]\nname = 'x'\n")) == Limits()


def test_policy_is_empty_when_there_is_no_file(tmp_path: Path) -> None:
    assert read_limits(tmp_path) == Limits()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max-replace = 0", "is wrong at tool.pulumi-userplane.review.max-replace: there is no such key; the keys of "),
        ("max-deleted = 1.5", "review.max-deleted: '1.5' is neither a number"),
        ("fail-on-drift = 'yes'", "review.fail-on-drift: Input should be a valid boolean"),
        ("max-deleted", "can't be read: "),
    ],
)
def test_policy_is_refused_when_a_key_or_value_is_wrong(tmp_path: Path, text: str, expected: str) -> None:
    write_file(tmp_path, f"[tool.pulumi-userplane.review]\n{text}\n")
    with pytest.raises(ConfigurationError) as caught:
        read_limits(tmp_path)
    assert expected in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("tool = []", "tool"),
        ("[[tool]]\nx = 1", "tool"),
        ("tool.pulumi-userplane = 1", "tool.pulumi-userplane"),
        ("tool.pulumi-userplane.reviews.max-replaced = 0", "tool.pulumi-userplane.reviews"),
        ("tool.pulumi-userplane.review = 'x'", "tool.pulumi-userplane.review"),
        ('tool.pulumi-userplane.review."a\\nb" = 1', "tool.pulumi-userplane.review.a b"),
    ],
)
def test_policy_is_refused_in_one_line_when_a_table_is_malformed(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigurationError, match=f"is wrong at {place}: ") as caught:
        read_limits(write_file(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_policy_ignores_other_tables_and_a_byte_order_mark(tmp_path: Path) -> None:
    ours = "[tool.pulumi-userplane.review]\nmax-deleted = 1"
    assert read_limits(write_file(tmp_path, f"\ufeff[tool.poetry]\nname = 'x'\n{ours}")).max_deleted == Limit(1)
