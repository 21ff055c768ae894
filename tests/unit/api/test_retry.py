"""Whether and when a failed request is sent again, and what the user is told meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api import retry
from pulumi_userplane.api.errors import (
    CertificateError,
    ConfigurationError,
    ConnectError,
    InvalidResponseError,
    LocalRateLimitError,
    Operation,
    ProxyError,
    RateLimitError,
    RedirectError,
    ResponseLostError,
    ResponseTimeoutError,
    TLSConnectionError,
    UserplaneError,
    api_error,
)
from pulumi_userplane.api.request_limit import Wait
from pulumi_userplane.api.responses import parse_envelope
from pulumi_userplane.api.retry import Deadline, call_with_retries, should_retry
from pulumi_userplane.api.transport import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clock import Clock

READ = Operation("read", "recording link lnk_1")


def ignore(_: str) -> None:
    """Is told of waits."""


def refusal(status: int, code: str = "", retry_after: float | None = None) -> UserplaneError:
    return api_error(READ, status, code, "", retry_after)


# failure, again for GET/PUT/DELETE, again for POST
DECISIONS: list[tuple[str, UserplaneError, bool, bool]] = [
    ("never connected", ConnectError("x"), True, True),
    ("no trusted TLS", CertificateError("x"), False, False),
    ("proxy that refuses", ProxyError("x"), False, False),
    ("broken TLS", TLSConnectionError("x"), False, False),
    ("response lost", ResponseLostError("x"), True, False),
    ("silence", ResponseTimeoutError("x"), True, False),
    ("429", refusal(429, "RATE_LIMITED"), True, True),
    ("429 without a code", refusal(429), True, False),
    ("429, 60 s", refusal(429, "RATE_LIMITED", 60), True, True),
    ("429, 61 s", refusal(429, "RATE_LIMITED", 61), False, False),
    ("503 SERVICE_UNAVAILABLE", refusal(503, "SERVICE_UNAVAILABLE"), True, True),
    ("503 SERVICE_UNAVAILABLE, 61 s", refusal(503, "SERVICE_UNAVAILABLE", 61), False, False),
    ("503 of a proxy", refusal(503), True, False),
    ("503 of a proxy, 61 s", refusal(503, "", 61), False, False),
    ("500", refusal(500, "LINK_CREATE_FAILED"), True, False),
    ("502", refusal(502), True, False),
    ("504", refusal(504), True, False),
    ("511", refusal(511), False, False),
    ("400", refusal(400), False, False),
    ("401", refusal(401, "API_KEY_INVALID"), False, False),
    ("403", refusal(403, "FORBIDDEN"), False, False),
    ("404", refusal(404, "LINK_NOT_FOUND"), False, False),
    ("410", refusal(410, "LINK_GONE"), False, False),
    ("not a response of Userplane's", InvalidResponseError("x"), False, False),
    ("redirect", RedirectError("x"), False, False),
    ("day used up", LocalRateLimitError("x"), False, False),
    ("malformed", ConfigurationError("x"), False, False),
]


@pytest.mark.parametrize(
    ("failure", "repeats", "post"), [row[1:] for row in DECISIONS], ids=[row[0] for row in DECISIONS]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_should_retry_decides_by_method_and_failure(
    failure: UserplaneError, repeats: bool, post: bool, method: str
) -> None:
    assert should_retry(method, failure) is (post if method == "POST" else repeats)
    assert not should_retry(method, ValueError())


def fail_with(*failures: UserplaneError) -> Callable[[], str]:
    left = list(failures)

    def send() -> str:
        if left:
            raise left.pop(0)
        return "response"

    return send


def test_call_with_retries_never_repeats_a_post_that_may_have_been_processed(clock: Clock) -> None:
    for failure in (ResponseLostError("x"), refusal(500, "LINK_CREATE_FAILED")):
        with pytest.raises(type(failure)):
            call_with_retries(fail_with(failure), "POST", Deadline(clock=clock), lambda _text: None)
        assert call_with_retries(fail_with(failure), "PUT", Deadline(clock=clock), lambda _text: None) == "response"


def test_call_with_retries_waits_as_long_as_the_server_asks(clock: Clock) -> None:
    messages: list[str] = []
    send = fail_with(refusal(429, "RATE_LIMITED", 7), refusal(503, "SERVICE_UNAVAILABLE", 1))
    assert call_with_retries(send, "POST", Deadline(clock=clock), messages.append) == "response"
    assert clock.slept == [7, 1]
    assert messages[0] == "read of recording link lnk_1 failed: 429 RATE_LIMITED; trying again in 7 s"


def test_call_with_retries_backs_off_when_the_server_asks_for_no_wait(clock: Clock) -> None:
    error = refusal(503, "", 0)
    with pytest.raises(UserplaneError) as caught:
        call_with_retries(fail_with(*[error] * 1000), "GET", Deadline(clock=clock), ignore)
    assert caught.value is error
    assert 60 < sum(clock.slept) < retry.MAX_OPERATION_SECONDS
    assert len(clock.slept) < 40


def test_call_with_retries_is_silent_when_a_retry_is_quick(clock: Clock) -> None:
    messages: list[str] = []
    at_once = refusal(503, "SERVICE_UNAVAILABLE", 0)
    assert call_with_retries(fail_with(at_once), "GET", Deadline(clock=clock), messages.append) == "response"
    assert messages == []
    assert call_with_retries(
        fail_with(at_once, refusal(429, "RATE_LIMITED", 1), at_once), "GET", Deadline(clock=clock), messages.append
    )
    name = "read of recording link lnk_1 failed:"
    assert [message.partition("; trying again ")[0] for message in messages] == [
        f"{name} 429 RATE_LIMITED",
        f"{name} 503 SERVICE_UNAVAILABLE",
    ]


def test_call_with_retries_backs_off_with_jitter_within_the_deadline(clock: Clock) -> None:
    error = refusal(500)
    with pytest.raises(UserplaneError) as caught:
        call_with_retries(fail_with(*[error] * 1000), "GET", Deadline(clock=clock), ignore)
    assert caught.value is error
    assert all(0 <= wait <= min(30, 2**n) for n, wait in enumerate(clock.slept))
    assert 60 < sum(clock.slept) < retry.MAX_OPERATION_SECONDS
    assert len(set(clock.slept)) > 3


def test_call_with_retries_names_other_machines_when_429_lasts(clock: Clock) -> None:
    with pytest.raises(UserplaneError, match="other machines use this user's rate limit too: run later"):
        call_with_retries(fail_with(*[refusal(429, "RATE_LIMITED", 50)] * 9), "POST", Deadline(clock=clock), ignore)
    assert clock.slept == [50, 50]


@pytest.mark.parametrize("status", [429, 503])
def test_call_with_retries_raises_when_retry_after_exceeds_the_maximum(clock: Clock, status: int) -> None:
    with pytest.raises(UserplaneError) as caught:
        call_with_retries(fail_with(refusal(status, "X", 90)), "GET", Deadline(clock=clock), ignore)
    until = datetime.now(timezone.utc) + timedelta(seconds=90)
    assert f"the server asks to wait until {until:%Y-%m-%d %H:%M}"[:-1] in str(caught.value)
    assert clock.slept == []


def test_call_with_retries_raises_when_failure_is_final(clock: Clock) -> None:
    with pytest.raises(UserplaneError, match=r"^x$"):
        call_with_retries(fail_with(CertificateError("x")), "GET", Deadline(clock=clock), ignore)


def retry_after(header: str) -> float | None:
    with pytest.raises(UserplaneError) as caught:
        parse_envelope(Response(429, {"Retry-After": header}, b""), READ, "key")
    seconds: float | None = vars(caught.value)["retry_after"]
    return seconds


def test_retry_after_is_read_when_it_is_seconds_or_a_date() -> None:
    now = datetime.now(timezone.utc)
    assert retry_after("7") == 7
    assert retry_after(format_datetime(now + timedelta(seconds=40), usegmt=True)) == pytest.approx(40, abs=2)
    assert retry_after(format_datetime(now - timedelta(seconds=40), usegmt=True)) == 0
    assert retry_after("soon") is retry_after("") is retry_after("-1") is None


@pytest.mark.parametrize("header", ["9" * 400, "99999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_call_with_retries_raises_when_retry_after_is_absurd(header: str, clock: Clock) -> None:
    seconds = retry_after(header)
    with pytest.raises(UserplaneError, match="the server asks to wait until"):
        call_with_retries(fail_with(refusal(429, "RATE_LIMITED", seconds)), "GET", Deadline(clock=clock), ignore)


def test_deadline_moves_only_by_excluded_waits(clock: Clock) -> None:
    deadline = Deadline(10, clock=clock)
    clock.sleep(4)
    assert deadline.left == pytest.approx(6, abs=1)
    deadline.exclude(3)
    assert deadline.left == pytest.approx(9, abs=1)
    clock.sleep(100)
    assert deadline.left == 0


def test_exclude_moves_the_outer_deadline_too(clock: Clock) -> None:
    whole = Deadline(60, clock=clock)
    part = Deadline(10, outer=whole, clock=clock)
    part.exclude(30)
    assert (part.excluded, whole.excluded) == (30, 30)
    assert part.left == pytest.approx(40, abs=1)
    assert whole.left == pytest.approx(90, abs=1)


def test_deadline_excludes_waits_after_429s_up_to_ten_minutes_of_the_whole_operation(clock: Clock) -> None:
    whole = Deadline(120, clock=clock)
    part = Deadline(30, outer=whole, clock=clock)
    part.exclude_wait(Wait(400, "refused", is_after_refusal=True), READ)
    part.exclude_wait(Wait(3600, "the own limit"), READ)
    part.exclude_wait(Wait(200, "refused", is_after_refusal=True), READ)
    assert whole.left == pytest.approx(4320, abs=1)
    assert part.refused_left == whole.refused_left == 0
    with pytest.raises(LocalRateLimitError) as caught:
        part.exclude_wait(Wait(1, "refused", is_after_refusal=True), READ)
    assert str(caught.value) == (
        "read of recording link lnk_1 failed: 429s have made it wait for 600 s, and 600 s are the most; other machines "
        "use this user's rate limit too: run later, or give each pipeline its own user"
    )
    assert whole.left == pytest.approx(4320, abs=1)
    # What has to be done after the ten minutes has a bound of its own.
    rollback = Deadline(30, outer=whole, refused_wait=120, clock=clock)
    rollback.exclude_wait(Wait(120, "refused", is_after_refusal=True), READ)
    with pytest.raises(LocalRateLimitError, match="429s have made it wait for 120 s, and 120 s are the most"):
        rollback.exclude_wait(Wait(1, "refused", is_after_refusal=True), READ)
    assert whole.refused_left == -120


def test_call_with_retries_leaves_the_wait_after_a_429_to_the_rate_limit(clock: Clock) -> None:
    messages: list[str] = []
    clock.ahead += 10
    send = fail_with(refusal(429, "RATE_LIMITED"), refusal(429, "RATE_LIMITED", 20), refusal(503, "X", 7))
    deadline = Deadline(clock=clock)
    assert call_with_retries(send, "GET", deadline, messages.append, waits_after_refusal=True) == "response"
    assert clock.slept == [0, 0, 7]
    assert messages == ["read of recording link lnk_1 failed: 503 X; trying again in 7 s"]


@pytest.mark.parametrize(("rate_limit_wait", "raised"), [(0.0, RateLimitError), (None, LocalRateLimitError)])
def test_call_with_retries_raises_the_429_when_nothing_waits_for_the_rate_limit(
    clock: Clock, rate_limit_wait: float | None, raised: type[UserplaneError]
) -> None:
    send = fail_with(refusal(429, "RATE_LIMITED"), LocalRateLimitError("too long"))
    deadline = Deadline(rate_limit_wait=rate_limit_wait, clock=clock)
    with pytest.raises(raised) as caught:
        call_with_retries(send, "GET", deadline, ignore, waits_after_refusal=True)
    if raised is RateLimitError:
        assert caught.value.next_step.startswith("other machines use this user's rate limit too: run later")


def test_call_with_retries_raises_the_429_when_it_has_waited_for_ten_minutes(clock: Clock) -> None:
    deadline = Deadline(clock=clock)
    refused = fail_with(refusal(429, "RATE_LIMITED"))

    def send() -> str:
        refused()
        deadline.exclude_wait(Wait(599, "refused", is_after_refusal=True), READ)
        deadline.exclude_wait(Wait(2, "refused", is_after_refusal=True), READ)
        return "response"

    with pytest.raises(RateLimitError) as caught:
        call_with_retries(send, "POST", deadline, ignore, waits_after_refusal=True)
    assert str(caught.value) == (
        "read of recording link lnk_1 failed: 429 RATE_LIMITED; 429s have made it wait for 599 s, and 600 s are the "
        "most; other machines use this user's rate limit too: run later, or give each pipeline its own user; "
        "more: `pulumi-userplane explain RATE_LIMITED`"
    )


def by_proxy(status: int, seconds: float | None = None) -> UserplaneError:
    """The failure of a proxy that responded in Userplane's place."""
    error = refusal(status, "", seconds)
    error.reason, error.next_step, error.is_about_intermediary = f"the proxy responded {status}", "ask its owner", True
    return error


