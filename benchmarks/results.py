"""The kept results: a JSON file, so that an interrupted benchmark is resumed, or a part of it repeated."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.plan import STEPS, BenchRun, Case, Name, Step

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Figure = Literal["seconds", "cpu", "server_cpu", "largest", "whole", "requests"]


class StepResult(BaseModel):
    """The result of one step.

    Attributes:
        code: Its exit code; None if it was stopped because the time was over.
        seconds: From the start of the command to its end.
        cpu: CPU seconds of the command and all that it started.
        server_cpu: CPU seconds that the emulator took meanwhile, on the same cores.
        largest: The most bytes in memory of one process.
        whole: The most bytes in memory of all processes at a time.
        by_method: How many requests came in.
        refused: How many of them were answered with 429.
        error: How it failed, in a few words.
    """

    model_config = ConfigDict(frozen=True)

    code: int | None
    seconds: float
    cpu: float
    server_cpu: float
    largest: int
    whole: int
    by_method: dict[str, int]
    refused: int
    error: str | None = None

    @property
    def requests(self) -> int:
        """How many came in."""
        return sum(self.by_method.values())


class BenchResult(BaseModel):
    """One benchmark run and the results of its steps.

    Attributes:
        began: When, UTC, to the minute.
        load: The machine's load before it.
        runs: The steps that are a measure, up to the first that failed.
        state: Bytes of the state for each link, after the links were made.
        state_without_traces: The same, without the stack traces that the SDK writes.
    """

    model_config = ConfigDict(frozen=True)

    bench_run: BenchRun
    began: str
    load: float
    runs: dict[Step, StepResult]
    state: float | None = None
    state_without_traces: float | None = None


class Results(BaseModel):
    """All benchmark runs, and the machine that they ran on.

    Attributes:
        machine: In a few words.
        versions: Of all that was measured, by name.
        serialising: Seconds to serialise the provider for 5,000 links in one program.
    """

    machine: str = ""
    versions: dict[str, str] = {}
    serialising: float | None = None
    bench_results: list[BenchResult] = []

    def add(self, bench_result: BenchResult) -> None:
        """Adds a result and drops an earlier one of the same run."""
        self.bench_results = [
            result for result in self.bench_results if not _is_same_run(result.bench_run, bench_result.bench_run)
        ] + [bench_result]

    def has(self, bench_run: BenchRun) -> bool:
        """Returns whether this run has a result."""
        return any(_is_same_run(result.bench_run, bench_run) for result in self.bench_results)

    def runs(self, case: Case, step: Step) -> list[StepResult]:
        """Returns this step of all repeats."""
        return [
            result.runs[step] for result in self.bench_results if result.bench_run.case == case and step in result.runs
        ]

    def median(self, figure: Figure, case: Case, step: Step) -> float | None:
        """Returns the median of the repeats that succeeded, or None."""
        good = [float(getattr(run, figure)) for run in self.runs(case, step) if run.code == 0]
        return median(good) if good else None

    def error(self, case: Case, step: Step) -> str | None:
        """Returns how the step failed, if it did."""
        return next((run.error or "fails" for run in self.runs(case, step) if run.code != 0), None)

    def sizes(self, name: Name, step: Step, latency: int = 0) -> list[int]:
        """Returns the numbers of links for which a step was run without a limit and without background links."""
        cases = {result.bench_run.case for result in self.bench_results if step in result.runs}
        return sorted(case.links for case in cases if case == Case(name=name, links=case.links, latency=latency))

    def state(self, case: Case) -> tuple[float, float] | None:
        """Returns the bytes of the state for each link, with and without stack traces; None where there is none."""
        found = [
            (result.state, result.state_without_traces)
            for result in self.bench_results
            if result.bench_run.case == case and result.state is not None and result.state_without_traces is not None
        ]
        return found[0] if found else None

    def repeats(self) -> dict[Case, int]:
        """Returns how often each case was run."""
        counts: dict[Case, int] = defaultdict(int)
        for result in self.bench_results:
            counts[result.bench_run.case] += 1
        return counts


def _is_same_run(one: BenchRun, other: BenchRun) -> bool:
    return (one.case, one.repeat) == (other.case, other.repeat)


def load(file: Path) -> Results:
    """Returns what is kept in a file; nothing if it is not there."""
    return Results.model_validate_json(file.read_bytes()) if file.exists() else Results()


def save(results: Results, file: Path) -> None:
    """Keeps it; a run that is killed meanwhile leaves the file as it was."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(results.model_dump_json(indent=1) + "\n", "utf-8")
    new.replace(file)


def steps_of(results: Iterable[BenchResult]) -> list[Step]:
    """Returns the steps that were run at all, in their order."""
    run = {step for result in results for step in result.runs}
    return [step for step in STEPS if step in run]
