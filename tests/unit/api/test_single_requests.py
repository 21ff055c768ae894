"""A request that is sent once returns whatever the server says, and counts in the rate limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import APIError, Operation
from pulumi_userplane.api.single_requests import SingleRequests
from pulumi_userplane.api.transport import Request

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock

READ = Operation("read", "it")
ME = Request("GET", "/public/me")


@pytest.fixture
def requests(server: Emulator, clock: Clock) -> SingleRequests:
    """Requests to the server."""
    return SingleRequests(Client(server.api_key, base_url=server.base_url, clock=clock))


def test_response_is_returned_as_it_came(server: Emulator, clock: Clock, requests: SingleRequests) -> None:
    server.fault(answer="status", status=418, code="ODD")
    response = requests.send(READ, ME, 10, 60)
    assert (response.status, len(server.requests), clock.slept) == (418, 1, [])
    with pytest.raises(APIError, match="read of it failed: 418 ODD"):
        requests.read_data(READ, response)


def test_machine_slows_down_after_a_429(server: Emulator, clock: Clock, requests: SingleRequests) -> None:
    server.fault(answer="status", status=429, code="RATE_LIMITED", headers={"Retry-After": "20"})
    assert [requests.send(READ, ME, 10, 60).status for _ in range(2)] == [429, 200]
    assert sum(clock.slept) == pytest.approx(20, abs=1)
