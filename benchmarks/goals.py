"""Pure: what this provider is meant to reach, and whether the results show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.plan import PER_MINUTE, Case, Name, Step
from benchmarks.scaling import difference, fit_exponent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.results import Figure, Results

_MANY, _VERY_MANY, _SOME, _LIMITED = 1000, 5000, 300, 300
_SECONDS_ABOVE = 3.0
_GROWING: dict[Step, str] = {"create": "an `up` that makes all", "up": "an `up` without changes"}


@dataclass(frozen=True)
class Goal:
    """One of them.

    Attributes:
        what: In a few words.
        most: The bound, in the unit of `measured`.
    """

    what: str
    most: float
    measured: float
    digits: int = 2

    @property
    def is_reached(self) -> bool:
        """Whether the bound holds."""
        return self.measured <= self.most

    def cells(self) -> tuple[str, str, str, str]:
        """Returns a row of the page's table."""
        most, measured = (f"{value:,.{self.digits}f}" for value in (self.most, self.measured))
        return self.what, most, measured, "yes" if self.is_reached else "**no**"


def goals(results: Results) -> list[Goal]:
    """Returns those that the results can tell of."""
    return [
        *_requests(results),
        *_times(results),
        *_late(results),
        *_growth(results),
        *_limited(results),
        *_sizes(results),
    ]


def _ours(results: Results, step: Step, links: int, latency: int = 0) -> float | None:
    return results.median("seconds", Case(name="ours", links=links, latency=latency), step)


def _requests(results: Results) -> Iterator[Goal]:
    asked = [
        run.requests
        for bench_result in results.bench_results
        for step in ("preview", "up")
        if bench_result.bench_run.case.name == "ours" and (run := bench_result.runs.get(step))
    ]
    if asked:
        yield Goal("requests of a preview and an `up` without changes, at any size", 0, max(asked), 0)
    crowds = [
        ("1,000 links in a workspace of 1,000", 55, Case(name="ours", links=_MANY)),
        ("10 scattered in 10,000", 20, Case(name="ours", links=10, background_links=10_000, where="scattered")),
        ("1,000 made together in 5,000", 110, Case(name="ours", links=_MANY, background_links=5000, where="together")),
        ("1,000 scattered in 5,000", 350, Case(name="ours", links=_MANY, background_links=5000, where="scattered")),
    ]
    for what, most, case in crowds:
        if (measured := results.median("requests", case, "refresh")) is not None:
            yield Goal(f"requests to refresh {what}", most, measured, 0)


def _times(results: Results) -> Iterator[Goal]:
    bounds: dict[Step, float] = {"up": 1.15, "preview": 1.15, "refresh": 1.15, "create": 1.25, "destroy": 1.25}
    words = {"up": "`up` without changes", "create": "`up` that makes all"}
    for step, most in bounds.items():
        ours = _ours(results, step, _MANY)
        baseline = results.median("seconds", Case(name="baseline", links=_MANY), step)
        if ours and baseline:
            yield Goal(f"{words.get(step, step)} of 1,000 links at 0 ms, times the baseline", most, ours / baseline)


def _late(results: Results) -> Iterator[Goal]:
    made, refreshed = _ours(results, "create", _MANY, 100), _ours(results, "refresh", _MANY, 100)
    baseline = Case(name="baseline", links=_MANY)
    engine = results.median("seconds", baseline, "create")
    bare = results.median("seconds", Case(name="bare", links=_MANY, latency=100), "create")
    if made and engine and bare:
        what = "`up` that makes 1,000 links at 100 ms, times the larger of baseline and bare requests"
        yield Goal(what, 1.25, made / max(engine, bare))
    if refreshed and (engine := results.median("seconds", baseline, "refresh")):
        yield Goal(
            "refresh of 1,000 links at 100 ms, seconds above the baseline", _SECONDS_ABOVE, refreshed - engine, 1
        )


def line(results: Results, figure: Figure, name: Name, step: Step, latency: int = 0) -> dict[int, float]:
    """Returns the median at each number of links for which the step succeeded."""
    found = {
        links: results.median(figure, Case(name=name, links=links, latency=latency), step)
        for links in results.sizes(name, step, latency)
    }
    return {links: value for links, value in found.items() if value is not None}


def between(values: dict[int, float]) -> dict[int, float]:
    """Returns the sizes over which growth is fitted."""
    return {links: value for links, value in values.items() if 100 <= links <= _MANY}


def _growth(results: Results) -> Iterator[Goal]:
    figures: tuple[tuple[Figure, str], ...] = (("cpu", "CPU time"), ("whole", "memory"))
    for figure, words in figures:
        for step, run in _GROWING.items():
            ours, baseline = (line(results, figure, name, step) for name in ("ours", "baseline"))
            fitted = fit_exponent(between(difference(ours, baseline)))
            if fitted is not None and _MANY in ours:
                yield Goal(f"exponent of what is ours in the {words} of {run}", 1.1, fitted)


def _limited(results: Results) -> Iterator[Goal]:
    limited = Case(name="ours", links=_LIMITED, limited=True)
    took, asked = (results.median(figure, limited, "create") for figure in ("seconds", "requests"))
    burst = _ours(results, "create", _LIMITED)
    if took and asked and burst:
        what = (
            f"`up` of {_LIMITED} links under the rate limit, without the same without it, times requests / 120 minutes"
        )
        yield Goal(what, 1.05, (took - burst) / (asked / PER_MINUTE * 60))
    refused = [
        run.refused
        for bench_result in results.bench_results
        for run in bench_result.runs.values()
        if bench_result.bench_run.case.limited and bench_result.bench_run.case.name == "ours"
    ]
    if refused:
        yield Goal("answers 429 under the rate limit", 0, sum(refused), 0)


def _sizes(results: Results) -> Iterator[Goal]:
    if results.serialising is not None:
        yield Goal("seconds to serialise the provider for 5,000 links", 0.5, results.serialising)
    very_many = [
        bench_result
        for bench_result in results.bench_results
        if (bench_result.bench_run.case.name, bench_result.bench_run.case.links) == ("ours", _VERY_MANY)
    ]
    if very_many:
        failed = sum(run.code != 0 for bench_result in very_many for run in bench_result.runs.values())
        yield Goal("failures with 5,000 links in one program", 0, failed, 0)
    ours, baseline = (
        results.median("largest", Case(name=name, links=_SOME), "create") for name in ("ours", "baseline")
    )
    if ours and baseline:
        yield Goal(f"largest process of an `up` that makes {_SOME} links, times the baseline's", 1.2, ours / baseline)
    states = [state for links in (_MANY, _SOME, 100) if (state := results.state(Case(name="ours", links=links)))]
    if states:
        yield Goal("bytes of state a link, without the SDK's stack traces", 2000, states[0][1], 0)
