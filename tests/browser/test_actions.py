"""Each button of the emulator's page, in a real browser, with scripts and without: what the emulator holds then."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pulumi_userplane.emulator.behaviours import Behaviours
from tests.unit.emulator.client import LINKS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from pulumi_userplane.emulator import Emulator
    from tests.support.chromium import Visitor
    from tests.unit.emulator.client import Api

pytestmark = pytest.mark.slow

MARK = "pulumi:shop/dev/help#1a2b3c4d"
WORDS_OF_BEHAVIOURS = {
    "default_link_type": ("review", "review"),
    "default_provider_type": ("zendesk", "zendesk"),
    "ignored_fields": ("meta, linkTitle", {"meta", "linkTitle"}),
    "links_per_page": ("take", "take"),
    "projects_per_page": ("5", 5),
    "domains_per_page": ("refuse", "refuse"),
    "members_per_page": ("refuse", "refuse"),
    "rate_headers": ("RateLimit-Limit", {"ratelimit-limit"}),
    "refused_input": ('{"problem": "…"}', {"problem": "…"}),
    "refused_status": ("422", 422),
    "created_status": ("201", 201),
    "updated_status": ("202", 202),
    "second_delete": ("taken", "taken"),
    "unknown_domain": ("409 DOMAIN_TAKEN", "409 DOMAIN_TAKEN"),
    "unknown_project": ("input", "input"),
    "unverified_domain": ("403", "403"),
}
"""What to type for the behaviours that have a box for text, and what comes of it."""


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether scripts run."""
    return bool(request.param)


@pytest.fixture
def links(emulator: Emulator) -> None:
    """Adds a link, and one in a project that is deleted."""
    emulator.add_link(linkId="lnk_help", domainId="dom_help", linkTitle="Help", linkProviderReference=MARK)
    emulator.add_link(linkId="lnk_gone", domainId="dom_app", linkTitle="Gone", projectId="prj_onboarding")
    emulator.delete_project("prj_onboarding")


@pytest.mark.usefixtures("links")
def test_link_is_edited_and_the_rest_of_it_stays(visitor: Visitor, emulator: Emulator, scripts: bool) -> None:
    page = visitor.open(emulator.page_url, scripts=scripts)
    page.get_by_role("button", name="Edit “Help”").click()
    page.get_by_label("Title").fill("Help with checkout")
    page.get_by_label("Reusable").check()
    page.get_by_label("Provider type").select_option("zendesk")
    page.get_by_label("Provider id").fill("z-1")
    page.get_by_label("Map").fill('{"team": "support"}')
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status").first).to_have_text("Changed “Help with checkout”.")
    link = _find(emulator, "lnk_help")
    assert (link["linkTitle"], link["linkReusable"], link["linkProviderType"]) == (
        "Help with checkout",
        True,
        "zendesk",
    )
    assert (link["linkProviderId"], link["meta"]) == ("z-1", {"team": "support"})
    assert link["linkProviderReference"] == MARK

    page.get_by_role("button", name="Edit “Help with checkout”").click()
    page.get_by_label("Reference").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Changed “Help with checkout”.")).to_be_visible()
    assert _find(emulator, "lnk_help") == {**link, "linkProviderReference": None}
    assert emulator.requests == []


@pytest.mark.usefixtures("links")
def test_wrong_map_is_refused_and_what_was_typed_stays(visitor: Visitor, emulator: Emulator, scripts: bool) -> None:
    visitor.expect_complaint("status of 400")
    page = visitor.open(f"{emulator.page_url}links/edit?link=lnk_help", scripts=scripts)
    page.get_by_label("Title").fill("New")
    page.get_by_label("Map").fill("{team}")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("alert")).to_have_text("Nothing was changed. 1 field is wrong: Map.")
    expect(page.get_by_label("Map")).to_have_accessible_description(re.compile("This is not JSON"))
    expect(page.get_by_label("Title")).to_have_value("New")
    assert _find(emulator, "lnk_help")["linkTitle"] == "Help"
    page.get_by_label("Map").fill('{"team": 1}')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Changed “New”.")).to_be_visible()
    assert _find(emulator, "lnk_help")["meta"] == {"team": 1}

    page.get_by_role("button", name="Edit “New”").click()
    page.get_by_label("Title").fill("Newer")
    page.get_by_role("link", name="Cancel").click()
    expect(page).to_have_title(re.compile("^Links"))
    assert _find(emulator, "lnk_help")["linkTitle"] == "New"


