"""The soak: thousands of operations of two stacks at once, a fifth of all answers spoilt, runs killed in between.

At the end the faults stop, each stack runs once more, and the links that live at the emulator are held against what
the states hold: nothing lost, nothing doubled, nothing left over.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from pulumi_userplane.emulator.app import BASE_PATH, create_app
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviours import validate_behaviours
from pulumi_userplane.emulator.faults import Fault, FaultScript
from pulumi_userplane.emulator.seed import API_KEY, WORKSPACE_ID, read_seed
from pulumi_userplane.emulator.server import Server
from scripts.soak_run import Journal

if TYPE_CHECKING:
    from collections.abc import Mapping

STACKS = ("dev", "prod")
LINKS = 40
IN_ONE_RUN = 250
KILLED = 4
"""Every so manieth run is killed."""
LONGEST_RUN = 120.0

_AGAIN_AT_ONCE = {"Retry-After": "0"}
_FAULTS = {
    "refused before the work": Fault(answer="status", status=503, code="SERVICE_UNAVAILABLE", headers=_AGAIN_AT_ONCE),
    "dropped before the work": Fault(answer="drop"),
    "dropped after the work": Fault(answer="drop", after_work=True),
    "500 before the work": Fault(answer="status", status=500),
    "500 after the work": Fault(answer="status", status=500, after_work=True),
    "502 after the work": Fault(answer="status", status=502, code="", after_work=True),
    "403": Fault(answer="status", status=403, code="FORBIDDEN"),
    "404 of something else": Fault(answer="status", status=404, code="WORKSPACE_NOT_FOUND"),
    "HTML": Fault(answer="html"),
    "HTML after the work": Fault(answer="html", after_work=True),
    "empty": Fault(answer="empty", after_work=True),
    "redirect": Fault(answer="redirect"),
    "cut body": Fault(answer="cut_body"),
    "cut JSON": Fault(answer="cut_json"),
    "another link": Fault(answer="other_link"),
    "late": Fault(latency=0.05),
}


class SeededFaults(FaultScript):
    """Spoils a share of all answers, by chance from a seed."""

    def __init__(self, seed: int, share: float) -> None:
        super().__init__()
        self._choice = random.Random(seed)
        self._share = share
        self._one = Lock()
        self.requests = 0
        self.hits: Counter[str] = Counter()

    def match(self, method: str, path: str) -> Fault | None:  # noqa: ARG002 - chance asks for neither
        """The fault for this request, if chance wants one."""
        with self._one:
            self.requests += 1
            if self._choice.random() >= self._share:
                return None
            name = self._choice.choice(list(_FAULTS))
            self.hits[name] += 1
            return _FAULTS[name]

    def stop(self) -> None:
        """From now on all goes well."""
        self._share = 0.0


@dataclass
class Outcome:
    """What the soak has counted.

    Attributes:
        lost: Links that a state should hold and that don't live, and live ones that a read has dropped.
        doubled: Live links that no state holds.
    """

    operations: int
    failed: int
    runs: int
    killed: int
    requests: int
    faults: int
    lost: int
    doubled: int
    seconds: float

    def __str__(self) -> str:
        """Reads as the line that the command ends with."""
        return (
            f"{self.operations} operations in {self.seconds:.0f} s: {self.requests} requests, {self.faults} faults, "
            f"{self.failed} operations failed, {self.runs} runs of which {self.killed} were killed; "
            f"{self.lost} lost, {self.doubled} doubled"
        )


class Soak:
    """Two stacks, their journals, and the emulator that they work at."""

    def __init__(self, folder: Path, operations: int, seed: int, share: float) -> None:
        self._folder = folder
        self._each = operations // len(STACKS)
        self._seed = seed
        self._backend = Backend(read_seed(None), None, API_KEY, validate_behaviours({}))
        self._faults = self._backend.faults = SeededFaults(seed, share)
        self._server = Server(lambda close_connection: create_app(self._backend, close_connection), "127.0.0.1", 0)
        self._errors: list[str] = []
        self._runs = self._killed = 0

    def run(self) -> Outcome:
        """Does it all."""
        begin = time.monotonic()
        self._server.start()
        try:
            threads = [Thread(target=self._run_stack_guarded, args=(stack,)) for stack in STACKS]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self._faults.stop()
            for stack in STACKS:
                self._run_once(stack, self._seed, 0, settle=True)
        finally:
            self._server.stop()
        if self._errors:
            raise SystemExit("\n".join(self._errors))
        return self._count(time.monotonic() - begin)

    def _run_stack_guarded(self, stack: str) -> None:
        try:
            self._run_stack(stack)
        except Exception as error:  # noqa: BLE001 - a thread's error is told by the main thread
            self._errors.append(f"{stack}: {error}")

    def _run_stack(self, stack: str) -> None:
        choice = random.Random(f"{self._seed} {stack}")
        number = 0
        while (left := self._each - self._journal(stack).operations) > 0:
            number += 1
            dies_after = choice.uniform(0.6, 1.8) if number % KILLED == 0 else None
            self._run_once(stack, choice.randrange(2**32), min(left, IN_ONE_RUN), dies_after=dies_after)

    def _run_once(
        self, stack: str, seed: int, operations: int, *, dies_after: float | None = None, settle: bool = False
    ) -> None:
        asked = {
            "stack": stack,
            "names": [f"link-{number}" for number in range(LINKS)],
            "journal": str(self._folder / f"{stack}.jsonl"),
            "seed": seed,
            "operations": max(operations, 4),
            "settle": settle,
        }
        self._runs += 1
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.soak_run", json.dumps(asked)],
            env=self._environ(),
            stdout=subprocess.DEVNULL,
            stderr=None if os.environ.get("SOAK_VERBOSE") else subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
        )
        try:
            _, said = process.communicate(timeout=dies_after or LONGEST_RUN)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
            if dies_after is None:
                raise RuntimeError(f"a run did not end within {LONGEST_RUN:.0f} s") from None
            self._killed += 1
            return
        if process.returncode:
            raise RuntimeError(f"a run ended with {process.returncode}:\n{(said or b'').decode()[-3000:]}")

    def _environ(self) -> Mapping[str, str]:
        mine = {name: text for name, text in os.environ.items() if not name.startswith(("USERPLANE_", "PULUMI_"))}
        return {
            **mine,
            "USERPLANE_BASE_URL": f"{self._server.address}{BASE_PATH}",
            "USERPLANE_API_KEY": API_KEY,
            "USERPLANE_WORKSPACE_ID": WORKSPACE_ID,
            "XDG_CACHE_HOME": str(self._folder / "cache"),
        }

    def _journal(self, stack: str) -> Journal:
        journal = Journal(str(self._folder / f"{stack}.jsonl"))
        journal.close()
        return journal

    def _count(self, seconds: float) -> Outcome:
        journals = [self._journal(stack) for stack in STACKS]
        live = {link["linkId"] for link in self._backend.links.list_all() if link["live"]}
        held = [link.id for journal in journals for link in journal.state.values()]
        dropped = {link_id for journal in journals for link in journal.state.values() for link_id in link.dropped}
        missing = len(STACKS) * LINKS - len(set(held) & live)
        return Outcome(
            operations=sum(journal.operations for journal in journals),
            failed=sum(journal.failed for journal in journals),
            runs=self._runs,
            killed=self._killed,
            requests=self._faults.requests,
            faults=self._faults.hits.total(),
            lost=missing + len(dropped & live),
            doubled=len(live - set(held)),
            seconds=seconds,
        )


def soak(operations: int, seed: int, share: float = 0.2) -> Outcome:
    """Runs one soak in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        return Soak(Path(folder), operations, seed, share).run()


def main() -> None:
    """Soaks, and fails where anything is lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--share", type=float, default=0.2, help="share of the responses that a fault alters")
    asked = parser.parse_args()
    outcome = soak(asked.operations, asked.seed, asked.share)
    print(outcome)
    sys.exit(1 if outcome.lost or outcome.doubled else 0)


if __name__ == "__main__":
    main()
