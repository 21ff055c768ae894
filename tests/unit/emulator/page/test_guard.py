"""Page and control routes open for this machine alone, and change nothing for another site's page."""

import socket

import pytest
import requests
from starlette.datastructures import Headers

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.emulator.page.guard import is_loopback_host

GOOD_HOSTS = [
    "localhost",
    "localhost:1",
    "LOCALHOST:65535",
    "userplane.localhost:8787",
    "127.0.0.1",
    "127.1.2.3:80",
    "[::1]",
    "[::1]:8787",
    "localhost:",
    "a.b.localhost",
]
BAD_HOSTS = [
    "evil.example",
    "evil.example:8787",
    "localhost.evil.example",
    "evillocalhost",
    "127.0.0.1.evil.example",
    "192.168.0.1",
    "0.0.0.0",
    "[2001:db8::1]",
    "[::ffff:192.168.0.1]",
    "[::1",
    "[]",
    "user@localhost",
    "localhost:port",
    "localhost:0",
    "localhost:65536",
    "localhost:99999",
    "localhost:100000",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[127.0.0.1]",
    "::1",
    ".localhost",
    "..localhost",
    "a..localhost",
    "localhost.",
    "127.0.0.1.",
    ".",
    "localhost/x",
    "localhost, evil.example",
    "",
]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:1"},
    {"Origin": "https://{host}"},
    {"Origin": "http://{host}/"},
    {"Origin": "http://{host}.evil.example"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "something-new"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://{host}"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
]
OWN = [
    {},
    {"Origin": "http://{host}"},
    {"Origin": "http://{host}", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]
PAGES = ["/", "/requests", "/page.css", "/page.js", "/nothing-here"]
CONTROL = ["/_control/links", "/_control/requests", "/_control/nothing-here"]


def send(emulator: Emulator, method: str, path: str, headers: dict[str, str], data: str = "") -> requests.Response:
    address = emulator.page_url.rstrip("/")
    host = address.removeprefix("http://")
    headers = {name: value.format(host=host) for name, value in headers.items()}
    return requests.request(method, f"{address}{path}", headers=headers, data=data, timeout=10, allow_redirects=False)


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_page_and_control_open_when_host_is_loopback(emulator: Emulator, host: str) -> None:
    for path in ("/", "/_control/links"):
        assert send(emulator, "GET", path, {"Host": host}).status_code == 200


@pytest.mark.parametrize("host", BAD_HOSTS)
def test_page_and_control_are_closed_when_host_is_not_loopback(emulator: Emulator, host: str) -> None:
    for path in [*PAGES, *CONTROL]:
        for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
            assert send(emulator, method, path, {"Host": host}).status_code == 403
    page = send(emulator, "GET", "/", {"Host": host})
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    said = f"The page and the control routes don't open for the Host {host}: use {emulator.page_url}."
    assert page.text == f"{said}\n"
    error = {"error": "FORBIDDEN", "message": said}
    assert send(emulator, "GET", "/_control/links", {"Host": host}).json() == error


@pytest.mark.allow_hosts(["127.0.0.2", "::1"])
@pytest.mark.parametrize("host", ["127.0.0.2", "::1"])
def test_refusal_names_the_address_that_the_emulator_has(host: str) -> None:
    with Emulator(host=host) as emulator:
        refused = send(emulator, "GET", "/", {"Host": "evil.example"})
        assert refused.text.endswith(f": use {emulator.page_url}.\n")
        assert requests.get(emulator.page_url, timeout=10).status_code == 200


@pytest.mark.parametrize("path", ["?x", "x", "[", "//", "/%5B", "*"])
def test_odd_path_is_refused_and_nothing_fails(emulator: Emulator, path: str, caplog: pytest.LogCaptureFixture) -> None:
    address, port = emulator.page_url.removeprefix("http://").rstrip("/").split(":")
    for header in ("", "Authorization: Bearer uspl_demo\r\n"):
        with socket.create_connection((address, int(port)), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n{header}\r\n".encode())
            response = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
        assert response.startswith(("HTTP/1.1 404 ", "HTTP/1.1 400 "))
    assert caplog.text == ""


@pytest.mark.parametrize("hosts", ["", "Host: localhost\r\nHost: localhost\r\n"])
def test_page_is_closed_when_host_is_missing_or_there_twice(emulator: Emulator, hosts: str) -> None:
    address, port = emulator.page_url.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((address, int(port)), timeout=10) as connection:
        connection.sendall(f"GET / HTTP/1.0\r\n{hosts}\r\n".encode())
        response = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
    # Two of them are refused by the server itself.
    assert response.startswith(("HTTP/1.1 403 ", "HTTP/1.1 400 "))
    assert "Links" not in response


def test_second_host_is_never_good() -> None:
    for hosts in (["localhost"], ["localhost", "localhost"], ["localhost", "evil.example"], []):
        assert is_loopback_host(Headers(raw=[(b"host", host.encode()) for host in hosts])) == (len(hosts) == 1)


@pytest.mark.parametrize("host", [*GOOD_HOSTS, *(host for host in BAD_HOSTS if host)])
def test_api_takes_any_host_and_origin(emulator: Emulator, host: str) -> None:
    headers = {"Host": host, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    headers["Authorization"] = "Bearer uspl_demo"
    assert send(emulator, "GET", "/api/v1/public/me", headers).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_sites_page_reaches_no_control_route(emulator: Emulator, headers: dict[str, str]) -> None:
    emulator.add_link(domainId="dom_help", linkId="lnk_kept")
    for method, path in [
        *(("GET", path) for path in CONTROL),
        ("DELETE", "/_control/links/lnk_kept"),
        ("POST", "/_control/reset"),
        ("OPTIONS", "/_control/reset"),
    ]:
        response = send(emulator, method, path, headers)
        assert (response.status_code, response.json()["error"]) == (403, "FORBIDDEN")
        assert "Access-Control-Allow-Origin" not in response.headers
    assert [link["live"] for link in emulator.links] == [True]


@pytest.mark.parametrize("headers", OWN)
def test_control_routes_work_when_request_is_of_no_other_site(emulator: Emulator, headers: dict[str, str]) -> None:
    assert send(emulator, "GET", "/_control/links", headers).json() == []
    assert send(emulator, "POST", "/_control/reset", headers).json() == {"done": True}


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_sites_page_may_lead_here_but_send_nothing(emulator: Emulator, headers: dict[str, str]) -> None:
    for path in PAGES:
        assert send(emulator, "GET", path, headers).status_code == (404 if path == "/nothing-here" else 200)
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            assert send(emulator, method, path, headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer uspl_demo"},
        {"Authorization": "bearer uspl_demo", "Accept": "text/html"},
        {"Authorization": "Bearer uspl_demo", "Accept": "application/json", "Host": "evil.example"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/public/me", "/api", "/api/v2/public/me", "/requests"])
def test_program_with_another_base_url_gets_json_and_is_logged(
    emulator: Emulator, headers: dict[str, str], path: str
) -> None:
    response = send(emulator, "GET", path, headers)
    assert response.status_code == 404
    assert response.json() == {"error": "NOT_FOUND", "message": "Not Found: the base URL has to end with /api/v1."}
    error = f"NOT_FOUND: {response.json()['message']}"
    assert [(request.path, request.error) for request in emulator.requests] == [(path, error)]


def test_path_of_the_api_that_does_not_exist_says_nothing_of_the_base_url(emulator: Emulator) -> None:
    key = {"Authorization": "Bearer uspl_demo"}
    for path in ("/api/v1", "/api/v1/public/nothing-here", "/_control/nothing-here"):
        assert send(emulator, "GET", path, key).json() == {"error": "NOT_FOUND", "message": "Not Found."}


def test_program_without_a_key_gets_json_when_it_takes_no_html(emulator: Emulator) -> None:
    for accept in ("application/json", "application/json, text/plain;q=0.5"):
        response = send(emulator, "POST", "/public/me", {"Accept": accept})
        assert (response.status_code, response.json()["error"]) == (401, "API_KEY_REQUIRED")
    assert [request.status for request in emulator.requests] == [401, 401]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
        {"Accept": "TEXT/HTML"},
        {"Accept": "text/*"},
        {"Accept": "text/css,*/*;q=0.1"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
    ],
)
def test_browser_gets_the_page_and_is_not_logged(emulator: Emulator, headers: dict[str, str]) -> None:
    for path, status in {"/": 200, "/page.css": 200, "/public/me": 404}.items():
        response = send(emulator, "GET", path, headers)
        assert response.status_code == status
        assert response.headers["Content-Type"].startswith("text/")
    assert emulator.requests == []


def test_no_other_sites_page_can_use_a_response_of_a_control_route(emulator: Emulator) -> None:
    for path, host in [*((path, "localhost") for path in CONTROL), (CONTROL[0], "evil.example")]:
        headers = send(emulator, "GET", path, {"Host": host}).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


def test_page_forbids_everything_of_other_sites(emulator: Emulator) -> None:
    for path, host in [*((path, "localhost") for path in PAGES), ("/", "evil.example")]:
        headers = send(emulator, "GET", path, {"Host": host}).headers
        assert headers["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
            " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in headers
    api = send(emulator, "GET", "/api/v1/public/me", {"Authorization": "Bearer uspl_demo"})
    assert "Content-Security-Policy" not in api.headers
