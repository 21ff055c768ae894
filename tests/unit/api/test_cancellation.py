"""What ends when a run is canceled: waits, requests that have not begun, and what a thread lets be called."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.cancellation import CancelableClock, Cancellation, name_operation
from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import Operation, RateLimitError, RunCanceledError
from pulumi_userplane.api.rate_limit import RateLimit
from pulumi_userplane.api.shared_file import SharedFile
from tests.support.canceled import Work, await_event

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Sent

READ = Operation("read", "recording link lnk_1")
CANCELED = "read of the key's owner failed: the run was canceled; run again"


@pytest.fixture
def cancellation() -> Cancellation:
    return Cancellation()


def test_sleep_ends_when_the_run_is_canceled(cancellation: Cancellation) -> None:
    clock = CancelableClock(cancellation)
    clock.sleep(0.001)
    sleeps = [Work(lambda: clock.sleep(600)) for _ in range(3)]
    cancellation.request()
    for sleep in [*sleeps, Work(lambda: clock.sleep(0))]:
        with pytest.raises(RunCanceledError, match=r"^the run was canceled; run again$"):
            sleep.result()


def test_clock_is_the_systems(cancellation: Cancellation) -> None:
    clock = CancelableClock(cancellation)
    assert clock.time() == pytest.approx(time.time(), abs=10)
    assert clock.monotonic() == pytest.approx(time.monotonic(), abs=10)


def test_cancellation_is_for_good_and_harmless_when_it_is_repeated(cancellation: Cancellation) -> None:
    cancellation.require_not_requested(READ)
    seen = [cancellation.is_requested]
    for _ in range(2):
        cancellation.request()
        seen.append(cancellation.is_requested)
        with pytest.raises(RunCanceledError, match=r"^read of recording link lnk_1 failed: the run was canceled; run"):
            cancellation.require_not_requested(READ)
    assert seen == [False, True, True]


def test_calling_calls_only_when_the_run_is_canceled_inside_or_before(cancellation: Cancellation) -> None:
    called: list[str] = []
    with cancellation.call_when_requested(lambda: called.append("left")):
        pass
    with (
        cancellation.call_when_requested(lambda: called.append("one")),
        cancellation.call_when_requested(lambda: called.append("other")),
    ):
        cancellation.request()
        assert called == ["one", "other"]
    with cancellation.call_when_requested(lambda: called.append("late")):
        assert called == ["one", "other", "late"]
    cancellation.request()
    assert called == ["one", "other", "late"]


def test_naming_names_the_innermost_operation() -> None:
    outer = Operation("creation", "recording link lnk_2")
    with pytest.raises(RunCanceledError) as caught, name_operation(outer), name_operation(READ):
        raise RunCanceledError
    assert caught.value.operation is READ


@pytest.fixture
def waits() -> threading.Event:
    """Is set when a user is told of a wait."""
    return threading.Event()


@pytest.fixture
def client(server: Emulator, cancellation: Cancellation, waits: threading.Event) -> Client:
    """A client with the system's clock."""
    return Client(server.api_key, base_url=server.base_url, notify=lambda _: waits.set(), cancellation=cancellation)


def count_requests(server: Emulator) -> int:
    """Returns how many requests of the last minute another process of this machine sees."""
    return RateLimit(SharedFile(server.api_key, server.base_url), 120, 0, print).usage().minute


@pytest.mark.parametrize(
    "response",
    [
        {"status": 429, "code": "RATE_LIMITED", "headers": {"Retry-After": "50"}},
        {"status": 429, "code": "RATE_LIMITED"},
        {"status": 503, "code": "SERVICE_UNAVAILABLE", "headers": {"Retry-After": "50"}},
    ],
    ids=["429 with Retry-After", "429 without", "503"],
)
def test_request_ends_when_the_run_is_canceled_while_it_waits(
    client: Client, server: Emulator, *, cancellation: Cancellation, waits: threading.Event, response: dict[str, Any]
) -> None:
    server.fault(answer="status", **response)
    request = Work(client.get_me)
    await_event(waits)
    cancellation.request()
    with pytest.raises(RunCanceledError) as caught:
        request.result()
    assert str(caught.value) == CANCELED
    # The request that was refused.
    assert len(server.requests) == count_requests(server) == 1