@pytest.mark.usefixtures("links")
def test_link_is_deleted_once_confirmed_and_restored(visitor: Visitor, emulator: Emulator, scripts: bool) -> None:
    page = visitor.open(emulator.page_url, scripts=scripts)
    page.get_by_role("button", name="Delete “Help”").click()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Delete “Help”").click()
    assert _find(emulator, "lnk_help")["live"]
    page.get_by_role("button", name="Delete “Help”").click()
    expect(page.get_by_text("Deleted “Help”.")).to_be_visible()
    assert _find(emulator, "lnk_help")["deletedAt"]
    expect(page.get_by_role("row", name="Help")).to_contain_text("Deleted")

    page.get_by_role("button", name="Restore “Help”").click()
    expect(page.get_by_text("Restored “Help”.")).to_be_visible()
    assert _find(emulator, "lnk_help")["live"]
    page.get_by_role("button", name="Restore project").click()
    expect(page.get_by_text("Restored the project of “Gone”.")).to_be_visible()
    assert _find(emulator, "lnk_gone")["live"]
    assert emulator.requests == []


def test_list_is_filtered_and_has_pages(visitor: Visitor, emulator: Emulator, scripts: bool) -> None:
    for number in range(51):
        emulator.add_link(
            domainId="dom_help", linkTitle=f"Link {number}", createdAt=f"2025-01-01T00:00:{number:02}.000Z"
        )
    page = visitor.open(emulator.page_url, scripts=scripts)
    page.get_by_role("link", name="Older").click()
    expect(page.locator(".title")).to_have_text(["Link 0"])
    page.get_by_role("button", name="Delete “Link 0”").click()
    page.get_by_role("button", name="Delete “Link 0”").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.get_by_role("link", name="Newer").click()
    expect(page.locator(".title").first).to_have_text("Link 50")

    page.get_by_role("searchbox").fill("Link 4")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".count")).to_have_text("11 links found, newest first")
    page.get_by_role("link", name="Show all").click()
    expect(page.locator(".count")).to_have_text("51 links, newest first")


def test_requests_are_shown_with_why_they_were_refused_and_cleared(
    visitor: Visitor, emulator: Emulator, api: Api, scripts: bool
) -> None:
    api.post(LINKS, {"domainId": "dom_help", "meta": {"text": "x" * 200}})
    api.get("/workspace/ws_demo/links/lnk_none")
    page = visitor.open(emulator.page_url, scripts=scripts)
    page.get_by_role("link", name="Requests").click()
    rows = page.get_by_role("row")
    expect(rows).to_have_count(3)
    refused, accepted = rows.nth(1), rows.nth(2)
    expect(refused).to_contain_text(re.compile(r"GET .*lnk_none.*404.*LINK_NOT_FOUND: ", re.DOTALL))
    expect(accepted).to_contain_text("200")
    accepted.get_by_text("Body, 2").click()
    expect(accepted.get_by_role("region")).to_contain_text('"domainId": "dom_help"')

    page.get_by_role("button", name="Clear the requests").click()
    expect(page.get_by_text("Cleared the requests.")).to_be_visible()
    assert emulator.requests == []


@pytest.mark.usefixtures("links")
def test_next_request_for_a_link_is_broken(visitor: Visitor, emulator: Emulator, api: Api, scripts: bool) -> None:
    page = visitor.open(f"{emulator.page_url}links/edit?link=lnk_help", scripts=scripts)
    page.get_by_role("link", name="Break the next request for this link").click()
    page.get_by_label("Status and code").select_option("410 LINK_GONE")
    page.get_by_label("Method").select_option("GET")
    page.get_by_label("How many requests").fill("2")
    page.get_by_label("Delay in seconds").fill("0.001")
    page.get_by_label("Do what the request asks").check()
    page.get_by_role("button", name="Break the next request").click()
    expect(page.get_by_text("Several matching requests will be broken.")).to_be_visible()
    expect(page.get_by_role("row").nth(1)).to_contain_text("GET, the link “Help” lnk_help")
    [fault] = emulator.faults
    assert (fault.method, fault.status, fault.code, fault.times) == ("GET", 410, "LINK_GONE", 2)
    assert (fault.latency, fault.after_work) == (0.001, True)

    api.get(f"{LINKS}/lnk_gone")
    assert api.get(f"{LINKS}/lnk_help").status_code == 410
    assert [bool(request.fault) for request in emulator.requests] == [False, True]
    page.get_by_role("link", name="Requests").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text(re.compile("410.*Fault", re.DOTALL))
    page.get_by_role("link", name="Faults").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("An error: 410 LINK_GONE")
    page.get_by_role("button", name="Remove all faults").click()
    expect(page.get_by_text("Removed all faults.")).to_be_visible()
    assert emulator.faults == []
    assert api.get(f"{LINKS}/lnk_help").status_code == 200


