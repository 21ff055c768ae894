"""What is said of long work and of waits, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.progress import Progress, ThrottledNotifier, format_wait

if TYPE_CHECKING:
    from tests.clock import Clock


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def progress(said: list[str], clock: Clock) -> Progress:
    return Progress(said.append, clock)


def test_at_most_one_line_in_15_s_is_said(clock: Clock, said: list[str]) -> None:
    notify = ThrottledNotifier(said.append, clock)
    for seconds in (0, 5, 9.9, 1, 14, 2):
        clock.sleep(seconds)
        notify(f"{clock.ahead:.1f}")
    assert said == ["0.0", "15.9", "31.9"]


def work(progress: Progress, clock: Clock, links: int, seconds: float, done: str = "read") -> None:
    for _ in range(links):
        with progress.track_link(done):
            progress.count_request()
            clock.sleep(seconds)


def test_short_work_is_not_spoken_of(progress: Progress, clock: Clock, said: list[str]) -> None:
    work(progress, clock, 14, 1)
    assert said == []


def test_long_work_says_how_far_it_is_every_15_s(progress: Progress, clock: Clock, said: list[str]) -> None:
    work(progress, clock, 20, 1)
    work(progress, clock, 20, 1, "created")
    assert said == ["links so far: 15 read; requests: 15", "links so far: 20 read, 10 created; requests: 30"]


def test_links_between_which_the_run_does_something_else_are_no_long_work(
    progress: Progress, clock: Clock, said: list[str]
) -> None:
    for _ in range(9):
        work(progress, clock, 1, 2)
        clock.sleep(60)
    assert said == []


def test_of_one_link_nothing_is_said_but_what_it_waits_for(progress: Progress, clock: Clock, said: list[str]) -> None:
    work(progress, clock, 1, 40)
    assert said == []


def test_links_at_the_same_time_are_work_without_a_pause(progress: Progress, clock: Clock, said: list[str]) -> None:
    with progress.track_link("created"):
        clock.sleep(6)
        work(progress, clock, 1, 1)
        clock.sleep(9)
    assert said == ["links so far: 1 read, 1 created; requests: 1"]


def test_a_link_that_failed_is_not_counted(progress: Progress, clock: Clock, said: list[str]) -> None:
    with pytest.raises(ZeroDivisionError), progress.track_link("read"):
        raise ZeroDivisionError
    progress.notify_wait("waiting")
    assert said == ["waiting"]


def test_what_is_said_of_a_wait_says_how_far_the_run_is(progress: Progress, clock: Clock, said: list[str]) -> None:
    work(progress, clock, 3, 1)
    progress.notify_wait("waiting 9 s: why")
    progress.notify_wait("waiting 1 s: why")
    assert said == ["waiting 9 s: why; links so far: 3 read; requests: 3"]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "less than 1 s"), (0.99, "less than 1 s"), (1.0, "1 s"), (1.5, "2 s"), (41.5, "42 s")]
)
def test_no_wait_is_0_s(seconds: float, words: str) -> None:
    assert format_wait(seconds) == words
