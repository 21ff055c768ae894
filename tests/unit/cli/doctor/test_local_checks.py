"""Checks that need no server say how long to wait."""

from __future__ import annotations

import pytest

from pulumi_userplane.api.request_limit import RateLimitUsage
from pulumi_userplane.cli.doctor.local_checks import check_rate_limit
from pulumi_userplane.settings import Settings


def test_check_rate_limit_says_less_than_a_second_when_pause_is_almost_over() -> None:
    check = check_rate_limit(Settings.read(lambda _: None), RateLimitUsage(1, 1, 0.2), counted="", problem="")
    assert check.detail.endswith("; the next request may go in less than 1 s")


@pytest.mark.parametrize(("wait", "is_ok"), [(0.0, True), (3.0, False)])
def test_check_rate_limit_names_the_pace_when_the_machine_is_slowed(wait: float, is_ok: bool) -> None:
    usage = RateLimitUsage(9, 90, wait, pace=20.5)
    check = check_rate_limit(Settings.read(lambda _: None), usage, counted="", problem="")
    assert check.ok is is_ok
    assert check.detail.endswith("; slowed to 20 a minute after a 429")