def test_request_ends_when_the_run_is_canceled_while_it_waits_for_the_own_limit(
    server: Emulator, cancellation: Cancellation, waits: threading.Event
) -> None:
    client = Client(
        server.api_key,
        base_url=server.base_url,
        requests_per_minute=1,
        notify=lambda _: waits.set(),
        cancellation=cancellation,
    )
    client.get_me()
    request = Work(client.get_me)
    await_event(waits)
    cancellation.request()
    with pytest.raises(RunCanceledError, match=f"^{CANCELED}$"):
        request.result()
    assert len(server.requests) == count_requests(server) == 1


def test_retry_after_stays_in_force_for_other_processes_when_the_run_is_canceled(
    client: Client, server: Emulator, cancellation: Cancellation, waits: threading.Event
) -> None:
    server.fault(answer="status", status=429, code="RATE_LIMITED", headers={"Retry-After": "50"})
    request = Work(client.get_me)
    await_event(waits)
    cancellation.request()
    with pytest.raises(RunCanceledError):
        request.result()
    other = RateLimit(SharedFile(server.api_key, server.base_url), 120, 0, print)
    assert 20 < other.usage().wait <= 50


def test_refusal_counts_for_other_processes_when_the_run_is_canceled_before_it_comes(
    client: Client, server: Emulator, cancellation: Cancellation, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.fault(answer="status", status=429, code="RATE_LIMITED", headers={"Retry-After": "50"})
    send = client._transport.send

    def send_and_cancel(*request: Any) -> Any:
        response = send(*request)
        cancellation.request()
        return response

    monkeypatch.setattr(client._transport, "send", send_and_cancel)
    with pytest.raises(RunCanceledError) as caught:
        client.get_me()
    assert not isinstance(caught.value, RateLimitError)
    assert RateLimit(SharedFile(server.api_key, server.base_url), 120, 0, print).usage().wait > 20


def test_no_request_begins_when_the_run_is_canceled(
    client: Client, server: Emulator, cancellation: Cancellation
) -> None:
    called: list[str] = []
    cancellation.request()
    with pytest.raises(RunCanceledError, match=f"^{CANCELED}$"):
        client.get_me()
    with pytest.raises(RunCanceledError, match=r"^creation of a recording link in workspace ws_demo failed: the run"):
        client.create_link("ws_demo", domain_id="dom_help", before_send=lambda: called.append("before"))
    assert (server.requests, called, count_requests(server)) == ([], [], 0)


def test_request_is_given_back_when_the_run_is_canceled_before_it_is_sent(
    client: Client, server: Emulator, cancellation: Cancellation
) -> None:
    with pytest.raises(RunCanceledError):
        client.create_link("ws_demo", domain_id="dom_help", before_send=cancellation.request)
    assert (server.requests, count_requests(server)) == ([], 0)


def test_request_is_given_back_when_something_fails_before_it_is_sent(client: Client, server: Emulator) -> None:
    def fail() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        client.create_link("ws_demo", domain_id="dom_help", before_send=fail)
    assert (server.requests, count_requests(server)) == ([], 0)


def test_request_in_flight_is_awaited_when_the_run_is_canceled(
    client: Client, server: Emulator, sent: Sent, cancellation: Cancellation, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, release = threading.Event(), threading.Event()
    match = server._backend.faults.match

    def hold(method: str, path: str) -> Any:
        arrived.set()
        await_event(release)
        return match(method, path)

    monkeypatch.setattr(server._backend.faults, "match", hold)
    request = Work(lambda: client.create_link("ws_demo", domain_id="dom_help"))
    await_event(arrived)
    cancellation.request()
    assert request.is_running
    release.set()
    assert request.result().link_id == server.links[0]["linkId"]
    assert [method for method, _ in sent()] == ["POST"]
