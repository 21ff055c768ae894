"""Userplane's timestamps."""

from __future__ import annotations

from pulumi_userplane.api.timestamps import parse_timestamp


def test_parse_timestamp_returns_none_when_the_text_is_not_a_moment() -> None:
    assert parse_timestamp("yesterday") is None


def test_parse_timestamp_returns_seconds_since_1970_when_the_text_is_a_moment() -> None:
    assert parse_timestamp("1970-01-01T00:01:00.000Z") == 60
