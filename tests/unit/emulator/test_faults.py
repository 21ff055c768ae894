"""Scripted faults: what a client sees of each, and whether its request was executed."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_userplane.emulator import Emulator, EmulatorError, Fault
from tests.unit.emulator.client import LINKS, Api, status_and_code


def test_status_prevents_execution_when_after_work_is_not_set(emulator: Emulator, api: Api) -> None:
    emulator.fault(
        answer="status", status=503, code="SERVICE_UNAVAILABLE", message="Soon.", headers={"Retry-After": "2"}, times=2
    )
    for _ in range(2):
        response = api.post(LINKS, {"domainId": "dom_help"})
        assert status_and_code(response) == (503, "SERVICE_UNAVAILABLE")
        assert (response.json()["message"], response.headers["Retry-After"]) == ("Soon.", "2")
    assert emulator.links == []
    api.create_link()
    assert [(entry.status, entry.fault) for entry in emulator.requests] == [
        (503, "status 503 SERVICE_UNAVAILABLE"),
        (503, "status 503 SERVICE_UNAVAILABLE"),
        (200, None),
    ]


def test_status_follows_execution_when_after_work_is_set(emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="status", code="LINK_CREATE_FAILED", after_work=True)
    assert status_and_code(api.post(LINKS, {"domainId": "dom_help"})) == (500, "LINK_CREATE_FAILED")
    assert len(emulator.links) == 1
    assert emulator.requests[0].fault == "status 500 LINK_CREATE_FAILED after the work"


@pytest.mark.parametrize("after_work", [False, True])
def test_connection_closes_without_response_when_fault_is_drop(emulator: Emulator, api: Api, after_work: bool) -> None:
    emulator.fault(answer="drop", method="POST", after_work=after_work)
    with pytest.raises(requests.ConnectionError, match="without response"):
        api.post(LINKS, {"domainId": "dom_help"})
    assert len(emulator.links) == after_work
    assert emulator.requests[0].status is None
    api.create_link()


def test_connection_closes_inside_body_when_fault_is_cut_body(emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="cut_body")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        api.post(LINKS, {"domainId": "dom_help"})
    assert len(emulator.links) == 1
    assert emulator.requests[0].status == 200


def _is_html(response: requests.Response) -> bool:
    return "text/html" in response.headers["Content-Type"] and response.text.startswith("<!doctype html>")


def _is_empty(response: requests.Response) -> bool:
    return response.content == b""


def _is_cut(response: requests.Response) -> bool:
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    return response.text.startswith('{"message"')


def _is_oversized(response: requests.Response) -> bool:
    return len(response.content) > 2 * 1024 * 1024 and "link" in response.json()["data"]


def _is_of_another_link(response: requests.Response) -> bool:
    return bool(response.json()["data"]["link"]["linkId"] == "lnk_another")


@pytest.mark.parametrize(
    ("fault", "link_count", "is_expected"),
    [
        ({"answer": "html"}, 0, _is_html),
        ({"answer": "html", "after_work": True}, 1, _is_html),
        ({"answer": "empty"}, 0, _is_empty),
        ({"answer": "cut_json"}, 1, _is_cut),
        ({"answer": "oversized"}, 1, _is_oversized),
        ({"answer": "other_link"}, 1, _is_of_another_link),
    ],
)
def test_response_is_unusable_when_fault_alters_or_replaces_it(
    emulator: Emulator, api: Api, fault: Any, link_count: int, is_expected: Callable[[requests.Response], bool]
) -> None:
    emulator.fault(**fault)
    response = api.post(LINKS, {"domainId": "dom_help"})
    assert response.status_code == 200
    assert is_expected(response)
    assert len(emulator.links) == link_count


def test_other_link_changes_only_ids_when_response_has_no_link(emulator: Emulator, api: Api) -> None:
    link_id = api.create_link()["linkId"]
    emulator.fault(answer="other_link", times=3)
    assert api.delete(f"{LINKS}/{link_id}").json()["data"]["linkId"] == "lnk_another"
    assert status_and_code(api.get(f"{LINKS}/{link_id}")) == (410, "LINK_GONE")
    assert "links" in api.get(LINKS).json()["data"]


def test_redirect_names_target_when_fault_is_redirect(emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="redirect", target="https://login.example/")
    response = api.get(LINKS)
    assert (response.status_code, response.headers["Location"]) == (307, "https://login.example/")
    emulator.fault(answer="redirect", status=301)
    assert api.get(LINKS).status_code == 301


def test_response_is_late_when_fault_has_latency(emulator: Emulator, api: Api) -> None:
    emulator.fault(latency=0.2)
    began = time.perf_counter()
    api.create_link()
    assert time.perf_counter() - began >= 0.2
    assert emulator.requests[0].fault == "real after 0.2 s"


@pytest.mark.slow
def test_request_is_executed_when_client_disconnects_during_latency(emulator: Emulator, api: Api) -> None:
    emulator.fault(latency=60)
    with pytest.raises(requests.ReadTimeout):
        api.send("POST", LINKS, json={"domainId": "dom_help"}, timeout=0.2)
    deadline = time.monotonic() + 5
    while not emulator.links and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(emulator.links) == 1


def test_latency_ends_when_emulator_stops() -> None:
    errors: list[type[Exception]] = []

    def send(emulator: Emulator) -> None:
        try:
            requests.get(f"{emulator.base_url}/public/me", timeout=30)
        except requests.ConnectionError as error:
            errors.append(type(error))

    with Emulator() as emulator:
        emulator.fault(latency=60)
        client = threading.Thread(target=send, args=[emulator])
        client.start()
        while emulator.faults:
            time.sleep(0.01)
        began = time.perf_counter()
    assert time.perf_counter() - began < 5
    client.join()
    assert errors == [requests.ConnectionError]


def test_fault_applies_to_next_matching_requests_when_skip_has_passed(emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="status", method="GET", path=r"/links/[^/]+$", skip=1, times=2)
    link = f"{LINKS}/{api.create_link()['linkId']}"
    assert api.get(LINKS).status_code == 200
    assert [api.get(link).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert emulator.faults == []


def test_fault_applies_until_cleared_when_times_is_none(emulator: Emulator, api: Api) -> None:
    first = emulator.fault(answer="status", status=502, times=None, skip=1)
    second = emulator.fault(answer="status", status=504, path="/me$")
    assert emulator.faults == [first, second]
    assert [api.get("/me").status_code for _ in range(4)] == [504, 502, 502, 502]
    assert emulator.faults == [first]
    emulator.clear_faults()
    assert api.get("/me").status_code == 200


@pytest.mark.parametrize("wrong", [{"path": "("}, {"answer": "explode"}, {"times": 0}, {"colour": "red"}])
def test_fault_is_refused_when_a_field_is_invalid(emulator: Emulator, wrong: Any) -> None:
    with pytest.raises(EmulatorError, match=f"fault is wrong at {next(iter(wrong))}"):
        emulator.fault(**wrong)


def test_faults_are_equal_when_their_fields_are() -> None:
    assert Fault(answer="drop") == Fault(answer="drop", times=1)
