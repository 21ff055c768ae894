"""The comment fits into what GitHub takes, groups links alike, and holds no markup of others."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment, render_summary
from pulumi_userplane.cli.review.render import render_text
from pulumi_userplane.cli.review.section import ReviewedStack
from tests.support.previews import (
    find_rows,
    preview,
    refresh,
    replaced_link,
    reviewed,
    stack_step,
    step,
)
from tests.support.states import planned, state
from tests.unit.cli.review.test_safe_text import ATTACKS

if TYPE_CHECKING:
    from collections.abc import Callable

GITHUB_COMMENT = 65_536


def many(name: str, value: str = "") -> dict[str, str]:
    return {f"{name}{key:03}|" + "`" * 90: f"{value}|" for key in range(20)}


def longest(name: str) -> str:
    return f"{name} {'🛒' * 250}"


def test_comment_ends_with_a_marker_that_names_the_stack() -> None:
    assert render_comment([ReviewedStack(reviewed())]).splitlines()[-1] == "<!-- pulumi-userplane review p/dev -->"
    assert "<!--" not in render_summary([ReviewedStack(reviewed())])
    odd = replace(reviewed(), stack=("p", "a-->\n@all"))
    assert render_comment([ReviewedStack(odd)]).splitlines()[-1] == "<!-- pulumi-userplane review p/a--\\n@all -->"


def test_comment_says_how_to_keep_an_address_when_one_stops_working() -> None:
    written = render_comment([ReviewedStack(reviewed(replaced_link("a", link_title="A")), ("Too much.",))])
    assert "**`https://help.acme.example/record?session=a` stops working**" in written
    assert "**is replaced, the address changes**: another domain" in written
    assert '`domain_id`: `"dom_help"` (`help.acme.example`) → `"dom_app"`' in written
    assert "To keep an old address, unless its row names another way: first merge `retain_on_delete=True`" in written
    assert "> **This check fails:** Too much." in written
    assert "To keep an old address" not in render_comment([ReviewedStack(reviewed(step("create", None, planned("a"))))])


@pytest.mark.parametrize("attack", [text for text in ATTACKS if text and "\ud800" not in text])
def test_comment_holds_no_markup_of_others(attack: str) -> None:
    odd: dict[str, Any] = {
        "link_title": attack,
        "meta": {attack: attack},
        "outputs": {"link_title": attack, "link_url": attack},
    }
    recorded = state(attack, **odd)
    by_hand = {**recorded, "inputs": {**recorded["inputs"], "link_provider_id": attack}}
    steps = [
        step("replace", recorded, planned(attack, domain_id=attack), replaceReasons=["domain_id", attack]),
        step("update", recorded, planned(attack, link_title=f"{attack}{attack}", meta={attack: "new"})),
        step("delete", recorded),
        step("create", None, planned(attack, adopt=attack)),
        step("create", None, planned("other", type_=f"shop:index:{attack}")),
    ]
    review = build_review(preview(*steps), refresh(step("update", recorded, by_hand)))
    written, _, marker = render_comment([ReviewedStack(review)]).strip().rpartition("\n")
    assert marker == "<!-- pulumi-userplane review p/dev -->"
    html = MarkdownIt("commonmark").enable("table").render(written)
    outside_of_code = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    assert "@" not in outside_of_code
    tags = {"h3", "h4", "p", "table", "thead", "tbody", "tr", "th", "td", "br", "strong"}
    assert set(re.findall(r"</?([\w!-]+)", outside_of_code)) <= tags
    assert all(len(row) in {0, 3, 4} for row in find_rows(written))
    assert attack not in outside_of_code or len(attack.strip()) < 2
    assert "\u202e" not in render_text([ReviewedStack(review)])


def test_comment_has_a_table_of_drift() -> None:
    one = step("update", state("a", link_title="A"), state("a", link_title="B"))
    other = step("delete", state("b", outputs={"link_url": None}))
    [*_, first, second] = find_rows(render_comment([ReviewedStack(build_review(preview(), refresh(one, other)))]))
    later = "<code>pulumi up --refresh</code>"
    assert first[1:] == [
        "<code>link_title</code>: <code>&quot;A&quot;</code> → <code>&quot;B&quot;</code>",
        f"{later} changes it back, if the program still declares the old value",
    ]
    assert second[1:] == [
        "<strong>deleted</strong>",
        f"{later} creates a new link, with a new address, if the program still declares it",
    ]


@pytest.mark.parametrize(
    ("make", "counted"),
    [
        (lambda name: replaced_link(name, link_title=longest(name)), "replaced"),
        (lambda name: step("delete", state(name, link_title=longest(name))), "deleted"),
        (lambda name: step("create", None, planned(name, link_title=longest(name), adopt="lnk_1")), "adopted"),
        pytest.param(
            lambda name: step("update", state(name, meta=many(name)), planned(name, meta=many(name, "|"))),
            "updated",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_comment_omits_rows_when_it_would_be_too_long(make: Callable[[str], dict[str, Any]], counted: str) -> None:
    review = reviewed(*(make(f"link-{index:04}") for index in range(1000)))
    written = render_comment([ReviewedStack(review)])
    assert len(written) < GITHUB_COMMENT
    match = re.search(r"\*\*(\d+) more links are not shown\*\*: (\d+) (\w+)\.", written)
    assert match is not None
    left = int(match[1])
    assert (int(match[2]), match[3]) == (left, counted)
    assert len([row for row in find_rows(written) if len(row) == 4]) == 1000 - left > 1
    assert len(re.findall("^link-", render_text([ReviewedStack(review)]), re.MULTILINE)) == 1000
    assert len(render_summary([ReviewedStack(review)]).encode()) < 1024 * 1024


def test_comment_groups_links_when_many_change_alike() -> None:
    steps = [
        step("update", state(f"u{index:03}", meta={"team": "a"}), planned(f"u{index:03}", meta={"team": "b"}))
        for index in range(500)
    ]
    steps += [step("create", None, planned(f"c{index:03}", link_title=f"T{index}")) for index in range(499)]
    steps += [replaced_link("r")]
    [_, dying, new, changed] = find_rows(render_comment([ReviewedStack(reviewed(*steps))]))
    assert "stops working" in dying[3]
    assert new[0].startswith("<strong>499 links</strong>: <code>c000</code>, <code>c001</code>")
    assert new[1:] == ["new link", "", "new ones"]
    assert re.search(r" and \d+ more$", changed[0])
    assert changed[1:] == [
        "changes",
        "<code>meta.team</code>: <code>&quot;a&quot;</code> → <code>&quot;b&quot;</code>",
        "stay",
    ]


def test_comment_keeps_single_rows_when_many_links_differ() -> None:
    def changed(name: str, title: str) -> dict[str, Any]:
        return step("update", state(name, link_title="A"), planned(name, link_title=title))

    steps = [changed(f"u{index:02}", f"T{index}") for index in range(29)]
    [_, *rows] = find_rows(render_comment([ReviewedStack(reviewed(*steps, changed("x", "B"), changed("y", "B")))]))
    assert len(rows) == 30
    assert rows[0][0] == "<strong>2 links</strong>: <code>x</code>, <code>y</code>"
    assert rows[1][0] == "<code>T0</code><br><code>u00</code>"


def test_comment_says_the_outcome_field_by_field_when_outcomes_differ() -> None:
    recorded = state("a", link_title="A", link_provider_id="1", link_provider_ref="r")
    live = state("a", link_title="B", link_provider_id="2", link_provider_ref="s")
    declared = planned("a", link_title="A", link_provider_id="3", link_provider_ref="r")
    steps = [stack_step("refresh"), step("refresh", recorded, recorded), step("update", live, declared)]
    [*_, drift] = find_rows(render_comment([ReviewedStack(build_review(preview(*steps)))]))
    assert [cell.partition("<br>")[0] for cell in drift[1:]] == [
        "<code>link_title</code>: <code>&quot;A&quot;</code> → <code>&quot;B&quot;</code>",
        "is changed back",
    ]
    assert drift[2] == "is changed back<br>is overwritten with the new value in the program<br>is changed back"


def test_comment_says_as_above_when_many_addresses_stop_alike() -> None:
    steps = [replaced_link(f"r{index:02}") for index in range(31)]
    first, second, *_ = find_rows(render_comment([ReviewedStack(reviewed(*steps))]))[1:]
    assert first[2].startswith("<code>domain_id</code>")
    assert second[1:] == [
        "<strong>is replaced, the address changes</strong>: another domain",
        "as above",
        (
            "<strong><code>https://help.acme.example/record?session=r01</code> stops working</strong>; "
            "new one, known after <code>up</code>"
        ),
    ]


def test_comment_leaves_room_for_changes_when_there_is_much_drift() -> None:
    def drifted(name: str) -> dict[str, Any]:
        return step("update", state(name, link_title="A"), state(name, link_title="B"))

    drift = refresh(*(drifted(f"d{index:04}") for index in range(1000)))
    alone = render_comment([ReviewedStack(build_review(None, drift))])
    assert len(alone) < GITHUB_COMMENT
    assert re.search(r"\*\*\d+ more links are not shown\*\*: \d+ changed\.", alone)
    replaced = preview(*(replaced_link(f"r{index:04}") for index in range(1000)))
    both = render_comment([ReviewedStack(build_review(replaced, drift))])
    assert len(both) < GITHUB_COMMENT
    assert len(re.findall("more links are not shown", both)) == 2


def test_comment_makes_no_mail_link_when_a_title_has_a_bar() -> None:
    """In a cell a bar can't stand in a code span, and GitHub looks for addresses inside of tags."""
    written = render_comment(
        [ReviewedStack(reviewed(step("delete", state("a", link_title="ines@acme.example | @all"))))]
    )
    assert "<code>ines<!-- -->&#64;acme&#46;example &#124; <!-- -->&#64;all</code>" in written
