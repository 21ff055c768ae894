"""Invented results, for the tests of what is computed from results."""

from typing import Any

from benchmarks.plan import BenchRun, Case, Name, Step
from benchmarks.results import BenchResult, Results, StepResult


def run(seconds: float = 1.0, *, requests: int = 0, **fields: Any) -> StepResult:
    given = {
        "code": 0,
        "seconds": seconds,
        "cpu": seconds,
        "server_cpu": requests / 1000,
        "largest": 2**27,
        "whole": 2**28,
        "by_method": {"GET": requests} if requests else {},
        "refused": 0,
        **fields,
    }
    return StepResult.model_validate(given)


def bench_result(
    name: Name, links: int, runs: dict[Step, StepResult], *, repeat: int = 0, prepared: bool = False, **case: Any
) -> BenchResult:
    bench_run = BenchRun(case=Case(name=name, links=links, **case), repeat=repeat, prepared=prepared)
    state = None if name == "bare" else 3000.0
    return BenchResult(
        bench_run=bench_run,
        began="2026-01-02 03:04",
        load=0.5,
        runs=runs,
        state=state,
        state_without_traces=state and 1900.0,
    )


def results(*bench_results: BenchResult, **fields: Any) -> Results:
    return Results(bench_results=list(bench_results), **fields)
