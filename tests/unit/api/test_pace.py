"""How fast a machine sends after 429s, by a clock that only waits move on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import LocalRateLimitError, Operation
from pulumi_userplane.api.pace import Accepted, Pace, slow_down
from pulumi_userplane.api.rate_limit import MINUTE_WINDOW, RateLimit
from pulumi_userplane.api.request_limit import RateLimitUsage, Wait
from pulumi_userplane.api.shared_file import SharedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_userplane.api.pace import Slot

READ = Operation("read", "recording link lnk_1")
LIMIT = 120


class Clock:
    """A clock that only waits move on."""

    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def limit(tmp_path: Path, clock: Clock, messages: list[str]) -> RateLimit:
    return RateLimit(SharedFile("key", "https://a", tmp_path), LIMIT, 0, messages.append, clock)


def take(limit: RateLimit) -> float:
    """Takes a request; returns the moment at which it is sent."""
    return limit.acquire(READ, lambda _: None)


def send(limit: RateLimit, clock: Clock, times: int, gap: float = 0.0) -> Iterator[float]:
    for _ in range(times):
        yield take(limit)
        clock.sleep(gap)


def refuse(limit: RateLimit, retry_after: float | None = None) -> float:
    """Sends a request that the server refuses; returns the moment."""
    sent_at = take(limit)
    limit.record_refusal(sent_at, retry_after)
    return sent_at


def test_machine_waits_out_its_window_and_goes_on_evenly_at_half_when_refused(
    limit: RateLimit, clock: Clock, messages: list[str]
) -> None:
    first, *_ = list(send(limit, clock, 40, gap=0.1))
    refuse(limit)
    moments = list(send(limit, clock, 20))
    assert moments[0] == pytest.approx(first + MINUTE_WINDOW)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert gaps[0] == pytest.approx(MINUTE_WINDOW / 60, abs=0.01)
    assert all(0 < later <= earlier for earlier, later in pairwise(gaps))
    assert messages[0] == "waiting 58 s: other machines use the rate limit as well, so this one sends fewer requests"


def test_machine_recovers_slowly_then_fully_when_it_is_not_refused_again(limit: RateLimit, clock: Clock) -> None:
    refuse(limit)
    began = take(limit)
    paces = []
    while (pace := limit.usage().pace) is not None:
        paces.append((clock.now - began, pace))
        take(limit)
    assert all(earlier < later for (_, earlier), (_, later) in pairwise(paces[1:]))
    half = next(seconds for seconds, pace in paces if pace > 90)
    assert half > 0.6 * paces[-1][0]
    assert 40 < paces[-1][0] < 60
    # Then bursts are allowed again.
    before = clock.now
    list(send(limit, clock, 20))
    assert clock.now == before


def test_machine_takes_a_little_less_than_was_accepted_when_it_is_refused_again(limit: RateLimit, clock: Clock) -> None:
    refuse(limit)
    list(send(limit, clock, 30))
    refuse(limit)
    usage = limit.usage()
    assert usage.pace == pytest.approx(27)
    assert usage.wait > 30


def test_429s_of_one_overload_are_one_decrease(limit: RateLimit, clock: Clock) -> None:
    sent = [take(limit) for _ in range(4)]
    for number, moment in enumerate(sent):
        clock.sleep(0.1 * number)
        limit.record_refusal(moment, None)
    assert limit.usage().pace == 60
    assert take(limit) == pytest.approx(sent[0] + MINUTE_WINDOW, abs=0.1)


def test_machine_keeps_trying_at_an_even_pace_when_nothing_of_it_is_accepted(limit: RateLimit, clock: Clock) -> None:
    moments = [refuse(limit) for _ in range(12)]
    assert moments[1] - moments[0] == pytest.approx(MINUTE_WINDOW)
    gaps = [later - earlier for earlier, later in pairwise(moments[1:])]
    assert gaps == pytest.approx([MINUTE_WINDOW / 20.5] * 10)


def test_machine_waits_as_long_as_the_server_asks_then_sends_evenly(limit: RateLimit, clock: Clock) -> None:
    list(send(limit, clock, 5))
    sent_at = refuse(limit, 20.0)
    moments = list(send(limit, clock, 3))
    assert moments[0] == pytest.approx(sent_at + 20)
    assert moments[2] - moments[1] == pytest.approx(MINUTE_WINDOW / 60, abs=0.01)


def test_last_retry_after_of_an_overload_counts(limit: RateLimit, clock: Clock) -> None:
    sent = [take(limit) for _ in range(3)]
    for moment, retry_after in zip(sent, (5.0, None, 30.0), strict=True):
        limit.record_refusal(moment, retry_after)
    assert take(limit) == pytest.approx(sent[0] + 30)
    assert limit.usage().pace == pytest.approx(60, abs=0.1)


def test_retry_after_of_more_than_a_window_slows_nobody_down(limit: RateLimit, clock: Clock) -> None:
    sent_at = refuse(limit, 3600.0)
    assert limit.usage() == RateLimitUsage(1, 1, 0.0)
    assert take(limit) == sent_at


def test_waiting_requests_are_sent_in_their_order_when_the_machine_is_slowed(limit: RateLimit) -> None:
    refused_at = refuse(limit)
    second: list[float] = []

    def let_another_come(_: Wait) -> None:
        if not second:
            second.append(take(limit))

    limit.acquire(READ, let_another_come)
    assert second == [pytest.approx(refused_at + MINUTE_WINDOW + MINUTE_WINDOW / 60)]


def test_slot_is_given_back_when_a_request_does_not_wait_for_it(limit: RateLimit) -> None:
    refused_at = refuse(limit)
    with pytest.raises(LocalRateLimitError, match="it would have to wait 62 s: other machines use the rate limit"):
        limit.acquire(READ, lambda _: None, max_wait=10)
    assert take(limit) == pytest.approx(refused_at + MINUTE_WINDOW)


def test_slowed_waits_are_marked_as_after_a_429_and_others_are_not(limit: RateLimit, clock: Clock) -> None:
    refuse(limit)
    waits: list[Wait] = []
    limit.acquire(READ, waits.append)
    assert {wait.is_after_refusal for wait in waits} == {True}
    assert max(wait.seconds for wait in waits) <= 15


def test_burst_comes_back_when_the_machine_was_quiet(limit: RateLimit, clock: Clock) -> None:
    for _ in range(9):
        refuse(limit)
    assert limit.usage().pace == 20.5
    clock.sleep(2 * MINUTE_WINDOW)
    began = clock.now
    list(send(limit, clock, 100))
    assert clock.now == began
    assert limit.usage().pace is None


@pytest.mark.parametrize("seconds", [-7 * 24 * 3600.0, -3600.0, -30.0, 30.0, 3600.0, 7 * 24 * 3600.0])
def test_machine_is_not_locked_when_its_clock_is_set(limit: RateLimit, clock: Clock, seconds: float) -> None:
    list(send(limit, clock, 30))
    refuse(limit)
    clock.now += seconds
    began = clock.now
    take(limit)
    assert clock.now - began <= MINUTE_WINDOW
    for _ in range(3):
        refuse(limit)
    assert clock.now - began <= 4 * MINUTE_WINDOW


def test_all_processes_of_the_machine_are_slowed(limit: RateLimit, clock: Clock, tmp_path: Path) -> None:
    refuse(limit)
    other = RateLimit(SharedFile("key", "https://a", tmp_path), LIMIT, 0, lambda _: None, clock)
    moments = [take(limit), take(other), take(limit), take(other)]
    assert [later - earlier for earlier, later in pairwise(moments)] == pytest.approx(
        [MINUTE_WINDOW / 60] * 3, abs=0.01
    )


def test_nothing_is_slowed_when_there_is_no_limit(clock: Clock, tmp_path: Path) -> None:
    file = SharedFile("key", "https://a", tmp_path)
    unlimited = RateLimit(file, 0, 0, lambda _: None, clock)
    assert not unlimited.waits_after_refusal
    refuse(RateLimit(file, LIMIT, 0, lambda _: None, clock))
    began = clock.now
    assert take(unlimited) == began
    unlimited.record_refusal(began, None)
    assert take(unlimited) == began + 1
    assert unlimited.usage().pace is None


@pytest.mark.parametrize("limit_", [1, 2, 3, 5, 15])
def test_small_limits_are_slowed_but_never_stopped(clock: Clock, tmp_path: Path, limit_: int) -> None:
    limit = RateLimit(SharedFile("key", "https://a", tmp_path), limit_, 0, lambda _: None, clock)
    moments = [refuse(limit) for _ in range(6)]
    assert all(0 < later - earlier <= 2 * MINUTE_WINDOW for earlier, later in pairwise(moments))


def test_file_of_the_release_before_is_used_when_it_lacks_the_tables(clock: Clock, tmp_path: Path) -> None:
    file = SharedFile("key", "https://a", tmp_path)
    with file.transaction() as database:
        database.execute("INSERT INTO requests VALUES (?)", (clock.now - 5,))
        database.execute("DROP TABLE refusals")
        database.execute("DROP TABLE pace")
    limit = RateLimit(SharedFile("key", "https://a", tmp_path), LIMIT, 0, lambda _: None, clock)
    assert limit.usage() == RateLimitUsage(1, 1, 0.0)
    refuse(limit)
    assert limit.usage().pace == 60


def test_slow_down_never_begins_before_the_next_request_is_due() -> None:
    pace = Pace(decided_at=0.0, begins_at=0.0, per_window=30.0, last_slot=0.0)
    accepted = Accepted(30, oldest=100.0 - MINUTE_WINDOW)
    slowed = slow_down(pace, 100.0, LIMIT, MINUTE_WINDOW, accepted=accepted, retry_after=None)
    assert slowed.begins_at == pytest.approx(100 + MINUTE_WINDOW / 27)


@pytest.fixture
def other(tmp_path: Path, clock: Clock) -> RateLimit:
    """The limit of another process of the machine."""
    return RateLimit(SharedFile("key", "https://a", tmp_path), LIMIT, 0, lambda _: None, clock)


class GaveUpError(Exception):
    """Ends a wait."""


def give_up(_: Wait) -> None:
    raise GaveUpError


def test_slot_of_a_request_that_gives_up_is_given_to_another_process(limit: RateLimit, other: RateLimit) -> None:
    refused_at = refuse(limit)
    with pytest.raises(GaveUpError):
        limit.acquire(READ, give_up)
    assert other.usage().wait == pytest.approx(MINUTE_WINDOW)
    assert take(other) == pytest.approx(refused_at + MINUTE_WINDOW)
    assert take(other) == pytest.approx(refused_at + MINUTE_WINDOW + MINUTE_WINDOW / 60)


def wait_for_slot(limit: RateLimit, own: Slot | None = None) -> Slot:
    """Lets a request ask for its turn; returns the slot for which it has to wait."""
    slot = limit._take_turn(READ, None, own).slot
    assert slot is not None
    return slot


def test_waiting_request_takes_an_earlier_slot_that_another_process_gives_back(
    limit: RateLimit, other: RateLimit
) -> None:
    refuse(limit)
    first, second, third = wait_for_slot(limit), wait_for_slot(other), wait_for_slot(other)
    assert first.at < second.at < third.at
    assert wait_for_slot(other, third) == third
    limit._free_slot(first)
    assert wait_for_slot(other, third) == first
    assert wait_for_slot(other, second) == second
    # And its own is free now.
    assert wait_for_slot(limit) == third


def test_slot_is_not_given_away_when_its_moment_or_its_pace_is_over(limit: RateLimit, clock: Clock) -> None:
    refuse(limit)
    first, second, third = (wait_for_slot(limit) for _ in range(3))
    clock.now = first.at + 0.1
    limit._free_slot(first)
    new = wait_for_slot(limit)
    assert new.at > third.at
    limit._free_slot(second)
    refuse(limit)
    limit._free_slot(third)
    assert wait_for_slot(limit).at > new.at
    clock.sleep(10 * MINUTE_WINDOW)
    limit._free_slot(new)
    assert limit.usage().wait == 0
