"""Each link's row says in words what happens to it."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.section import ReviewedStack
from tests.support.previews import (
    SECRET,
    UNKNOWN,
    deleted_outside,
    find_rows,
    preview,
    replaced_link,
    review_refreshed,
    reviewed,
    stack_step,
    step,
)
from tests.support.states import of_plugin, planned, state

NOT_CHECKED = " · drift was not checked"
DOMAIN = {"replaceReasons": ["domain_id"]}
ADOPTED = "existing link is adopted and keeps its address; its fields get the values that the program declares"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([step("delete", state("a", delete=True))], "**is deleted**: it is the old link of an earlier replacement"),
        (
            [step("replace", state("a"), state("a", external=True))],
            "**is deleted**: the program now only looks up another link under this name",
        ),
        ([step("delete", state("a", outputs={"link_url": None}))], "**its address stops working**"),
        (
            [step("replace", state("a"), planned("a"))],
            "**is replaced**: the preview gives no reason",
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
            "may stop working**<br>if so, new one, known after `up` |",
        ),
        (
            [step("update", state("a", link_title="A"), planned("a"))],
            '`link_title`: no longer managed, keeps its value `"A"`',
        ),
        ([step("update", state("a"), planned("a"))], "nothing changes at Userplane, only which fields Pulumi manages"),
        (
            [step("update", state("a", meta={"k": "v"}), of_plugin(planned("a", meta={"k": "v"})))],
            "nothing changes at Userplane, only which provider manages the link for Pulumi",
        ),
        ([step("update", of_plugin(state("a", link_title="A")), planned("a", link_title="B"))], "changes"),
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
            f"{ADOPTED}<br>`domain_id`",
        ),
    ],
)
def test_row_says_what_happens(steps: list[dict[str, Any]], expected: str) -> None:
    assert expected in render_comment([ReviewedStack(reviewed(*steps))])


def test_row_says_that_up_fails_when_adopt_names_a_deleted_link() -> None:
    recorded = state("a")
    read = [stack_step("refresh"), step("refresh", recorded, recorded)]
    steps = [*read, step("create", None, planned("a", adopt="lnk_a"))]
    written = render_comment([ReviewedStack(build_review(preview(*steps)))])
    assert "was deleted outside Pulumi, and the `up` fails: `adopt` still names it, remove that line" in written
    assert "**`https://help.acme.example/record?session=a` is already dead** | `a`<br>" in written


def test_row_says_that_the_old_link_is_dead_when_its_resource_adopts_another() -> None:
    review = review_refreshed((state("a"), step("create", None, planned("a", adopt="lnk_b"))))
    [[address, what]] = find_rows(render_comment([ReviewedStack(review)]))
    assert address == "<strong><code>https://help.acme.example/record?session=a</code> is already dead</strong>"
    assert what.startswith(
        "<code>a</code><br>existing link (<code>lnk_b</code>) is adopted and keeps its address; its fields get the "
        "values that the program declares; its old link was deleted outside Pulumi<details>"
    )


def test_row_says_that_protect_is_removed() -> None:
    protected = state("a", link_title="A", protect=True)
    bare = render_comment([ReviewedStack(reviewed(step("same", protected, planned("a", link_title="A"))))])
    assert bare.startswith("### No address stops working\n\n| Stack | No longer protected |\n")
    assert "| `A` · `a`<br>**`protect` is removed**: a later change may delete or replace the link |" in bare
    both = render_comment([ReviewedStack(reviewed(step("update", protected, planned("a", link_title="B"))))])
    assert both.startswith("### No address stops working\n\n| Stack | No longer protected |\n")
    assert (
        "| `B` · `a`<br>changes; **`protect` is removed**: a later change may delete or replace the link<details>"
        in both
    )


def test_row_says_that_drift_stays_when_the_field_is_no_longer_managed() -> None:
    live = state("a", link_title="By hand")
    left = render_comment(
        [ReviewedStack(review_refreshed((state("a", link_title="A"), step("update", live, planned("a")))))]
    )
    assert '`link_title`: no longer managed, keeps its value `"By hand"`, which was changed outside Pulumi<br>' in left
    assert '<br>outside Pulumi, `link_title`: `"A"` → `"By hand"`; stays: the field is no longer managed |' in left


def test_row_names_the_new_domain_when_it_is_known() -> None:
    link = state("x", domain_id="dom_app", outputs={"domain": {"domain_id": "dom_app", "url": "app.acme.example"}})
    comment = render_comment([ReviewedStack(reviewed(step("same", link, link), replaced_link("a")))])
    assert (
        " stops working**<br>new one on `app.acme.example`, known after `up` | `a`<br>**is replaced**: another"
        in comment
    )
    assert (
        " is already dead**<br>new one, known after `up` | `a`<br>was deleted outside Pulumi and is created again |"
        in render_comment([ReviewedStack(review_refreshed(deleted_outside("a")))])
    )


@pytest.mark.parametrize(
    ("title", "warning"),
    [
        ("a\nb", "a line break"),
        ("a\u202eb", "hidden characters"),
        ("a\u2028\u200bb", "a line break and hidden characters"),
    ],
)
def test_row_warns_when_a_title_has_invisible_characters(title: str, warning: str) -> None:
    written = render_comment([ReviewedStack(reviewed(step("delete", state("a", link_title=title))))])
    assert f"` **contains {warning}** · `a`<br>**is deleted**: " in written
