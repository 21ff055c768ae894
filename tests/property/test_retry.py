"""A POST that may have been processed is never repeated, and no operation outlives its deadline."""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_userplane.api import retry
from pulumi_userplane.api.errors import (
    CertificateError,
    ConnectError,
    InvalidResponseError,
    LocalRateLimitError,
    Operation,
    ProxyError,
    RedirectError,
    ResponseLostError,
    ResponseTimeoutError,
    UserplaneError,
    api_error,
)
from pulumi_userplane.api.retry import Deadline, call_with_retries, should_retry

if TYPE_CHECKING:
    from collections.abc import Callable

WORK = Operation("creation", "a thing")
METHODS = ["GET", "POST", "PUT", "DELETE"]


def refusal(status: int, code: str = "", retry_after: float | None = None) -> UserplaneError:
    return api_error(WORK, status, code, "Said so.", retry_after)


NOT_PROCESSED: list[Callable[[], UserplaneError]] = [
    lambda: ConnectError("no connection", operation=WORK),
    lambda: refusal(429, "RATE_LIMITED"),
    lambda: refusal(429, "RATE_LIMITED", 0.0),
    lambda: refusal(429, "RATE_LIMITED", 60.0),
    lambda: refusal(503, "SERVICE_UNAVAILABLE"),
    lambda: refusal(503, "SERVICE_UNAVAILABLE", 60.0),
]
MAYBE_PROCESSED: list[Callable[[], UserplaneError]] = [
    lambda: refusal(500),
    lambda: refusal(502),
    lambda: refusal(503, "BAD_GATEWAY"),
    lambda: refusal(599),
    lambda: ResponseLostError("broke", operation=WORK),
    lambda: ResponseTimeoutError("ignore", operation=WORK),
]
FINAL: list[Callable[[], UserplaneError]] = [
    *(partial(refusal, status) for status in (400, 401, 403, 404, 410, 422)),
    lambda: refusal(429, "RATE_LIMITED", 60.1),
    lambda: CertificateError("no trust", operation=WORK),
    lambda: ProxyError("refused", operation=WORK),
    lambda: InvalidResponseError("a page", operation=WORK),
    lambda: RedirectError("elsewhere", operation=WORK),
    lambda: LocalRateLimitError("the day is used up", operation=WORK),
]
failures = st.sampled_from([*NOT_PROCESSED, *MAYBE_PROCESSED, *FINAL])


@pytest.mark.parametrize("method", METHODS)
def test_should_retry_decides_by_method_and_failure(method: str) -> None:
    assert [should_retry(method, make()) for make in NOT_PROCESSED] == [True] * len(NOT_PROCESSED)
    assert [should_retry(method, make()) for make in MAYBE_PROCESSED] == [method != "POST"] * len(MAYBE_PROCESSED)
    assert [should_retry(method, make()) for make in FINAL] == [False] * len(FINAL)
    assert not should_retry(method, KeyboardInterrupt())


@pytest.mark.parametrize("method", METHODS)
def test_should_retry_is_false_when_retry_after_exceeds_the_maximum(method: str) -> None:
    assert not should_retry(method, refusal(503, "SERVICE_UNAVAILABLE", 61.0))


@dataclass
class Clock:
    """A clock whose waits take no time."""

    now: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def time(self) -> float:
        return time.time() + self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass
class Server:
    """Fails in the given ways, then answers for ever.

    Attributes:
        takes: The seconds until each response.
    """

    clock: Clock
    fails: list[UserplaneError]
    takes: float = 0.0
    requests: int = 0

    def __call__(self) -> str:
        self.requests += 1
        self.clock.now += self.takes
        if len(self.fails) >= self.requests:
            raise self.fails[self.requests - 1]
        return "done"


def ignore(_text: str) -> None:
    pass


@pytest.fixture(autouse=True)
def _same_jitter() -> None:
    random.seed(4)


@given(st.sampled_from(METHODS), st.lists(failures, max_size=6), st.sampled_from([0.0, 5.0, 30.0]))
def test_call_with_retries_ends_in_time_with_the_first_final_failure(
    method: str, script: list[Callable[[], UserplaneError]], takes: float
) -> None:
    clock = Clock()
    fails = [make() for make in script]
    server = Server(clock, fails, takes)
    deadline = Deadline(clock=clock)
    try:
        assert call_with_retries(server, method, deadline, ignore) == "done"
        ended = None
    except UserplaneError as error:
        ended = error
    assert sum(clock.waits) < retry.MAX_OPERATION_SECONDS
    assert clock.now - 1000.0 < retry.MAX_OPERATION_SECONDS + takes
    repeated = [should_retry(method, error) for error in fails]
    first_final = repeated.index(False) if False in repeated else len(fails)
    assert server.requests <= first_final + 1
    if ended is None:
        assert server.requests == len(fails) + 1 == first_final + 1
    else:
        assert ended is fails[server.requests - 1]
        assert not should_retry(method, ended) or deadline.left <= retry.MAX_RETRY_AFTER


