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
from pulumi_userplane.cli.review.violations import Violation
from tests.support.previews import (
    drifted,
    find_rows,
    preview,
    refresh,
    replaced_link,
    review_after_reads,
    review_refreshed,
    reviewed,
    stack_step,
    step,
)
from tests.support.states import planned, state
from tests.unit.cli.review.test_safe_text import ATTACKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.states import Resource

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


@pytest.mark.parametrize("hidden", [planned("a\u200b"), planned("a", link_title="Pay\u202eme")], ids=["name", "title"])
def test_link_is_seen_when_its_name_hides_something(hidden: Resource) -> None:
    written = render_comment(
        [ReviewedStack(reviewed(step("create", None, hidden), step("create", None, planned("b"))))]
    )
    seen, _, folded = written.partition("<details><summary>The rest: 1 link, ")
    assert "<br>new link" in seen
    assert "**contains hidden characters**" in seen
    assert "\n| new one, known after `up` | `b`<br>new link<br>" in folded


TOO_MUCH = Violation("Too much.", "Ask somebody.")


def test_comment_says_how_to_keep_an_address_when_one_stops_working() -> None:
    written = render_comment([ReviewedStack(reviewed(replaced_link("a", link_title="A")), (TOO_MUCH,))])
    seen, advice = written.split("<details><summary>How to keep an old address</summary>\n\n")
    assert "**`https://help.acme.example/record?session=a` stops working**" in seen
    assert "**is replaced**: another domain<details><summary>1 field</summary>`domain_id`: " in seen
    assert '`"dom_help"` (`help.acme.example`) → `"dom_app"`' in seen
    assert "> **Stopped:** Too much.\n" in seen
    assert advice.startswith("To keep an old address, unless its row names another way: first merge the option ")
    assert advice.endswith("\n\nAsk somebody.\n\n</details>\n\n<!-- pulumi-userplane review p/dev -->\n")
    new = reviewed(step("create", None, planned("a")))
    assert "How to keep" not in render_comment([ReviewedStack(new)])
    stopped = render_comment([ReviewedStack(new, (TOO_MUCH,))])
    assert "<details><summary>What to do</summary>\n\nAsk somebody.\n\n</details>" in stopped


def test_comment_says_in_one_line_that_nothing_changes() -> None:
    assert render_comment([ReviewedStack(build_review(preview(), refresh()))]) == (
        "### No recording link changes\n\nNothing changes in `p/dev`.\n\n<!-- pulumi-userplane review p/dev -->\n"
    )
    assert "\nNothing changes in `p/dev` (drift was not checked).\n" in render_comment([ReviewedStack(reviewed())])


def test_comment_has_a_section_for_each_stack_that_changes() -> None:
    def of_stack(stack: str, *steps: dict[str, Any]) -> ReviewedStack:
        return ReviewedStack(replace(reviewed(*steps), stack=("p", stack)))

    new = of_stack("new", step("create", None, planned("a")))
    dying = of_stack("dying", replaced_link("b"), step("delete", state("c")), step("create", None, planned("d")))
    written = render_comment([of_stack("same"), new, dying, of_stack("other")])
    assert written.startswith(
        "### 2 addresses stop working\n\n"
        "| Stack | Stop working | New |\n| --- | ---: | ---: |\n| `p/dying` | 2 | 1 |\n| `p/new` |  | 1 |\n\n"
        "Nothing changes in `p/same` (drift was not checked), `p/other` (drift was not checked).\n\n"
        "#### `p/dying`\n\n| Address | Link, and what happens |\n"
    )
    assert written.count("#### ") == 2
    assert written.index("session=b` stops working") < written.index("#### `p/new`\n\n<details>")
    assert written.count("How to keep an old address") == 1
    assert [line[-8:] for line in written.splitlines()[-4:]] == ["same -->", "/new -->", "ying -->", "ther -->"]


