"""Titles, addresses and bodies that want to be more than text: nothing of them runs, and their neighbours stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support.chromium import check_width
from tests.unit.emulator.client import LINKS

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from pulumi_userplane.emulator import Emulator
    from tests.support.chromium import Visitor
    from tests.unit.emulator.client import Api

pytestmark = pytest.mark.slow

HOSTILE = {
    "script": "<script>window.ran = 1</script>",
    "picture": "\"'><img src=/x onerror=window.ran=1>",
    "attribute": "' onfocus=window.ran=1 autofocus x='",
    "end-of-form": "</select></textarea></title></style><iframe srcdoc='<script>parent.ran=1</script>'>",
    "template": "{{ 7 * 7 }}{% raw %}${7*7}",
    "override": "\u202egnp.exe \u2067right",
    "hebrew": "שלום (12) / ",
    "newlines": "one\ntwo\r\nthree\u2028four\x00\x1b[31m",
    "emoji": "👩‍👩‍👧 \U0001f4b3" * 20,
    "combining": "Z" + "\u0324\u035b" * 120,
    "long": "x" * 10_000,
}
ADDRESSES = [
    "javascript:window.ran=1",
    " javascript:window.ran=1",
    "JaVaScRiPt:window.ran=1//https://app.acme.example",
    "data:text/html,<script>window.ran=1</script>",
    "http://plain.example/x",
    "//elsewhere.example/x",
    "https://user@elsewhere.example/x",
    "https:\\\\elsewhere.example",
    "\u202ehttps://elsewhere.example",
]


@pytest.fixture
def hostile(emulator: Emulator) -> None:
    """Adds a link for each text, between two that are harmless."""
    for number, (name, text) in enumerate(HOSTILE.items()):
        moment = f"2025-01-01T00:00:{2 * number:02}.000Z"
        emulator.add_link(
            linkId=f"lnk_{name}", domainId="dom_help", linkTitle=text, createdAt=moment, meta={text: text}
        )
        moment = f"2025-01-01T00:00:{2 * number + 1:02}.000Z"
        emulator.add_link(domainId="dom_help", linkTitle="Harmless", createdAt=moment)


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("width", [320, 1280])
def test_hostile_titles_are_text_in_the_list(visitor: Visitor, emulator: Emulator, width: int) -> None:
    page = visitor.open(emulator.page_url, width=width)
    expect(page.get_by_role("row")).to_have_count(2 * len(HOSTILE) + 1)
    expect(page.locator("#link-lnk_script .title")).to_have_text(HOSTILE["script"])
    expect(page.locator("#link-lnk_template .title")).to_have_text(HOSTILE["template"])
    expect(page.locator("#link-lnk_override .title")).to_have_text("U+202Egnp.exe U+2067right")
    expect(page.locator("#link-lnk_newlines .title")).to_contain_text("oneU+000Atwo")
    expect(page.locator("#link-lnk_long .title")).to_contain_text("10,000 characters in all")
    for column in range(1, 6 if width == 1280 else 2):
        assert len(_places(page, f"td:nth-child({column})")) == 1
    check_width(page)
    _check_harmless(page)


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_title_is_text_wherever_it_is_shown(visitor: Visitor, emulator: Emulator, name: str) -> None:
    page = visitor.open(f"{emulator.page_url}links/edit?link=lnk_{name}", width=320)
    check_width(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_contain_text("Nothing was changed in")
    _check_harmless(page)
    assert _find(emulator, f"lnk_{name}")["linkTitle"] == HOSTILE[name]
    assert _find(emulator, f"lnk_{name}")["meta"] == {HOSTILE[name]: HOSTILE[name]}

    page.locator(f"#delete-lnk_{name}").click()
    check_width(page)
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#done")).to_contain_text("Deleted")
    assert _is_read_from_left_to_right(page)
    check_width(page)
    _check_harmless(page)
    page.goto(f"{emulator.page_url}faults?link=lnk_{name}")
    check_width(page)
    _check_harmless(page)


def test_only_https_addresses_are_links(visitor: Visitor, emulator: Emulator) -> None:
    for address in ADDRESSES:
        emulator.add_link(domainId="dom_help", linkTitle="Hostile", linkURL=address)
    emulator.add_link(domainId="dom_help", linkTitle="Good", linkURL="https://app.acme.example/r/1")
    page = visitor.open(emulator.page_url)
    addresses = page.locator(".address a").evaluate_all("all => all.map(link => link.href)")
    assert addresses == ["https://app.acme.example/r/1"]
    expect(page.locator(".address")).to_have_count(len(ADDRESSES) + 1)
    _check_harmless(page)


def test_hostile_requests_are_text(visitor: Visitor, emulator: Emulator, api: Api) -> None:
    for text in HOSTILE.values():
        api.post(LINKS, {"domainId": text, text: text})
        api.send("POST", LINKS, data=text.encode())
        api.get(LINKS, search=text)
    page = visitor.open(f"{emulator.page_url}requests", width=320)
    expect(page.get_by_role("row")).to_have_count(3 * len(HOSTILE) + 1)
    for details in page.locator("details[id^=body]").all():
        details.locator("summary").click()
    check_width(page)
    _check_harmless(page)


def test_spaces_are_shown_as_many_as_there_are(visitor: Visitor, emulator: Emulator) -> None:
    for number, title in enumerate(("a b", "a      b")):
        emulator.add_link(linkId=f"lnk_{number}", domainId="dom_help", linkTitle=title)
    page = visitor.open(emulator.page_url)
    widths = [page.locator(f"#link-lnk_{number} .title bdi").bounding_box() for number in range(2)]
    assert widths[0] is not None
    assert widths[1] is not None
    assert widths[1]["width"] > widths[0]["width"] + 10


def _check_harmless(page: Page) -> None:
    """Nothing of a text has become part of the page: its own parts and nothing else are there."""
    assert page.evaluate("window.ran") is None
    foreign = "img, iframe, main script, object, embed, form:not([action^='/']), [onfocus], [onerror], [style]"
    expect(page.locator(foreign)).to_have_count(0)


def _places(page: Page, selector: str) -> set[tuple[int, int]]:
    """Where cells begin, and how wide they are: each column is the same in all rows."""
    boxes = page.locator(f"tbody {selector}").evaluate_all("all => all.map(cell => cell.getBoundingClientRect())")
    return {(round(box["x"]), round(box["width"])) for box in boxes}


def _is_read_from_left_to_right(page: Page) -> bool:
    """Whether the words of the message are where a reader expects them: the title's direction ends with it."""
    first, title, last = page.locator("#done").evaluate(
        """message => [...message.childNodes].map(node => {
            const range = document.createRange();
            range.selectNodeContents(node);
            const boxes = [...range.getClientRects()].filter(box => box.width);
            return [boxes[0].top, boxes[0].left, boxes.at(-1).bottom, boxes.at(-1).right];
        })"""
    )
    begins_left = first[1] < title[1] or first[2] <= title[0] + 2
    ends_right = last[1] >= title[3] - 2 or last[0] >= title[2] - 2
    return bool(begins_left and ends_right)


def _find(emulator: Emulator, link_id: str) -> dict[str, Any]:
    [found] = [link for link in emulator.links if link["linkId"] == link_id]
    return {**found}
