"""Measures the plugin against the dynamic provider, in turn, on the emulator: the same links, commands and requests."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.comparison.peer import links
from benchmarks.comparison.pulumi_peer import Ours, PulumiPeer
from pulumi_userplane.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.comparison.peer import Operation

_STEPS: tuple[tuple[str, Operation], ...] = (
    ("up", "apply"),
    ("preview", "preview"),
    ("refresh", "refresh"),
    ("destroy", "destroy"),
)


class Plugin(PulumiPeer):
    """This project's plugin, from a program in the same language."""

    name = "pulumi_userplane as a plugin"
    source = "plugin"


def measure(
    provider: type[PulumiPeer], count: int, latency: float, options: Sequence[str]
) -> dict[str, tuple[float, int]]:
    """Returns seconds and requests of each step from the creation of the links to their deletion.

    Args:
        provider: Which of the two.
        count: How many links.
        latency: How late each response is, in seconds.
        options: More words for the commands.
    """
    measured = {}
    with tempfile.TemporaryDirectory() as folder, Emulator() as userplane:
        account = {**userplane.environ(), "USERPLANE_LOOK_FOR_INTERRUPTED": "never"}
        stack = provider(Path(folder), account)
        stack.declare(links(count))
        if latency:
            userplane.fault(latency=latency, times=None)
        for step, operation in _STEPS:
            userplane.clear_requests()
            begin = time.monotonic()
            result = stack.run(operation, *options)
            measured[step] = (time.monotonic() - begin, len(userplane.requests))
            if result.code:
                sys.exit(result.said)
        if [link for link in userplane.links if link["live"]]:
            sys.exit("links are left")
    return measured


def main() -> None:
    """Prints the medians of both, and what the plugin takes of the dynamic provider's time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=300)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds by which each response is late")
    parser.add_argument("--parallel", type=int, default=0, help="operations at once; 0 for the CLI's own number")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    options = [f"--parallel={given.parallel}"] if given.parallel else []
    rounds: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for _ in range(given.rounds):
        for provider in (Ours, Plugin):
            for step, result in measure(provider, given.links, given.latency, options).items():
                rounds[provider.source, step].append(result)
    for step, _ in _STEPS:
        dynamic, plugin = (median(seconds for seconds, _ in rounds[source, step]) for source in ("ours", "plugin"))
        sent = " and ".join(f"{source} {sorted({n for _, n in rounds[source, step]})}" for source in ("ours", "plugin"))
        print(f"{step:8} dynamic {dynamic:6.1f} s, plugin {plugin:6.1f} s: {plugin / dynamic:.2f}; requests {sent}")


if __name__ == "__main__":
    main()
