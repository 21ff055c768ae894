"""What people see of the emulator's page: each section and state, light and dark, narrow and wide, by keyboard too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.chromium import check_accessibility, check_width, find_accessibility_problems
from tests.unit.emulator.client import LINKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from pulumi_userplane.emulator import Emulator
    from tests.support.chromium import Visitor
    from tests.unit.emulator.client import Api

pytestmark = pytest.mark.slow

WIDE, NARROW = 1280, 320
LONG = "Help-with-checkout-" * 13

_FOCUS = """() => {
    const one = document.activeElement;
    const {outlineStyle, outlineWidth} = getComputedStyle(one);
    const {left, right, top, bottom} = one.getClientRects()[0];
    const above = document.elementFromPoint((left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2);
    const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && one.contains(above);
    return [one.outerHTML, isSeen];
}"""
"""What has the focus, and whether that is seen: it has a frame, and nothing lies over it."""

_IN_ORDER = """() => [...document.querySelectorAll("a[href], button:not([disabled]), input:not([type=hidden]), select,"
    + " textarea, summary, pre[tabindex='0']")].filter(one => one.checkVisibility()).map(one => one.outerHTML)"""


@pytest.fixture
def filled(emulator: Emulator, api: Api) -> None:
    """Adds links in each state, requests with each outcome, faults, changed behaviours and a limit."""
    emulator.add_link(
        linkId="lnk_help",
        domainId="dom_help",
        linkTitle="Help",
        linkProviderReference="pulumi:shop/dev/help#1a2b3c4d",
        meta={"team": LONG},
    )
    emulator.add_link(linkId="lnk_long", domainId="dom_new", linkTitle=LONG)
    emulator.add_link(linkId="lnk_gone", domainId="dom_app", linkTitle="Gone", deleted=True)
    emulator.add_link(domainId="dom_app", projectId="prj_onboarding")
    emulator.delete_project("prj_onboarding")
    emulator.set_behaviours(rate_limit=4, trim_text=True, second_delete="403 FORBIDDEN")
    api.post(LINKS, {"domainId": "dom_help", "meta": {"text": LONG}})
    api.post(LINKS, {"domainId": LONG})
    emulator.fault(answer="status", status=500)
    api.get(LINKS)
    emulator.fault(path="/links$", answer="status", times=None, latency=2, after_work=True, skip=3)
    emulator.fault(answer="drop")


def _show(path: str) -> Callable[[Page, str], None]:
    return lambda page, address: (page.goto(f"{address}{path}"), None)[1]


def _open_details(page: Page, address: str) -> None:
    page.goto(f"{address}requests")
    page.get_by_text("Body, 2").first.click()
    page.get_by_text("Use it:").click()


def _say_what_was_done(page: Page, address: str) -> None:
    page.goto(f"{address}links/delete?link=lnk_long")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#done")).to_be_focused()


def _refuse_link(page: Page, address: str) -> None:
    page.goto(f"{address}links/edit?link=lnk_help")
    page.get_by_label("Map").fill(f"{{{LONG}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _refuse_fault(page: Page, address: str) -> None:
    page.goto(f"{address}faults")
    page.get_by_label("How many requests").fill("0")
    page.locator("form.fields").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name="Break the next request").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _refuse_behaviours(page: Page, address: str) -> None:
    page.goto(f"{address}behaviours")
    page.get_by_label("second_delete").fill(LONG)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _refuse_old_form(page: Page, address: str) -> None:
    page.goto(f"{address}links/delete?link=lnk_help")
    page.locator("[name=token]").evaluate("field => { field.value = '' }")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("403")


STATES = {
    "links": _show(""),
    "older-links": _show("?page=2"),
    "nothing-found": _show("?text=nothing"),
    "edit": _show("links/edit?link=lnk_long"),
    "edit-refused": _refuse_link,
    "delete": _show("links/delete?link=lnk_long"),
    "done": _say_what_was_done,
    "requests": _open_details,
    "faults": _show("faults?link=lnk_long"),
    "fault-refused": _refuse_fault,
    "limits": _show("limits"),
    "behaviours": _show("behaviours"),
    "behaviours-refused": _refuse_behaviours,
    "unknown-page": _show("nothing-here"),
    "old-form": _refuse_old_form,
}
STATUSES = {"edit-refused": 400, "fault-refused": 400, "behaviours-refused": 400, "unknown-page": 404, "old-form": 403}
SECTIONS = ("", "requests", "faults", "limits", "behaviours")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("state", STATES)
def test_everybody_can_use_it(visitor: Visitor, emulator: Emulator, state: str) -> None:
    if state in STATUSES:
        visitor.expect_complaint(f"status of {STATUSES[state]}")
    if state == "older-links":
        for number in range(50):
            emulator.add_link(domainId="dom_app", linkTitle=f"Newer {number}")
    page = visitor.open(emulator.page_url, width=WIDE)
    STATES[state](page, emulator.page_url)
    _check_each_look(page)


@pytest.mark.parametrize("section", SECTIONS)
def test_everybody_can_use_an_empty_section(visitor: Visitor, emulator: Emulator, section: str) -> None:
    _check_each_look(visitor.open(f"{emulator.page_url}{section}", width=WIDE))


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("section", [*SECTIONS, "links/edit?link=lnk_help", "links/delete?link=lnk_help"])
def test_tab_reaches_everything_in_its_order_and_shows_where_it_is(
    visitor: Visitor, emulator: Emulator, section: str, width: int
) -> None:
    page = visitor.open(f"{emulator.page_url}{section}", width=width)
    wanted = page.evaluate(_IN_ORDER)
    reached = []
    for _ in wanted:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(_FOCUS))
    assert [html for html, is_seen in reached if not is_seen] == []
    assert [html for html, _ in reached] == wanted


@pytest.mark.usefixtures("filled")
def test_link_is_edited_deleted_and_restored_by_keyboard_alone(visitor: Visitor, emulator: Emulator) -> None:
    page = visitor.open(emulator.page_url)
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    press("Enter")
    press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("lnk_help")
    press("Enter")
    expect(page.get_by_role("button", name="Edit")).to_have_count(1)
    _tab_to(page, "Edit “Help”")
    press("Enter")
    expect(page).to_have_title(re.compile("^Edit “Help” "))
    _tab_to(page, "Title")
    press("End")
    page.keyboard.type(" me")
    press("Tab")
    press("Space")
    press("Enter")
    expect(page.locator("#done")).to_be_focused()
    link = next(link for link in emulator.links if link["linkId"] == "lnk_help")
    assert (link["linkTitle"], link["linkReusable"]) == ("Help me", True)

    _tab_to(page, "Delete “Help me”")
    press("Space")
    expect(page).to_have_title(re.compile("^Delete “Help me”[?]"))
    _tab_to(page, "Delete “Help me”")
    press("Space")
    expect(page.locator("#done")).to_have_text("Deleted “Help me”.")
    _tab_to(page, "Restore “Help me”")
    press("Enter")
    expect(page.locator("#done")).to_have_text("Restored “Help me”.")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("section", SECTIONS)
def test_forced_colours_hide_nothing_and_nothing_moves(visitor: Visitor, emulator: Emulator, section: str) -> None:
    page = visitor.open(f"{emulator.page_url}{section}", forced_colors="active", reduced_motion="reduce")
    _tab_to_first_field(page)
    assert page.evaluate(_FOCUS)[1]
    frameless = "one => getComputedStyle(one).borderTopWidth === '0px'"
    buttons = page.locator("main button")
    assert buttons.evaluate_all(f"all => all.filter({frameless}).map(one => one.outerHTML)") == []
    moving = "({transitionDuration, animationName}) => transitionDuration !== '0s' || animationName !== 'none'"
    assert page.locator("*").evaluate_all(f"all => all.map(one => getComputedStyle(one)).filter({moving}).length") == 0


def _check_each_look(page: Page) -> None:
    check_accessibility(page)
    check_width(page)
    page.emulate_media(color_scheme="dark")
    assert find_accessibility_problems(page, only=["color-contrast"]) == []
    page.set_viewport_size({"width": NARROW, "height": 800})
    check_accessibility(page)
    check_width(page)
    page.emulate_media(color_scheme="light")
    assert find_accessibility_problems(page, only=["color-contrast"]) == []


def _tab_to(page: Page, name: str) -> None:
    """Presses Tab until something with this name has the focus, as somebody does who can't see the page at once."""
    wanted = page.get_by_role("button", name=name, exact=True).or_(page.get_by_label(name, exact=True))
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    pytest.fail(f"Tab does not lead to {name}")


def _tab_to_first_field(page: Page) -> None:
    page.get_by_role("link", name="Skip to the content").press("Enter")
    page.keyboard.press("Tab")
