"""The limits, shared by all processes of the machine that use the key."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import ConfigurationError, LocalRateLimitError, Operation
from pulumi_userplane.api.rate_limit import RateLimit, RateLimitUsage
from pulumi_userplane.api.shared_file import SharedFile

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock

READ = Operation("read", "recording link lnk_1")


def silent(_: str) -> None:
    """Is told of waits."""


@pytest.fixture
def file(tmp_path: Path) -> SharedFile:
    return SharedFile("key", "https://a", tmp_path)


@pytest.fixture
def said() -> list[str]:
    return []


def take(budget: RateLimit, times: int = 1) -> float:
    """Takes requests, and returns the seconds that were waited for them."""
    waited: list[float] = []
    for _ in range(times):
        budget.acquire(READ, waited.append)
    return sum(waited)


def test_a_burst_is_allowed_up_to_the_limit_and_then_waits_for_the_first(
    file: SharedFile, said: list[str], clock: Clock
) -> None:
    budget = RateLimit(file, 5, 0, said.append, clock)
    assert take(budget, 5) == 0
    clock.sleep(20)
    assert take(budget) == pytest.approx(41.5, abs=0.5)
    assert said[0].startswith("waiting 41 s: userplane:requestsPerMinute allows 5 requests a minute")
    assert all(wait <= 15 for wait in clock.slept[1:])


def test_who_cannot_wait_is_told_why_and_nothing_is_taken(file: SharedFile, clock: Clock) -> None:
    budget = RateLimit(file, 2, 0, silent, clock)
    take(budget, 2)
    with pytest.raises(LocalRateLimitError) as caught:
        budget.acquire(READ, clock.slept.append, 5)
    assert str(caught.value) == (
        "read of recording link lnk_1 failed: it would have to wait 61 s: "
        "userplane:requestsPerMinute allows 2 requests a minute; run again then"
    )
    assert clock.slept == []
    clock.ahead += 58
    budget.acquire(READ, clock.slept.append, 5)
    assert sum(clock.slept[:1]) < 5


def test_a_look_says_what_is_taken_and_takes_nothing(file: SharedFile, clock: Clock) -> None:
    budget = RateLimit(file, 3, 5, silent, clock)
    assert budget.usage() == RateLimitUsage(0, 0, 0.0)
    take(budget, 2)
    clock.ahead += 70
    take(budget)
    assert [budget.usage() for _ in range(5)] == [RateLimitUsage(1, 3, 0.0)] * 5
    take(budget, 2)
    full = budget.usage()
    assert (full.minute, full.day) == (3, 5)
    assert full.wait == pytest.approx(24 * 3600 - 10, abs=1)
    assert RateLimit(file, 3, 0, silent, clock).usage().wait == pytest.approx(61.5, abs=0.5)
    assert RateLimit(file, 0, 0, silent, clock).usage().wait == 0
    budget.pause(30)
    assert RateLimit(file, 0, 0, silent, clock).usage().wait == pytest.approx(30, abs=0.5)
    clock.ahead -= 1000
    assert budget.usage().minute == 0


def test_no_window_of_a_minute_ever_holds_more(file: SharedFile, clock: Clock) -> None:
    budget = RateLimit(file, 5, 0, silent, clock)
    sent = []
    for _ in range(23):
        take(budget)
        sent.append(clock.time())
    assert all(later - earlier > 60 for earlier, later in zip(sent, sent[5:], strict=False))
    assert sent[-1] - sent[0] < 5 * 61.6


def test_the_days_limit_is_an_error_at_once_that_says_when_it_frees(file: SharedFile, clock: Clock) -> None:
    budget = RateLimit(file, 0, 3, silent, clock)
    take(budget, 3)
    frees = datetime.fromtimestamp(clock.time() + 24 * 3600 + 60, timezone.utc)
    with pytest.raises(LocalRateLimitError) as caught:
        take(budget)
    assert "read of recording link lnk_1 failed: the day's limit of 3 requests is used up; run again after " in str(
        caught.value
    )
    assert f"{frees:%Y-%m-%d %H:}" in str(caught.value)
    assert clock.slept == []
    clock.sleep(24 * 3600 + 61)
    assert take(budget, 1) == 0


def test_0_is_no_limit(file: SharedFile, clock: Clock) -> None:
    take(RateLimit(file, 0, 0, silent, clock), 300)
    assert clock.slept == []


def test_after_a_429_nobody_sends_before_it_is_over(
    file: SharedFile, said: list[str], tmp_path: Path, clock: Clock
) -> None:
    RateLimit(file, 5, 0, silent, clock).pause(9)
    other = RateLimit(SharedFile("key", "https://a", tmp_path), 5, 0, said.append, clock)
    assert take(other) == pytest.approx(9, abs=0.5)
    assert said == ["waiting 9 s: the server said that the rate limit is used up, by other machines as well"]


def test_a_wait_of_less_than_a_second_is_not_said(file: SharedFile, said: list[str], clock: Clock) -> None:
    budget = RateLimit(file, 0, 0, said.append, clock)
    budget.pause(0.6)
    with pytest.raises(LocalRateLimitError, match="failed: it would have to wait less than 1 s: the server said"):
        budget.acquire(READ, print, max_wait=0)
    assert take(budget) == pytest.approx(0.6, abs=0.1)
    assert said == []


def test_a_later_429_replaces_the_pause(file: SharedFile, clock: Clock) -> None:
    budget = RateLimit(file, 5, 0, silent, clock)
    budget.pause(50)
    budget.pause(1)
    assert take(budget) == pytest.approx(1, abs=0.5)


def test_a_clock_that_was_set_back_stops_nobody(file: SharedFile, clock: Clock) -> None:
    budget = RateLimit(file, 5, 5, silent, clock)
    clock.ahead = 7 * 24 * 3600
    take(budget, 5)
    budget.pause(30)
    clock.ahead = 0
    assert take(budget, 5) == 0


def test_other_keys_and_servers_have_budgets_of_their_own(file: SharedFile, tmp_path: Path, clock: Clock) -> None:
    take(RateLimit(file, 5, 0, silent, clock), 5)
    for key, server in (("other", "https://a"), ("key", "https://b")):
        assert take(RateLimit(SharedFile(key, server, tmp_path), 5, 0, silent, clock), 5) == 0


OTHER_PROCESS = """
import os, sys
from pathlib import Path
from pulumi_userplane.api.rate_limit import RateLimit, RateLimitUsage
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
def test_processes_share_it_and_a_killed_one_lets_go(
    file: SharedFile, tmp_path: Path, killed: str, clock: Clock
) -> None:
    done = subprocess.run([sys.executable, "-c", OTHER_PROCESS, str(tmp_path), killed], check=False, timeout=30)
    assert done.returncode == 9
    budget = RateLimit(file, 5, 0, silent, clock)
    assert take(budget, 2) == 0
    assert take(budget) > 50


