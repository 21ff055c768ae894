"""Results that nobody measured, for the tests of what is made of results."""

from typing import Any

from scripts.bench.plan import Case, Lap, Name, Step
from scripts.bench.results import Done, Results, Run


def run(seconds: float = 1.0, *, requests: int = 0, **fields: Any) -> Run:
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
    return Run.model_validate(given)


def done(
    name: Name, links: int, runs: dict[Step, Run], *, repeat: int = 0, prepared: bool = False, **case: Any
) -> Done:
    lap = Lap(case=Case(name=name, links=links, **case), repeat=repeat, prepared=prepared)
    state = None if name == "wire" else 3000.0
    return Done(
        lap=lap, began="2026-01-02 03:04", load=0.5, runs=runs, state=state, state_without_traces=state and 1900.0
    )


def results(*laps: Done, **fields: Any) -> Results:
    return Results(laps=list(laps), **fields)
