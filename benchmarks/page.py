"""Makes docs/benchmarks.md and its plots out of the results, and of nothing else."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.goals import between, goals, line
from benchmarks.plan import NAMES, PEERS, PER_MINUTE, STEPS, Case, Name, Step
from benchmarks.plot import Panel, svg
from benchmarks.scaling import difference, fit_exponent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.results import Figure, Results

PAGE = Path("docs", "benchmarks.md")
LATEST = Path("benchmarks", "latest")
TEXT = Path(__file__).parent / "page.md"
CALLED: dict[Name, str] = {
    "ours": "pulumi_userplane",
    "baseline": "baseline",
    "naive": "naive provider",
    "tofu": "OpenTofu",
    "bare": "bare requests",
}

_VERSIONS = {
    "ours": CALLED["ours"],
    "cli": "Pulumi",
    "sdk": "its Python SDK",
    "python": "Python",
    "opentofu": "OpenTofu",
}
_LATENCIES = (0, 100)
_NOTHING = "-"
_MIB = 2**20
# Two medians nearer than this are not told apart.
_NOISE = 1.05


def write(results: Results, root: Path) -> None:
    """Writes the page and its plots."""
    (root / PAGE).parent.mkdir(parents=True, exist_ok=True)
    (root / PAGE).write_text(text(results), "utf-8")
    (root / LATEST).mkdir(parents=True, exist_ok=True)
    for name, drawing in plots(results).items():
        (root / LATEST / name).write_text(drawing, "utf-8")


def plots(results: Results) -> dict[str, str]:
    """Returns the plots by their file names."""
    steps: tuple[Step, ...] = ("create", "up", "refresh", "destroy")
    times = [Panel(f"{step}, 0 ms", "s", _lines(results, "seconds", step)) for step in steps]
    asked: tuple[Step, ...] = ("refresh", "up --refresh")
    counts = [Panel(f"requests of {step}", "", _lines(results, "requests", step)) for step in asked]
    taken = [
        Panel("largest process of create", "MiB", _lines(results, "largest", "create", _MIB)),
        Panel("all processes of create", "MiB", _lines(results, "whole", "create", _MIB)),
    ]
    return {
        name: svg(panels, {str(name): called for name, called in CALLED.items()})
        for name, panels in {"time.svg": times, "requests.svg": counts, "memory.svg": taken}.items()
    }


def _lines(results: Results, figure: Figure, step: Step, unit: float = 1.0) -> dict[str, dict[int, float]]:
    return {name: {links: value / unit for links, value in line(results, figure, name, step).items()} for name in NAMES}


def text(results: Results) -> str:
    """Returns the text of the page."""
    begun = sorted(bench_result.began for bench_result in results.bench_results)
    loads = [bench_result.load for bench_result in results.bench_results]
    versions = ", ".join(f"{_VERSIONS.get(name, name)} {number}" for name, number in results.versions.items())
    return TEXT.read_text("utf-8").format(
        machine=results.machine,
        versions=versions,
        first=begun[0] if begun else "never",
        last=begun[-1] if begun else "never",
        bench_runs=len(results.bench_results),
        load=f"{median(loads):.1f}" if loads else _NOTHING,
        most_load=f"{max(loads):.1f}" if loads else _NOTHING,
        goals=_table(("goal", "at most", "measured", "reached"), (goal.cells() for goal in goals(results))),
        requests=_table(("links", "step", *CALLED.values(), "ahead of both peers"), _request_rows(results)),
        **{
            f"time_{latency}": _table(
                ("links", "step", "repeats", *CALLED.values(), "÷ baseline", "ahead of both peers"),
                _time_rows(results, latency),
            )
            for latency in _LATENCIES
        },
        sizes=_table(("links", *CALLED.values()), _size_rows(results)),
        state=_table(("links", "", *(CALLED[name] for name in NAMES[:-1])), _state_rows(results)),
        growth=_table(("step", "wall time", "CPU time", "memory"), _growth_rows(results)),
        special=_table(("", "step", "requests", "429", "seconds"), _special_rows(results)),
        served=_served(results),
        start=_start(results),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines) if len(lines) > 2 else "Not measured."


def _rows(results: Results, latency: int) -> Iterator[tuple[int, Step]]:
    for links in sorted({links for step in STEPS for links in results.sizes("ours", step, latency)}):
        yield from ((links, step) for step in STEPS if links in results.sizes("ours", step, latency))


def _request_rows(results: Results) -> Iterator[list[str]]:
    for links, step in _rows(results, 0):
        counts = {name: results.median("requests", Case(name=name, links=links), step) for name in NAMES}
        if any(counts.values()):
            cells = [_cell(results, Case(name=name, links=links), step, _count(counts[name])) for name in NAMES]
            ours = counts["ours"] or 0.0
            yield [f"{links:,}", step, *cells, _ahead(ours, {name: counts[name] for name in PEERS}, noise=1.0)]


def _count(asked: float | None) -> str | None:
    if asked is None:
        return None
    minutes = asked / PER_MINUTE
    return f"{asked:,.0f} ({minutes:.1f} min)" if minutes > 1 else f"{asked:,.0f}"


def _time_rows(results: Results, latency: int) -> Iterator[list[str]]:
    for links, step in _rows(results, latency):
        # The baseline sends nothing: it is the same at any latency, and measured once.
        cases = {name: Case(name=name, links=links, latency=latency * (name != "baseline")) for name in NAMES}
        times = {name: results.median("seconds", case, step) for name, case in cases.items()}
        cells = [_cell(results, cases[name], step, _seconds(times[name])) for name in NAMES]
        ours, baseline = times["ours"], times["baseline"]
        ratio = f"{ours / baseline:.2f}" if ours and baseline else _NOTHING
        ahead = _ahead(ours, {name: times[name] for name in PEERS}, noise=_NOISE, engine=baseline) if ours else _NOTHING
        yield [f"{links:,}", step, str(len(results.runs(cases["ours"], step))), *cells, ratio, ahead]


def _seconds(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"


def _cell(results: Results, case: Case, step: Step, value: str | None) -> str:
    return value or results.error(case, step) or _NOTHING


def _ahead(ours: float, peers: dict[Name, float | None], *, noise: float, engine: float | None = None) -> str:
    """Says whether ours is less than each peer's, and why not where a reason can be told from the numbers."""
    behind: list[str] = []
    for name, theirs in peers.items():
        if theirs is None or ours < theirs / noise:
            continue
        if ours <= theirs * noise:
            behind.append(f"level with {CALLED[name]}")
        elif engine is not None and engine >= theirs:
            behind.append(f"no: the engine alone takes longer than {CALLED[name]}")
        else:
            # No engine takes part in requests.
            behind.append(f"no: {CALLED[name]}" + (f", by {ours - theirs:.1f} s" if engine is not None else ""))
    if behind == [f"level with {CALLED[name]}" for name in peers]:
        return "level with both"
    return "; ".join(behind) or ("yes" if any(theirs is not None for theirs in peers.values()) else _NOTHING)


