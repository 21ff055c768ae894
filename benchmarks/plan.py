"""Pure: what is measured, in which order, and about how long it takes."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Name = Literal["ours", "baseline", "naive", "tofu", "bare"]
Step = Literal["create", "preview", "up", "refresh", "up --refresh", "change", "destroy"]
STEPS: tuple[Step, ...] = ("create", "preview", "up", "refresh", "up --refresh", "change", "destroy")
NAMES: tuple[Name, ...] = ("ours", "baseline", "naive", "tofu", "bare")

PEERS: tuple[Name, ...] = ("naive", "tofu")

PER_MINUTE = 120
PAGE = 20
CONNECTIONS = 4
"""A provider's host serves so many calls at a time; the bare requests have as many connections."""

Where = Literal["alone", "together", "scattered"]


class Case(BaseModel):
    """One contestant under the same conditions in all its repeats.

    Attributes:
        links: How many the program declares.
        latency: Milliseconds that the server waits before each response.
        limited: Whether the server takes 120 requests a minute only.
        background_links: How many links the workspace has, those of the program included, before the refresh.
        where: How the program's links stand among the background_links.
    """

    model_config = ConfigDict(frozen=True)

    name: Name
    links: int
    latency: int = 0
    limited: bool = False
    background_links: int = 0
    where: Where = "alone"

    def __str__(self) -> str:
        """Names it in a line of the terminal; `--only` looks for words in it."""
        parts = [f"{self.name} n={self.links} {self.latency}ms"]
        if self.limited:
            parts.append("limited")
        if self.background_links:
            parts.append(f"{self.where} in {self.background_links}")
        return " ".join(parts)


class BenchRun(BaseModel):
    """One run through the steps, in a fresh folder against a fresh server.

    Attributes:
        repeat: Counts from 0.
        prepared: Whether the first step only prepares the others: without limit, latency, and a state after each link.
        limit: Seconds that one step may take.
    """

    model_config = ConfigDict(frozen=True)

    case: Case
    repeat: int = 0
    steps: tuple[Step, ...] = STEPS
    prepared: bool = False
    limit: float = 400.0

    @property
    def measured(self) -> tuple[Step, ...]:
        """The steps that are a measure."""
        return self.steps[self.prepared :]

    @property
    def seconds(self) -> float:
        """About how long it takes on two quiet cores, the making of the stack included."""
        case = self.case
        worked = sum(_seconds(case.name, step, case.links, pairs=step in self.measured) for step in self.steps)
        return 1.0 + worked + sum(waiting(case, step) for step in self.measured)


def full() -> list[BenchRun]:
    """Returns what the page is made of."""
    return [
        *_bench_runs((10, 100), latencies=(0, 100), repeats=3),
        *_bench_runs((300,), latencies=(0,), repeats=1),
        *_large(repeats=2),
        *_very_large(),
        *_limited(),
        *_with_background_links(),
    ]


def quick() -> list[BenchRun]:
    """Returns a small part of it: a look at whether anything is badly off."""
    return _bench_runs((10, 100), latencies=(0, 100), repeats=1)


def _bench_runs(sizes: Iterable[int], latencies: tuple[int, ...], repeats: int) -> list[BenchRun]:
    """All contestants in turn, repeat by repeat, so that noise hits all.

    The baseline sends nothing that could be late; the peers, which take longest, meet a late server once.
    """
    return [
        BenchRun(case=Case(name=name, links=links, latency=latency), repeat=repeat)
        for links in sizes
        for repeat in range(repeats)
        for latency in latencies
        for name in NAMES
        if not (latency and (name == "baseline" or (repeat and name in PEERS)))
    ]


def _large(repeats: int) -> Iterator[BenchRun]:
    for repeat in range(repeats):
        for name in ("ours", "baseline", "bare"):
            yield BenchRun(case=Case(name=name, links=1000), repeat=repeat)
    # What changes nothing takes seconds where the making takes minutes: it can be repeated more often.
    idle: tuple[Step, ...] = ("create", "preview", "up", "refresh", "up --refresh")
    for repeat in range(repeats, repeats + 3):
        for name in ("ours", "baseline"):
            yield BenchRun(case=Case(name=name, links=1000), repeat=repeat, steps=idle, prepared=True)
    for name in ("ours", "bare"):
        yield BenchRun(case=Case(name=name, links=1000, latency=100), steps=("create", "refresh", "change"))
    # Only this far does it get; that it stops is the result.
    yield BenchRun(case=Case(name="naive", links=330), steps=("create",))


