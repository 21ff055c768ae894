"""The rate limit that all processes of this machine share for a key."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import ConfigurationError, LocalRateLimitError, Operation
from pulumi_userplane.api.rate_limit import RateLimit
from pulumi_userplane.api.request_limit import RateLimitUsage, Wait
from pulumi_userplane.api.shared_file import SharedFile

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clock import Clock

READ = Operation("read", "recording link lnk_1")


def ignore(_: str) -> None:
    """Is told of waits."""


@pytest.fixture
def file(tmp_path: Path) -> SharedFile:
    return SharedFile("key", "https://a", tmp_path)


@pytest.fixture
def messages() -> list[str]:
    return []


def take(rate_limit: RateLimit, times: int = 1) -> float:
    """Takes requests, and returns the seconds that were waited for them."""
    waited: list[Wait] = []
    for _ in range(times):
        rate_limit.acquire(READ, waited.append)
    return sum(wait.seconds for wait in waited)


def test_acquire_waits_when_a_burst_has_reached_the_limit(file: SharedFile, messages: list[str], clock: Clock) -> None:
    rate_limit = RateLimit(file, 5, 0, messages.append, clock)
    assert take(rate_limit, 5) == 0
    clock.sleep(20)
    assert take(rate_limit) == pytest.approx(41.5, abs=0.5)
    assert messages[0].startswith("waiting 41 s: userplane:requestsPerMinute allows 5 requests a minute")
    assert all(wait <= 15 for wait in clock.slept[1:])


def test_acquire_raises_when_wait_is_longer_than_max_wait(file: SharedFile, clock: Clock) -> None:
    rate_limit = RateLimit(file, 2, 0, ignore, clock)
    take(rate_limit, 2)
    with pytest.raises(LocalRateLimitError) as caught:
        rate_limit.acquire(READ, print, 5)
    assert str(caught.value) == (
        "read of recording link lnk_1 failed: it would have to wait 61 s: "
        "userplane:requestsPerMinute allows 2 requests a minute; run again then"
    )
    assert clock.slept == []
    clock.ahead += 58
    rate_limit.acquire(READ, print, 5)
    assert sum(clock.slept[:1]) < 5


def test_usage_returns_what_is_used_and_records_nothing(file: SharedFile, clock: Clock) -> None:
    rate_limit = RateLimit(file, 3, 5, ignore, clock)
    assert rate_limit.usage() == RateLimitUsage(0, 0, 0.0)
    take(rate_limit, 2)
    clock.ahead += 70
    take(rate_limit)
    assert [rate_limit.usage() for _ in range(5)] == [RateLimitUsage(1, 3, 0.0)] * 5
    take(rate_limit, 2)
    full = rate_limit.usage()
    assert (full.minute, full.day) == (3, 5)
    assert full.wait == pytest.approx(24 * 3600 - 10, abs=1)
    assert RateLimit(file, 3, 0, ignore, clock).usage().wait == pytest.approx(61.5, abs=0.5)
    assert RateLimit(file, 0, 0, ignore, clock).usage().wait == 0
    rate_limit.record_refusal(clock.time(), 30)
    assert RateLimit(file, 0, 0, ignore, clock).usage().wait == pytest.approx(30, abs=0.5)
    clock.ahead -= 1000
    assert rate_limit.usage().minute == 0


def test_acquire_never_exceeds_the_limit_in_any_minute(file: SharedFile, clock: Clock) -> None:
    rate_limit = RateLimit(file, 5, 0, ignore, clock)
    sent = []
    for _ in range(23):
        take(rate_limit)
        sent.append(clock.time())
    assert all(later - earlier > 60 for earlier, later in zip(sent, sent[5:], strict=False))
    assert sent[-1] - sent[0] < 5 * 61.6


def test_acquire_raises_when_the_limit_of_the_day_is_used_up(file: SharedFile, clock: Clock) -> None:
    rate_limit = RateLimit(file, 0, 3, ignore, clock)
    take(rate_limit, 3)
    frees = datetime.fromtimestamp(clock.time() + 24 * 3600 + 60, timezone.utc)
    with pytest.raises(LocalRateLimitError) as caught:
        take(rate_limit)
    assert (
        "read of recording link lnk_1 failed: this machine has sent its 3 requests of the day with this key; "
        "run again after " in str(caught.value)
    )
    assert f"{frees:%Y-%m-%d %H:}" in str(caught.value)
    assert clock.slept == []
    clock.sleep(24 * 3600 + 61)
    assert take(rate_limit, 1) == 0


@pytest.mark.parametrize(("per_day", "is_below"), [(9_999, True), (10_000, False), (10_001, False)])
def test_acquire_names_the_setting_only_when_it_is_below_what_userplane_allows(
    file: SharedFile, clock: Clock, per_day: int, is_below: bool
) -> None:
    def fill(database: Any) -> None:
        database.executemany("INSERT INTO requests VALUES (?)", [(clock.time(),)] * per_day)

    file.run_transaction(fill)
    with pytest.raises(LocalRateLimitError) as caught:
        take(RateLimit(file, 0, per_day, ignore, clock))
    assert f"failed: this machine has sent its {per_day:,} requests of the day with this key; " in str(caught.value)
    assert str(caught.value).endswith(" UTC, or raise userplane:requestsPerDay" if is_below else " UTC")


def test_acquire_never_waits_when_limits_are_0(file: SharedFile, clock: Clock) -> None:
    take(RateLimit(file, 0, 0, ignore, clock), 300)
    assert clock.slept == []


def test_acquire_gives_up_when_on_wait_raises(file: SharedFile, clock: Clock) -> None:
    rate_limit = RateLimit(file, 1, 0, ignore, clock)
    take(rate_limit)

    def refuse(wait: Wait) -> None:
        assert (wait.seconds, wait.is_after_refusal) == (15.0, False)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        rate_limit.acquire(READ, refuse)
    assert clock.slept == []


def test_refusal_makes_other_processes_wait(
    file: SharedFile, messages: list[str], tmp_path: Path, clock: Clock
) -> None:
    RateLimit(file, 5, 0, ignore, clock).record_refusal(clock.time(), 9)
    other = RateLimit(SharedFile("key", "https://a", tmp_path), 5, 0, messages.append, clock)
    assert take(other) == pytest.approx(9, abs=0.5)
    assert messages == ["waiting 9 s: the server said that the rate limit is used up, by other machines as well"]


def test_acquire_is_silent_when_wait_is_less_than_a_second(file: SharedFile, messages: list[str], clock: Clock) -> None:
    rate_limit = RateLimit(file, 0, 0, messages.append, clock)
    rate_limit.record_refusal(clock.time(), 0.6)
    with pytest.raises(LocalRateLimitError, match="failed: it would have to wait less than 1 s: the server said"):
        rate_limit.acquire(READ, print, max_wait=0)
    assert take(rate_limit) == pytest.approx(0.6, abs=0.1)
    assert messages == []


def test_refusal_replaces_an_earlier_one(file: SharedFile, clock: Clock) -> None:
    rate_limit = RateLimit(file, 5, 0, ignore, clock)
    rate_limit.record_refusal(clock.time(), 50)
    rate_limit.record_refusal(clock.time(), 1)
    assert take(rate_limit) == pytest.approx(1, abs=0.5)


def test_acquire_does_not_wait_when_clock_was_set_back(file: SharedFile, clock: Clock) -> None:
    rate_limit = RateLimit(file, 5, 5, ignore, clock)
    clock.ahead = 7 * 24 * 3600
    take(rate_limit, 5)
    rate_limit.record_refusal(clock.time(), 30)
    clock.ahead = 0
    assert take(rate_limit, 5) == 0


def test_rate_limit_is_separate_for_other_keys_and_servers(file: SharedFile, tmp_path: Path, clock: Clock) -> None:
    take(RateLimit(file, 5, 0, ignore, clock), 5)
    for key, server in (("other", "https://a"), ("key", "https://b")):
        assert take(RateLimit(SharedFile(key, server, tmp_path), 5, 0, ignore, clock), 5) == 0


OTHER_PROCESS = """
import os, sys
from pathlib import Path
from pulumi_userplane.api.rate_limit import RateLimit
from pulumi_userplane.api.request_limit import RateLimitUsage
from pulumi_userplane.api.errors import Operation
from pulumi_userplane.api.shared_file import SharedFile
file = SharedFile("key", "https://a", Path(sys.argv[1]))
budget = RateLimit(file, 5, 0, print)
for _ in range(3):
    budget.acquire(Operation("read", "x"), print)