def test_comment_shows_what_matters_of_each_stack_when_both_are_too_long() -> None:
    many = reviewed(*(replaced_link(f"link-{index:04}", link_title=longest("x")) for index in range(1000)))
    news = reviewed(*(step("create", None, planned(f"new-{index:04}")) for index in range(999)))
    reviews = {"a": many, "b": many, "c": news}
    sections = [ReviewedStack(replace(review, stack=("p", name))) for name, review in reviews.items()]
    written = render_comment(sections)
    assert len(written.encode()) <= 65_000
    first, second, third = written.split("\n#### ")[1:]
    assert first.count(" stops working**") == pytest.approx(second.count(" stops working**"), abs=2)
    assert first.count(" stops working**") > 50
    assert "**999 more links are not shown**: 999 new." in third


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
    tags = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "br", "strong", "details", "summary"}
    assert set(re.findall(r"</?([\w!-]+)", outside_of_code)) <= tags
    assert {len(row) for row in find_rows(written)} == {2}
    assert attack not in outside_of_code or len(attack.strip()) < 2
    assert "\u202e" not in render_text([ReviewedStack(review)])


def test_comment_has_a_row_for_each_link_that_was_changed_outside() -> None:
    one = step("update", state("a", link_title="A"), state("a", link_title="B"))
    other = step("delete", state("b", outputs={"link_url": None}))
    unread = step("update", state("c", meta={"x": "1"}, outputs={"link_url": None}), state("c", meta={"x": "2"}))
    review = build_review(preview(), refresh(one, other, unread))
    [deleted, first, second] = find_rows(render_comment([ReviewedStack(review)]))
    later = "<code>pulumi up --refresh</code>"
    gone = f"was deleted outside Pulumi; {later} creates a new link"
    edited = f"was changed outside Pulumi; {later} changes it back, if the program still declares the old value"
    field = "<code>link_title</code>: <code>&quot;A&quot;</code> → <code>&quot;B&quot;</code>"
    assert deleted == [
        "<strong>its address is already dead</strong>",
        f"<code>b</code><br>{gone}, with a new address, if the program still declares it",
    ]
    assert first == [
        "stays: <code>https://help.acme.example/record?session=a</code>",
        f"<code>A</code> · <code>a</code><br>{edited}<br>{field}",
    ]
    assert second[0] == "stays"


def test_comment_folds_no_drift_when_nothing_else_was_read() -> None:
    edited = step("update", state("a", link_title="A"), state("a", link_title="B"))
    review = build_review(None, refresh(edited, step("delete", state("b"))))
    written = render_comment([ReviewedStack(review)])
    assert written.startswith("### 1 link changed outside Pulumi, 1 deleted\n")
    assert "<details>" not in written
    assert [len(row) for row in find_rows(written)] == [2, 2]


def test_comment_describes_a_link_once_when_it_drifted_and_leaves_the_program() -> None:
    live = state("a", link_title="By hand")
    review = review_refreshed((state("a", link_title="A"), step("delete", live)))
    [[address, what]] = find_rows(render_comment([ReviewedStack(review)]))
    assert "stops working" in address
    assert "<summary>1 field</summary>outside Pulumi, <code>link_title</code>: " in what
    assert what.endswith("; is not changed back: the link leaves the program</details>")
    # What an earlier replacement has left behind is another link.
    left = step("delete", state("a", delete=True))
    review = review_after_reads([state("a", link_title="A")], step("same", live, live), left)
    assert [*map(len, find_rows(render_comment([ReviewedStack(review)])))] == [2, 2]


def test_comment_describes_a_link_once_when_it_moves_to_another_resource() -> None:
    review = reviewed(step("delete", state("a")), step("create", None, planned("b", adopt="lnk_a")))
    [[address, what]] = find_rows(render_comment([ReviewedStack(review)]))
    assert what.startswith(
        "<code>b</code><br>moves here from <code>a</code>: nothing is deleted; its fields get the values "
    )
    assert address == "stays: <code>https://help.acme.example/record?session=a</code>"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "counted"),
    [
        (lambda name: replaced_link(name, link_title=longest(name)), "stop working"),
        (lambda name: step("delete", state(name, link_title=longest(name))), "stop working"),
        (lambda name: step("create", None, planned(name, link_title=longest(name), adopt="lnk_1")), "adopted"),
        (lambda name: step("update", state(name, meta=many(name)), planned(name, meta=many(name, "|"))), "changed"),
    ],
)
def test_comment_omits_rows_when_it_would_be_too_long(make: Callable[[str], dict[str, Any]], counted: str) -> None:
    review = reviewed(*(make(f"link-{index:04}") for index in range(1000)))
    written = render_comment([ReviewedStack(review)])
    assert len(written) < GITHUB_COMMENT
    match = re.search(r"\*\*(\d+) more links are not shown\*\*: (\d+) ([\w ]+)\.", written)
    assert match is not None
    left = int(match[1])
    assert (int(match[2]), match[3]) == (left, counted)
    assert len(find_rows(written)) == 1000 - left > 1
    assert len(re.findall("^link-", render_text([ReviewedStack(review)]), re.MULTILINE)) == 1000
    assert len(render_summary([ReviewedStack(review)]).encode()) < 1024 * 1024


