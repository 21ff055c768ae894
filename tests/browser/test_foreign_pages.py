"""Pages of other sites in the same browser: they change nothing in the emulator, and neither read nor show it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support.chromium import FOREIGN_NAME
from tests.unit.emulator.client import LINKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from pulumi_userplane.emulator import Emulator
    from tests.support.chromium import Visitor

pytestmark = pytest.mark.slow

WRITES = [
    ("POST", "/_control/reset", "text/plain"),
    ("POST", "/_control/faults", "text/plain"),
    ("POST", "/_control/faults", "application/json"),
    ("DELETE", "/_control/links/lnk_help", None),
    ("PATCH", "/_control/switches", "application/json"),
    ("POST", "/links/delete", "application/x-www-form-urlencoded"),
    ("POST", "/behaviours/reset", "text/plain"),
]

_FETCH = """async ([address, method, type, mode]) => {
    const body = method === "GET" ? undefined : '{"answer": "drop", "rate_limit": 1}';
    const headers = type ? {"Content-Type": type} : {};
    try {
        const response = await fetch(address, {method, body, headers, mode, credentials: "include"});
        return `${response.type} ${response.status}`;
    } catch (error) {
        return String(error.message);
    }
}"""


class _Foreign(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b"<!doctype html><html lang=en><title>Another site</title><h1>Another site</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class calls it so
        pass


@pytest.fixture(scope="module")
def _server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Foreign) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(params=["127.0.0.1", "localhost", FOREIGN_NAME])
def foreign(request: pytest.FixtureRequest, _server: ThreadingHTTPServer) -> str:
    """The address of another site: another port of the same name, of another name of this machine, or anybody's."""
    return f"http://{request.param}:{_server.server_port}/"


@pytest.fixture
def page(visitor: Visitor, emulator: Emulator, foreign: str) -> Page:
    """A page of the other site, while the emulator has a link and a fault."""
    emulator.add_link(linkId="lnk_help", domainId="dom_help", linkTitle="Help")
    emulator.fault(answer="status", status=503)
    visitor.allow(emulator.page_url)
    return visitor.open(foreign)


def test_other_site_changes_nothing_by_scripts(page: Page, visitor: Visitor, emulator: Emulator) -> None:
    visitor.expect_complaint("CORS|ERR_FAILED|NotSameOrigin|status of 403")
    before = _hold(emulator)
    for method, path, content_type in WRITES:
        for mode in ("cors", "no-cors"):
            address = emulator.page_url.rstrip("/") + path
            result = page.evaluate(_FETCH, [address, method, content_type, mode])
            assert result in {"Failed to fetch", "opaque 0"} or "is unsupported in no-cors" in result, (path, result)
    assert _hold(emulator) == before


def test_other_site_reads_nothing_by_scripts(page: Page, visitor: Visitor, emulator: Emulator) -> None:
    visitor.expect_complaint("CORS|ERR_FAILED")
    for path in ("", "requests", "_control/links", "_control/requests"):
        assert page.evaluate(_FETCH, [f"{emulator.page_url}{path}", "GET", None, "cors"]) == "Failed to fetch"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("links/delete", "application/x-www-form-urlencoded"),
        ("faults/remove", "text/plain"),
        ("_control/reset", "text/plain"),
    ],
)
def test_other_site_changes_nothing_by_a_form(
    page: Page, visitor: Visitor, emulator: Emulator, path: str, content_type: str
) -> None:
    # A browser asks for the icon of a refusal as well.
    visitor.expect_complaint(r"status of 403|favicon\.ico")
    before = _hold(emulator)
    with page.expect_navigation() as navigation:
        page.evaluate(
            """([action, type]) => {
                const form = document.body.appendChild(document.createElement("form"));
                Object.assign(form, {action, enctype: type, method: "post"});
                form.innerHTML = '<input name=link value=lnk_help><input name=token value=guessed>';
                form.submit();
            }""",
            [f"{emulator.page_url}{path}", content_type],
        )
    assert navigation.value
    assert navigation.value.status == 403
    assert "Another site's page can't do this" in page.content()
    assert _hold(emulator) == before


def test_other_site_does_not_show_the_page_inside_itself(page: Page, visitor: Visitor, emulator: Emulator) -> None:
    visitor.expect_complaint("frame-ancestors")
    page.evaluate(
        """address => new Promise(done => {
            document.body.append(Object.assign(document.createElement("iframe"), {src: address, onload: done}));
        })""",
        emulator.page_url,
    )
    [_, frame] = page.frames
    assert "Userplane emulator" not in frame.content()


def test_other_site_may_lead_to_the_page(page: Page, emulator: Emulator) -> None:
    page.evaluate("address => { location.href = address }", emulator.page_url)
    expect(page.get_by_role("button", name="Delete “Help”")).to_be_visible()


def test_name_that_was_made_to_lead_here_opens_nothing(visitor: Visitor, emulator: Emulator) -> None:
    emulator.add_link(linkId="lnk_help", domainId="dom_help", linkTitle="Help")
    visitor.expect_complaint("status of 403|Cross-Origin-Opener-Policy header has been ignored")
    visitor.expect_complaint("status of 401")
    before = _hold(emulator)
    rebound = emulator.page_url.replace("127.0.0.1", FOREIGN_NAME)
    page = visitor.open(rebound)
    assert f"don't open for the Host {FOREIGN_NAME}" in page.inner_text("body")
    for method, path, content_type in [("GET", "/", None), ("GET", "/_control/links", None), *WRITES]:
        result = page.evaluate(_FETCH, [rebound.rstrip("/") + path, method, content_type, "cors"])
        assert result == "basic 403", path
    assert _hold(emulator) == before
    # The API is for programs: only the key counts there.
    api = f"{rebound}api/v1/public{LINKS}"
    assert page.evaluate(_FETCH, [api, "GET", None, "cors"]) == "basic 401"


def _hold(emulator: Emulator) -> list[object]:
    """What a page could have changed."""
    return [emulator.links, emulator.faults, emulator.behaviours, emulator.requests]
