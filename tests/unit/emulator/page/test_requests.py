"""The section Requests shows what was sent, what came of it, and why it was refused."""

import json

import pytest
import requests

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.emulator.clock import Clock
from pulumi_userplane.emulator.request_log import RequestLog
from tests.unit.emulator.client import LINKS, Api
from tests.unit.emulator.page.reader import open_page

PATH = "/api/v1/public/workspace/ws_demo/links"


def show(emulator: Emulator) -> list[str]:
    """Returns the rows without their times."""
    return [row.split(" ", 1)[1] for row in open_page(emulator, "requests").rows]


def test_requests_show_what_was_sent_and_what_came_back(emulator: Emulator, api: Api) -> None:
    link_id = api.create_link(meta={"a": "ä"})["linkId"]
    api.delete(f"{LINKS}/{link_id}")
    api.get(f"{LINKS}/{link_id}")
    api.get(LINKS, page=2)
    emulator.fault(answer="status", status=429, code="RATE_LIMITED", message="Wait.", latency=0.001)
    api.get("/me")
    emulator.fault(answer="drop")
    with pytest.raises(requests.ConnectionError):
        api.get("/me")
    assert show(emulator) == [
        "GET /api/v1/public/me None: the connection was closed Fault drop",
        "GET /api/v1/public/me 429 RATE_LIMITED: Wait. Fault status 429 RATE_LIMITED after 0.001 s",
        f"GET {PATH}?page=2 200",
        f"GET {PATH}/{link_id} 410 LINK_GONE: This link was deleted.",
        f"DELETE {PATH}/{link_id} 200",
        f'POST {PATH} {{"domainId": "dom_help", "meta": {{"a": "ä"}}}} 200',
    ]
    page = open_page(emulator, "requests")
    assert page.by_id["count"] == "6 requests, newest first"
    outcomes = [attributes["class"] for tag, attributes in page.elements if tag == "tr" and "class" in attributes]
    assert outcomes == ["unanswered", "refused", "good", "refused", "good", "good"]
    assert page.elements.count(("time", {"datetime": emulator.requests[0].time})) == 1


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        ("envelope", "BAD_REQUEST: linkTitle: "),
        ("framework", "BAD_REQUEST: Input validation failed"),
        ("text", "linkTitle: "),
        ({"oops": "…"}, '{"oops": "linkTitle: '),
    ],
)
def test_log_says_why_a_request_was_refused_whatever_the_shape(
    emulator: Emulator, api: Api, behaviour: object, error: str
) -> None:
    link_id = api.create_link()["linkId"]
    emulator.set_behaviours(refused_input=behaviour)  # type: ignore[arg-type]  # each of its values
    api.put(f"{LINKS}/{link_id}", {"linkTitle": 5})
    assert [(entry.error or "").startswith(error) for entry in emulator.requests] == [False, True]
    assert emulator.requests[0].error is None
    assert emulator.requests[1].body_size == len('{"linkTitle": 5}')


def test_error_is_cut_when_it_is_long(emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="status", code="LONG", message="x" * 5000)
    api.get("/me")
    assert emulator.requests[0].error == f"LONG: {'x' * 994}"
    assert "xxx … 1,000 characters in all" in show(emulator)[0]


def test_body_is_folded_when_it_is_long_and_shortened_when_it_is_huge(emulator: Emulator, api: Api) -> None:
    api.post(LINKS, {"domainId": "none", "meta": {"a": "b" * 100}})
    api.post(LINKS, {"domainId": "none", "meta": {"a": "b" * 9_000_000}})
    api.send("POST", LINKS, data="one\ntwo")
    api.send("POST", LINKS, data="x")
    api.send("POST", LINKS, data=json.dumps("text"))
    page = open_page(emulator, "requests")
    assert len(page.response.content) < 40_000
    rows = [row.split(" ", 3)[3] for row in page.rows]
    assert rows[0].startswith("text 400 ")
    assert rows[1].startswith("x 400 ")
    assert rows[2].startswith("Body, 7 bytes one two 400 ")
    assert rows[3].startswith('Body, 9,000,039 bytes { "domainId": "none", "meta": { "a": "bbb')
    assert "bbb Only the beginning is shown. 400 " in rows[3]
    assert rows[4].startswith('Body, 139 bytes { "domainId": "none", "meta": { "a": "bbb')
    assert "Only the beginning" not in rows[4]
    assert len(rows[3]) < 2500


def test_body_that_is_nested_too_deeply_is_logged_as_its_text(emulator: Emulator, api: Api) -> None:
    api.send("POST", LINKS, data="[" * 100_000)
    assert emulator.requests[0].body == "[" * 100_000
    deep = "".join('{"a": ' for _ in range(900)) + "1" + "}" * 900
    api.send("POST", LINKS, data=deep)
    assert open_page(emulator, "requests").status == 200


def test_requests_keep_their_numbers_when_the_log_is_full() -> None:
    log = RequestLog(Clock(), max_entries=3)
    for number in range(1, 6):
        scope = {"method": f"M{number}", "path": "/", "query_string": b""}
        log.record(scope, b"", response=None, user=None, fault=None)
    numbers = {offset: [number for number, _ in log.list_newest(offset, 2)[0]] for offset in (0, 2, 3, 9)}
    assert numbers == {0: [5, 4], 2: [3], 3: [], 9: []}
    assert [(number, entry.method) for number, entry in log.list_newest(1, 9)[0]] == [(4, "M4"), (3, "M3")]
    assert log.list_newest(0, 0) == ([], 3)


def test_requests_are_shown_in_pages_and_cleared(emulator: Emulator, api: Api) -> None:
    for _ in range(60):
        api.get("/me")
    emulator.add_link(domainId="dom_help")
    page = open_page(emulator, "requests", page="2")
    assert (len(page.rows), page.by_id["pages"]) == (10, "Newer Page 2 of 2")
    assert "request-1" in page.by_id
    assert "request-60" in open_page(emulator, "requests").by_id
    cleared = page.press("Clear the requests")
    assert (cleared.heading, cleared.message, cleared.rows) == ("Requests", "Cleared the requests.", [])
    assert "There is no request yet. What is done on this page is not one." in cleared.texts["p"]
    assert emulator.requests == []
    api.get("/me")
    assert open_page(emulator, "requests").by_id["count"] == "1 request, newest first"


def test_id_in_a_path_leads_to_its_link(emulator: Emulator, api: Api) -> None:
    emulator.add_link(domainId="dom_help", linkId="a&b")
    api.get(f"{LINKS}/a&b", x="1")
    api.get(LINKS)
    page = open_page(emulator, "requests")
    assert show(emulator)[1].startswith(f"GET {PATH}/a&b?x=1 200")
    addresses = [attributes.get("href", "") for tag, attributes in page.elements if tag == "a"]
    assert [address for address in addresses if "text=" in address] == ["/?text=a%26b"]
    assert len(open_page(emulator, text="a&b").rows) == 1
