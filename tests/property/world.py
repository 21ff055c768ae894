"""Simulates machines, a network and a Userplane in one thread, without sockets and real waits."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hypothesis import note

from pulumi_userplane.api.errors import ConnectError, ResponseLostError, ResponseTimeoutError
from pulumi_userplane.api.transport import Response, Transport
from pulumi_userplane.emulator.admin import Admin
from pulumi_userplane.emulator.app import BASE_PATH, create_app
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviours import validate_behaviours
from pulumi_userplane.emulator.clock import Clock
from pulumi_userplane.emulator.seed import WORKSPACE_ID, read_seed
from pulumi_userplane.recovery import journal
from pulumi_userplane.recovery.processes import ProcessId
from tests.property.machines import Machine, RunOptions
from tests.property.processes import Processes
from tests.support.messages import Messages
from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest
    from starlette.types import Message

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline
    from pulumi_userplane.api.transport import Request
    from pulumi_userplane.recovery.journal import JournalEntry
    from pulumi_userplane.recovery.state_reader import Deployment

KEY = "uspl_lives"
BASE_URL = "http://127.0.0.1:1" + BASE_PATH
SETTINGS = {"baseUrl": BASE_URL, "apiKey": KEY, "workspaceId": WORKSPACE_ID}

NETWORK_FAULTS = ("refused", "silent", "silent_done", "silent_late")
"""Faults of a network that no server has; with `silent_late` the server processes the request some time later."""

LATE_SECONDS = 25.0
MACHINES = 3
STACKS = ("dev", "prod")


class KilledError(BaseException):
    """The process was killed here; nothing in it can handle that."""


@dataclass
class NetworkFault:
    """A fault of the network for a number of requests of a method."""

    method: str
    kind: str
    times: int


@dataclass(frozen=True)
class Birth:
    """How a link was created.

    Attributes:
        reference: The reference that its POST carried.
        machine: The number of the machine that sent the POST.
        looked: Whether the run was to look for what others had left; without that it trusts answered entries as little.
        was_blind: Whether the run saw nothing that other machines had left: it did not look, or its look failed.
    """

    reference: str
    machine: int
    looked: bool
    was_blind: bool

    @property
    def mark(self) -> str:
        """The mark under which it was created."""
        return self.reference.rpartition("#")[0]


class SimulatedWorld:
    """Userplane, the network, and the machines with their clocks, processes and shared files.

    Attributes:
        admin: What a person does in the dashboard.
        machines: The machines.
        reads_by_id: How many links a run reads before it looks at the list.
        warnings: All warnings of the runs.
        births: How each link was created.
        deletions: The stacks that have asked for the deletion of a link, by its id.
        waited: The seconds that have passed without anybody waiting for them.
        kill_after: How many steps the running process may still take before it is killed; None for a long life.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.waited = 0.0
        self._backend = Backend(read_seed(None), None, KEY, validate_behaviours({}), Clock(self._server_time))
        self._userplane = create_app(self._backend, self._hang_up)
        self._loop = asyncio.new_event_loop()
        self.machines = [Machine.make(number, (KEY, BASE_URL), folder) for number in range(MACHINES)]
        self.admin = Admin(self._backend)
        self._process = 0
        self.reset()
        self._patch(monkeypatch)

    def reset(self, reads_by_id: int = 2) -> None:
        """Begins again: an empty workspace, empty journals, no faults.

        Args:
            reads_by_id: How many links a run reads before it looks at the list.
        """
        self._backend.reset()
        for machine in self.machines:
            machine.reset()
        self.reads_by_id = reads_by_id
        self.warnings: list[str] = []
        self.births: dict[str, Birth] = {}
        self.deletions: defaultdict[str, set[str]] = defaultdict(set)
        self.kill_after: int | None = None
        self.network: list[NetworkFault] = []
        self._options, self._stack = RunOptions(), ""
        self._messages = Messages()
        self._sent: dict[str, Birth] = {}
        self._late: list[tuple[float, Request]] = []
        self._hung_up = False

    def close(self) -> None:
        """Closes the server and the event loop."""
        self._backend.close()
        self._loop.close()

    @contextlib.contextmanager
    def processes(self, options: RunOptions, stack: str, export: Callable[[], Deployment]) -> Iterator[Processes]:
        """Runs provider processes: they begin with an empty memory, and nobody can mistake them for other processes.

        A run on another machine than the last one begins when a late POST of that one has been processed, as the docs
        ask for: only the machine's own journal tells of it.

        Args:
            options: The options of the run.
            stack: The name of its stack.
            export: Returns the state of its stack, as written so far.
        """
        if options.machine != self._options.machine:
            self.wait(LATE_SECONDS)
        self._process += 1
        self._options, self._stack, self._messages = options, stack, Messages()
        self.kill_after = options.kill_after
        settings = {**SETTINGS, "lookForInterrupted": options.looks}
        try:
            yield Processes(self, options, settings, self._messages, export)
        finally:
            self._process += 1
            self.kill_after = None
            self.warnings += self._messages.warnings
            note(f"warnings: {self._messages.warnings}")

    def kill_if_due(self) -> None:
        """Kills the process if it has taken all its steps."""
        if self.kill_after is not None:
            if self.kill_after == 0:
                raise KilledError
            self.kill_after -= 1

    def wait(self, seconds: float) -> None:
        """Lets time pass, in which the server may do what it still has to do."""
        self.waited += seconds
        due = [request for when, request in self._late if when <= self.waited]
        self._late = [late for late in self._late if late[0] > self.waited]
        for request in due:
            self._send_to_emulator(request)

    def journal_entries(self, machine: int | None = None) -> list[JournalEntry]:
        """Returns the entries of all journals, or of one machine's."""
        machines = self.machines if machine is None else [self.machines[machine]]
        return [entry for machine in machines for entry in machine.journal_entries(STACKS)]

    def clear_faults(self) -> None:
        """Ends all faults."""
        self.admin.clear_faults()
        self.network.clear()

    def _patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        world = self

        def send(self: Transport, operation: Operation, request: Request, deadline: Deadline) -> Response:
            return world._send_over_network(operation, request)

        monkeypatch.setattr(Transport, "send", send)
        for name in ("this_process", "this_run_id"):
            monkeypatch.setattr(journal, name, lambda: ProcessId(world._process, 0.0, 0.0))
        monkeypatch.setattr(ProcessId, "is_alive", lambda process: process.pid == world._process)

    def _server_time(self) -> datetime:
        return datetime.now(timezone.utc) + timedelta(seconds=self.waited)

    def _send_over_network(self, operation: Operation, request: Request) -> Response:
        self.kill_if_due()
        kind = self._network_fault(request.method)
        if request.method == "POST" and request.body is not None:
            reference = str(request.body.get("linkReference"))
            self._sent[reference] = self._make_birth(reference)
        if request.method == "DELETE":
            self.deletions[request.path.rpartition("/")[2]].add(self._stack)
        if kind == "refused":
            raise ConnectError("no connection", operation=operation)
        if kind == "silent_late":
            self._late.append((self.waited + LATE_SECONDS, request))
        response = None if kind in {"silent", "silent_late"} else self._send_to_emulator(request)
        self.kill_if_due()
        if kind is not None:
            raise ResponseTimeoutError("the server stayed silent", operation=operation)
        if response is None:
            raise ResponseLostError("the connection broke", operation=operation)
        return response

    def _network_fault(self, method: str) -> str | None:
        for fault in self.network:
            if fault.method == method:
                fault.times -= 1
                if fault.times == 0:
                    self.network.remove(fault)
                return fault.kind
        return None

    def _send_to_emulator(self, request: Request) -> Response | None:
        """Sends one request through the whole emulator, and returns the response, or None if it is cut off."""
        body = b"" if request.body is None else json.dumps(request.body).encode()
        arriving = [{"type": "http.request", "body": body, "more_body": False}]
        leaving: list[Message] = []
        self._hung_up = False

        async def receive() -> Message:
            return arriving.pop() if arriving else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            leaving.append(message)

        path = BASE_PATH + request.path
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": request.method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": urlencode(request.params or {}).encode(),
            "root_path": "",
            "headers": [(b"authorization", f"Bearer {KEY}".encode()), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 2),
            "server": ("127.0.0.1", 1),
            "state": {},
        }
        known = self._live_ids()
        self._loop.run_until_complete(self._userplane(scope, receive, send))
        if request.method == "POST" and request.body is not None:
            birth = self._sent[str(request.body.get("linkReference"))]
            self.births.update(dict.fromkeys(self._live_ids() - known, birth))
        if self._hung_up:
            return None
        start, *parts = leaving
        headers = {name.decode().title(): value.decode() for name, value in start["headers"]}
        return Response(start["status"], headers, b"".join(part.get("body", b"") for part in parts))

    def _live_ids(self) -> set[str]:
        return {link["linkId"] for link in self.admin.links if link["deletedAt"] is None}

    def _make_birth(self, reference: str) -> Birth:
        looks = self._options.looks == "auto"
        failed = any("the look for interrupted creations" in warning for warning in self._messages.warnings)
        return Birth(reference, self._options.machine, looks, failed or not looks)

    def _hang_up(self, _scope: object) -> None:
        self._hung_up = True


def writes(world: SimulatedWorld) -> Counter[str]:
    """Returns how many requests of each method have changed something, or tried to."""
    return Counter(method for method, _ in RequestLog(world.admin).writes())
