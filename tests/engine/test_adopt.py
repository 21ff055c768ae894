"""Links made by hand, taken into a program by the real CLI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stack import LINK_TYPE

if TYPE_CHECKING:
    from tests.engine.stack import Stack

URN = f"urn:pulumi:dev::p::{LINK_TYPE}::help"
OLD = {"domainId": "dom_help", "linkTitle": "Old", "linkReusable": True}


def _live(stack: Stack) -> list[tuple[str, str | None]]:
    return [(link["linkId"], link["linkTitle"]) for link in stack.userplane.links if link["live"]]


def _adopting(stack: Stack, link_id: str, opts: str = "None", **fields: Any) -> None:
    stack.declare(opts, help={"domain_id": "dom_help", "link_title": "New", "adopt": link_id, **fields})


@pytest.fixture
def adopted(stack: Stack) -> str:
    """A link that the stack has adopted."""
    link_id = str(stack.userplane.add_link(**OLD)["linkId"])
    _adopting(stack, link_id)
    stack.up()
    return link_id


def test_a_link_made_by_hand_is_taken_over_and_kept_as_it_was(stack: Stack) -> None:
    link_id = stack.userplane.add_link(**OLD)["linkId"]
    _adopting(stack, link_id)
    assert re.search(rf'adopt +: "{link_id}"', stack.preview())
    stack.sent()
    assert "is taken over and keeps its address https://help.acme.example/" in (said := stack.up())
    assert 'changed: link_title "Old" → "New"' in said
    assert stack.sent() == [("GET", None), ("PUT", {"linkTitle": "New"})]
    stack.preview("--expect-no-changes")
    stack.declare(help={"domain_id": "dom_help", "link_title": "New"})
    stack.preview("--expect-no-changes")
    stack.up("--expect-no-changes")
    assert stack.sent() == []
    stack.refresh("--expect-no-changes")
    stack.preview("--expect-no-changes")
    assert _live(stack) == [(link_id, "New")]


def test_the_option_import_does_the_same(stack: Stack) -> None:
    link_id = stack.userplane.add_link(**OLD)["linkId"]
    opts = f"pulumi.ResourceOptions(import_={link_id!r})"
    stack.declare(opts, help={"domain_id": "dom_help", "link_title": "Old"})
    stack.up()
    assert [method for method, _ in stack.sent()] == ["GET"]
    stack.preview("--expect-no-changes")
    assert _live(stack) == [(link_id, "Old")]


@pytest.mark.parametrize("option", ["protect=False", "delete_before_replace=True", "retain_on_delete=True"])
def test_no_replacement_touches_an_adopted_link(stack: Stack, adopted: str, option: str) -> None:
    _adopting(stack, adopted, f"pulumi.ResourceOptions({option})", domain_id="dom_app")
    assert "adopt: another domain_id makes a new link" in stack.preview(code=1)
    opts = f"pulumi.ResourceOptions({option}, replace_on_changes=['link_title'])"
    _adopting(stack, adopted, opts, link_title="Newer")
    stack.sent()
    assert "remove adopt=" in stack.up(code=1)
    assert {method for method, _ in stack.sent()} <= {"GET"}
    assert _live(stack) == [(adopted, "New")]


@pytest.mark.parametrize(
    ("option", "code", "said"),
    [
        # With --target-replace the provider may hear nothing of the link that the state holds until it is deleted.
        ("protect=False", 0, "was not deleted: this run has adopted it"),
        ("delete_before_replace=True", 1, "remove adopt="),
    ],
)
def test_a_replacement_asked_for_by_hand_keeps_it(
    stack: Stack, adopted: str, option: str, code: int, said: str
) -> None:
    _adopting(stack, adopted, f"pulumi.ResourceOptions({option})")
    assert said in stack.up("--target-replace", URN, code=code)
    stack.preview("--expect-no-changes")
    assert _live(stack) == [(adopted, "New")]


@pytest.mark.parametrize("arguments", [(), ("--run-program",)])
def test_destroy_deletes_it_like_any_other(stack: Stack, adopted: str, arguments: tuple[str, ...]) -> None:
    stack.pulumi("destroy", "--yes", "--skip-preview", *arguments)
    assert _live(stack) == []


def test_a_renamed_resource_takes_its_link_along_by_adopting_it(stack: Stack, adopted: str) -> None:
    stack.declare(faq={"domain_id": "dom_help", "link_title": "New", "adopt": adopted})
    assert "was not deleted: this run has adopted it" in stack.up()
    stack.preview("--expect-no-changes")
    assert _live(stack) == [(adopted, "New")]
