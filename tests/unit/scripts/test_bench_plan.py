"""What `make bench` is going to measure, and how long it says that it takes."""

from collections import Counter

import pytest

from scripts.bench import plan
from scripts.bench.plan import Case, Lap


@pytest.mark.parametrize("laps", [plan.quick(), plan.full()])
def test_no_lap_is_measured_twice(laps: list[Lap]) -> None:
    counts = Counter((lap.case, lap.repeat) for lap in laps)
    assert set(counts.values()) == {1}


def test_the_quick_laps_are_laps_of_the_full_plan() -> None:
    assert set(plan.quick()) <= set(plan.full())


def test_repeats_take_turns() -> None:
    order = [(lap.repeat, lap.case.name) for lap in plan.full() if lap.case.links == 1000 and lap.case == alone(lap)]
    assert order[:6] == [(0, "ours"), (0, "floor"), (0, "wire"), (1, "ours"), (1, "floor"), (1, "wire")]


def alone(lap: Lap) -> Case:
    return Case(name=lap.case.name, links=lap.case.links)


def test_the_largest_sizes_are_not_for_the_peers() -> None:
    largest = {name: max(lap.case.links for lap in plan.full() if lap.case.name == name) for name in plan.NAMES}
    assert largest == {"ours": 5000, "floor": 5000, "usual": 330, "tofu": 300, "wire": 5000}


def test_the_full_plan_fits_an_hour() -> None:
    assert 30 < sum(lap.seconds for lap in plan.full()) / 60 < 60
    assert sum(lap.seconds for lap in plan.quick()) / 60 < 10


def test_the_plan_says_each_case_once_and_the_whole() -> None:
    laps = [Lap(case=Case(name="wire", links=10), repeat=repeat) for repeat in range(2)]
    laps.append(Lap(case=Case(name="ours", links=10, limited=True, crowd=99, where="scattered")))
    first, second, last = plan.described(laps).splitlines()
    assert first.endswith(" s  2 x wire n=10 0ms")
    assert second.endswith(" s  1 x ours n=10 0ms limited scattered in 99")
    assert last.strip() == "0 minutes in all, on two quiet cores"


def test_a_step_that_prepares_is_no_measure() -> None:
    lap = Lap(case=Case(name="ours", links=10), steps=("create", "refresh"), prepared=True)
    assert lap.measured == ("refresh",)


@pytest.mark.parametrize(
    ("name", "step", "expected"),
    [
        ("ours", "create", 200),
        ("ours", "up", 0),
        ("ours", "refresh", 5),
        ("usual", "refresh", 100),
        ("tofu", "create", 200),
        ("tofu", "change", 410),
        ("tofu", "destroy", 600),
        ("floor", "destroy", 0),
        ("wire", "up --refresh", 5),
    ],
)
def test_requests_are_estimated(name: plan.Name, step: plan.Step, expected: int) -> None:
    assert plan.requests(name, step, 100) == expected


def test_waiting_is_what_latency_or_limit_make() -> None:
    assert plan.waiting(Case(name="ours", links=100, latency=100), "create") == pytest.approx(5.0)
    assert plan.waiting(Case(name="tofu", links=100, latency=100), "refresh") == pytest.approx(4.0)
    assert plan.waiting(Case(name="ours", links=300, limited=True), "create") == 240.0
    assert plan.waiting(Case(name="tofu", links=300, limited=True), "create") == 0.0
