"""The site in a real browser: each page in both themes, narrow and wide, and what a newcomer looks for there."""

from __future__ import annotations

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal

import pytest
from playwright.sync_api import expect

from tests.support.chromium import find_accessibility_problems, find_wide_boxes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.support.chromium import Visitor

pytestmark = [pytest.mark.needs_sphinx, pytest.mark.slow]

WIDE, NARROW = 1280, 360
SCROLLING = "html, .content"
"""What moves in a narrow window."""
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

_MARK_NEW_STYLES = """known => {
    const looked = new Set(known), fresh = [];
    const look = element => `${element.tagName}.${element.className}`;
    for (const element of document.querySelectorAll("body *")) {
        if (![...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())) continue;
        const parents = [];
        for (let one = element; one !== document.body && parents.length < 4; one = one.parentElement) parents.push(one);
        const style = parents.map(look).join(" < ");
        if (looked.has(style)) continue;
        looked.add(style);
        fresh.push(style);
        element.setAttribute("data-new-style", "");
    }
    return fresh;
}"""
"""Marks one text of each style that was on no page before: elements and classes of it and what it stands in."""


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class calls it so
        pass


@pytest.fixture
def address(built_site: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Yields the address of the site: its folder's, or that of a server."""
    if request.param == "file":
        yield built_site.as_uri()
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(built_site))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_each_page_fits_and_can_be_used_by_everybody(visitor: Visitor, built_site: Path) -> None:
    page = _open(visitor, built_site)
    widths = [WIDE, NARROW]
    styles: list[str] = []
    problems: list[str] = []
    shown_files = sorted((built_site / "source").rglob("*.html"))
    for file in sorted(built_site.rglob("*.html")):
        page.goto(file.as_uri())
        found = find_wide_boxes(page, SCROLLING)
        # Pages that show a file differ in nothing but its text.
        if file not in shown_files[1:]:
            found += _find_accessibility_problems(page, file, styles)
        # The next page begins with this width: a change takes longer than to look.
        widths.reverse()
        page.set_viewport_size({"width": widths[0], "height": 800})
        found += find_wide_boxes(page, SCROLLING)
        problems += [f"{file.relative_to(built_site)}: {problem}" for problem in found]
    assert problems == []
    assert len(styles) > 50


@pytest.mark.parametrize("theme", THEMES)
def test_table_shows_that_there_is_more(visitor: Visitor, built_site: Path, theme: str) -> None:
    page = visitor.open((built_site / "reference.html").as_uri(), dark=theme == "dark", width=NARROW)
    box = page.locator(".table-wrapper:visible").nth(1)
    box.scroll_into_view_if_needed()
    at_the_start = box.screenshot()
    box.evaluate("box => { box.querySelector('table').style.visibility = 'hidden' }")
    edges = [box.screenshot()]
    box.evaluate("box => box.scrollTo({left: box.scrollWidth, behavior: 'instant'})")
    edges.append(box.screenshot())
    assert edges[0] != edges[1]
    assert at_the_start not in edges


def test_short_cells_and_headlines_are_not_broken(visitor: Visitor, built_site: Path) -> None:
    page = visitor.open((built_site / "reference.html").as_uri())
    cells = page.locator("td strong:visible", has_text="a new link, a new address")
    assert cells.count() == 3
    for cell in cells.all():
        assert cell.evaluate("text => text.getClientRects().length") <= 2
    page = visitor.open((built_site / "troubleshooting.html").as_uri(), width=NARROW)
    assert page.locator("h1").evaluate("h1 => h1.offsetHeight / parseFloat(getComputedStyle(h1).lineHeight)") < 1.5


@pytest.mark.parametrize("address", ["file", "http"], indirect=True)
def test_search_finds_a_word_without_a_network(visitor: Visitor, address: str) -> None:
    page = visitor.open(f"{address}/index.html")
    page.get_by_role("textbox", name="Search").fill("certificate")
    page.keyboard.press("Enter")
    page.locator("#search-results").get_by_role("link", name="Company networks").first.click()
    expect(page.get_by_role("heading", level=1, name="Company networks")).to_be_visible()


@pytest.mark.parametrize("address", ["file", "http"], indirect=True)
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("410", ["410 LINK_GONE: a link that was deleted outside Pulumi", "Troubleshooting"]),
        ("403", ["Troubleshooting"]),
        ("status 429", ["Troubleshooting"]),
        ("503", ["Troubleshooting"]),
        ("pulumi-userplane", ["pulumi-userplane", "README"]),
    ],
)
def test_search_finds_a_status(visitor: Visitor, address: str, asked: str, found: list[str]) -> None:
    page = visitor.open(f"{address}/search.html?q={asked}")
    expect(page.locator(".search-summary")).to_contain_text("Search finished")
    titles = page.locator("#search-results li > a").all_inner_texts()
    assert set(found) <= set(titles)
    assert len(set(titles)) == len(titles)


def test_search_that_finds_nothing_says_what_to_do(visitor: Visitor, built_site: Path) -> None:
    page = visitor.open(f"{built_site.as_uri()}/search.html?q=99999")
    expect(page.locator(".search-summary")).to_have_text(
        "No page has all these words. Check how they are spelled, or try fewer."
    )


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How do I adopt a link", r"adopt=\"lnk_"),
        ("What does 410 LINK_GONE do", r"LINK_GONE"),
        ("What does this error code mean", r"API_KEY_EXPIRED"),
        ("How do I review a change", r"pulumi-userplane review"),
    ],
)
def test_newcomer_finds_it_with_one_click(
    visitor: Visitor, built_site: Path, question: str, answer: str, width: int
) -> None:
    page = _open(visitor, built_site, width)
    page.get_by_role("main").get_by_role("link", name=re.compile(question)).click()
    page.wait_for_url(lambda url: "index.html" not in url)
    target = page.url.partition("#")[2]
    expect(page.locator(f"[id='{target}']" if target else "h1").first).to_be_in_viewport()
    assert re.search(answer, page.inner_text("article"))


def _open(visitor: Visitor, site: Path, width: int = WIDE) -> Page:
    return visitor.open((site / "index.html").as_uri(), width=width)


def _find_accessibility_problems(page: Page, file: Path, styles: list[str]) -> list[str]:
    """Returns what axe-core finds on a page of the site; styles that are looked at are added to the known ones."""
    # What is around the article is the same on all pages.
    within = "html" if file.stem in {"index", "search"} else "article"
    found = find_accessibility_problems(page, within=within, without=["color-contrast"])
    # Contrast takes longest, and depends on nothing but the style.
    if fresh := page.evaluate(_MARK_NEW_STYLES, styles):
        styles += fresh
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            found += find_accessibility_problems(page, within="[data-new-style]", only=["color-contrast"])
        page.emulate_media(color_scheme=THEMES[0])
    return found