def test_own_waits_do_not_count_into_the_total(server: Emulator, clock: Clock) -> None:
    said: list[str] = []
    client = Client(server.api_key, base_url=server.base_url, requests_per_minute=1, notify=said.append, clock=clock)
    with client.operation_deadline() as deadline:
        for _ in range(4):
            client.get_me()
        assert sum(clock.slept) > 3 * 60
        assert deadline.left == pytest.approx(120, abs=3)
    assert said


def test_a_429_of_the_server_slows_the_whole_machine_down(server: Emulator, clock: Clock) -> None:
    client = Client(server.api_key, base_url=server.base_url, clock=clock)
    server.fault(answer="status", status=429, code="RATE_LIMITED", headers={"Retry-After": "20"})
    client.get_me()
    assert sum(clock.slept) == pytest.approx(20, abs=1)


@pytest.mark.parametrize("number", [-1, 10_000_001, 10**20, 10**5000], ids=["-1", "1 more", "20 digits", "huge"])
def test_a_limit_has_bounds(file: SharedFile, number: int) -> None:
    with pytest.raises(ConfigurationError, match=r"^requests_per_minute must be at most 100,000, 0 for no limit$"):
        Client("key", requests_per_minute=number, shared_file=file)
    with pytest.raises(ConfigurationError, match=r"^requests_per_day must be at most 10,000,000, 0 for no limit$"):
        Client("key", requests_per_day=number, shared_file=file)


@pytest.mark.parametrize(("per_minute", "per_day"), [(6_000, 1_000_000), (100_000, 10_000_000)])
def test_large_limits_count(file: SharedFile, per_minute: int, per_day: int, clock: Clock) -> None:
    budget = RateLimit(file, per_minute, per_day, silent, clock)
    assert take(budget, 3) == 0
    assert budget.usage() == RateLimitUsage(minute=3, day=3, wait=0)