def _size_rows(results: Results) -> Iterator[list[str]]:
    for links in results.sizes("ours", "create"):
        cells = []
        for name in NAMES:
            case = Case(name=name, links=links)
            largest, whole = (results.median(figure, case, "create") for figure in ("largest", "whole"))
            value = f"{largest / _MIB:,.0f} / {whole / _MIB:,.0f}" if largest and whole else None
            cells.append(_cell(results, case, "create", value))
        yield [f"{links:,}", *cells]


def _state_rows(results: Results) -> Iterator[list[str]]:
    for links in results.sizes("ours", "create"):
        states = [results.state(Case(name=name, links=links)) for name in NAMES[:-1]]
        yield [f"{links:,}", "all", *(f"{state[0]:,.0f}" if state else _NOTHING for state in states)]
        yield ["", "without stack traces", *(f"{state[1]:,.0f}" if state else _NOTHING for state in states)]


def _growth_rows(results: Results) -> Iterator[list[str]]:
    figures: tuple[Figure, ...] = ("seconds", "cpu", "whole")
    for step in STEPS:
        lines = {
            figure: [between(line(results, figure, name, step)) for name in ("ours", "baseline")] for figure in figures
        }
        if len(lines["seconds"][0]) > 1:
            values = [(ours, baseline, difference(ours, baseline)) for ours, baseline in lines.values()]
            yield [step, *(" / ".join(map(_fitted, value)) for value in values)]


def _fitted(values: dict[int, float]) -> str:
    found = fit_exponent(values)
    return f"{found:.2f}" if found is not None else "within noise" if len(values) > 1 else _NOTHING


def _special_rows(results: Results) -> Iterator[list[str]]:
    for bench_result in results.bench_results:
        case = bench_result.bench_run.case
        if not (case.limited or case.background_links or bench_result.bench_run.prepared):
            continue
        what = f"{CALLED[case.name]}, {case.links:,} links"
        what += (
            f" {case.where} in {case.background_links:,}" * bool(case.background_links)
            + ", 120 requests a minute" * case.limited
        )
        for step, run in bench_result.runs.items():
            seconds = _seconds(run.seconds) if run.code == 0 else run.error
            yield [what, step, f"{run.requests:,}", str(run.refused), seconds or _NOTHING]


def _served(results: Results) -> str:
    """Says what the emulator itself takes for a request, as the bare requests show it."""
    runs = [
        run
        for bench_result in results.bench_results
        if bench_result.bench_run.case.name == "bare"
        for run in bench_result.runs.values()
        if run.requests > 50
    ]
    if not runs:
        return _NOTHING
    return f"{1000 * sum(run.server_cpu for run in runs) / sum(run.requests for run in runs):.1f}"


def _start(results: Results) -> str:
    """Says what a step of the bare requests takes that sends none: Python starts."""
    runs = [
        bench_result.runs["up"].seconds
        for bench_result in results.bench_results
        if bench_result.bench_run.case.name == "bare" and "up" in bench_result.runs
    ]
    return _seconds(median(runs)) or _NOTHING if runs else _NOTHING
