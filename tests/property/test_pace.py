"""Slots of a slowed machine: no two requests have the same one, and none is lost when requests give up."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pulumi_userplane.api.errors import Operation
from pulumi_userplane.api.rate_limit import MINUTE_WINDOW, RateLimit
from pulumi_userplane.api.shared_file import SharedFile
from tests.clock import Clock

if TYPE_CHECKING:
    from pulumi_userplane.api.pace import Slot

READ = Operation("read", "recording link lnk_1")

EVENTS = st.lists(st.tuples(st.sampled_from(["ask", "ask again", "give up"]), st.integers(0, 20)), max_size=30)


@given(EVENTS)
def test_slots_are_unique_and_none_is_lost_when_requests_give_up(events: list[tuple[str, int]]) -> None:
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        limits = [RateLimit(SharedFile("key", "https://a", Path(folder)), 120, 0, print, clock) for _ in range(2)]
        limits[0].record_refusal(limits[0].acquire(READ, print), None)
        free_at = clock.time() + limits[0].usage().wait
        waiting: list[Slot] = []

        def take(number: int, own: Slot | None = None) -> None:
            slot = limits[number % 2]._take_turn(READ, None, own).slot
            assert slot is not None
            waiting.append(slot)

        for event, number in events:
            if event == "ask":
                take(number)
            elif waiting:
                slot = waiting.pop(number % len(waiting))
                if event == "ask again":
                    take(number, slot)
                else:
                    limits[number % 2]._free_slot(slot)
            moments = sorted(slot.at for slot in waiting)
            gaps = [later - earlier for earlier, later in pairwise(moments)]
            assert all(gap > 0.9 * MINUTE_WINDOW / 60 for gap in gaps)
        for slot in waiting:
            limits[0]._free_slot(slot)
        assert abs(clock.time() + limits[1].usage().wait - free_at) < 0.5
        assert clock.slept == []
