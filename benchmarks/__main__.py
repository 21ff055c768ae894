"""Measures this provider, the engine alone, its peers and the bare requests; writes docs/benchmarks.md.

What was measured already is kept and not measured again, so that a run that was ended goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from pulumi.dynamic.dynamic import serialize_provider

from benchmarks import page, plan, runner
from benchmarks.comparison import opentofu_build
from benchmarks.comparison.__main__ import versions
from benchmarks.results import Results, load, save
from pulumi_userplane.provider import RecordingLinkProvider
from scripts.pulumi_cli import CliError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.plan import Step
    from benchmarks.results import StepResult

ROOT = Path(__file__).parents[1]
MANY = 5000


def main() -> None:
    """Measures what is missing and writes the page."""
    asked = _arguments().parse_args()
    file = asked.into / page.LATEST / "results.json"
    results = Results() if asked.anew else load(file)
    if not asked.page:
        _measure(asked, results, file)
    if not asked.plan:
        page.write(results, asked.into)
        print(page.text(results))


def _measure(asked: argparse.Namespace, results: Results, file: Path) -> None:
    bench_runs = [
        bench_run
        for bench_run in (plan.quick() if asked.quick else plan.full())
        if not asked.only or asked.only in str(bench_run.case)
    ]
    missing = [bench_run for bench_run in bench_runs if asked.only or not results.has(bench_run)]
    print(plan.describe(missing), flush=True)
    if asked.plan or not missing:
        return
    if not shutil.which("pulumi"):
        sys.exit("bench: there is no `pulumi` on PATH; `make bench` finds one or gets one.")
    try:
        opentofu_build.find()
    except CliError as error:
        sys.exit(f"bench: {error}")
    # A user's Python keeps what it compiled; where it may not, each run would compile this package anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    results.machine, results.versions = _machine(), versions()
    results.serialising = _serialising()
    for number, bench_run in enumerate(missing, 1):
        print(f"{number}/{len(missing)}  {bench_run.case}, repeat {bench_run.repeat}", flush=True)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            bench_result = runner.run(bench_run, Path(folder))
        print("   " + _describe(bench_result.runs), flush=True)
        results.add(bench_result)
        save(results, file)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only 10 and 100 links, once")
    parser.add_argument("--only", metavar="WORDS", help="measure again what has these words in the plan")
    parser.add_argument("--anew", action="store_true", help="forget what was measured before")
    parser.add_argument("--page", action="store_true", help="only make the page again, of what was measured before")
    parser.add_argument("--plan", action="store_true", help="only say what would be measured")
    parser.add_argument(
        "--into", metavar="FOLDER", type=Path, default=ROOT, help="where docs/benchmarks.md and benchmarks/latest go"
    )
    return parser


def _describe(runs: Mapping[Step, StepResult]) -> str:
    return ", ".join(
        f"{step} {run.seconds:.1f} s, {run.requests} requests" + (f" ({run.error})" if run.error else "")
        for step, run in runs.items()
    )


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return f"{psutil.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "processor unknown"


def _serialising() -> float:
    """Returns the seconds that it takes to serialise the provider for every link of a large program."""
    begin = time.monotonic()
    for _ in range(MANY):
        serialize_provider(RecordingLinkProvider())
    return round(time.monotonic() - begin, 3)


if __name__ == "__main__":
    main()
