"""A real Chromium for the tests of pages, which watches what they ask for and complain of; nothing of it remains."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from scripts.chromium import WHY_NOT, find_chromium, launch_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request

FOREIGN_NAME = "evil.example"
"""A name that leads to this machine, as whoever owns a domain can arrange."""

_SECONDS = 10
"""How long an element may take to appear; a machine may be busy."""

_OPTIONS = [
    # All other names lead nowhere.
    f"--host-resolver-rules=MAP {FOREIGN_NAME} 127.0.0.1,MAP * ~NOTFOUND,EXCLUDE 127.0.0.1,EXCLUDE localhost",
]
_WITHIN_THE_PAGE = ("data:", "blob:", "about:")


class Visitor:
    """Opens pages, each with cookies and a memory of its own.

    Attributes:
        requests: Method and address of each request of all pages, in their order.
    """

    def __init__(self, browser: Browser) -> None:
        self.requests: list[tuple[str, str]] = []
        self._browser = browser
        self._allowed: list[str] = []
        self._complaints: list[str] = []
        self._expected: list[str] = []
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        address: str,
        *,
        scripts: bool = True,
        clock: bool = False,
        dark: bool = False,
        width: int = 1280,
        **options: Any,
    ) -> Page:
        """Opens an address; its origin, or its folder if it is a file, is all that pages may ask from then on.

        Args:
            address: The address.
            scripts: Whether scripts run.
            clock: Whether the test can move the page's clock on, with `page.clock.run_for`.
            dark: Whether the machine is set to dark colours.
            width: The width of the window, in pixels.
            **options: More options of playwright's `new_context`.
        """
        from playwright.sync_api import expect

        expect.set_options(timeout=_SECONDS * 1000)
        context = self._browser.new_context(
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 800},
            **options,
        )
        self._contexts.append(context)
        context.set_default_timeout(_SECONDS * 1000)
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._complaints.append(f"error: {error.error}"))
        context.on("dialog", self._on_dialog)
        context.on("page", lambda page: page.on("websocket", lambda socket: self._on_address("GET", socket.url)))
        if clock:
            context.clock.install()
        self.allow(address)
        page = context.new_page()
        page.goto(address)
        return page

    def allow(self, address: str) -> None:
        """Lets pages ask the origin of this address, too."""
        self._allowed.append(_find_home(address))

    def expect_complaint(self, pattern: str) -> None:
        """Takes a complaint of a page for granted: one must come that has this pattern."""
        self._expected.append(pattern)

    def close(self) -> None:
        """Closes all pages."""
        for context in self._contexts:
            context.close()

    def verify(self) -> None:
        """Fails if a page asked for something elsewhere, or complained of something."""
        addresses = [address for _, address in self.requests]
        elsewhere = [address for address in addresses if not address.startswith((*self._allowed, *_WITHIN_THE_PAGE))]
        unexpected = [said for said in self._complaints if not any(re.search(known, said) for known in self._expected)]
        missing = [known for known in self._expected if not any(re.search(known, said) for said in self._complaints)]
        problems = {
            "a page asked for something elsewhere": elsewhere,
            "a page complained": unexpected,
            "no page complained of this": missing,
        }
        if found := [f"{problem}: {', '.join(values)}" for problem, values in problems.items() if values]:
            pytest.fail("\n".join(found), pytrace=False)

    def _on_request(self, request: Request) -> None:
        self._on_address(request.method, request.url)

    def _on_address(self, method: str, address: str) -> None:
        self.requests.append((method, address))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _on_dialog(self, dialog: Dialog) -> None:
        self._complaints.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()


def check_accessibility(page: Page) -> None:
    """Fails if axe-core finds something that people can't use with a keyboard, a screen reader or weak eyes."""
    found = find_accessibility_problems(page)
    assert found == [], f"{page.url} is not accessible:\n" + "\n".join(found)


def find_accessibility_problems(
    page: Page, *, within: str = "html", only: list[str] | None = None, without: list[str] | None = None
) -> list[str]:
    """Returns what axe-core finds, one line for each element.

    Args:
        page: The page.
        within: A selector of the elements that are looked at.
        only: The rules that count; all when left out.
        without: Rules that do not count.
    """
    from axe_playwright_python.sync_playwright import Axe

    options: dict[str, Any] = {
        "resultTypes": ["violations"],
        # It would ask for the style sheets anew.
        "preload": False,
        "rules": {rule: {"enabled": False} for rule in without or ()},
    }
    if only:
        options["runOnly"] = only
    page.wait_for_load_state()
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    # What it finds without a fault is much, and nobody looks at it.
    found = page.evaluate(f"options => axe.run({within!r}, options).then(({{violations}}) => violations)", options)
    return [f"{rule['id']}: {rule['help']}: {node['html']}" for rule in found for node in rule["nodes"]]


def check_width(page: Page) -> None:
    """Fails if the page has to be moved sideways to be read."""
    assert find_wide_boxes(page, "html") == [], page.url


def find_wide_boxes(page: Page, boxes: str) -> list[str]:
    """Returns which of the boxes of a selector are narrower than what is in them."""
    page.wait_for_load_state()
    found: list[str] = page.locator(boxes).evaluate_all(
        """all => all.filter(one => one.scrollWidth > one.clientWidth)
            .map(one => `${one.localName} takes ${one.scrollWidth} pixels of ${one.clientWidth}`)"""
    )
    return found


def _find_home(address: str) -> str:
    scheme, _, rest = address.partition("://")
    place = rest.rpartition("/")[0] if scheme == "file" else rest.partition("/")[0]
    return f"{scheme}://{place}/"


@contextmanager
def start_chromium(home: Path) -> Iterator[Browser]:
    """Runs a Chromium that keeps what it has to write in this folder.

    Playwright's event loop counts as running in this thread until the end.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch_chromium(playwright, home, _OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    # For a module: asyncio can't be used otherwise as long as it runs. A start takes half a second.
    if find_chromium() is None:
        pytest.skip(WHY_NOT)
    with start_chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def visitor(_chromium: Browser) -> Iterator[Visitor]:
    """Yields what opens pages. After the test they may have asked nobody else, and complained of nothing."""
    visitor = Visitor(_chromium)
    yield visitor
    visitor.close()
    visitor.verify()
