"""Each behaviour of headers, in all its settings; those of the rate limit are in test_auth.py."""

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
import requests

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.emulator.app import create_app
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviours import validate_behaviours
from pulumi_userplane.emulator.clock import Clock
from pulumi_userplane.emulator.seed import read_seed
from pulumi_userplane.emulator.server import Server
from tests.unit.emulator.client import LINKS, Api

if TYPE_CHECKING:
    from pulumi_userplane.emulator.faults import Answer


def send_all_kinds(emulator: Emulator, api: Api, nobody: Api) -> list[requests.Response]:
    """Gets responses of a route, of an error, of a missing key, and of faults."""
    answers: tuple[Answer, ...] = ("status", "html", "redirect", "empty", "cut_json")
    for answer in answers:
        emulator.fault(path="/me", answer=answer)
    faults = [api.get("/me") for _ in range(5)]
    return [api.get("/me"), api.get(f"{LINKS}/lnk_none"), nobody.get("/me"), *faults]


def test_response_has_one_date_when_date_header_is_set(emulator: Emulator, api: Api) -> None:
    nobody = Api(emulator, None)
    for response in send_all_kinds(emulator, api, nobody):
        moment = parsedate_to_datetime(response.headers["Date"])
        assert abs((datetime.now(timezone.utc) - moment).total_seconds()) < 60
    emulator.set_behaviours(date_header=False)
    assert not any("Date" in response.headers for response in send_all_kinds(emulator, api, nobody))
    nobody.close()


def test_fault_keeps_its_own_date_when_it_has_one(emulator: Emulator, api: Api) -> None:
    emulator.fault(answer="status", headers={"Date": "Mon, 06 Jan 2025 09:00:00 GMT"})
    assert api.get("/me").headers["Date"] == "Mon, 06 Jan 2025 09:00:00 GMT"


def test_date_is_that_of_the_backends_clock() -> None:
    clock = Clock(lambda: datetime(2025, 1, 6, 9, 0, 0, 999999, tzinfo=timezone.utc))
    backend = Backend(read_seed(None), None, "uspl_demo", validate_behaviours({}), clock)
    server = Server(lambda close_connection: create_app(backend, close_connection), "127.0.0.1", 0)
    server.start()
    response = requests.get(f"{server.address}/api/v1/public/me", timeout=10)
    server.stop()
    backend.close()
    assert response.headers["Date"] == "Mon, 06 Jan 2025 09:00:00 GMT"


def test_response_has_rate_headers_when_behaviour_names_them(emulator: Emulator, api: Api) -> None:
    nobody = Api(emulator, None)
    assert not any("RateLimit-Limit" in response.headers for response in send_all_kinds(emulator, api, nobody))
    emulator.set_behaviours(rate_headers={"X-RateLimit-Remaining", "ratelimit-limit"})
    for response in send_all_kinds(emulator, api, nobody):
        assert (response.headers["X-RateLimit-Remaining"], response.headers["RateLimit-Limit"]) == ("120", "120")
    nobody.close()


def test_header_of_the_response_stays_when_rate_headers_names_it(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(rate_headers=["retry-after"])
    emulator.fault(answer="status", status=503, headers={"Retry-After": "7"})
    assert [api.get("/me").headers["Retry-After"] for _ in range(2)] == ["7", "120"]


@pytest.mark.parametrize(
    "name",
    [
        *("Content-Length", "content-encoding", "Content-Range", "Transfer-Encoding", "trailer", "Connection", "date"),
        *("Proxy-Connection", "Keep-Alive", "location", "Set-Cookie", "www-authenticate", "a b", "", "x" * 101, "é"),
    ],
)
def test_rate_header_is_refused_when_a_client_could_not_read_the_response(emulator: Emulator, name: str) -> None:
    response = requests.patch(f"{emulator.control_url}/switches", json={"rate_headers": [name]}, timeout=10)
    assert response.status_code == 400
