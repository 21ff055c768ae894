"""Runs the bare requests as the tools are run: a process in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.comparison.peer import Link
    from benchmarks.plan import Step

_ROOT = Path(__file__).parents[1]


class BareRequests:
    """A loop around the requests; nothing is planned, compared or kept but the ids."""

    def __init__(self, folder: Path, account: Mapping[str, str]) -> None:
        self.folder = folder
        self.env = {**os.environ, **account, "PYTHONPATH": str(_ROOT)}

    def declare(self, links: Mapping[str, Link]) -> None:
        """Names the links to make, or the titles to send."""
        (self.folder / "links.json").write_text(json.dumps(links), "utf-8")

    @contextmanager
    def start(self, step: Step) -> Iterator[subprocess.Popen[bytes]]:
        """Starts a step."""
        with (self.folder / "output").open("wb") as output:
            command = [sys.executable, "-m", "benchmarks.bare_requests", step]
            process = subprocess.Popen(command, cwd=self.folder, env=self.env, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
