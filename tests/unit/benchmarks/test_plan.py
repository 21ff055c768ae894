"""What `make bench` measures, and how long it says that it takes."""

from collections import Counter

import pytest

from benchmarks import plan
from benchmarks.plan import BenchRun, Case


@pytest.mark.parametrize("bench_runs", [plan.quick(), plan.full()])
def test_plan_has_no_run_twice(bench_runs: list[BenchRun]) -> None:
    counts = Counter((bench_run.case, bench_run.repeat) for bench_run in bench_runs)
    assert set(counts.values()) == {1}


def test_quick_plan_is_a_part_of_the_full_plan() -> None:
    assert set(plan.quick()) <= set(plan.full())


def test_repeats_alternate_between_subjects() -> None:
    order = [
        (bench_run.repeat, bench_run.case.name)
        for bench_run in plan.full()
        if bench_run.case.links == 1000 and bench_run.case == alone(bench_run)
    ]
    assert order[:6] == [(0, "ours"), (0, "baseline"), (0, "bare"), (1, "ours"), (1, "baseline"), (1, "bare")]


def alone(bench_run: BenchRun) -> Case:
    return Case(name=bench_run.case.name, links=bench_run.case.links)


def test_peers_skip_the_largest_sizes() -> None:
    largest = {
        name: max(bench_run.case.links for bench_run in plan.full() if bench_run.case.name == name)
        for name in plan.NAMES
    }
    assert largest == {"ours": 5000, "baseline": 5000, "naive": 330, "tofu": 300, "bare": 5000}


def test_full_plan_fits_into_an_hour() -> None:
    assert 30 < sum(bench_run.seconds for bench_run in plan.full()) / 60 < 60
    assert sum(bench_run.seconds for bench_run in plan.quick()) / 60 < 10


def test_describe_lists_each_case_once_and_the_total() -> None:
    bench_runs = [BenchRun(case=Case(name="bare", links=10), repeat=repeat) for repeat in range(2)]
    bench_runs.append(BenchRun(case=Case(name="ours", links=10, limited=True, background_links=99, where="scattered")))
    first, second, last = plan.describe(bench_runs).splitlines()
    assert first.endswith(" s  2 x bare n=10 0ms")
    assert second.endswith(" s  1 x ours n=10 0ms limited scattered in 99")
    assert last.strip() == "0 minutes in all, on two quiet cores"


def test_run_measures_no_step_that_only_prepares() -> None:
    bench_run = BenchRun(case=Case(name="ours", links=10), steps=("create", "refresh"), prepared=True)
    assert bench_run.measured == ("refresh",)


@pytest.mark.parametrize(
    ("name", "step", "expected"),
    [
        ("ours", "create", 200),
        ("ours", "up", 0),
        ("ours", "refresh", 5),
        ("naive", "refresh", 100),
        ("tofu", "create", 200),
        ("tofu", "change", 410),
        ("tofu", "destroy", 600),
        ("baseline", "destroy", 0),
        ("bare", "up --refresh", 5),
    ],
)
def test_requests_estimates_each_step(name: plan.Name, step: plan.Step, expected: int) -> None:
    assert plan.requests(name, step, 100) == expected


def test_waiting_follows_latency_and_limit() -> None:
    assert plan.waiting(Case(name="ours", links=100, latency=100), "create") == pytest.approx(5.0)
    assert plan.waiting(Case(name="tofu", links=100, latency=100), "refresh") == pytest.approx(4.0)
    assert plan.waiting(Case(name="ours", links=300, limited=True), "create") == 240.0
    assert plan.waiting(Case(name="tofu", links=300, limited=True), "create") == 0.0
