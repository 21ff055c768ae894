"""The sending of a client's requests: rate limit, retries and deadline together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.client import Client

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
