"""The emulator's clock writes moments as Userplane does."""

from datetime import datetime, timezone

from pulumi_userplane.emulator.clock import Clock

CLOCK = Clock(lambda: datetime(2026, 1, 5, 8, 0, 0, 123456, tzinfo=timezone.utc))


def test_now_has_milliseconds_and_ends_with_z() -> None:
    assert CLOCK.now() == "2026-01-05T08:00:00.123Z"


def test_after_is_one_millisecond_later_when_the_moment_is_not_past() -> None:
    assert CLOCK.after("2026-01-05T08:00:00.123Z") == "2026-01-05T08:00:00.124Z"
    assert CLOCK.after("2026-12-31T23:59:59.999Z") == "2027-01-01T00:00:00.000Z"


def test_after_is_now_when_the_moment_is_past_or_none() -> None:
    assert CLOCK.after("2026-01-05T08:00:00.122Z") == CLOCK.now()
    assert CLOCK.after(None) == CLOCK.now()
