"""What somebody does on the emulator's page reaches the real CLI as drift, and `pulumi up --refresh` repairs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.engine.stack import CANARY

if TYPE_CHECKING:
    from tests.engine.stack import Stack
    from tests.support.chromium import Visitor


def test_links_that_were_edited_and_deleted_on_the_page_are_repaired(stack: Stack, visitor: Visitor) -> None:
    stack.declare(
        help={"domain_id": "dom_help", "link_title": "Help"},
        billing={"domain_id": "dom_app", "link_title": "Billing"},
    )
    stack.deploy()
    deleted = stack.links()["billing"]["id"]

    page = visitor.open(stack.userplane.page_url)
    page.get_by_role("button", name="Edit “Help”").click()
    page.get_by_label("Title").fill("Edited by a colleague")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Delete “Billing”").click()
    page.get_by_role("button", name="Delete “Billing”").click()
    expect(page.locator("#done")).to_have_text("Deleted “Billing”.")
    assert stack.sent() == []

    printed = stack.up("--refresh")
    assert "1 updated" in printed
    assert "1 created" in printed

    expect(page.locator(".live .title")).to_have_text(["Billing", "Help"])
    expect(page.locator(f"#link-{deleted}")).to_contain_text("Deleted")
    expect(page.locator(f"#link-{deleted}")).to_contain_text("pulumi:p/dev/billing")
    page.get_by_role("link", name="Requests").click()
    expect(page.get_by_role("row").filter(has_text='{"linkTitle": "Help"}')).to_have_count(1)
    assert CANARY not in page.content()