def _very_large() -> Iterator[BenchRun]:
    for name in ("ours", "baseline", "bare"):
        steps: tuple[Step, ...] = ("create", "preview", "up", "refresh")
        yield BenchRun(case=Case(name=name, links=5000), steps=steps, prepared=True, limit=900.0)


def _limited() -> Iterator[BenchRun]:
    yield BenchRun(case=Case(name="ours", links=300, limited=True), steps=("create", "refresh", "change"))
    yield BenchRun(case=Case(name="ours", links=1000, limited=True), steps=("create", "refresh"), prepared=True)
    for name in ("naive", "tofu"):
        yield BenchRun(case=Case(name=name, links=100, limited=True), steps=("create",))


def _with_background_links() -> Iterator[BenchRun]:
    for links, background_links, where in (
        (10, 10_000, "scattered"),
        (1000, 5000, "together"),
        (1000, 5000, "scattered"),
    ):
        case = Case.model_validate(
            {"name": "ours", "links": links, "background_links": background_links, "where": where}
        )
        yield BenchRun(case=case, steps=("create", "refresh"), prepared=True)


def requests(name: Name, step: Step, links: int) -> int:
    """Returns about how many requests it takes: what the estimate rests on; what is reported is counted."""
    changed = ceil(links / 10)
    reading = {
        "ours": ceil(links / PAGE),
        "bare": ceil(links / PAGE),
        "naive": links,
        "tofu": 4 * links,
        "baseline": 0,
    }[name]
    if name == "baseline":
        return 0
    writing = {"create": 2 * links, "change": changed, "destroy": links}.get(step, 0)
    if name == "tofu":
        return writing + (0 if step == "create" else reading + links * (step == "destroy"))
    return writing + (reading if "refresh" in step else 0)


def waiting(case: Case, step: Step) -> float:
    """Returns the seconds that the latency and the server's limit take at least."""
    asked = requests(case.name, step, case.links)
    parallel = 10 if case.name == "tofu" else CONNECTIONS
    limit = 60.0 * (max(asked - 1, 0) // PER_MINUTE) if case.limited and case.name == "ours" else 0.0
    return max(asked / parallel * case.latency / 1000, limit)


_EACH: dict[Name, dict[Step, tuple[float, float, float]]] = {
    "baseline": {
        "create": (1.5, 6e-3, 4.5e-5),
        "preview": (1.5, 5e-3, 1e-6),
        "up": (1.5, 5e-3, 1e-6),
        "refresh": (1.2, 1.2e-3, 2e-7),
        "up --refresh": (1.8, 7e-3, 0),
        "change": (1.5, 6e-3, 4e-6),
        "destroy": (1.2, 1e-3, 4.5e-5),
    },
    "tofu": dict.fromkeys(STEPS, (0.3, 2.5e-2, 2e-5)),
    "bare": dict.fromkeys(STEPS, (0.3, 1e-3, 0)),
}
"""Seconds at the start, for each link, and for each pair of links; measured once, for the estimate alone."""


def _seconds(name: Name, step: Step, links: int, *, pairs: bool) -> float:
    start, each, pair = _EACH.get(name, _EACH["baseline"])[step]
    own = {"naive": 1.3 + min(links, 313) / 100, "ours": 1.1}.get(name, 1.0)
    served = requests(name, step, links) * 0.004
    return own * (start + each * links + pair * pairs * links**2) + served


def describe(bench_runs: Iterable[BenchRun]) -> str:
    """Returns the plan, one line for each kind of run and one for all."""
    bench_runs = list(bench_runs)
    kinds = Counter(bench_run.case for bench_run in bench_runs)
    seconds = {case: sum(bench_run.seconds for bench_run in bench_runs if bench_run.case == case) for case in kinds}
    lines = [f"{seconds[case]:6.0f} s  {repeats} x {case}" for case, repeats in kinds.items()]
    return "\n".join([*lines, f"{sum(seconds.values()) / 60:6.0f} minutes in all, on two quiet cores"])
