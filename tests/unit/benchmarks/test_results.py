"""Results are kept, found again and summed up; growth is fitted to them."""

from pathlib import Path

import pytest

from benchmarks.plan import BenchRun, Case
from benchmarks.results import Results, load, save
from benchmarks.scaling import difference, fit_exponent
from tests.unit.benchmarks.bench_results import bench_result, results, run


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_fit_exponent_returns_the_power(power: float) -> None:
    assert fit_exponent({n: 0.3 * n**power for n in (100, 300, 1000)}) == pytest.approx(power)


def test_fit_exponent_returns_the_best_fit() -> None:
    assert fit_exponent({100: 1.0, 1000: 100.0, 316: 20.0}) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("measured", [{}, {100: 1.0}, {100: 1.0, 1000: 0.0}, {100: -1.0, 1000: 1.0}])
def test_fit_exponent_returns_none_when_fewer_than_two_values_are_positive(measured: dict[int, float]) -> None:
    assert fit_exponent(measured) is None


def test_difference_covers_sizes_that_both_have() -> None:
    assert difference({10: 3.0, 100: 5.0}, {10: 1.0, 1000: 9.0}) == {10: 2.0}


def test_median_ignores_failed_repeats() -> None:
    bench_runs = [
        bench_result("ours", 10, {"up": run(seconds)}, repeat=repeat) for repeat, seconds in enumerate((1.0, 9.0, 2.0))
    ]
    failed = bench_result("ours", 10, {"up": run(50.0, code=1, error="HTTPError")}, repeat=3)
    found = results(*bench_runs, failed)
    case = Case(name="ours", links=10)
    assert found.median("seconds", case, "up") == 2.0
    assert found.median("seconds", case, "refresh") is None
    assert found.error(case, "up") == "HTTPError"
    assert found.error(case, "refresh") is None


def test_sizes_ignore_runs_with_a_limit_or_background_links() -> None:
    found = results(
        bench_result("ours", 100, {"up": run()}),
        bench_result("ours", 10, {"up": run()}),
        bench_result("ours", 20, {"up": run()}, latency=100),
        bench_result("ours", 30, {"up": run()}, limited=True),
        bench_result("ours", 40, {"up": run()}, background_links=50, where="together"),
        bench_result("bare", 50, {"up": run()}),
        bench_result("ours", 60, {"create": run()}),
    )
    assert found.sizes("ours", "up") == [10, 100]
    assert found.sizes("ours", "up", 100) == [20]


def test_add_replaces_a_result_of_the_same_run() -> None:
    found = results(bench_result("ours", 10, {"up": run(1.0)}), bench_result("ours", 10, {"up": run(2.0)}, repeat=1))
    found.add(bench_result("ours", 10, {"up": run(5.0)}))
    assert sorted(result.seconds for result in found.runs(Case(name="ours", links=10), "up")) == [2.0, 5.0]
    assert found.has(BenchRun(case=Case(name="ours", links=10)))
    assert not found.has(BenchRun(case=Case(name="ours", links=10), repeat=2))
    assert not found.has(BenchRun(case=Case(name="ours", links=10, latency=100)))


def test_load_returns_what_save_wrote(tmp_path: Path) -> None:
    file = tmp_path / "benchmarks" / "results.json"
    assert load(file) == Results()
    kept = results(bench_result("tofu", 10, {"up --refresh": run(requests=3)}), machine="2 cores", serialising=0.1)
    save(kept, file)
    assert load(file) == kept
    assert [path.name for path in file.parent.iterdir()] == ["results.json"]
