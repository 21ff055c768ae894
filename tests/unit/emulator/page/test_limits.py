"""The section Limits counts each user's requests in a minute and in a day, and says what remains."""

from pulumi_userplane.emulator import Emulator
from pulumi_userplane.emulator.auth import RateLimiter, Refusal, Usage, UserUsage
from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.page.views import view_limits
from tests.unit.emulator.client import Api, status_and_code
from tests.unit.emulator.conftest import Connect
from tests.unit.emulator.page.reader import open_page


def test_limits_count_requests_when_no_limit_is_on(emulator: Emulator, connect: Connect) -> None:
    assert (
        "Nobody has sent a request with a working key in the last 24 hours." in open_page(emulator, "limits").texts["p"]
    )
    for key in ("uspl_demo", "uspl_demo", "uspl_demo_member", "uspl_demo_expired", "uspl_nobody"):
        connect(key).get("/me")
    page = open_page(emulator, "limits")
    assert page.texts["h2"] == ["Ines Calder usr_owner", "Priya Nand usr_member"]
    assert page.texts["dd"][:3] == [
        "2 requests in the last minute No limit is switched on. Userplane would allow 120.",
        "2 requests in the last 24 hours No limit is switched on. Userplane would allow 10,000.",
        "1 request in the last minute No limit is switched on. Userplane would allow 120.",
    ]


def test_limits_say_what_remains_when_limits_are_on(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(rate_limit=3, daily_limit=2)
    for _ in range(2):
        assert api.get("/me").status_code == 200
    response = api.get("/me")
    assert status_and_code(response) == (429, "RATE_LIMITED")
    assert response.json()["message"] == "More than 2 requests in a day."
    assert 86_300 < int(response.headers["Retry-After"]) <= 86_400
    minute, day = open_page(emulator, "limits").texts["dd"]
    assert minute.startswith("1 of 3 remain 1 One more in ")
    assert day.startswith("0 of 2 remain 0 The next is allowed in 2")
    emulator.set_behaviours(rate_limit=2)
    minute, _ = open_page(emulator, "limits").texts["dd"]
    assert minute == "0 of 2 remain 0"
    emulator.set_behaviours(daily_limit=0)
    assert api.get("/me").json()["message"] == "More than 2 requests in a minute."
    emulator.reset()
    assert open_page(emulator, "limits").texts.get("dd") is None


def test_limit_says_that_userplane_would_allow_fewer(emulator: Emulator, api: Api) -> None:
    for _ in range(121):
        api.get("/me")
    minute, day = open_page(emulator, "limits").texts["dd"]
    assert minute.endswith("These are more.")
    assert not day.endswith("These are more.")


def test_limits_say_the_wait_that_retry_after_says_when_a_limit_is_below_what_was_used() -> None:
    present = [0.0]
    limiter = RateLimiter(lambda: present[0])
    for moment in (0.0, 20.0, 40.0):
        present[0] = moment
        assert limiter.acquire("ines", 0) is None
    refusal = limiter.acquire("ines", 2)
    assert refusal == Refusal("minute", 2, 40)
    usage = limiter.usage(2)["ines"]
    assert usage == UserUsage(Usage(3, 20), Usage(3, 86_360), refusal)
    views = view_limits(usage, Behaviours(rate_limit=2))
    assert [view.next_one for view in views] == ["The next is allowed in 40 s.", ""]


def test_limits_write_waits_in_words() -> None:
    for seconds, words in {1: "1 s", 119: "119 s", 120: "2 min", 7199: "119 min", 7200: "2 h 0 min"}.items():
        usage = UserUsage(Usage(1, seconds), Usage(0, 0), None)
        views = view_limits(usage, Behaviours(rate_limit=2, daily_limit=2))
        assert [view.next_one for view in views] == [f"One more in {words}.", ""]


def test_rate_limiter_counts_a_day_in_whole_seconds() -> None:
    present = [0.0]
    limiter = RateLimiter(lambda: present[0])
    for moment in (0.0, 0.5, 0.9, 1.0, 100.0):
        present[0] = moment
        assert limiter.acquire("ines", 0, 5) is None
    assert limiter.acquire("ines", 0, 5) == Refusal("day", 5, 86_300)
    assert limiter.acquire("ines", 0, 3) == Refusal("day", 3, 86_300)
    assert limiter.acquire("ines", 0, 1) == Refusal("day", 1, 86_400)
    assert limiter.usage()["ines"] == (Usage(1, 60), Usage(5, 86_300), None)
    present[0] = 86_400.0
    assert limiter.usage()["ines"] == (Usage(0, 0), Usage(2, 1), None)
    assert limiter.acquire("ines", 0, 3) is None
    present[0] = 86_500.0
    assert limiter.usage()["ines"] == (Usage(0, 0), Usage(1, 86_300), None)
    present[0] = 200_000.0
    assert limiter.usage() == {}
