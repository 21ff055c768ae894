"""Each scripted fault as a client sees it, and what became of the work."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_userplane.emulator import Emulator, EmulatorError, Fault
from tests.unit.emulator.client import LINKS, Api, outcome


def test_a_status_instead_of_the_work(emulator: Emulator, api: Api) -> None:
    emulator.fault(
        answer="status", status=503, code="SERVICE_UNAVAILABLE", message="Soon.", headers={"Retry-After": "2"}, times=2
    )
    for _ in range(2):
        answer = api.post(LINKS, {"domainId": "dom_help"})
        assert outcome(answer) == (503, "SERVICE_UNAVAILABLE")
        assert (answer.json()["message"], answer.headers["Retry-After"]) == ("Soon.", "2")
    assert emulator.links == []
    api.make()
    assert [(entry.status, entry.fault) for entry in emulator.requests] == [
        (503, "status 503 SERVICE_UNAVAILABLE"),
        (503, "status 503 SERVICE_UNAVAILABLE"),
        (200, None),
    ]


def test_a_status_after_the_work(emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="status", code="LINK_CREATE_FAILED", after_work=True)
    assert outcome(api.post(LINKS, {"domainId": "dom_help"})) == (500, "LINK_CREATE_FAILED")
    assert len(emulator.links) == 1
    assert emulator.requests[0].fault == "status 500 LINK_CREATE_FAILED after the work"


@pytest.mark.parametrize("after_work", [False, True])
def test_a_dropped_connection(emulator: Emulator, api: Api, after_work: bool) -> None:
    emulator.fault(answer="drop", method="POST", after_work=after_work)
    with pytest.raises(requests.ConnectionError, match="without response"):
        api.post(LINKS, {"domainId": "dom_help"})
    assert len(emulator.links) == after_work
    assert emulator.requests[0].status is None
    api.make()


def test_a_body_that_ends_early(emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="cut_body")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        api.post(LINKS, {"domainId": "dom_help"})
    assert len(emulator.links) == 1
    assert emulator.requests[0].status == 200


def _is_html(answer: requests.Response) -> bool:
    return "text/html" in answer.headers["Content-Type"] and answer.text.startswith("<!doctype html>")


def _is_empty(answer: requests.Response) -> bool:
    return answer.content == b""


def _is_cut(answer: requests.Response) -> bool:
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    return answer.text.startswith('{"message"')


def _is_oversized(answer: requests.Response) -> bool:
    return len(answer.content) > 2 * 1024 * 1024 and "link" in answer.json()["data"]


def _is_of_another(answer: requests.Response) -> bool:
    return bool(answer.json()["data"]["link"]["linkId"] == "lnk_another")


@pytest.mark.parametrize(
    ("fault", "made", "seen"),
    [
        ({"answer": "html"}, 0, _is_html),
        ({"answer": "html", "after_work": True}, 1, _is_html),
        ({"answer": "empty"}, 0, _is_empty),
        ({"answer": "cut_json"}, 1, _is_cut),
        ({"answer": "oversized"}, 1, _is_oversized),
        ({"answer": "other_link"}, 1, _is_of_another),
    ],
)
def test_answers_of_200_that_are_none(
    emulator: Emulator, api: Api, fault: Any, made: int, seen: Callable[[requests.Response], bool]
) -> None:
    emulator.fault(**fault)
    answer = api.post(LINKS, {"domainId": "dom_help"})
    assert answer.status_code == 200
    assert seen(answer)
    assert len(emulator.links) == made


def test_another_link_where_there_is_none_to_swap(emulator: Emulator, api: Api) -> None:
    link_id = api.make()["linkId"]
    emulator.fault(answer="other_link", times=3)
    assert api.delete(f"{LINKS}/{link_id}").json()["data"]["linkId"] == "lnk_another"
    assert outcome(api.get(f"{LINKS}/{link_id}")) == (410, "LINK_GONE")
    assert "links" in api.get(LINKS).json()["data"]


def test_a_redirect(emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="redirect", target="https://login.example/")
    answer = api.get(LINKS)
    assert (answer.status_code, answer.headers["Location"]) == (307, "https://login.example/")
    emulator.fault(answer="redirect", status=301)
    assert api.get(LINKS).status_code == 301


def test_latency(emulator: Emulator, api: Api) -> None:
    emulator.fault(latency=0.2)
    began = time.perf_counter()
    api.make()
    assert time.perf_counter() - began >= 0.2
    assert emulator.requests[0].fault == "real after 0.2 s"


@pytest.mark.slow
def test_a_client_that_gives_up_leaves_the_work_done(emulator: Emulator, api: Api) -> None:
    emulator.fault(latency=60)
    with pytest.raises(requests.ReadTimeout):
        api.send("POST", LINKS, json={"domainId": "dom_help"}, timeout=0.2)
    deadline = time.monotonic() + 5
    while not emulator.links and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(emulator.links) == 1


def test_an_emulator_that_stops_does_not_wait_for_latency() -> None:
    outcomes: list[type[Exception]] = []

    def ask(emulator: Emulator) -> None:
        try:
            requests.get(f"{emulator.base_url}/public/me", timeout=30)
        except requests.ConnectionError as error:
            outcomes.append(type(error))

    with Emulator() as emulator:
        emulator.fault(latency=60)
        client = threading.Thread(target=ask, args=[emulator])
        client.start()
        while emulator.faults:
            time.sleep(0.01)
        began = time.perf_counter()
    assert time.perf_counter() - began < 5
    client.join()
    assert outcomes == [requests.ConnectionError]


def test_which_requests_are_hit(emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="status", method="GET", path=r"/links/[^/]+$", skip=1, times=2)
    link = f"{LINKS}/{api.make()['linkId']}"
    assert api.get(LINKS).status_code == 200
    assert [api.get(link).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert emulator.faults == []


def test_a_fault_for_ever_and_one_behind_it(emulator: Emulator, api: Api) -> None:
    first = emulator.fault(answer="status", status=502, times=None, skip=1)
    second = emulator.fault(answer="status", status=504, path="/me$")
    assert emulator.faults == [first, second]
    assert [api.get("/me").status_code for _ in range(4)] == [504, 502, 502, 502]
    assert emulator.faults == [first]
    emulator.clear_faults()
    assert api.get("/me").status_code == 200


@pytest.mark.parametrize("wrong", [{"path": "("}, {"answer": "explode"}, {"times": 0}, {"colour": "red"}])
def test_a_fault_that_can_not_be(emulator: Emulator, wrong: Any) -> None:
    with pytest.raises(EmulatorError, match=f"fault is wrong at {next(iter(wrong))}"):
        emulator.fault(**wrong)


def test_faults_are_values() -> None:
    assert Fault(answer="drop") == Fault(answer="drop", times=1)
