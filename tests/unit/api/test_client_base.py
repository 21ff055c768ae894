"""The sending of a client's requests: rate limit, retries and deadline together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import APIError, NotFoundError, Operation

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock


def test_operation_deadline_excludes_waits_for_the_rate_limit(server: Emulator, clock: Clock) -> None:
    messages: list[str] = []
    client = Client(
        server.api_key, base_url=server.base_url, requests_per_minute=1, notify=messages.append, clock=clock
    )
    with client.operation_deadline() as deadline:
        for _ in range(4):
            client.get_me()
        assert sum(clock.slept) > 3 * 60
        assert deadline.left == pytest.approx(120, abs=3)
    assert messages


def test_client_pauses_the_machine_when_server_responds_429(server: Emulator, clock: Clock) -> None:
    client = Client(server.api_key, base_url=server.base_url, clock=clock)
    server.fault(answer="status", status=429, code="RATE_LIMITED", headers={"Retry-After": "20"})
    client.get_me()
    assert sum(clock.slept) == pytest.approx(20, abs=1)


def test_operation_step_names_the_operation_when_a_request_in_it_fails(server: Emulator, clock: Clock) -> None:
    client = Client(server.api_key, base_url=server.base_url, clock=clock)
    operation = Operation("creation", 'recording link "Help"', "step 2 of 2")
    with client.operation_step(operation), pytest.raises(APIError) as caught:
        client.get_link("ws_demo", "lnk_none")
    assert caught.value.operation is operation
    with pytest.raises(NotFoundError, match=r"^read of recording link lnk_none failed: 404"):
        client.get_link("ws_demo", "lnk_none")


def test_create_link_calls_before_send_before_each_attempt(server: Emulator, clock: Clock) -> None:
    client = Client(server.api_key, base_url=server.base_url, clock=clock)
    server.fault(answer="status", status=503, code="SERVICE_UNAVAILABLE", times=2)
    attempts: list[int] = []
    client.create_link("ws_demo", domain_id="dom_help", before_send=lambda: attempts.append(len(server.requests)))
    assert attempts == [0, 1, 2]


def test_server_time_is_none_before_the_first_response(server: Emulator, clock: Clock) -> None:
    client = Client(server.api_key, base_url=server.base_url, clock=clock)
    assert client.server_time(clock.monotonic()) is None
    client.get_me()
    known = client.server_time(clock.monotonic())
    assert known == pytest.approx(clock.time(), abs=3)
    clock.sleep(60)
    assert client.server_time(clock.monotonic()) == pytest.approx(clock.time(), abs=3)
