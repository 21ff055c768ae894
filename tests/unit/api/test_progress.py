"""What the user is told of long work and of waits, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.progress import Progress, ThrottledNotifier, format_wait
from pulumi_userplane.api.request_limit import describe_minute
from scripts.code_blocks import find_block

if TYPE_CHECKING:
    from tests.clock import Clock


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def progress(messages: list[str], clock: Clock) -> Progress:
    return Progress(messages.append, clock)


def test_throttled_notifier_passes_on_one_message_in_15_s(clock: Clock, messages: list[str]) -> None:
    notify = ThrottledNotifier(messages.append, clock)
    for seconds in (0, 5, 9.9, 1, 14, 2):
        clock.sleep(seconds)
        notify(f"{clock.ahead:.1f}")
    assert messages == ["0.0", "15.9", "31.9"]


def work(progress: Progress, clock: Clock, links: int, seconds: float, done: str = "read") -> None:
    for _ in range(links):
        with progress.track_link(done):
            progress.count_request()
            clock.sleep(seconds)


def test_progress_is_silent_when_work_is_short(progress: Progress, clock: Clock, messages: list[str]) -> None:
    work(progress, clock, 14, 1)
    assert messages == []


def test_progress_reports_every_15_s_when_work_is_long(progress: Progress, clock: Clock, messages: list[str]) -> None:
    work(progress, clock, 20, 1)
    work(progress, clock, 20, 1, "created")
    assert messages == ["links so far: 15 read; requests: 15", "links so far: 20 read, 10 created; requests: 30"]


def test_progress_is_silent_when_the_run_pauses_between_links(
    progress: Progress, clock: Clock, messages: list[str]
) -> None:
    for _ in range(9):
        work(progress, clock, 1, 2)
        clock.sleep(60)
    assert messages == []


def test_progress_is_silent_when_there_is_one_link(progress: Progress, clock: Clock, messages: list[str]) -> None:
    work(progress, clock, 1, 40)
    assert messages == []


def test_progress_counts_overlapping_links_as_one_piece_of_work(
    progress: Progress, clock: Clock, messages: list[str]
) -> None:
    with progress.track_link("created"):
        clock.sleep(6)
        work(progress, clock, 1, 1)
        clock.sleep(9)
    assert messages == ["links so far: 1 read, 1 created; requests: 1"]


def test_progress_does_not_count_a_link_when_it_fails(progress: Progress, clock: Clock, messages: list[str]) -> None:
    with pytest.raises(ZeroDivisionError), progress.track_link("read"):
        raise ZeroDivisionError
    progress.notify_wait("waiting")
    assert messages == ["waiting"]


def test_notify_wait_adds_how_far_the_run_is(progress: Progress, clock: Clock, messages: list[str]) -> None:
    work(progress, clock, 3, 1)
    progress.notify_wait("waiting 9 s: why")
    progress.notify_wait("waiting 1 s: why")
    assert messages == ["waiting 9 s: why; links so far: 3 read; requests: 3"]


def test_page_shows_a_message_of_a_wait(progress: Progress, clock: Clock, messages: list[str]) -> None:
    work(progress, clock, 58, 0.1, "created")
    for _ in range(60):
        progress.count_request()
    progress.notify_wait(f"waiting {format_wait(41.5)}: {describe_minute(120)}")
    assert find_block("docs/scale.md", "waiting 42 s: ").text == f"{messages[-1]}\n"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "less than 1 s"), (0.99, "less than 1 s"), (1.0, "1 s"), (1.5, "2 s"), (41.5, "42 s")]
)
def test_format_wait_never_returns_0_s(seconds: float, words: str) -> None:
    assert format_wait(seconds) == words
