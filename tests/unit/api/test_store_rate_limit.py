"""The rate limit that several machines share in a limit store."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.api.errors import LimitStoreError, LocalRateLimitError, Operation
from pulumi_userplane.api.limit_store import LimitStore
from pulumi_userplane.api.rate_limit import RateLimit
from pulumi_userplane.api.request_limit import RateLimitUsage, Wait
from pulumi_userplane.api.shared_file import SharedFile
from pulumi_userplane.api.store_address import parse_store_address
from pulumi_userplane.api.store_rate_limit import StoreRateLimit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clock import Clock
    from tests.support.store_server import StoreServer

    Machine = Callable[..., StoreRateLimit]

READ = Operation("read", "recording link lnk_1")


def ignore(_: object) -> None:
    """Is told of waits."""


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def machine(store_server: StoreServer, tmp_path: Path, messages: list[str]) -> Machine:
    """Makes the rate limits of machines that share a store, each with a file of its own."""

    def make(
        per_minute: int = 5,
        per_day: int = 0,
        *,
        key: str = "key",
        windows: tuple[float, float] = (1.0, 3600.0),
        is_required: bool = True,
        clock: Clock | None = None,
    ) -> StoreRateLimit:
        store = LimitStore(
            parse_store_address(store_server.address), key, "https://a", is_required=is_required, warn=messages.append
        )
        file = SharedFile("key", "https://a", tmp_path / str(len(list(tmp_path.iterdir()))))
        own = RateLimit(file, per_minute, per_day, messages.append, clock or SYSTEM_CLOCK)
        return StoreRateLimit(store, own, windows)

    return make


class WaitsError(Exception):
    """A request would have to wait; holds the wait."""


def take(limit: StoreRateLimit) -> Wait | None:
    """Takes one request; returns None, or the wait before it could be sent."""

    def stop(wait: Wait) -> None:
        raise WaitsError(wait)

    try:
        limit.acquire(READ, stop)
    except WaitsError as error:
        (wait,) = error.args
        assert isinstance(wait, Wait)
        return wait
    return None


def takes_without_wait(limit: StoreRateLimit) -> int:
    """Returns how many requests the limit allows now."""
    count = 0
    while take(limit) is None:
        count += 1
    return count


def test_machines_count_together_when_they_share_a_store(machine: Machine) -> None:
    one, other = machine(), machine()
    one.acquire(READ, ignore)
    one.acquire(READ, ignore)
    assert takes_without_wait(other) == 3
    wait = take(one)
    assert wait is not None
    assert (wait.reason, wait.is_after_refusal) == ("userplane:requestsPerMinute allows 5 requests a minute", False)
    assert 0 < wait.seconds <= 1.1


def test_other_keys_count_apart(machine: Machine) -> None:
    assert takes_without_wait(machine()) == 5
    assert takes_without_wait(machine(key="other")) == 5


@pytest.mark.slow
def test_no_window_ever_holds_more_than_the_limit_when_machines_send_as_fast_as_they_can(machine: Machine) -> None:
    limit, window = 20, 0.4
    sent: list[float] = []

    def send(rate_limit: StoreRateLimit) -> None:
        for _ in range(10):
            rate_limit.acquire(READ, ignore)
            sent.append(time.monotonic())

    threads = [
        threading.Thread(target=send, args=(rate_limit,))
        for rate_limit in [machine(limit, windows=(window, 3600.0)) for _ in range(4)]
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.sort()
    # A request is noted here a moment after the store has counted it.
    gaps = [later - earlier for earlier, later in zip(sent, sent[limit:], strict=False)]
    assert len(sent) == 120
    assert min(gaps) > window - 0.15
    assert sent[-1] - sent[0] < 5 * window * 1.5


def test_clock_of_the_machine_does_not_count(machine: Machine, clock: Clock) -> None:
    clock.ahead = 900.0
    ahead = machine(clock=clock)
    assert takes_without_wait(machine()) == 5
    assert takes_without_wait(ahead) == 0
    clock.ahead = -900.0
    assert takes_without_wait(ahead) == 0


@pytest.mark.slow
def test_acquire_says_that_it_waits_for_the_others(machine: Machine, messages: list[str]) -> None:
    one, other = machine(windows=(1.5, 3600.0)), machine(windows=(1.5, 3600.0))
    takes_without_wait(one)
    other.acquire(READ, ignore)
    assert "s: userplane:requestsPerMinute allows 5 requests a minute" in messages[0]


def let_pass(store_server: StoreServer, milliseconds: int) -> None:
    """Waits until the store's clock, which alone counts here, has gone on."""

    def read() -> int:
        seconds, microseconds = store_server.client.time()
        return int(seconds) * 1000 + int(microseconds) // 1000

    until = read() + milliseconds
    while read() <= until:
        pass


