"""Runs the steps of one benchmark run in order, on a fresh server and in a fresh folder, and measures each."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from benchmarks.bare_requests_run import BareRequests
from benchmarks.comparison.peer import Operation, links
from benchmarks.plan import PER_MINUTE, BenchRun, Step
from benchmarks.results import BenchResult, StepResult
from benchmarks.subjects import SUBJECTS
from benchmarks.watch import watch
from pulumi_userplane.emulator import Emulator

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benchmarks.comparison.peer import Link, Peer

_OPERATIONS: dict[Step, Operation] = {
    "create": "apply",
    "preview": "preview",
    "up": "apply",
    "refresh": "refresh",
    "up --refresh": "sync",
    "change": "apply",
    "destroy": "destroy",
}
_NO_LIMIT = {"USERPLANE_REQUESTS_PER_MINUTE": "0", "USERPLANE_REQUESTS_PER_DAY": "0"}
_READY = {**_NO_LIMIT, "PULUMI_SKIP_CHECKPOINTS": "true"}
# As the engine writes them, in one line: a list of objects that hold at most one text.
_TRACES = re.compile(r',"(?:sourcePosition":"[^"]*"|stackTrace":\[[^\]]*\])')
_KNOWN_ERRORS = re.compile(r"\b(RecursionError|HTTPError: \d+ [\w ]+|[Uu]nexpected response code '\d+')")


def run(bench_run: BenchRun, folder: Path) -> BenchResult:
    """Runs one benchmark run in an empty folder."""
    began, load = datetime.now(timezone.utc), os.getloadavg()[0]
    with Emulator(rate_limit=PER_MINUTE if bench_run.case.limited else 0) as userplane:
        if bench_run.case.latency:
            userplane.fault(latency=bench_run.case.latency / 1000, times=None)
        contestant = SUBJECTS[bench_run.case.name](folder, userplane.environ())
        stretch = BenchRunner(bench_run, userplane, contestant)
        runs = stretch.run()
    return BenchResult(
        bench_run=bench_run,
        began=f"{began:%Y-%m-%d %H:%M}",
        load=round(load, 1),
        runs=runs,
        state=stretch.state[0] if stretch.state else None,
        state_without_traces=stretch.state[1] if stretch.state else None,
    )


@dataclass
class BenchRunner:
    """One subject and its server, from step to step."""

    bench_run: BenchRun
    userplane: Emulator
    contestant: Peer | BareRequests
    state: tuple[float, float] | None = None

    def run(self) -> dict[Step, StepResult]:
        """Runs the steps, up to the first that fails."""
        declared = links(self.bench_run.case.links)
        self.contestant.declare(declared)
        steps = list(self.bench_run.steps)
        if self.bench_run.prepared:
            self._prepare(steps.pop(0))
        runs: dict[Step, StepResult] = {}
        for step in steps:
            if step == "change":
                self.contestant.declare(changed(declared))
            runs[step] = self._step(step)
            if runs[step].code != 0:
                break
            self.state = self.state or self._state()
        return runs

    def _prepare(self, step: Step) -> None:
        """Makes the links as fast as it goes, then sets the server as the run needs it."""
        faults = self.userplane.faults
        self.userplane.clear_faults()
        self.userplane.set_behaviours(rate_limit=0)
        before = dict(self.contestant.env)
        self.contestant.env |= _READY
        ready = self._step(step)
        if ready.code != 0:
            raise RuntimeError(f"{self.bench_run.case}: the links were not made: {self._read_output()}")
        self.contestant.env.clear()
        self.contestant.env |= before
        # What was sent until now is not to count for the limit of what is measured.
        shutil.rmtree(self.contestant.folder / "cache", ignore_errors=True)
        if self.bench_run.case.background_links:
            self._add_background_links()
        self.userplane.set_behaviours(rate_limit=PER_MINUTE if self.bench_run.case.limited else 0)
        for fault in faults:
            self.userplane.fault(latency=fault.latency, times=None)

    def _add_background_links(self) -> None:
        """Puts others around the program's links, or between them."""
        made = [_time(link["createdAt"]) for link in self.userplane.links]
        others = self.bench_run.case.background_links - len(made)
        begin, end = made[0], made[-1]
        if self.bench_run.case.where == "together":
            begin, end = begin - timedelta(days=1), begin - timedelta(hours=1)
        for number in range(others):
            at = begin + (end - begin) * number / others
            self.userplane.add_link(
                domainId="dom_help", createdAt=f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
            )

    def _step(self, step: Step) -> StepResult:
        self.userplane.clear_requests()
        served = time.process_time()
        begin = time.monotonic()
        with self._start_command(step) as process:
            watched = watch(process, begin, self.bench_run.limit)
        log = self.userplane.requests
        return StepResult(
            code=watched.code,
            seconds=round(watched.seconds, 3),
            cpu=round(watched.cpu, 2),
            server_cpu=round(time.process_time() - served - watched.watching, 2),
            largest=watched.largest,
            whole=watched.whole,
            by_method=dict(sorted(Counter(request.method for request in log).items())),
            refused=sum(request.status == 429 for request in log),
            error=None if watched.code == 0 else self._error(watched.code),
        )

    def _start_command(self, step: Step) -> AbstractContextManager[subprocess.Popen[bytes]]:
        if isinstance(self.contestant, BareRequests):
            return self.contestant.start(step)
        return self.contestant.start(_OPERATIONS[step])

    def _error(self, code: int | None) -> str:
        if code is None:
            return f"more than {self.bench_run.limit:.0f} s"
        found = _KNOWN_ERRORS.search(self._read_output())
        return found[0] if found else f"exit code {code}"

    def _read_output(self) -> str:
        return (self.contestant.folder / "output").read_text("utf-8", "replace")

    def _state(self) -> tuple[float, float] | None:
        if isinstance(self.contestant, BareRequests):
            return None
        state = self.contestant.state_file.read_text("utf-8")
        return len(state) / self.bench_run.case.links, len(without_traces(state)) / self.bench_run.case.links


def without_traces(state: str) -> str:
    """Returns the text of a Pulumi state without what the SDK writes about the program's own lines."""
    return _TRACES.sub("", state)


def changed(declared: Mapping[str, Link]) -> dict[str, Link]:
    """Returns the same links, every tenth with another title."""
    return {
        name: {**link, "link_title": f"{link['link_title']}, changed"} if number % 10 == 0 else link
        for number, (name, link) in enumerate(declared.items())
    }


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
