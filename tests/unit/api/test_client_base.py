"""The sending of a client's requests: rate limit, retries and deadline together."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import APIError, NotFoundError, Operation, RateLimitError

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


def refuse_requests(server: Emulator, times: int | None, **more: Any) -> None:
    server.fault(answer="status", status=429, code="RATE_LIMITED", times=times, **more)


def test_waits_after_429s_are_no_part_of_an_operations_time(server: Emulator, clock: Clock) -> None:
    messages: list[str] = []
    client = Client(server.api_key, base_url=server.base_url, notify=messages.append, clock=clock)
    refuse_requests(server, 40)
    with client.operation_deadline() as deadline:
        client.get_me()
        assert sum(clock.slept) > 150
        assert deadline.left == pytest.approx(120, abs=5)
    said = r"waiting 6[12] s: other machines use the rate limit as well, so this one sends fewer requests"
    assert re.fullmatch(said, messages[0])
    # One at the start, then one in 15 s.
    assert len(messages) <= 1 + sum(clock.slept) / 15


@pytest.mark.parametrize("is_nested", [False, True])
def test_operation_fails_when_429s_have_made_it_wait_for_ten_minutes(
    server: Emulator, clock: Clock, is_nested: bool
) -> None:
    client = Client(server.api_key, base_url=server.base_url, clock=clock)
    refuse_requests(server, None)
    with (
        client.operation_deadline(),
        client.operation_deadline(30) if is_nested else contextlib.nullcontext(),
        pytest.raises(RateLimitError) as caught,
    ):
        client.get_me()
    assert 580 < sum(clock.slept) <= 600
    assert re.fullmatch(
        r"read of the key's owner failed: 429 RATE_LIMITED.*; 429s have made it wait for \d{3} s, and 600 s are the "
        "most; other machines use this user's rate limit too: run later, or give each pipeline its own user; "
        "more: `pulumi-userplane explain RATE_LIMITED`",
        str(caught.value),
    )


def test_429s_count_and_are_backed_off_from_when_there_is_no_limit(server: Emulator, clock: Clock) -> None:
    client = Client(server.api_key, base_url=server.base_url, requests_per_minute=0, clock=clock)
    refuse_requests(server, None)
    with pytest.raises(RateLimitError, match="other machines use this user's rate limit too: run later"):
        client.get_me()
    assert 60 < sum(clock.slept) < 150


def test_create_link_sends_a_refused_post_again_and_says_so_before_each_attempt(server: Emulator, clock: Clock) -> None:
    client = Client(server.api_key, base_url=server.base_url, clock=clock)
    refuse_requests(server, 2, method="POST")
    attempts: list[int] = []
    client.create_link("ws_demo", domain_id="dom_help", before_send=lambda: attempts.append(len(server.requests)))
    assert attempts == [0, 1, 2]


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
