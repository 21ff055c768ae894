"""The comment: within what GitHub takes, found again by its marker, and saying the same as the text and the JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment, render_summary
from pulumi_userplane.cli.review.headline import KEEP_ADDRESSES, write_headline
from pulumi_userplane.cli.review.model import OtherChanges, Review
from pulumi_userplane.cli.review.render import render_json, render_text
from tests.support.previews import SECRET, UNKNOWN, preview, refresh, reviewed, stack_step, step
from tests.support.states import planned, state
from tests.unit.cli.review.test_safe_text import ATTACKS

if TYPE_CHECKING:
    from collections.abc import Callable

GITHUB_COMMENT = 65_536
DOMAIN = {"replaceReasons": ["domain_id"]}
UNSEEN = " · drift was not checked"


def rows(markdown: str) -> list[list[str]]:
    """The cells of all rows, without heads."""
    html = MarkdownIt("commonmark").enable("table").render(markdown)
    return [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)]


def replaced(name: str, **fields: Any) -> dict[str, Any]:
    return step("replace", state(name, **fields), planned(name, **{**fields, "domain_id": "dom_app"}), **DOMAIN)


def refreshed(*links: tuple[dict[str, Any], dict[str, Any]]) -> Review:
    """What a preview says that has read the links first: each as recorded, and what is planned."""
    reads = [step("refresh", recorded, recorded) for recorded, _ in links]
    return build_review(preview(stack_step("refresh"), *reads, *(each for _, each in links)))


def gone(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return state(name), step("create", None, planned(name))


def edited(name: str, title: str = "A") -> tuple[dict[str, Any], dict[str, Any]]:
    live = state(name, link_title="By hand")
    return state(name, link_title="A"), step("update", live, planned(name, link_title=title))


@pytest.mark.parametrize(
    ("review", "said"),
    [
        (reviewed(), f"No recording link changes{UNSEEN}"),
        (reviewed(step("create", None, planned("a"))), f"No address stops working · 1 new link{UNSEEN}"),
        (
            reviewed(replaced("a"), replaced("b"), step("delete", state("c"))),
            f"3 addresses stop working: 2 links are replaced, 1 link is deleted{UNSEEN}",
        ),
        (
            reviewed(step("replace", state("a"), planned("a", domain_id=UNKNOWN), **DOMAIN)),
            f"1 address may stop working: 1 link may be replaced{UNSEEN}",
        ),
        (
            reviewed(replaced("a"), step("replace", state("b"), planned("b", domain_id=UNKNOWN), **DOMAIN)),
            f"1 address stops working, 1 may: 1 link is replaced, 1 link may be replaced{UNSEEN}",
        ),
        (
            reviewed(step("delete", state("c")), step("delete", state("d"))),
            f"2 addresses stop working: 2 links are deleted{UNSEEN}",
        ),
        (
            reviewed(
                step("replace", state("a", retainOnDelete=True), planned("a", domain_id="dom_app"), **DOMAIN),
                step("delete", state("b", retainOnDelete=True)),
            ),
            "No address stops working · 1 link is replaced, the old address keeps working · 1 link is orphaned"
            + UNSEEN,
        ),
        (
            reviewed(
                step("update", state("a", link_title="A"), planned("a")),
                step("update", state("b", link_title="A"), planned("b", link_title="B")),
            ),
            f"No address stops working · 1 link changes · 1 link changes only in the state{UNSEEN}",
        ),
        (build_review(None, refresh()), "No preview was read · no drift"),
        (
            build_review(
                None, refresh(step("delete", state("a")), step("update", state("b"), state("b", domain_id="x")))
            ),
            "No preview was read · 1 link deleted outside Pulumi · 1 link drifted",
        ),
        (
            refreshed(gone("a"), (state("b"), step("create", None, planned("b", adopt="lnk_b")))),
            (
                "This change stops no working address · 1 address is already dead: its link was deleted outside Pulumi "
                "and is created again with a new address · 1 address is already dead: its link was deleted outside "
                "Pulumi, and the `up` fails"
            ),
        ),
        (
            refreshed(gone("a"), gone("b"), (state("c"), step("delete", state("c")))),
            (
                "1 address stops working: 1 link is deleted"
                " · 2 addresses are already dead: their links were deleted outside Pulumi and are created again"
                " with new addresses"
            ),
        ),
        (refreshed(edited("a")), "No address stops working · 1 link drifted and is changed back"),
        (refreshed(edited("a"), edited("b")), "No address stops working · 2 links drifted and are changed back"),
        (
            refreshed(edited("a"), edited("b", "C")),
            "No address stops working · 1 link changes · 2 links drifted, 1 of them is changed back",
        ),
    ],
)
def test_the_first_line_says_it_all(review: Review, said: str) -> None:
    first, *_ = render_comment(review, []).splitlines()
    assert first == f"### {said}"
    assert (
        write_headline(review)
        == json.loads(render_json(review, []))["headline"]
        == render_text(review, []).splitlines()[0]
    )


def test_the_marker_names_the_stack_and_can_be_found() -> None:
    assert render_comment(reviewed(), []).splitlines()[-1] == "<!-- pulumi-userplane review p/dev -->"
    assert "<!--" not in render_summary(reviewed(), [])
    odd = replace(reviewed(), stack=("p", "a-->\n@all"))
    assert render_comment(odd, []).splitlines()[-1] == "<!-- pulumi-userplane review p/a--\\n@all -->"


def test_a_dead_address_is_in_bold_and_one_reads_how_to_keep_it() -> None:
    written = render_comment(reviewed(replaced("a", link_title="A")), ["Too much."])
    assert "**`https://help.acme.example/record?session=a` stops working**" in written
    assert "**replaced, the address changes**: another domain" in written
    assert '`domain_id`: `"dom_help"` (`help.acme.example`) → `"dom_app"`' in written
    assert "To keep an old address, unless its row names another way: first merge `retain_on_delete=True`" in written
    assert "> **This check fails:** Too much." in written
    assert "To keep an old address" not in render_comment(reviewed(step("create", None, planned("a"))), [])


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([step("delete", state("a", delete=True))], "**is deleted**: it is the old link of an earlier replacement"),
        (
            [step("replace", state("a"), state("a", external=True))],
            "**is deleted**: the program now only looks up another link under this name",
        ),
        ([step("delete", state("a", outputs={"link_url": None}))], "**its address stops working**"),
        (
            [step("replace", state("a"), planned("a"))],
            "**replaced, the address changes**: the preview gives no reason",
        ),
        (
            [step("replace", state("a"), planned("a"), replaceReasons=["domain_id", "link_title"])],
            "another domain, `link_title` changes, and `replace_on_changes` requires a replacement |",
        ),
        (
            [step("replace", state("a"), planned("a"), replaceReasons=["link_title"])],
            "`replace_on_changes` requires a replacement; without that the address stays |",
        ),
        (
            [step("replace", state("a"), planned("a", domain_id=UNKNOWN), **DOMAIN)],
            "may stop working**; if so, new one, known after `up` |",
        ),
        (
            [step("update", state("a", link_title="A"), planned("a"))],
            '`link_title`: no longer managed, keeps its value `"A"`',
        ),
        ([step("update", state("a"), planned("a"))], "nothing changes at Userplane, only which fields Pulumi manages"),
        (
            [step("update", state("a", outputs={"link_title": "A"}), planned("a", link_title="A"))],
            '`link_title`: now managed, keeps `"A"`',
        ),
        (
            [step("replace", state("a", link_title="A"), planned("a"))],
            "`link_title`: no longer declared: the new link does not have it",
        ),
        (
            [step("update", state("a", meta={"k": "v"}), planned("a", meta={}))],
            '`meta.k`: `"v"` is removed',
        ),
        (
            [step("update", state("a", meta={}), planned("a", meta={"k": "v"}))],
            '`meta.k`: is set to `"v"`',
        ),
        (
            [step("delete", state("a", link_title="A")), step("create", None, planned("b", link_title="A"))],
            "and the new link `b` declares the same: `aliases` would keep the link and its address |",
        ),
        (
            [step("create", None, planned("a", link_title=UNKNOWN, meta={"k": "v"}))],
            '`link_title`: known after `up`<br>`meta.k`: `"v"` |',
        ),
        (
            [step("update", state("a", link_title="A"), planned("a", link_title=SECRET))],
            '`link_title`: `"A"` → a secret',
        ),
        (
            [
                step(
                    "update",
                    state("a", link_title=SECRET),
                    planned("a", link_title=SECRET),
                    diffReasons=["link_title"],
                )
            ],
            "`link_title`: a secret changes, both values are hidden",
        ),
        (
            [step("create", None, planned("b", adopt=UNKNOWN))],
            "existing link is adopted and keeps its address; the fields are what the program declares | `domain_id`",
        ),
    ],
)
def test_each_line_in_words(steps: list[dict[str, Any]], said: str) -> None:
    assert said in render_comment(reviewed(*steps), [])


def test_a_link_that_cant_come_back_is_told() -> None:
    recorded = state("a")
    read = [stack_step("refresh"), step("refresh", recorded, recorded)]
    steps = [*read, step("create", None, planned("a", adopt="lnk_a"))]
    written = render_comment(build_review(preview(*steps)), [])
    assert "was deleted outside Pulumi, and the `up` fails: `adopt` still names it, remove that line" in written
    assert "**`https://help.acme.example/record?session=a` is dead** |" in written


def test_each_table_says_the_same_of_a_link_that_cant_come_back() -> None:
    written = rows(render_comment(refreshed((state("a"), step("create", None, planned("a", adopt="lnk_a")))), []))
    assert "the <code>up</code> fails" in written[1][1]
    assert written[-1][2] == (
        "<code>pulumi up --refresh</code> fails while <code>adopt</code> names it; "
        "without that line a new link is created"
    )
    other = rows(render_comment(refreshed((state("a"), step("create", None, planned("a", adopt="lnk_b")))), []))
    assert "existing link (<code>lnk_b</code>) is adopted and keeps its address" in other[1][1]
    assert other[1][3] == "stays"
    assert other[-1][2] == "its resource adopts another link"


def test_protection_that_is_taken_off_is_told() -> None:
    protected = state("a", link_title="A", protect=True)
    bare = render_comment(reviewed(step("same", protected, planned("a", link_title="A"))), [])
    assert bare.startswith(f"### No address stops working · 1 link is no longer protected{UNSEEN}\n")
    assert "| **`protect` is removed**: a later change may delete or replace the link |" in bare
    both = render_comment(reviewed(step("update", protected, planned("a", link_title="B"))), [])
    assert both.startswith(f"### No address stops working · 1 link changes · 1 link is no longer protected{UNSEEN}\n")
    assert "| changes; **`protect` is removed**: a later change may delete or replace the link |" in both


def test_an_edit_by_hand_that_stays_is_told() -> None:
    live = state("a", link_title="By hand")
    left = render_comment(refreshed((state("a", link_title="A"), step("update", live, planned("a")))), [])
    assert '`link_title`: no longer managed, keeps its value `"By hand"`, which was changed outside Pulumi |' in left
    assert "stays: the field is no longer managed" in left


def test_a_new_address_is_announced() -> None:
    link = state("x", domain_id="dom_app", outputs={"domain": {"domain_id": "dom_app", "url": "app.acme.example"}})
    said = render_comment(reviewed(step("same", link, link), replaced("a")), [])
    assert " stops working**; new one on `app.acme.example`, known after `up` |" in said
    assert " is dead**; new one, known after `up` |" in render_comment(refreshed(gone("a")), [])


@pytest.mark.parametrize(
    ("title", "warning"),
    [
        ("a\nb", "a line break"),
        ("a\u202eb", "hidden characters"),
        ("a\u2028\u200bb", "a line break and hidden characters"),
    ],
)
def test_what_a_title_hides_is_told(title: str, warning: str) -> None:
    written = render_comment(reviewed(step("delete", state("a", link_title=title))), [])
    assert f"` **contains {warning}**<br>`a` |" in written


@pytest.mark.parametrize("attack", [each for each in ATTACKS if each and "\ud800" not in each])
def test_nothing_that_somebody_writes_becomes_markup(attack: str) -> None:
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
    written, _, marker = render_comment(review, []).strip().rpartition("\n")
    assert marker == "<!-- pulumi-userplane review p/dev -->"
    html = MarkdownIt("commonmark").enable("table").render(written)
    outside_of_code = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    assert "@" not in outside_of_code
    tags = {"h3", "h4", "p", "table", "thead", "tbody", "tr", "th", "td", "br", "strong"}
    assert set(re.findall(r"</?([\w!-]+)", outside_of_code)) <= tags
    assert all(len(row) in {0, 3, 4} for row in rows(written))
    assert attack not in outside_of_code or len(attack.strip()) < 2
    assert "\u202e" not in render_text(review, [])


def test_it_says_when_nobody_looked_for_drift() -> None:
    remark = "Drift was not checked: links may have been changed or deleted outside Pulumi"
    assert remark in render_comment(reviewed(), [])
    assert remark not in render_comment(build_review(preview(), refresh()), [])
    assert remark in render_text(reviewed(), [])


def test_others_are_counted() -> None:
    many = tuple(OtherChanges("create", f"t{index:02}", 1) for index in range(12))
    others = (
        OtherChanges("delete", "z", 1),
        OtherChanges("delete-replaced", "z", 2),
        OtherChanges("unheard-of", "u", 2),
    )
    written = render_comment(replace(reviewed(), others=(*many, *others), drifted_others=1), [])
    assert "Other resources: deletes 3 `z`, creates 1 `t00`, creates 1 `t01`," in written
    assert "`t08` and 5 more." in written
    assert "1 other resource was changed outside Pulumi." in written


def test_drift_is_a_table_of_its_own() -> None:
    one = step("update", state("a", link_title="A"), state("a", link_title="B"))
    other = step("delete", state("b", outputs={"link_url": None}))
    [*_, first, second] = rows(render_comment(build_review(preview(), refresh(one, other)), []))
    later = "<code>pulumi up --refresh</code>"
    assert first[1:] == [
        "<code>link_title</code>: <code>&quot;A&quot;</code> → <code>&quot;B&quot;</code>",
        f"{later} changes it back, if the program still declares the old value",
    ]
    assert second[1:] == [
        "<strong>deleted</strong>",
        f"{later} creates a new link, with a new address, if the program still declares it",
    ]


def many(name: str, value: str = "") -> dict[str, str]:
    return {f"{name}{key:03}|" + "`" * 90: f"{value}|" for key in range(20)}


def longest(name: str) -> str:
    return f"{name} {'🛒' * 250}"


@pytest.mark.parametrize(
    ("make", "counted"),
    [
        (lambda name: replaced(name, link_title=longest(name)), "replaced"),
        (lambda name: step("delete", state(name, link_title=longest(name))), "deleted"),
        (lambda name: step("create", None, planned(name, link_title=longest(name), adopt="lnk_1")), "adopted"),
        pytest.param(
            lambda name: step("update", state(name, meta=many(name)), planned(name, meta=many(name, "|"))),
            "updated",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_thousand_changes_fit(make: Callable[[str], dict[str, Any]], counted: str) -> None:
    review = reviewed(*(make(f"link-{index:04}") for index in range(1000)))
    written = render_comment(review, [])
    assert len(written) < GITHUB_COMMENT
    found = re.search(r"\*\*(\d+) more links not shown\*\*: (\d+) (\w+)\.", written)
    assert found is not None
    left = int(found[1])
    assert (int(found[2]), found[3]) == (left, counted)
    assert len([row for row in rows(written) if len(row) == 4]) == 1000 - left > 1
    assert len(re.findall("^link-", render_text(review, []), re.MULTILINE)) == 1000
    assert len(render_summary(review, []).encode()) < 1024 * 1024


def test_a_thousand_that_change_alike_are_one_row() -> None:
    steps = [
        step("update", state(f"u{index:03}", meta={"team": "a"}), planned(f"u{index:03}", meta={"team": "b"}))
        for index in range(500)
    ]
    steps += [step("create", None, planned(f"c{index:03}", link_title=f"T{index}")) for index in range(499)]
    steps += [replaced("r")]
    [_, dying, new, changed] = rows(render_comment(reviewed(*steps), []))
    assert "stops working" in dying[3]
    assert new[0].startswith("<strong>499 links</strong>: <code>c000</code>, <code>c001</code>")
    assert new[1:] == ["new link", "", "new ones"]
    assert re.search(r" and \d+ more$", changed[0])
    assert changed[1:] == [
        "changes",
        "<code>meta.team</code>: <code>&quot;a&quot;</code> → <code>&quot;b&quot;</code>",
        "stay",
    ]


def test_what_differs_has_a_row_of_its_own_also_among_many() -> None:
    def changed(name: str, title: str) -> dict[str, Any]:
        return step("update", state(name, link_title="A"), planned(name, link_title=title))

    steps = [changed(f"u{index:02}", f"T{index}") for index in range(29)]
    [_, *found] = rows(render_comment(reviewed(*steps, changed("x", "B"), changed("y", "B")), []))
    assert len(found) == 30
    assert found[0][0] == "<strong>2 links</strong>: <code>x</code>, <code>y</code>"
    assert found[1][0] == "<code>T0</code><br><code>u00</code>"


def test_what_comes_of_each_field_stands_beside_it() -> None:
    recorded = state("a", link_title="A", link_provider_id="1", link_provider_ref="r")
    live = state("a", link_title="B", link_provider_id="2", link_provider_ref="s")
    declared = planned("a", link_title="A", link_provider_id="3", link_provider_ref="r")
    steps = [stack_step("refresh"), step("refresh", recorded, recorded), step("update", live, declared)]
    [*_, drift] = rows(render_comment(build_review(preview(*steps)), []))
    assert [each.partition("<br>")[0] for each in drift[1:]] == [
        "<code>link_title</code>: <code>&quot;A&quot;</code> → <code>&quot;B&quot;</code>",
        "is changed back",
    ]
    assert drift[2] == "is changed back<br>is overwritten with the new value in the program<br>is changed back"


def test_what_many_dying_addresses_have_in_common_is_said_once() -> None:
    steps = [replaced(f"r{index:02}") for index in range(31)]
    first, second, *_ = rows(render_comment(reviewed(*steps), []))[1:]
    assert first[2].startswith("<code>domain_id</code>")
    assert second[1:] == [
        "<strong>replaced, the address changes</strong>: another domain",
        "as above",
        (
            "<strong><code>https://help.acme.example/record?session=r01</code> stops working</strong>; "
            "new one, known after <code>up</code>"
        ),
    ]


def test_much_drift_leaves_room_for_the_changes() -> None:
    def drifted(name: str) -> dict[str, Any]:
        return step("update", state(name, link_title="A"), state(name, link_title="B"))

    drift = refresh(*(drifted(f"d{index:04}") for index in range(1000)))
    alone = render_comment(build_review(None, drift), [])
    assert len(alone) < GITHUB_COMMENT
    assert re.search(r"\*\*\d+ more links not shown\*\*: \d+ changed\.", alone)
    both = render_comment(build_review(preview(*(replaced(f"r{index:04}") for index in range(1000))), drift), [])
    assert len(both) < GITHUB_COMMENT
    assert len(re.findall("more links not shown", both)) == 2


def test_json_says_the_same_with_what_is_hidden_as_objects() -> None:
    update = step("update", state("a", link_title="A"), planned("a", link_title=SECRET))
    drift = refresh(step("update", state("b", link_title="A"), state("b", link_title="B")))
    said = json.loads(render_json(build_review(preview(update), drift), ["Too much."]))
    assert said["changes"][0]["fields"] == [
        {"path": "link_title", "how": "changed", "before": "A", "after": {"hidden": "secret"}}
    ]
    assert said["drift"]["links"][0]["comeback"] is None
    assert said["drift"]["links"][0]["fields"] == [
        {"path": "link_title", "how": "changed", "before": "A", "after": "B", "fate": "untouched"}
    ]
    assert (said["version"], said["project"], said["stack"], said["stopped"]) == (1, "p", "dev", ["Too much."])


def test_text_is_for_terminals() -> None:
    steps = [
        step("delete", state("a", link_title="\u202e\x1b[31m עזרה")),
        step("update", state("b", link_title="A"), planned("b", link_title="B")),
    ]
    drift = refresh(step("update", state("d", link_title="A"), state("d", link_title="B")))
    assert render_text(build_review(preview(*steps), drift), ["Too much."]).splitlines() == [
        "1 address stops working: 1 link is deleted · 1 link changes · 1 link drifted",
        "Recording links of p/dev",
        "",
        "a (\u200e\\u202e\\u001b[31m עזרה\u200e contains hidden characters)",
        "  is deleted: it is no longer in the program",
        "  address: https://help.acme.example/record?session=a stops working",
        "",
        "b (B)",
        "  changes",
        '  link_title: "A" → "B"',
        "  address: stays: https://help.acme.example/record?session=b",
        "",
        "Drift: changed outside Pulumi",
        "",
        "d (A)",
        '  link_title: "A" → "B"; `pulumi up --refresh` changes it back, if the program still declares the old value',
        "",
        KEEP_ADDRESSES,
        "Stopped: Too much.",
    ]


@pytest.mark.parametrize(
    "name", ["::error::boo", " ::error::boo", "\u05e2::error::boo", "##[error]boo", "a ####[add-mask]b"]
)
def test_a_log_of_github_takes_no_command_from_it(name: str) -> None:
    change = step("delete", state(name, link_title=name, outputs={"link_url": name}))
    drift = refresh(step("update", state(name, link_title="A"), state(name, link_title=name)))
    review = build_review(preview(change), drift)
    for written in (
        render_comment(review, []),
        render_summary(review, []),
        render_text(review, []),
        render_json(review, []),
    ):
        assert "##[" not in written
        # .NET passes over a mark of direction when it compares.
        assert not re.search(r"^[\s\u200e]*::", written, re.MULTILINE)
    assert json.loads(render_json(review, []))["changes"][0]["name"] == name


def test_an_address_of_mail_beside_a_bar_gets_no_link() -> None:
    """In a cell a bar can't stand in a code span, and GitHub looks for addresses inside of tags."""
    written = render_comment(reviewed(step("delete", state("a", link_title="ines@acme.example | @all"))), [])
    assert "<code>ines<!-- -->&#64;acme&#46;example &#124; <!-- -->&#64;all</code>" in written