def test_day_is_an_error_at_once_even_when_the_minute_is_full_too(machine: Machine, store_server: StoreServer) -> None:
    one, other = machine(2, 4, windows=(0.02, 3600.0)), machine(4, 4)
    takes_without_wait(one)
    let_pass(store_server, 30)
    assert [take(other) for _ in range(2)] == [None, None]
    with pytest.raises(LocalRateLimitError) as caught:
        take(other)
    assert str(caught.value).startswith(
        "read of recording link lnk_1 failed: all machines that share the limit store together have sent its 4 "
        "requests of the day with this key; run again after 20"
    )


@pytest.mark.parametrize(
    ("per_minute", "per_day", "allowed"), [(0, 0, 50), (3, 0, 3), (0, 3, 3), (5, 3, 3), (3, 10_000_000, 3), (3, 8, 3)]
)
def test_either_limit_counts(machine: Machine, per_minute: int, per_day: int, allowed: int) -> None:
    limit = machine(per_minute, per_day)
    count = 0
    try:
        while count < 50 and take(limit) is None:
            count += 1
    except LocalRateLimitError:
        assert per_day == 3
    assert count == allowed


def test_usage_tells_what_all_machines_have_used(machine: Machine) -> None:
    one, other = machine(3, 10), machine(3, 10)
    assert one.usage() == RateLimitUsage(0, 0, 0.0)
    take(one)
    take(other)
    assert one.usage() == other.usage() == RateLimitUsage(2, 2, 0.0)
    take(other)
    assert 0 < one.usage().wait <= 1


def test_all_machines_pause_after_a_429(machine: Machine) -> None:
    one, other = machine(), machine()
    one.record_refusal(time.time(), 30.0)
    assert 29 < other.usage().wait <= 30
    wait = take(other)
    assert wait is not None
    # In pieces.
    assert (wait.seconds, wait.is_after_refusal) == (15.0, True)
    with pytest.raises(LocalRateLimitError, match=r"would have to wait (29|30) s: the server said that the rate limit"):
        other.acquire(READ, ignore, 5.0)


def test_pauses_grow_when_429s_go_on_without_a_time(machine: Machine) -> None:
    one, other = machine(), machine()
    pauses = []
    for limit in (one, other, one, other, one):
        limit.record_refusal(time.time() + 0.002, None)
        pauses.append(round(one.usage().wait))
        time.sleep(0.003)
    assert pauses == [4, 8, 16, 32, 32]


def test_429s_of_one_burst_are_one(machine: Machine) -> None:
    one, other = machine(), machine()
    sent_at = one.acquire(READ, ignore)
    for limit in (one, other, one):
        limit.record_refusal(sent_at, None)
    assert round(other.usage().wait) == 4
    other.record_refusal(sent_at, 2.0)
    assert round(other.usage().wait) == 4
    other.record_refusal(sent_at, 20.0)
    assert round(other.usage().wait) == 20


def test_wait_of_over_a_minute_pauses_nobody(machine: Machine) -> None:
    limit = machine()
    limit.record_refusal(time.time(), 3600.0)
    assert limit.usage().wait == 0


def test_pause_is_short_without_a_limit(machine: Machine) -> None:
    limit = machine(0, 5)
    limit.record_refusal(time.time(), None)
    assert 0.9 < limit.usage().wait <= 1