def test_call_with_retries_waits_as_long_as_the_server_asks(clock: Clock) -> None:
    server = Server(clock, [refusal(429, "RATE_LIMITED", 7.0), refusal(503, "SERVICE_UNAVAILABLE", 1.0)])
    assert call_with_retries(server, "POST", Deadline(clock=clock), ignore) == "done"
    assert clock.waits == [7.0, 1.0]


def test_call_with_retries_backs_off_with_jitter_up_to_half_a_minute(clock: Clock) -> None:
    waits = []
    for _ in range(200):
        del clock.waits[:]
        call_with_retries(Server(clock, [refusal(500)] * 8), "GET", Deadline(10_000, clock=clock), ignore)
        waits.append(list(clock.waits))
    longest = [max(column) for column in zip(*waits, strict=True)]
    for wait, ceiling in zip(longest, [1, 2, 4, 8, 16, 30, 30, 30], strict=True):
        assert ceiling * 0.9 < wait <= ceiling
    assert min(min(row) for row in waits) < 0.2


def test_call_with_retries_notifies_of_a_wait_with_its_reason_and_length(clock: Clock) -> None:
    messages: list[str] = []
    call_with_retries(Server(clock, [refusal(429, "RATE_LIMITED", 7.4)]), "GET", Deadline(clock=clock), messages.append)
    assert messages == ['creation of a thing failed: 429 RATE_LIMITED "Said so."; trying again in 7 s']


def test_call_with_retries_begins_no_wait_beyond_the_deadline(clock: Clock) -> None:
    server = Server(clock, [refusal(503, "SERVICE_UNAVAILABLE", 40.0)] * 9)
    with pytest.raises(UserplaneError, match="503 SERVICE_UNAVAILABLE"):
        call_with_retries(server, "GET", Deadline(clock=clock), ignore)
    assert clock.waits == [40.0, 40.0]
    assert server.requests == 3


def test_exclude_moves_the_deadline(clock: Clock) -> None:
    deadline = Deadline(10, clock=clock)
    clock.now += 8
    assert deadline.left == 2
    deadline.exclude(5)
    assert deadline.left == 7
    clock.now += 9
    assert deadline.left == 0


def test_call_with_retries_names_other_machines_when_429_lasts(clock: Clock) -> None:
    server = Server(clock, [refusal(429, "RATE_LIMITED", 50.0)] * 9)
    with pytest.raises(UserplaneError) as caught:
        call_with_retries(server, "GET", Deadline(clock=clock), ignore)
    assert caught.value.next_step == (
        "other machines use this user's rate limit too: run later, or give each pipeline its own user"
    )


@pytest.mark.parametrize("error", [refusal(429, "RATE_LIMITED", 90.0), refusal(503, "SERVICE_UNAVAILABLE", 90.0)])
def test_call_with_retries_says_until_when_the_server_asks_to_wait(clock: Clock, error: UserplaneError) -> None:
    with pytest.raises(UserplaneError) as caught:
        call_with_retries(Server(clock, [error]), "GET", Deadline(clock=clock), ignore)
    messages = re.fullmatch(
        r"the server asks to wait until (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC: run again then", caught.value.next_step
    )
    assert messages is not None
    until = datetime.strptime(messages[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    assert 85 < until.timestamp() - clock.time() < 91


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows can't move a process to another time zone")
def test_call_with_retries_says_until_when_in_utc(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        test_call_with_retries_says_until_when_the_server_asks_to_wait(clock, refusal(429, "RATE_LIMITED", 90.0))
    time.tzset()


@pytest.mark.parametrize(
    "make",
    [
        lambda: refusal(500),
        lambda: refusal(403),
        lambda: refusal(503, "SERVICE_UNAVAILABLE", 60.0),
        lambda: ConnectError("no", operation=WORK),
    ],
)
def test_call_with_retries_keeps_the_advice_of_other_failures(clock: Clock, make: Any) -> None:
    error, advice = make(), make().next_step
    with pytest.raises(UserplaneError):
        call_with_retries(Server(clock, [error] * 99), "GET", Deadline(clock=clock), ignore)
    assert error.next_step == advice


def test_call_with_retries_raises_failures_that_are_not_ours(clock: Clock) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call_with_retries(broken, "GET", Deadline(clock=clock), ignore)
    assert clock.waits == []
