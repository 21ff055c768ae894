"""Measures machines that share one rate limit and know nothing of each other, against the emulator.

A machine is a process with a cache folder of its own, and four threads like Pulumi's host. It makes titled links over
HTTP: a POST and a PUT each. Four strategies: this package's; the same with a limit store; a fixed share of the limit
for each machine; and, as it was, the whole limit in bursts, with exponential backoff after a 429. The strategies of a
number of machines run at the same time, each against an emulator of its own. The limit's window is a true minute unless
another is given; what is not a part of the limit, such as the backoff, stays as long as it is.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_userplane.api import rate_limit
from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.api.request_limit import RateLimitUsage, Wait
from pulumi_userplane.api.store_rate_limit import StoreRateLimit
from pulumi_userplane.emulator import Emulator, auth
from pulumi_userplane.settings import LIMIT_STORE, Settings
from tests.support.store_server import StoreServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.errors import Operation

ROOT = Path(__file__).parent.parent
LATEST = Path("benchmarks", "latest", "shared_limit.json")
THREADS = 4
LIMIT = 120
LINKS = 200
"""All machines together; 400 requests are just over three windows."""

MACHINES = (2, 4, 8)
STRATEGIES = {
    "pace": "this package",
    "store": "a limit store",
    "share": "a fixed share each",
    "backoff": "exponential backoff, as it was",
}
MARGIN = rate_limit.MINUTE_WINDOW - 60.0


@dataclass(frozen=True)
class Measured:
    """What the server saw of the machines of one strategy.

    Attributes:
        strategy: One of `STRATEGIES`.
        machines: How many.
        accepted: The requests that were accepted.
        refused: The requests that were answered with 429.
        seconds: From the first request to the last.
        time: `seconds` in units of accepted requests ÷ limit.
        failed: The links that could not be made.
    """

    strategy: str
    machines: int
    accepted: int
    refused: int
    seconds: float
    time: float
    failed: int

    @property
    def share_refused(self) -> float:
        """The part of all requests that was refused."""
        return self.refused / (self.accepted + self.refused)


class BurstLimit:
    """The limit as it was: bursts up to the whole limit, and a pause of a second after a 429.

    Args:
        per_window: The most requests in a window.
        window: Its length in seconds.
    """

    waits_after_refusal = False

    def __init__(self, per_window: int, window: float) -> None:
        self._per_window = per_window
        self._window = window
        self._sent: deque[float] = deque()
        self._paused_until = 0.0
        self._lock = threading.Lock()

    def acquire(self, _operation: Operation, on_wait: Callable[[Wait], None], _max_wait: float | None = None) -> float:
        """Waits until the window has room, and a pause is over."""
        while seconds := self._find_wait():
            on_wait(Wait(seconds, "the own limit"))
            SYSTEM_CLOCK.sleep(seconds)
        return SYSTEM_CLOCK.monotonic()

    def _find_wait(self) -> float:
        with self._lock:
            now = SYSTEM_CLOCK.monotonic()
            while self._sent and self._sent[0] <= now - self._window:
                self._sent.popleft()
            until = self._sent[0] + self._window if len(self._sent) >= self._per_window else 0.0
            wait = max(0.0, until - now, self._paused_until - now)
            if not wait:
                self._sent.append(now)
            return wait

    def give_back(self, _recorded_at: float) -> None:
        """Is not told here: all requests are sent."""

    def usage(self) -> RateLimitUsage:
        """Is not asked here."""
        return RateLimitUsage(0, 0, 0.0)

    def record_refusal(self, _sent_at: float, retry_after: float | None) -> None:
        """Pauses the machine."""
        self._paused_until = SYSTEM_CLOCK.monotonic() + (retry_after or 1.0)


def measure(
    strategy: str,
    machines: int,
    *,
    links: int = LINKS,
    minute: float = 60.0,
    margin: float = MARGIN,
    limit: int = LIMIT,
) -> Measured:
    """Lets machines make links until all are made or have failed.

    Args:
        strategy: One of `STRATEGIES`.
        machines: How many.
        links: How many they make together.
        minute: The length of the server's window.
        margin: By how much a machine's window is longer.
        limit: Requests in a window.
    """
    whole = auth.RATE_LIMIT_SECONDS
    auth.RATE_LIMIT_SECONDS = minute
    try:
        with (
            tempfile.TemporaryDirectory(prefix="shared-limit-") as caches,
            Emulator(rate_limit=limit, retry_after=False) as userplane,
            _open_store(Path(caches), strategy) as store,
        ):
            per_machine = limit // machines if strategy == "share" else limit
            given = [strategy, str(links // machines), str(minute + margin), str(per_machine)]
            command = [sys.executable, "-m", "benchmarks.shared_limit", "--machine", *given]
            processes = [
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env={**os.environ, **userplane.environ(), **store, "XDG_CACHE_HOME": f"{caches}/{number}"},
                    stdout=subprocess.PIPE,
                    text=True,
                )
                for number in range(machines)
            ]
            failed = sum(int(process.communicate(timeout=3600)[0]) for process in processes)
            requests = userplane.requests
    finally:
        auth.RATE_LIMIT_SECONDS = whole
    arrived = [datetime.fromisoformat(one.time.replace("Z", "+00:00")).timestamp() for one in requests]
    refused = sum(one.status == 429 for one in requests)
    accepted, seconds = len(requests) - refused, max(arrived) - min(arrived)
    return Measured(
        strategy, machines, accepted, refused, round(seconds, 1), seconds / (accepted / limit * minute), failed
    )


@contextlib.contextmanager
def _open_store(folder: Path, strategy: str) -> Iterator[dict[str, str]]:
    """Runs the limit store that a strategy needs, if it needs one; yields its setting as a variable."""
    if strategy != "store":
        yield {}
        return
    server = StoreServer(folder)
    try:
        yield {LIMIT_STORE.variable: server.address}
    finally:
        server.stop()


def work(strategy: str, links: int, window: float, limit: int) -> int:
    """One machine: makes links from four threads; returns how many failed."""
    rate_limit.MINUTE_WINDOW = window
    settings = replace(Settings.read(lambda _: None), requests_per_minute=limit, requests_per_day=0)
    client = settings.make_client(lambda _: None)
    if client.limit_store is not None:
        own = rate_limit.RateLimit(client.shared_file, limit, 0, lambda _: None)
        client.rate_limit = StoreRateLimit(client.limit_store, own, (window, rate_limit.DAY_WINDOW))
    if strategy == "backoff":
        client.rate_limit = BurstLimit(limit, window)
    left = iter(range(links))

    def make_links() -> int:
        return sum(not _make_link(client, f"Link {number}") for number in left)

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(made.result() for made in [pool.submit(make_links) for _ in range(THREADS)])


def _make_link(client: Client, title: str) -> bool:
    workspace_id = os.environ["USERPLANE_WORKSPACE_ID"]
    try:
        with client.operation_deadline():
            link = client.create_link(workspace_id, domain_id="dom_help")
            client.update_link(workspace_id, link.link_id, link_title=title)
    except UserplaneError:
        return False
    return True


def measure_side_by_side(machines: int, minute: float) -> list[Measured]:
    """Measures all strategies at the same time."""
    command = [sys.executable, "-m", "benchmarks.shared_limit", "--minute", str(minute), "--only"]
    processes = [
        subprocess.Popen([*command, strategy, str(machines)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for strategy in STRATEGIES
    ]
    return [Measured(**json.loads(process.communicate(timeout=3600)[0])) for process in processes]


def format_table(results: Iterable[Measured]) -> str:
    """Returns the table of docs/scale.md."""
    lines = [
        "| machines | strategy | requests | time | refused | failed links |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one.machines} | {STRATEGIES[one.strategy]} | {one.accepted + one.refused} | {one.time:.2f} | "
        f"{one.share_refused:.1%} | {one.failed} |"
        for one in results
    ]
    return "\n".join(lines)


def main() -> None:
    """Measures, keeps the results and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minute", type=float, default=60.0, help="the server's window in seconds")
    parser.add_argument("--into", type=Path, default=ROOT / LATEST, help="the file of the results")
    parser.add_argument("--only", nargs=2, metavar=("STRATEGY", "MACHINES"), help="print one measurement as JSON")
    parser.add_argument("--machine", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.machine:
        strategy, links, window, limit = asked.machine
        print(work(strategy, int(links), float(window), int(limit)))
    elif asked.only:
        margin = MARGIN * asked.minute / 60
        print(json.dumps(asdict(measure(asked.only[0], int(asked.only[1]), minute=asked.minute, margin=margin))))
    else:
        results = [one for machines in MACHINES for one in measure_side_by_side(machines, asked.minute)]
        asked.into.write_text(json.dumps([asdict(one) for one in results], indent=1) + "\n", "utf-8")
        print(format_table(results))


if __name__ == "__main__":
    main()
