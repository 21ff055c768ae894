"""A program adopts links that were created outside Pulumi, with the real CLI."""

from __future__ import annotations

import re
from textwrap import dedent
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
    link_id = "lnk_old"
    stack.userplane.add_link(linkId=link_id, **OLD)
    _adopting(stack, link_id)
    stack.deploy()
    return link_id


def test_adopt_takes_over_link_unchanged_when_it_was_created_outside_pulumi(stack: Stack) -> None:
    link_id, imported = (stack.userplane.add_link(**OLD)["linkId"] for _ in range(2))
    by_option = f"""
        userplane.RecordingLink("imported", domain_id="dom_help", link_title="Old",
            opts=pulumi.ResourceOptions(import_={imported!r}))
    """
    adopting = f"""
        userplane.RecordingLink("help", domain_id="dom_help", link_title="New", adopt={link_id!r})
    """
    stack.program(dedent(by_option) + dedent(adopting))
    assert set(re.findall(r'adopt +: "(.+)"', stack.preview())) == {link_id, imported}
    stack.sent()

    output = stack.up()

    taken_over = r"\((lnk_\w+)\) was adopted and keeps its address https://help\.acme\.example/"
    assert set(re.findall(taken_over, output)) == {link_id, imported}
    assert "changed: link_title\n" in output
    # The option does the same, without a read of the engine's own.
    assert sorted(stack.sent(), key=repr) == [("GET", None), ("GET", None), ("PUT", {"linkTitle": "New"})]
    stack.preview("--expect-no-changes")
    stack.program(dedent(by_option) + 'userplane.RecordingLink("help", domain_id="dom_help", link_title="New")')
    stack.up("--expect-no-changes")
    assert stack.sent() == []
    stack.refresh("--expect-no-changes")
    stack.preview("--expect-no-changes")
    assert _live(stack) == [(link_id, "New"), (imported, "Old")]


def test_preview_fails_when_adopted_link_would_be_replaced(stack: Stack, adopted: str) -> None:
    # The check fails, which hears of no option.
    _adopting(stack, adopted, domain_id="dom_app")
    assert "adopt: another domain_id creates a new link" in stack.preview(code=1)
    for option in ("protect=False", "delete_before_replace=True", "retain_on_delete=True"):
        opts = f"pulumi.ResourceOptions({option}, replace_on_changes=['link_title'])"
        _adopting(stack, adopted, opts, link_title="Newer")
        assert "remove adopt=" in stack.up(code=1)
        assert {method for method, _ in stack.sent()} <= {"GET"}
        assert _live(stack) == [(adopted, "New")]


def test_up_keeps_adopted_link_when_replacement_is_requested_by_flag(stack: Stack, adopted: str) -> None:
    for option, code, output in (
        # With --target-replace the provider may hear nothing of the link that the state holds until it is deleted.
        ("protect=False", 0, "was not deleted: this run has adopted it"),
        ("delete_before_replace=True", 1, "remove adopt="),
    ):
        _adopting(stack, adopted, f"pulumi.ResourceOptions({option})")
        assert output in stack.up("--target-replace", URN, code=code)
        stack.preview("--expect-no-changes")
        assert _live(stack) == [(adopted, "New")]
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert _live(stack) == []


def test_adopt_keeps_link_when_resource_is_renamed(stack: Stack, adopted: str) -> None:
    stack.declare(faq={"domain_id": "dom_help", "link_title": "New", "adopt": adopted})
    # The engine compares what the refresh has read of the old name, too, although the program doesn't declare it.
    output = stack.pulumi("up", "--yes", "--refresh")
    assert "this run has adopted it (the state holds it as faq and as help)" in output
    stack.preview("--expect-no-changes")
    assert _live(stack) == [(adopted, "New")]
    # The program runs, and its check hears of `adopt` again.
    stack.pulumi("destroy", "--yes", "--skip-preview", "--run-program")
    assert _live(stack) == []
