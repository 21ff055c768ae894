"""Runs the same faults on this project's provider and its two peers; writes docs/peers.md from the outcomes."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from benchmarks.comparison import opentofu_build
from benchmarks.comparison.opentofu_peer import OpenTofu
from benchmarks.comparison.outcome import SUMMARY, Outcome, summarize
from benchmarks.comparison.pulumi_peer import Naive, Ours
from benchmarks.comparison.scenario_run import KEY, ScenarioRun, key_found
from benchmarks.comparison.scenarios import IN_CONFIGURATION, SCENARIOS, Scenario
from pulumi_userplane.emulator import Emulator
from scripts.pulumi_cli import CliError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.comparison.peer import Peer

PAGE = Path(__file__).parents[2] / "docs" / "peers.md"
TEXT = Path(__file__).parent / "page.md"
PEERS: tuple[type[Peer], ...] = (Ours, Naive, OpenTofu)
BUSY_AT_ONCE = 3
HEAD = ("what happens", "what is run")
OUTPUT = ("the key in what the runs above have printed", "all but the most detailed")


Row = tuple[str, str, "Sequence[Outcome]"]


class Comparison:
    """Scenarios for some peers, each with a folder and a server of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._one_is_made = Lock()
        self.said_key = dict.fromkeys(PEERS, 0)

    def steps(self, scenarios: Sequence[Scenario], peers: Sequence[type[Peer]] = PEERS) -> list[Row]:
        """Plays them; returns a row for each."""
        slow = sum(scenario.slow for scenario in scenarios) * len(peers)
        # What mostly waits for the server takes no turn from the others.
        with ThreadPoolExecutor(BUSY_AT_ONCE) as busy, ThreadPoolExecutor(max(slow, 1)) as waiting:
            cells = [
                [(waiting if scenario.slow else busy).submit(self._outcome, peer, scenario) for peer in peers]
                for scenario in scenarios
            ]
            outcomes = [[cell.result() for cell in row] for row in cells]
        return [(one.what, one.runs, row) for one, row in zip(scenarios, outcomes, strict=True)]

    def _outcome(self, make: type[Peer], scenario: Scenario) -> Outcome:
        with self._emulator() as userplane:
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            scenario_run = ScenarioRun(make(folder, userplane.environ()), userplane)
            scenario.steps(scenario_run)
            outcome = scenario_run.outcome()
        self.said_key[make] += scenario_run.said_key
        print(f"{scenario.what} ({scenario.runs}), {make.name}: {outcome}", flush=True)
        return outcome

    def _emulator(self) -> Emulator:
        # While one is made, some warnings are hidden from the whole process, which two at a time would upset.
        with self._one_is_made:
            return Emulator(api_key=KEY)

    def output(self) -> Row:
        """Returns the row that says whether the key was in what the runs so far have printed."""
        said = [Outcome(remarks=(key_found(found),), leaked=found > 0) for found in self.said_key.values()]
        return (*OUTPUT, said)


def page(rows: Sequence[Row], configured: Sequence[Row], minutes: float) -> str:
    """Returns the text of the page."""
    names = [peer.name for peer in PEERS]
    counts = [summarize([outcomes[column] for _, _, outcomes in rows]) for column in range(len(PEERS))]
    sums = [(f"{word}: {means}", *(str(count[word]) for count in counts)) for word, means in SUMMARY.items()]
    return TEXT.read_text("utf-8").format(
        table=_table((*HEAD, *names), [(what, runs, *map(str, outcomes)) for what, runs, outcomes in rows]),
        summary=_table(("", *names), sums),
        configured=_table((*HEAD, Ours.name), [(what, runs, *map(str, outcome)) for what, runs, outcome in configured]),
        minutes=f"{minutes:.0f}",
        **versions(),
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def versions() -> dict[str, str]:
    """Returns the versions of all that was measured, by their names in the page."""
    cli = subprocess.check_output(["pulumi", "version"], text=True)
    return {
        "ours": version("pulumi-userplane"),
        "cli": cli.strip().lstrip("v"),
        "sdk": version("pulumi"),
        "python": platform.python_version(),
        "opentofu": opentofu_build.version(opentofu_build.CLI),
        "restapi": opentofu_build.version(opentofu_build.PROVIDER),
    }


def main() -> None:
    """Plays all and writes the page, or plays some and only says what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="WORDS", help="steps only the scenarios with these words, and write nothing")
    only = parser.parse_args().only
    begin = time.monotonic()
    try:
        opentofu_build.find()
    except CliError as error:
        sys.exit(f"peer_faults: {error}")
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        comparison = Comparison(Path(folder))
        if only is not None:
            comparison.steps([scenario for scenario in SCENARIOS if only in f"{scenario.what} {scenario.runs}"])
            return
        rows = [*comparison.steps(SCENARIOS), comparison.output()]
        configured = comparison.steps(IN_CONFIGURATION, [Ours])
    PAGE.write_text(page(rows, configured, (time.monotonic() - begin) / 60), "utf-8")


if __name__ == "__main__":
    main()
