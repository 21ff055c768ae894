"""Runs one scenario for one peer: the changes at the server, the commands, and the outcome."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.comparison.leaks import count_key
from benchmarks.comparison.outcome import Outcome, Step
from benchmarks.comparison.peer import CommandResult, Operation, Peer, links

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator

KEY = "uspl_canary_8d31f0b7a2c94e65"
FOR_EVER = 600.0
_SECONDS_TO_SEND = 60.0


class ScenarioRun:
    """A peer with two links to declare, and a server of its own."""

    def __init__(self, peer: Peer, userplane: Emulator) -> None:
        self.peer = peer
        self.userplane = userplane
        self.said_key = 0
        self._links = links(2)
        self._declared = len(self._links)
        self._steps: list[Step] = []
        self._known: set[str] = set()
        self._remarks: list[str] = []
        self._leaked: bool | None = None
        peer.declare(self._links)

    def make(self) -> list[str]:
        """Makes both links; returns their ids."""
        ran = self._count_key(self.peer.run("apply"))
        assert ran.code == 0, f"{self.peer.name}: {ran.said}"
        self._known.update(self.peer.list_recorded().values())
        self.userplane.clear_requests()
        return list(self.peer.list_recorded().values())

    def run(self, operation: Operation, *options: str, false_answers: bool = False, timed: bool = False) -> None:
        """Runs an operation and records how it ended."""
        if operation == "destroy":
            self._declared = 0
        ran = self._count_key(self.peer.run(operation, *options))
        self._steps.append(
            Step(
                ran.code,
                sees_changes=self.peer.sees_changes if operation == "look" else None,
                false_answers=false_answers,
                warned=self.peer.has_warned(ran.said),
                seconds=ran.seconds if timed else None,
            )
        )
        self._known.update(self.peer.list_recorded().values())
        if ran.code is None:
            self.peer.unlock()

    def kill_in_post(self) -> None:
        """Begins to apply and kills everything when the server has got both POSTs and answered none."""
        self.userplane.fault(method="POST", times=2, latency=FOR_EVER)
        with self.peer.start("apply"):
            _wait_until(lambda: not self.userplane.faults, "both POSTs")
        _wait_until(lambda: len(self.userplane.links) == 2, "the server's work")
        self.peer.unlock()

    def settle(self) -> None:
        """Ends all faults, each of which has hit; one that met no request would prove nothing."""
        _wait_until(lambda: any(request.fault for request in self.userplane.requests), "a request that the fault hits")
        self.userplane.clear_faults()

    def remark(self, text: str) -> None:
        """Adds a few words to the outcome."""
        self._remarks.append(text)

    def remark_writes(self) -> None:
        """Says which fields were sent to change something."""
        writes = Counter(
            f"{request.method} of {', '.join(request.body)}"
            for request in self.userplane.requests
            if request.method != "GET" and isinstance(request.body, dict)
        )
        self.remark(", ".join(writes) or "nothing sent")

    def remark_key(self, found: int, where: str = "there") -> None:
        """Says how often the key was found."""
        self._leaked = found > 0
        self.remark(key_found(found, where))

    def outcome(self) -> Outcome:
        """Looks at the server and at the state."""
        live = {link["linkId"]: link for link in self.userplane.links if link["live"]}
        held = self.peer.list_recorded()
        wanted = {link_id: self._links[name]["link_title"] for name, link_id in held.items()}
        return Outcome(
            steps=tuple(self._steps),
            declared=self._declared,
            live=frozenset(live),
            held=frozenset(held.values()),
            known=frozenset(self._known),
            mistitled=sum(live[link_id]["linkTitle"] != title for link_id, title in wanted.items() if link_id in live),
            remarks=tuple(self._remarks),
            leaked=self._leaked,
        )

    def _count_key(self, ran: CommandResult) -> CommandResult:
        self.said_key += count_key(ran.said.encode(), KEY)
        return ran


def key_found(found: int, where: str = "there") -> str:
    """Says in a few words how often the key was found."""
    how_often = "once" if found == 1 else f"{found} times"
    return f"key {where} {how_often}" if found else f"key not {where}"


def _wait_until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _SECONDS_TO_SEND
    while not holds():
        assert time.monotonic() < end, f"{what} did not happen within {_SECONDS_TO_SEND} s"
        time.sleep(0.05)
