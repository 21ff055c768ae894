"""The emulator's page while somebody looks at it: what happens meanwhile appears, and what they are doing stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS
from tests.unit.emulator.page.reader import open_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.support.chromium import Visitor
    from tests.unit.emulator.client import Api

pytestmark = pytest.mark.slow

SOON = 5_000
"""Milliseconds in which news must be there."""


def test_new_link_appears_and_what_is_typed_stays(visitor: Visitor, emulator: Emulator, api: Api) -> None:
    api.create_link(meta={"text": "first"})
    page = _open(visitor, emulator, "")
    page.get_by_text("Use it:").click()
    page.get_by_role("searchbox").press_sequentially("chec")
    api.create_link()
    page.clock.run_for(SOON)

    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_text("2 links, newest first")).to_be_visible()
    expect(page.locator("#news")).to_have_text("Changed links: 1")
    expect(page.get_by_role("searchbox")).to_have_value("chec")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("k")
    expect(page.get_by_role("searchbox")).to_have_value("check")
    expect(page.get_by_role("region", name="Variables for a program")).to_be_visible()
    assert _was_never_loaded_again(page)


def test_new_request_appears_and_open_details_and_focus_stay(visitor: Visitor, emulator: Emulator, api: Api) -> None:
    api.create_link(meta={"text": "x" * 200})
    page = _open(visitor, emulator, "requests")
    details = page.get_by_text(re.compile("^Body, "))
    details.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Body of request 1")).to_be_visible()
    api.get(f"{LINKS}/lnk_none")
    page.clock.run_for(SOON)

    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("row").nth(1)).to_contain_text("LINK_NOT_FOUND")
    expect(page.locator("#news")).to_have_text("New requests: 1")
    expect(page.get_by_role("region", name="Body of request 1")).to_be_visible()
    expect(details).to_be_focused()
    assert _was_never_loaded_again(page)
    # What the page itself asked for is no request.
    assert [request.method for request in emulator.requests] == ["POST", "GET"]


def test_first_request_appears_on_an_empty_page(visitor: Visitor, emulator: Emulator, api: Api) -> None:
    page = _open(visitor, emulator, "requests")
    expect(page.get_by_text("There is no request yet.")).to_be_visible()
    api.get(LINKS)
    page.clock.run_for(SOON)
    expect(page.get_by_role("row")).to_have_count(2)


def test_used_fault_disappears_and_the_half_filled_form_stays(visitor: Visitor, emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="status", status=500)
    page = _open(visitor, emulator, "faults")
    page.get_by_label("Method").select_option("PUT")
    page.get_by_label("Delay in seconds").fill("2")
    api.get(LINKS)
    page.clock.run_for(SOON)

    expect(page.get_by_text("No fault is scripted")).to_be_visible()
    expect(page.get_by_label("Method")).to_have_value("PUT")
    expect(page.get_by_label("Delay in seconds")).to_have_value("2")
    expect(page.get_by_label("Delay in seconds")).to_be_focused()
    assert _was_never_loaded_again(page)


def test_changed_rows_show_it_and_the_focus_in_them_stays(visitor: Visitor, emulator: Emulator, api: Api) -> None:
    kept, deleted = api.create_link()["linkId"], api.create_link()["linkId"]
    page = _open(visitor, emulator, "")
    page.locator(f"#edit-{kept}").focus()
    api.put(f"{LINKS}/{kept}", {"linkTitle": "Changed meanwhile"})
    api.delete(f"{LINKS}/{deleted}")
    page.clock.run_for(SOON)
    expect(page.locator(f"#link-{kept}")).to_contain_text("Changed meanwhile")
    expect(page.locator(f"#link-{deleted}")).to_contain_text("Deleted")
    expect(page.locator(f"#edit-{kept}")).to_be_focused()


def test_address_keeps_the_focus_when_its_row_changes_or_moves(visitor: Visitor, emulator: Emulator, api: Api) -> None:
    kept = api.create_link()["linkId"]
    page = _open(visitor, emulator, "")
    address = page.locator(f"#link-{kept} .address a")
    address.focus()
    api.put(f"{LINKS}/{kept}", {"linkTitle": "Changed meanwhile"})
    page.clock.run_for(SOON)
    expect(page.locator(f"#link-{kept}")).to_contain_text("Changed meanwhile")
    expect(address).to_be_focused()
    api.create_link()
    page.clock.run_for(SOON)
    expect(page.get_by_role("row")).to_have_count(3)
    expect(address).to_be_focused()


@pytest.mark.parametrize("button", ["edit", "delete"])
def test_focus_goes_to_the_button_that_takes_the_place_of_another(
    visitor: Visitor, emulator: Emulator, api: Api, button: str
) -> None:
    link_id = api.create_link()["linkId"]
    page = _open(visitor, emulator, "")
    page.locator(f"#{button}-{link_id}").focus()
    api.delete(f"{LINKS}/{link_id}")
    page.clock.run_for(SOON)
    expect(page.locator(f"#restore-{link_id}")).to_be_focused()


def test_pager_keeps_the_focus_until_its_link_is_gone(visitor: Visitor, emulator: Emulator, api: Api) -> None:
    for _ in range(51):
        emulator.add_link(domainId="dom_help")
    page = _open(visitor, emulator, "")
    page.get_by_role("link", name="Older").focus()
    for _ in range(50):
        emulator.add_link(domainId="dom_help")
    page.clock.run_for(SOON)
    expect(page.get_by_text("Page 1 of 3")).to_be_visible()
    expect(page.get_by_role("link", name="Older")).to_be_focused()
    emulator.reset()
    api.create_link()
    page.clock.run_for(SOON)
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("heading", name="Links")).to_be_focused()


def test_focus_goes_to_the_heading_when_nothing_of_the_list_remains(
    visitor: Visitor, emulator: Emulator, api: Api
) -> None:
    api.get(LINKS)
    page = _open(visitor, emulator, "requests")
    page.get_by_role("button", name="Clear the requests").focus()
    emulator.clear_requests()
    page.clock.run_for(SOON)
    expect(page.get_by_text("There is no request yet.")).to_be_visible()
    expect(page.get_by_role("heading", name="Requests")).to_be_focused()


def test_silent_emulator_is_announced_until_it_responds(visitor: Visitor, emulator: Emulator) -> None:
    visitor.expect_complaint("ERR_CONNECTION_REFUSED")
    page = _open(visitor, emulator, "")
    page.route("**/*", lambda route: route.abort("connectionrefused"))
    page.clock.run_for(SOON)
    expect(page.locator("#news")).to_contain_text("The emulator does not respond.")
    expect(page.locator("#news")).to_be_in_viewport()
    page.unroute("**/*")
    page.clock.run_for(SOON)
    expect(page.locator("#news")).to_have_text("The emulator responds again.")


def test_form_is_taken_when_the_emulator_was_started_again_meanwhile(visitor: Visitor) -> None:
    with Emulator() as first:
        address = first.page_url
        page = _open(visitor, first, "faults")
        page.get_by_label("Delay in seconds").fill("2")
    with Emulator(port=int(address.rstrip("/").rpartition(":")[2])) as second:
        page.clock.run_for(SOON)
        expect(page.locator("input[name=token]")).to_have_value(
            open_page(second, "faults").forms["/faults"].fields["token"]
        )
        page.get_by_role("button", name="Break the next request").click()
        expect(page.locator("#done")).to_be_visible()
        assert [fault.latency for fault in second.faults] == [2]


def test_message_is_gone_when_the_page_is_loaded_again(visitor: Visitor, emulator: Emulator, api: Api) -> None:
    api.create_link()
    page = visitor.open(f"{emulator.page_url}requests")
    page.get_by_role("button", name="Clear the requests").click()
    expect(page.locator("#done")).to_be_focused()
    expect(page).to_have_url(f"{emulator.page_url}requests")
    page.reload()
    expect(page.locator("#done")).to_have_count(0)


def _open(visitor: Visitor, emulator: Emulator, path: str) -> Page:
    page = visitor.open(f"{emulator.page_url}{path}", clock=True)
    page.evaluate("window.isTheFirst = true")
    return page


def _was_never_loaded_again(page: Page) -> bool:
    return bool(page.evaluate("window.isTheFirst"))
