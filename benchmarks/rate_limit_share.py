"""Measures the share of Userplane's rate limit that two processes at full speed use, against the emulator.

The limit is a sliding window at the server. Used is how much of it the processes get: the window over the mean time
between a request and the one that takes its place, `limit` requests later.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean

from pulumi_userplane.api import rate_limit
from pulumi_userplane.api.client import Client
from pulumi_userplane.api.request_limit import DEFAULT_PER_MINUTE
from pulumi_userplane.emulator import Emulator, auth

THREADS = 4
"""As many as Pulumi's host has."""

MARGIN = rate_limit.MINUTE_WINDOW - 60.0


@dataclass(frozen=True)
class Measured:
    """What the server saw.

    Attributes:
        refused: How many it answered with 429.
        nearest: The shortest time, in seconds, in which `limit` + 1 requests arrived; the window or more is right.
        used: The share of the allowed rate; 1.0 is all of it.
    """

    requests: int
    refused: int
    nearest: float
    used: float

    def __str__(self) -> str:
        """Reads as the line that the command ends with."""
        return (
            f"{self.requests} requests, {self.refused} refused with 429, "
            f"{self.used:.1%} of the allowed rate used, nearest {self.nearest:.2f} s"
        )


def measure(
    seconds: float, *, minute: float = 60.0, margin: float = MARGIN, limit: int = DEFAULT_PER_MINUTE
) -> Measured:
    """Lets two processes send for so many seconds, which must be more than two windows.

    Args:
        seconds: How long.
        minute: The length of the server's window.
        margin: By how much the processes' window is longer.
        limit: Requests in a window.
    """
    whole = auth.RATE_LIMIT_SECONDS
    auth.RATE_LIMIT_SECONDS = minute
    try:
        with tempfile.TemporaryDirectory(prefix="rate-limit-") as cache, Emulator(rate_limit=limit) as userplane:
            environ = {**os.environ, **userplane.environ(), "XDG_CACHE_HOME": cache}
            arguments = [str(seconds), str(minute + margin), str(limit)]
            command = [sys.executable, "-m", "benchmarks.rate_limit_share", "--worker", *arguments]
            root = Path(__file__).parent.parent
            workers = [subprocess.Popen(command, env=environ, cwd=root) for _ in range(2)]
            for worker in workers:
                if worker.wait(timeout=seconds + 60):
                    raise RuntimeError(f"a process ended with {worker.returncode}")
            requests = userplane.requests
    finally:
        auth.RATE_LIMIT_SECONDS = whole
    passed = [datetime.fromisoformat(one.time.replace("Z", "+00:00")).timestamp() for one in requests]
    gaps = [later - earlier for earlier, later in zip(passed, passed[limit:], strict=False)]
    if not gaps:
        raise RuntimeError(f"only {len(passed)} requests arrived, {limit + 1} are needed for a measure")
    return Measured(
        requests=len(requests),
        refused=sum(one.status == 429 for one in requests),
        nearest=min(gaps),
        used=minute / fmean(gaps),
    )


def work(seconds: float, window: float, limit: int) -> None:
    """One process: sends as fast as the rate limit allows, from four threads, until the time is over."""
    rate_limit.MINUTE_WINDOW = window
    client = Client(
        os.environ["USERPLANE_API_KEY"],
        base_url=os.environ["USERPLANE_BASE_URL"],
        requests_per_minute=limit,
        requests_per_day=0,
    )

    def send() -> None:
        while True:
            client.get_me()

    for _ in range(THREADS):
        threading.Thread(target=send, daemon=True).start()
    time.sleep(seconds)
    # The threads may be waiting for their turn; nothing of theirs has to be kept.
    os._exit(0)


def main() -> None:
    """Measures, and fails where a request was refused or less than 95 % of the rate was used."""
    if sys.argv[1:2] == ["--worker"]:
        seconds, window, limit = sys.argv[2:]
        work(float(seconds), float(window), int(limit))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=195.0, help="three windows and a burst")
    parser.add_argument("--minute", type=float, default=60.0, help="the server's window in seconds")
    parser.add_argument("--margin", type=float, default=MARGIN, help="by which the local window is longer")
    parser.add_argument("--limit", type=int, default=DEFAULT_PER_MINUTE, help="requests in a window")
    asked = parser.parse_args()
    measured = measure(asked.seconds, minute=asked.minute, margin=asked.margin, limit=asked.limit)
    print(measured)
    sys.exit(1 if measured.refused or measured.used < 0.95 else 0)


if __name__ == "__main__":
    main()
