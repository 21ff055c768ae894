"""The page changes something only for its own forms."""

import json

import pytest
import requests

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.page.reader import Page, open_page

WRITES = [
    "links/edit",
    "links/delete",
    "links/restore",
    "links/restore-project",
    "requests/clear",
    "faults",
    "faults/remove",
    "behaviours",
    "behaviours/reset",
]


@pytest.fixture
def token(emulator: Emulator) -> str:
    return open_page(emulator, "faults").forms["/faults"].fields["token"]


@pytest.fixture
def state(emulator: Emulator) -> object:
    """What no refused form may change: one of everything that forms change."""
    emulator.add_link(domainId="dom_help", linkId="lnk_1", linkTitle="Help")
    emulator.add_link(domainId="dom_help", linkId="lnk_2")
    emulator.delete_link("lnk_2")
    emulator.set_behaviours(trim_text=True)
    requests.get(f"{emulator.base_url}/public/me", timeout=10)
    emulator.fault(method="PATCH")
    return read_state(emulator)


def read_state(emulator: Emulator) -> object:
    return emulator.links, emulator.requests, emulator.faults, emulator.behaviours


def post(emulator: Emulator, path: str, data: object, **headers: str) -> requests.Response:
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return requests.post(emulator.page_url + path, data=data, headers=sent, timeout=10, allow_redirects=False)  # type: ignore[arg-type]


def test_each_form_that_writes_bears_the_token(emulator: Emulator, state: object, token: str) -> None:
    paths = ["", "requests", "faults", "behaviours", "links/edit?link=lnk_1", "links/delete?link=lnk_1"]
    forms = [form for path in paths for form in open_page(emulator, path).forms.values()]
    writing = [form for form in forms if form.method == "post"]
    assert {form.action.lstrip("/") for form in writing} == set(WRITES)
    assert {form.fields["token"] for form in writing} == {token}
    assert [form.fields for form in forms if form.method == "get" and "token" in form.fields] == []
    assert len(token) > 40


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("wrong", ["", "another", "ä\ud800", None])
def test_form_is_refused_when_its_token_is_wrong(
    emulator: Emulator, state: object, path: str, wrong: str | None
) -> None:
    fields = {"link": "lnk_1", "trim_text": "", **({} if wrong is None else {"token": wrong.encode(errors="replace")})}
    response = post(emulator, path, fields)
    assert response.status_code == 403
    page = Page(response)
    assert (
        page.heading
        == "403: This form is of an earlier run of the emulator. Load its page again, and fill it in once more"
    )
    assert read_state(emulator) == state


def test_tokens_of_two_emulators_differ(emulator: Emulator, token: str) -> None:
    with Emulator() as other:
        assert open_page(other, "faults").forms["/faults"].fields["token"] != token
        assert post(other, "faults", {"token": token}).status_code == 403


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "multipart/form-data; boundary=x"])
def test_form_is_refused_when_its_type_is_another(
    emulator: Emulator, state: object, token: str, path: str, content_type: str
) -> None:
    response = post(emulator, path, f"token={token}&link=lnk_1", **{"Content-Type": content_type})
    assert response.status_code == 415
    assert read_state(emulator) == state


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_form_is_refused_when_another_site_sends_it(
    emulator: Emulator, state: object, token: str, path: str, headers: dict[str, str]
) -> None:
    response = post(emulator, path, {"token": token, "link": "lnk_1"}, **headers)
    assert response.status_code == 403
    assert response.text.startswith("Another site's page can't do this: use the emulator's own page, or send neither")
    assert read_state(emulator) == state


@pytest.mark.parametrize("path", WRITES)
def test_form_is_taken_when_the_page_sends_it(emulator: Emulator, token: str, path: str) -> None:
    emulator.add_link(domainId="dom_help", linkId="lnk_1")
    own = {"Origin": emulator.page_url.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    defaults = {"answer": "real", "linkProviderType": "web"}
    if path == "behaviours":
        defaults |= open_page(emulator, "behaviours").forms["/behaviours"].fields
    content_type = "Application/X-WWW-Form-Urlencoded; charset=utf-8"
    response = post(
        emulator, path, {**defaults, "token": token, "link": "lnk_1"}, **own, **{"Content-Type": content_type}
    )
    assert response.status_code == 303


@pytest.mark.parametrize("path", WRITES)
def test_reading_changes_nothing(emulator: Emulator, state: object, token: str, path: str) -> None:
    for method in ("GET", "HEAD"):
        query = {"token": token, "link": "lnk_1", "answer": "drop"}
        response = requests.request(method, emulator.page_url + path, params=query, timeout=10)
        assert response.status_code in {200, 405}
        assert method == "GET" or response.text == ""
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        response = requests.request(method, emulator.page_url + path, data={"token": token}, timeout=10)
        assert response.status_code == 405
        assert "POST" in response.headers["Allow"]
    assert read_state(emulator) == state


def test_form_is_refused_when_it_is_too_large(emulator: Emulator, token: str) -> None:
    fields = {"token": token, "answer": "real"}
    assert post(emulator, "faults", {**fields, "x": "y" * (1024 * 1024 - 200)}).status_code == 303
    large = Page(post(emulator, "faults", {**fields, "x": "y" * 1024 * 1024}))
    assert (large.status, large.heading) == (413, "413: The form is larger than 1 MiB")
    many = Page(post(emulator, "faults", "&".join(["a=b"] * 201)))
    assert (many.status, many.heading) == (413, "413: The form has more than 200 fields")
    assert len(emulator.faults) == 1


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"%ff%00=%zz", b"&&&===", json.dumps({"token": "x"}).encode(), b""])
def test_form_is_refused_when_it_is_garbage(emulator: Emulator, body: bytes) -> None:
    assert post(emulator, "faults", body).status_code == 403


def test_unknown_path_is_a_small_page(emulator: Emulator) -> None:
    for path in ("favicon.ico", "links/edit/x", "faults/", "apixyz", "_controls", "%00", "%2e%2e/x", "page.css/"):
        page = Page(requests.get(emulator.page_url + path, timeout=10))
        assert (page.status, page.heading) == (404, "404: There is no such page")
    assert emulator.requests == []


@pytest.mark.parametrize("path", ["api", "api/", "api/v1", "api/v2/public/me", "api//"])
def test_path_below_api_is_the_apis(emulator: Emulator, path: str) -> None:
    response = requests.get(emulator.page_url + path, timeout=10)
    assert response.json()["error"] == "API_KEY_REQUIRED"
    assert len(emulator.requests) == 1


def test_style_and_script_are_sent_with_their_types(emulator: Emulator) -> None:
    for name, kind in {"page.css": "text/css", "page.js": "text/javascript"}.items():
        response = requests.get(emulator.page_url + name, timeout=10)
        assert response.headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert "http" not in response.text.replace("https://", "http")