if sys.argv[2] == "inside":
    with file.transaction() as database:
        database.execute("DELETE FROM requests")
        os._exit(9)
os._exit(9)
"""


@pytest.mark.parametrize("killed", ["inside", "outside"])
def test_rate_limit_is_shared_when_another_process_was_killed(
    file: SharedFile, tmp_path: Path, killed: str, clock: Clock
) -> None:
    done = subprocess.run([sys.executable, "-c", OTHER_PROCESS, str(tmp_path), killed], check=False, timeout=30)
    assert done.returncode == 9
    rate_limit = RateLimit(file, 5, 0, ignore, clock)
    assert take(rate_limit, 2) == 0
    assert take(rate_limit) > 50


@pytest.mark.parametrize("number", [-1, 10_000_001, 10**20, 10**5000], ids=["-1", "1 more", "20 digits", "huge"])
def test_client_raises_when_a_limit_is_out_of_bounds(file: SharedFile, number: int) -> None:
    with pytest.raises(ConfigurationError, match=r"^requests_per_minute must be at most 100,000, 0 for no limit$"):
        Client("key", requests_per_minute=number, shared_file=file)
    with pytest.raises(ConfigurationError, match=r"^requests_per_day must be at most 10,000,000, 0 for no limit$"):
        Client("key", requests_per_day=number, shared_file=file)


@pytest.mark.parametrize(("per_minute", "per_day"), [(6_000, 1_000_000), (100_000, 10_000_000)])
def test_rate_limit_counts_when_limits_are_large(file: SharedFile, per_minute: int, per_day: int, clock: Clock) -> None:
    rate_limit = RateLimit(file, per_minute, per_day, ignore, clock)
    assert take(rate_limit, 3) == 0
    assert rate_limit.usage() == RateLimitUsage(minute=3, day=3, wait=0)


def test_request_that_is_not_sent_is_given_back_to_other_processes(
    file: SharedFile, tmp_path: Path, clock: Clock
) -> None:
    rate_limit = RateLimit(file, 3, 0, ignore, clock)
    other = RateLimit(SharedFile("key", "https://a", tmp_path), 3, 0, ignore, clock)
    recorded = [rate_limit.acquire(READ, print) for _ in range(3)]
    rate_limit.give_back(recorded[1])
    assert take(other) == 0
    assert take(other) > 50


def test_one_request_of_several_is_given_back_when_they_were_recorded_at_the_same_moment(
    file: SharedFile, clock: Clock
) -> None:
    rate_limit = RateLimit(file, 3, 5, ignore, clock)
    now = clock.time()

    def write(database: Any) -> None:
        database.executemany("INSERT INTO requests VALUES (?)", [(now,)] * 3)

    file.run_transaction(write)
    rate_limit.give_back(now)
    assert (rate_limit.usage().minute, rate_limit.usage().day) == (2, 2)