def test_limit_waits_for_429s_itself_unless_there_is_no_limit(machine: Machine) -> None:
    assert machine(5).waits_after_refusal
    assert not machine(0, 5).waits_after_refusal


def test_old_requests_are_forgotten(machine: Machine, store_server: StoreServer) -> None:
    limit = machine(5, 5, windows=(0.01, 0.02))
    take(limit)
    let_pass(store_server, 30)
    take(limit)
    (name,) = store_server.client.keys("*requests")
    assert store_server.client.zcard(name) == 1
    let_pass(store_server, 30)
    assert limit.usage() == RateLimitUsage(0, 0, 0.0)
    assert store_server.client.keys() == []


def test_store_holds_nothing_of_the_key(machine: Machine, store_server: StoreServer) -> None:
    limit = machine(key="uspl_canary")
    take(limit)
    limit.record_refusal(time.time(), None)
    assert "canary" not in store_server.texts()


def test_limit_goes_on_when_the_store_was_restarted(machine: Machine, store_server: StoreServer) -> None:
    limit = machine()
    takes_without_wait(limit)
    store_server.stop()
    store_server.start()
    assert takes_without_wait(limit) == 5


def test_every_call_is_an_error_that_names_the_operation_when_the_store_is_down(
    machine: Machine, store_server: StoreServer
) -> None:
    limit = machine()
    store_server.stop()
    with pytest.raises(LimitStoreError, match=r"^read of recording link lnk_1 failed: the limit store at 127.0.0.1:"):
        limit.acquire(READ, ignore)
    for call in (limit.usage, lambda: limit.record_refusal(1.0, 1.0)):
        with pytest.raises(LimitStoreError, match=r"^the limit store at 127.0.0.1:\d+ can't be used: there is no conn"):
            call()


def test_own_file_counts_from_then_on_when_the_store_is_down_and_not_required(
    machine: Machine, store_server: StoreServer, messages: list[str]
) -> None:
    limit = machine(is_required=False)
    takes_without_wait(limit)
    store_server.stop()
    assert takes_without_wait(limit) == 5
    store_server.start()
    assert takes_without_wait(limit) == 0
    assert limit.usage().minute == 5
    assert limit.waits_after_refusal
    limit.record_refusal(time.time(), 20.0)
    assert store_server.client.keys() == []
    assert limit.usage().wait > 19
    (warning,) = [message for message in messages if not message.startswith("waiting")]
    assert warning.startswith(f"the limit store at 127.0.0.1:{store_server.port} can't be used: there is no connection")


def test_request_that_is_not_sent_is_given_back_to_other_machines(machine: Machine) -> None:
    one, other = machine(windows=(60.0, 3600.0)), machine(windows=(60.0, 3600.0))
    recorded = [one.acquire(READ, ignore) for _ in range(5)]
    one.give_back(recorded[2])
    assert other.usage().minute == 4
    assert takes_without_wait(other) == 1
    # One that nobody has recorded changes nothing.
    one.give_back(time.time() + 60.0)
    assert other.usage().minute == 5


def test_nothing_is_given_back_when_nothing_is_counted(machine: Machine) -> None:
    one, unlimited = machine(), machine(0)
    unlimited.give_back(unlimited.acquire(READ, ignore))
    takes_without_wait(one)
    unlimited.give_back(0.0)
    assert one.usage().minute == 5


def test_request_is_given_back_in_the_own_file_when_the_store_is_lost(
    machine: Machine, store_server: StoreServer
) -> None:
    limit = machine(is_required=False)
    store_server.stop()
    recorded = [limit.acquire(READ, ignore) for _ in range(5)]
    limit.give_back(recorded[0])
    assert limit.usage().minute == 4


def test_give_back_is_silent_when_the_store_is_down(machine: Machine, store_server: StoreServer) -> None:
    limit = machine()
    recorded_at = limit.acquire(READ, ignore)
    store_server.stop()
    limit.give_back(recorded_at)