def test_each_kind_of_break_can_be_scripted(visitor: Visitor, emulator: Emulator) -> None:
    page = visitor.open(f"{emulator.page_url}faults")
    answers = page.get_by_label("What the client gets").locator("option").evaluate_all("all => all.map(o => o.value)")
    for answer in answers:
        page.get_by_label("What the client gets").select_option(answer)
        page.get_by_role("button", name="Break the next request").click()
        expect(page.get_by_role("status").first).to_be_visible()
    assert [fault.answer for fault in emulator.faults] == answers
    assert len(answers) == 10


def test_each_behaviour_can_be_set_and_all_be_reset(visitor: Visitor, emulator: Emulator, scripts: bool) -> None:
    page = visitor.open(f"{emulator.page_url}behaviours", scripts=scripts)
    expected: dict[str, object] = {name: _set_behaviour(page, name) for name in Behaviours.model_fields}
    page.get_by_role("button", name="Save behaviours").click()
    expect(page.get_by_text("Changed the behaviours.")).to_be_visible()
    assert {name: value for name, value in emulator.behaviours if value != expected[name]} == {}
    assert {name for name, value in Behaviours() if value == expected[name]} == set()

    page.get_by_role("button", name="Back to defaults").click()
    expect(page.get_by_text("All behaviours are back to their defaults.")).to_be_visible()
    assert emulator.behaviours == Behaviours()


def test_wrong_behaviour_is_refused_and_nothing_is_changed(visitor: Visitor, emulator: Emulator, scripts: bool) -> None:
    visitor.expect_complaint("status of 400")
    page = visitor.open(f"{emulator.page_url}behaviours", scripts=scripts)
    page.get_by_label("second_delete").fill("perhaps")
    page.get_by_label("trim_text").check()
    page.get_by_role("button", name="Save behaviours").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("alert").get_by_role("link", name="second_delete").click()
    expect(page.get_by_label("second_delete")).to_be_focused()
    expect(page.get_by_label("second_delete")).to_have_value("perhaps")
    expect(page.get_by_label("second_delete")).to_have_accessible_description(re.compile("perhaps|match|input"))
    assert emulator.behaviours == Behaviours()


def test_limits_are_switched_on_and_what_remains_is_shown(
    visitor: Visitor, emulator: Emulator, api: Api, scripts: bool
) -> None:
    page = visitor.open(f"{emulator.page_url}limits", scripts=scripts)
    page.get_by_role("link", name="rate_limit").click()
    page.get_by_label("rate_limit").fill("3")
    page.get_by_role("button", name="Save behaviours").click()
    expect(page.get_by_text("Changed the behaviours.")).to_be_visible()
    api.get(LINKS)
    page.get_by_role("link", name="Limits").click()
    expect(page.get_by_text("2 of 3 remain")).to_be_visible()
    expect(page.get_by_text("1 request in the last 24 hours")).to_be_visible()


@pytest.mark.usefixtures("links")
def test_form_of_an_earlier_run_is_refused(visitor: Visitor, emulator: Emulator, scripts: bool) -> None:
    visitor.expect_complaint("status of 403")
    page = visitor.open(f"{emulator.page_url}links/delete?link=lnk_help", scripts=scripts)
    page.locator("[name=token]").evaluate("field => { field.value = 'an-earlier-one' }")
    page.get_by_role("button", name="Delete “Help”").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("of an earlier run")
    assert _find(emulator, "lnk_help")["live"]
    page.get_by_role("link", name="Go to the links").click()
    expect(page.get_by_role("button", name="Delete “Help”")).to_be_visible()


def _find(emulator: Emulator, link_id: str) -> dict[str, object]:
    [found] = [link for link in emulator.links if link["linkId"] == link_id]
    return {**found}


def _set_behaviour(page: Page, name: str) -> object:
    """Sets a behaviour to something else than its default, and returns what."""
    control = page.locator(f"#{name}")
    default = getattr(Behaviours(), name)
    if isinstance(default, bool):
        control.set_checked(not default)
        return not default
    if isinstance(default, int) and name not in WORDS_OF_BEHAVIOURS:
        control.fill("7")
        return 7
    if control.evaluate("control => control.localName") == "select":
        options = control.locator("option").evaluate_all("all => all.map(option => option.value)")
        other = next(option for option in options if option != str(default))
        control.select_option(other)
        return other
    typed, value = WORDS_OF_BEHAVIOURS[name]
    control.fill(typed)
    return value
