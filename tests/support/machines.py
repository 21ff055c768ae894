"""Several machines with one rate limit: the real client and rate limit of each, in a time that only waits move on."""

from __future__ import annotations

import heapq
import itertools
import json
import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.client import Client
from pulumi_userplane.api.shared_file import SharedFile
from pulumi_userplane.api.transport import Response, Transport
from pulumi_userplane.emulator.auth import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline
    from pulumi_userplane.api.transport import Request

THREADS = 4
"""As many as Pulumi's host has."""

EPOCH = 1_900_000_000.0
_ME = {"data": {"user": {"id": "usr"}, "stats": {"workspacesCount": 0, "viewsCount": 0}}}


class VirtualTime:
    """A time in which threads take turns: one runs until it sleeps, then the one that wakes first."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleeping: list[tuple[float, int, threading.Event]] = []
        self._count = itertools.count()
        self._is_over = threading.Event()
        self._failures: list[BaseException] = []

    def sleep(self, seconds: float) -> None:
        """Lets others run until the time has come."""
        turn = self._add(seconds)
        self._wake_next()
        turn.wait()

    def run(self, works: list[Callable[[], None]]) -> None:
        """Runs all works side by side, from now on, until the last one is over."""
        for work in works:
            threading.Thread(target=self._run, args=(work, self._add(0.0)), daemon=True).start()
        self._wake_next()
        if not self._is_over.wait(timeout=60):
            raise TimeoutError("the works did not end")
        if self._failures:
            raise self._failures[0]

    def _run(self, work: Callable[[], None], turn: threading.Event) -> None:
        turn.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised by `run`
            self._failures.append(error)
        self._wake_next()

    def _add(self, seconds: float) -> threading.Event:
        turn = threading.Event()
        heapq.heappush(self._sleeping, (self.now + max(0.0, seconds), next(self._count), turn))
        return turn

    def _wake_next(self) -> None:
        if not self._sleeping:
            self._is_over.set()
            return
        self.now, _, turn = heapq.heappop(self._sleeping)
        turn.set()


@dataclass
class MachineClock:
    """The clock of one machine, which can be wrong."""

    time_: VirtualTime
    off: float = 0.0

    def time(self) -> float:
        return EPOCH + self.time_.now + self.off

    def monotonic(self) -> float:
        return self.time_.now

    def sleep(self, seconds: float) -> None:
        self.time_.sleep(seconds)


@dataclass
class Server:
    """A server that accepts `limit` requests in any minute of one user's; the emulator's own counting.

    Attributes:
        counts_refused: Whether a refused request takes up room as well; Userplane does not say.
        sends_retry_after: Whether a 429 says when there is room.
        requests: The moment of each request, and whether it was accepted.
    """

    time: VirtualTime
    limit: int = 120
    latency: tuple[float, float] = (0.02, 0.2)
    counts_refused: bool = False
    sends_retry_after: bool = False
    random: random.Random = field(default_factory=random.Random)
    requests: list[tuple[float, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._limiter = RateLimiter(lambda: self.time.now)

    def respond(self) -> Response:
        way = self.random.uniform(*self.latency) / 2
        self.time.sleep(way)
        seconds = self._limiter.acquire("usr", self.limit)
        self.requests.append((self.time.now, not seconds))
        if seconds and self.counts_refused:
            self._limiter._accepted["usr"].append(self.time.now)
        self.time.sleep(way)
        if not seconds:
            return Response(200, {}, json.dumps(_ME).encode())
        headers = {"Retry-After": str(seconds)} if self.sends_retry_after else {}
        return Response(429, headers, b'{"error": {"code": "RATE_LIMITED", "message": "Too many."}}')


class _Wire(Transport):
    """Reaches the server without a network."""

    def __init__(self, server: Server) -> None:
        super().__init__("https://a.example/api/v1", "key")
        self._server = server

    def prepare(self, operation: Operation) -> None:
        """Needs nothing."""

    def send(self, operation: Operation, request: Request, deadline: Deadline) -> Response:
        return self._server.respond()


@dataclass
class Machine:
    """One machine: its own file, its own clock, a client with some threads.

    Attributes:
        starts_at: When it begins.
        operations: How many operations it has to do, of two requests each.
        failures: What ended operations.
        longest: The longest time that an operation took.
        ended_at: When its last operation ended.
    """

    server: Server
    folder: Path
    starts_at: float = 0.0
    operations: int = 0
    clock_off: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    longest: float = 0.0
    ended_at: float = 0.0

    def works(self) -> list[Callable[[], None]]:
        """Returns what its threads do."""
        client = self._make_client()
        left = iter(range(self.operations))
        return [lambda: self._work(client, left) for _ in range(THREADS)]

    def _make_client(self) -> Client:
        clock = MachineClock(self.server.time, self.clock_off)
        file = SharedFile("key", "https://a.example", self.folder)
        client = Client("key", shared_file=file, clock=clock, notify=self.messages.append, **self.settings)
        client._transport = _Wire(self.server)
        return client

    def _work(self, client: Client, left: Any) -> None:
        time = self.server.time
        time.sleep(self.starts_at)
        for _ in left:
            began = time.now
            try:
                with client.operation_deadline():
                    client.get_me()
                    client.get_me()
            except Exception as error:  # noqa: BLE001 - counted
                self.failures.append(error)
            self.longest = max(self.longest, time.now - began)
            self.ended_at = time.now


@dataclass(frozen=True)
class Outcome:
    """What several machines needed.

    Attributes:
        share: The total time, in units of requests ÷ limit.
        refused: The share of the requests that were refused.
    """

    share: float
    refused: float
    failures: list[Exception]
    longest: float


def run_machines(server: Server, machines: list[Machine]) -> Outcome:
    """Runs machines until all have done their work."""
    server.time.run([work for machine in machines for work in machine.works()])
    accepted = sum(is_accepted for _, is_accepted in server.requests)
    began = min(machine.starts_at for machine in machines)
    return Outcome(
        (max(machine.ended_at for machine in machines) - began) / (accepted / server.limit * 60),
        1 - accepted / len(server.requests),
        [failure for machine in machines for failure in machine.failures],
        max(machine.longest for machine in machines),
    )