def test_comment_groups_links_when_many_change_alike() -> None:
    steps = [
        step("update", state(f"u{index:03}", meta={"team": "a"}), planned(f"u{index:03}", meta={"team": "b"}))
        for index in range(500)
    ]
    steps += [step("create", None, planned(f"c{index:03}", link_title=f"T{index}")) for index in range(499)]
    steps += [replaced_link("r")]
    [dying, new, changed] = find_rows(render_comment([ReviewedStack(reviewed(*steps))]))
    assert "stops working" in dying[0]
    assert new[0] == "new ones"
    names, *happens = new[1].split("<br>")
    assert names.startswith("<strong>499 links</strong>: <code>c000</code>, <code>c001</code>")
    assert happens == ["new link"]
    assert changed[0] == "stay"
    names, *happens = changed[1].split("<br>")
    assert re.search(r" and \d+ more$", names)
    assert happens == ["changes", "<code>meta.team</code>: <code>&quot;a&quot;</code> → <code>&quot;b&quot;</code>"]


def test_comment_keeps_single_rows_when_many_links_differ() -> None:
    def changed(name: str, title: str) -> dict[str, Any]:
        return step("update", state(name, link_title="A"), planned(name, link_title=title))

    steps = [changed(f"u{index:02}", f"T{index}") for index in range(29)]
    rows = find_rows(render_comment([ReviewedStack(reviewed(*steps, changed("x", "B"), changed("y", "B")))]))
    assert len(rows) == 30
    assert rows[-1][1].split("<br>")[0] == "<strong>2 links</strong>: <code>x</code>, <code>y</code>"
    assert rows[0][1].split("<br>")[0] == "<code>T0</code> · <code>u00</code>"


def test_comment_says_the_outcome_field_by_field_when_outcomes_differ() -> None:
    recorded = state("a", link_title="A", link_provider_id="1", link_provider_ref="r")
    live = state("a", link_title="B", link_provider_id="2", link_provider_ref="s")
    declared = planned("a", link_title="A", link_provider_id="3", link_provider_ref="r")
    steps = [stack_step("refresh"), step("refresh", recorded, recorded), step("update", live, declared)]
    [row] = find_rows(render_comment([ReviewedStack(build_review(preview(*steps)))]))
    outside = [field for field in row[1].split("<br>") if field.startswith("outside Pulumi, ")]
    assert outside[0] == (
        "outside Pulumi, <code>link_title</code>: <code>&quot;A&quot;</code> → <code>&quot;B&quot;</code>; "
        "is changed back"
    )
    assert [field.rpartition("; ")[2] for field in outside] == [
        "is changed back",
        "is overwritten with the new value in the program",
        "is changed back",
    ]


def test_comment_groups_links_that_are_changed_back_alike() -> None:
    rows = [drifted(f"d{index:02}") for index in range(31)]
    live = state("e", link_title="B", link_provider_id="2")
    declared = planned("e", link_title="A", link_provider_id="2")
    unlike = (state("e", link_title="A", link_provider_id="1"), step("update", live, declared))
    one, other = find_rows(render_comment([ReviewedStack(review_refreshed(*rows, unlike))]))
    assert one[0] == "stay"
    names, *happens = one[1].split("<br>")
    assert names.startswith("<strong>31 links</strong>: <code>d00</code>, ")
    assert happens == [
        "was changed outside Pulumi; is changed back",
        "<code>link_title</code>: <code>&quot;A&quot;</code> → <code>&quot;By hand&quot;</code>",
    ]
    assert other[1].split("<br>")[1] == "was changed outside Pulumi"


def test_comment_counts_what_is_left_out_when_there_is_much_drift() -> None:
    def drifted(name: str) -> dict[str, Any]:
        return step("update", state(name, link_title="A"), state(name, link_title=name))

    drift = refresh(*(drifted(f"d{index:04}") for index in range(1000)))
    alone = render_comment([ReviewedStack(build_review(None, drift))])
    assert len(alone) < GITHUB_COMMENT
    assert re.search(r"\*\*\d+ more links are not shown\*\*: \d+ drifted\.", alone)
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
