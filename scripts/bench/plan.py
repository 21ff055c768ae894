"""Pure: what is measured, in which order, and about how long it takes."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Name = Literal["ours", "floor", "usual", "tofu", "wire"]
Step = Literal["create", "preview", "up", "refresh", "up --refresh", "change", "destroy"]
STEPS: tuple[Step, ...] = ("create", "preview", "up", "refresh", "up --refresh", "change", "destroy")
NAMES: tuple[Name, ...] = ("ours", "floor", "usual", "tofu", "wire")

PEERS: tuple[Name, ...] = ("usual", "tofu")

PER_MINUTE = 120
PAGE = 20
CONNECTIONS = 4
"""A provider's host serves so many calls at a time; the wire has as many connections."""

Where = Literal["alone", "together", "scattered"]


class Case(BaseModel):
    """One contestant under the same conditions in all its repeats.

    Attributes:
        links: How many the program declares.
        latency: Milliseconds that the server waits before each answer.
        limited: Whether the server takes 120 requests a minute only.
        crowd: How many links the workspace has, those of the program included, before the refresh.
        where: How the program's links stand among the crowd.
    """

    model_config = ConfigDict(frozen=True)

    name: Name
    links: int
    latency: int = 0
    limited: bool = False
    crowd: int = 0
    where: Where = "alone"

    def __str__(self) -> str:
        """Names it in a line of the terminal; `--only` looks for words in it."""
        parts = [f"{self.name} n={self.links} {self.latency}ms"]
        if self.limited:
            parts.append("limited")
        if self.crowd:
            parts.append(f"{self.where} in {self.crowd}")
        return " ".join(parts)


class Lap(BaseModel):
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


def full() -> list[Lap]:
    """Returns what the page is made of."""
    return [
        *_laps((10, 100), latencies=(0, 100), repeats=3),
        *_laps((300,), latencies=(0,), repeats=1),
        *_large(repeats=2),
        *_very_large(),
        *_limited(),
        *_crowds(),
    ]


def quick() -> list[Lap]:
    """Returns a small part of it: a look at whether anything is badly off."""
    return _laps((10, 100), latencies=(0, 100), repeats=1)


def _laps(sizes: Iterable[int], latencies: tuple[int, ...], repeats: int) -> list[Lap]:
    """All contestants in turn, repeat by repeat, so that noise hits all.

    The floor sends nothing that could be late; the peers, which take longest, meet a late server once.
    """
    return [
        Lap(case=Case(name=name, links=links, latency=latency), repeat=repeat)
        for links in sizes
        for repeat in range(repeats)
        for latency in latencies
        for name in NAMES
        if not (latency and (name == "floor" or (repeat and name in PEERS)))
    ]


def _large(repeats: int) -> Iterator[Lap]:
    for repeat in range(repeats):
        for name in ("ours", "floor", "wire"):
            yield Lap(case=Case(name=name, links=1000), repeat=repeat)
    # What changes nothing takes seconds where the making takes minutes: it can be repeated more often.
    idle: tuple[Step, ...] = ("create", "preview", "up", "refresh", "up --refresh")
    for repeat in range(repeats, repeats + 3):
        for name in ("ours", "floor"):
            yield Lap(case=Case(name=name, links=1000), repeat=repeat, steps=idle, prepared=True)
    for name in ("ours", "wire"):
        yield Lap(case=Case(name=name, links=1000, latency=100), steps=("create", "refresh", "change"))
    # Only this far does it get; that it stops is the result.
    yield Lap(case=Case(name="usual", links=330), steps=("create",))


def _very_large() -> Iterator[Lap]:
    for name in ("ours", "floor", "wire"):
        steps: tuple[Step, ...] = ("create", "preview", "up", "refresh")
        yield Lap(case=Case(name=name, links=5000), steps=steps, prepared=True, limit=900.0)


def _limited() -> Iterator[Lap]:
    yield Lap(case=Case(name="ours", links=300, limited=True), steps=("create", "refresh", "change"))
    yield Lap(case=Case(name="ours", links=1000, limited=True), steps=("create", "refresh"), prepared=True)
    for name in ("usual", "tofu"):
        yield Lap(case=Case(name=name, links=100, limited=True), steps=("create",))


def _crowds() -> Iterator[Lap]:
    for links, crowd, where in ((10, 10_000, "scattered"), (1000, 5000, "together"), (1000, 5000, "scattered")):
        case = Case.model_validate({"name": "ours", "links": links, "crowd": crowd, "where": where})
        yield Lap(case=case, steps=("create", "refresh"), prepared=True)


def requests(name: Name, step: Step, links: int) -> int:
    """Returns about how many requests it takes: what the estimate rests on; what is reported is counted."""
    changed = ceil(links / 10)
    reading = {"ours": ceil(links / PAGE), "wire": ceil(links / PAGE), "usual": links, "tofu": 4 * links, "floor": 0}[
        name
    ]
    if name == "floor":
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
    "floor": {
        "create": (1.5, 6e-3, 4.5e-5),
        "preview": (1.5, 5e-3, 1e-6),
        "up": (1.5, 5e-3, 1e-6),
        "refresh": (1.2, 1.2e-3, 2e-7),
        "up --refresh": (1.8, 7e-3, 0),
        "change": (1.5, 6e-3, 4e-6),
        "destroy": (1.2, 1e-3, 4.5e-5),
    },
    "tofu": dict.fromkeys(STEPS, (0.3, 2.5e-2, 2e-5)),
    "wire": dict.fromkeys(STEPS, (0.3, 1e-3, 0)),
}
"""Seconds at the start, for each link, and for each pair of links; measured once, by hand, for the estimate alone."""


def _seconds(name: Name, step: Step, links: int, *, pairs: bool) -> float:
    start, each, pair = _EACH.get(name, _EACH["floor"])[step]
    own = {"usual": 1.3 + min(links, 313) / 100, "ours": 1.1}.get(name, 1.0)
    served = requests(name, step, links) * 0.004
    return own * (start + each * links + pair * pairs * links**2) + served


def described(laps: Iterable[Lap]) -> str:
    """Returns the plan, a line for each kind of lap and one for all."""
    laps = list(laps)
    kinds = Counter(lap.case for lap in laps)
    seconds = {case: sum(lap.seconds for lap in laps if lap.case == case) for case in kinds}
    lines = [f"{seconds[case]:6.0f} s  {repeats} x {case}" for case, repeats in kinds.items()]
    return "\n".join([*lines, f"{sum(seconds.values()) / 60:6.0f} minutes in all, on two quiet cores"])
