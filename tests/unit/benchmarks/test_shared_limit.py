"""Machines that share one limit, as real processes: a short run, and what the page says of the long one."""

from __future__ import annotations

import json

import pytest

from benchmarks import shared_limit
from benchmarks.shared_limit import BurstLimit, Measured, format_table, measure, work
from pulumi_userplane.api import rate_limit
from pulumi_userplane.api.errors import Operation
from pulumi_userplane.emulator import Emulator
from tests.support.store_server import WHY_NOT, find_server
from tests.unit.docs.page import ROOT

MOST_REFUSED = {2: 0.05, 4: 0.08, 8: 0.12}


@pytest.mark.slow
def test_two_machines_share_the_limit_when_they_are_processes() -> None:
    # A busy machine delays requests by as much as ever: the margin for late ones is a larger part of this window. So is
    # the start of Python, by which one machine may be ahead of the other. Hence 1.5 and not 1.2.
    measured = measure("pace", 2, minute=2.5, margin=0.3)
    assert measured.failed == 0
    assert measured.accepted == 400
    assert measured.share_refused <= MOST_REFUSED[2]
    assert measured.time <= 1.5


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["share", "backoff"])
def test_other_strategies_are_measured_when_they_are_processes(strategy: str) -> None:
    measured = measure(strategy, 2, links=10, minute=1.0, margin=0.2, limit=12)
    assert measured.accepted == 20
    assert measured.failed == 0
    assert measured.seconds > 0.9


@pytest.mark.slow
@pytest.mark.skipif(find_server() is None, reason=WHY_NOT)
def test_no_request_is_refused_when_machines_share_a_store() -> None:
    measured = measure("store", 4, links=40, minute=1.5, margin=0.5, limit=24)
    assert (measured.accepted, measured.refused, measured.failed) == (80, 0, 0)


def test_links_that_fail_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    # The machine is a process of its own elsewhere, and may set it.
    monkeypatch.setattr(rate_limit, "MINUTE_WINDOW", rate_limit.MINUTE_WINDOW)
    with Emulator(rate_limit=120) as userplane:
        for name, value in userplane.environ().items():
            monkeypatch.setenv(name, value)
        userplane.fault(answer="status", status=403, code="FORBIDDEN", method="POST", times=2)
        assert work("backoff", 5, 61.5, 120) == 2


def test_burst_limit_waits_for_room_and_after_a_429() -> None:
    limit = BurstLimit(2, 0.03)
    waits: list[float] = []
    moments = [limit.acquire(Operation("read", "x"), lambda wait: waits.append(wait.seconds)) for _ in range(3)]
    assert moments[2] - moments[0] >= 0.03
    assert len(waits) == 1
    limit.record_refusal(moments[2], 0.01)
    assert limit.acquire(Operation("read", "x"), lambda _: None) - moments[2] >= 0.01
    assert limit.usage().wait == 0


def test_page_has_the_measured_table_and_it_keeps_the_bounds() -> None:
    results = [Measured(**one) for one in json.loads((ROOT / shared_limit.LATEST).read_text("utf-8"))]
    assert format_table(results) in (ROOT / "docs/scale.md").read_text("utf-8")
    ours = {one.machines: one for one in results if one.strategy == "pace"}
    assert set(ours) == set(MOST_REFUSED)
    assert [one.refused for one in results if one.strategy == "store"] == [0, 0, 0]
    for machines, one in ours.items():
        assert one.failed == 0
        assert one.share_refused <= MOST_REFUSED[machines]
        assert one.time <= 1.2