@pytest.mark.parametrize("waits_after_refusal", [False, True])
@pytest.mark.parametrize("status", [429, 503])
def test_call_with_retries_tells_of_a_proxy_at_once(clock: Clock, status: int, waits_after_refusal: bool) -> None:
    messages: list[str] = []
    send = fail_with(by_proxy(status, 0))
    deadline = Deadline(clock=clock)
    assert call_with_retries(send, "GET", deadline, messages.append, waits_after_refusal=waits_after_refusal)
    assert messages == [f"read of recording link lnk_1 failed: the proxy responded {status}; trying again now"]


@pytest.mark.parametrize("status", [429, 503])
def test_call_with_retries_keeps_the_advice_about_a_proxy_that_asks_for_a_long_wait(clock: Clock, status: int) -> None:
    with pytest.raises(UserplaneError, match=r"; it asks to wait until .* UTC: run again then; ask its owner$"):
        call_with_retries(fail_with(by_proxy(status, 90)), "GET", Deadline(clock=clock), ignore)


def test_call_with_retries_blames_no_other_machine_when_a_proxy_responds_429(clock: Clock) -> None:
    with pytest.raises(RateLimitError, match=r"failed: the proxy responded 429; ask its owner$"):
        call_with_retries(fail_with(*[by_proxy(429, 50)] * 9), "GET", Deadline(clock=clock), ignore)
    deadline = Deadline(clock=clock)
    refused = fail_with(by_proxy(429))

    def send() -> str:
        refused()
        deadline.exclude_wait(Wait(601, "refused", is_after_refusal=True), READ)
        return "response"

    with pytest.raises(RateLimitError, match=r"and 600 s are the most; ask its owner$"):
        call_with_retries(send, "GET", deadline, ignore, waits_after_refusal=True)
