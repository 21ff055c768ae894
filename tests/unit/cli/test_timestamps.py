"""Moments are compared by the server's clock, and printed with their age."""

from __future__ import annotations

import pytest

from pulumi_userplane.cli.timestamps import format_milliseconds, format_with_age, is_older

CREATED = "2026-01-05T08:00:00.000Z"
CREATED_SECONDS = 1_767_600_000.0


@pytest.mark.parametrize(
    ("created_at", "seconds", "older"),
    [(CREATED, 59, True), (CREATED, 60, False), (CREATED, 61, False), (CREATED, 0, True), ("soon", 60, True)],
)
def test_is_older_compares_age_and_counts_unreadable_moment_as_old(
    created_at: str, seconds: float, *, older: bool
) -> None:
    assert is_older(created_at, seconds, CREATED_SECONDS + 60) is older


@pytest.mark.parametrize(
    ("created_at", "seconds", "text"),
    [
        # The server tells its time in whole seconds.
        (CREATED, -40, "2026-01-05 08:00 UTC, 0 min ago"),
        (CREATED, 0, "2026-01-05 08:00 UTC, 0 min ago"),
        (CREATED, 119 * 60, "2026-01-05 08:00 UTC, 119 min ago"),
        (CREATED, 120 * 60, "2026-01-05 08:00 UTC, 2 h ago"),
        ("soon", 0, "soon"),
    ],
)
def test_format_with_age_turns_to_hours_after_two_hours(created_at: str, seconds: float, text: str) -> None:
    assert format_with_age(created_at, CREATED_SECONDS + seconds) == text


@pytest.mark.parametrize(
    ("created_at", "text"),
    [
        (CREATED, CREATED),
        ("2026-01-05T09:00:00+01:00", CREATED),
        ("2026-01-05T08:00:00.123456Z", "2026-01-05T08:00:00.123Z"),
        ("soon", None),
    ],
)
def test_format_milliseconds_writes_utc_as_userplane_does(created_at: str, text: str | None) -> None:
    assert format_milliseconds(created_at) == text
