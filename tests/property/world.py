"""Simulates a machine, a network and a Userplane in one thread, without sockets and real waits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pulumi.dynamic import Config, ConfigureRequest

from pulumi_userplane.api.errors import ConnectError, ResponseLostError, ResponseTimeoutError
from pulumi_userplane.api.shared_file import SharedFile
from pulumi_userplane.api.transport import Response, Transport
from pulumi_userplane.emulator.admin import Admin, validate_behaviours
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.clock import Clock
from pulumi_userplane.emulator.seed import WORKSPACE_ID, read_seed
from pulumi_userplane.emulator.server import BASE_PATH, create_app
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.provider import RecordingLinkProvider
from pulumi_userplane.recovery import journal
from pulumi_userplane.recovery.processes import ProcessId
from pulumi_userplane.refresh.list_reader import ListReader
from pulumi_userplane.refresh.page_planner import PagePlanner
from tests.support.journal_rows import read_rows
from tests.support.messages import Messages
from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest
    from starlette.types import Message

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline
    from pulumi_userplane.api.transport import Request
    from pulumi_userplane.recovery.state_reader import Deployment
    from pulumi_userplane.settings import Settings

KEY = "uspl_lives"
BASE_URL = "http://127.0.0.1:1" + BASE_PATH
SETTINGS = {"userplane:baseUrl": BASE_URL, "userplane:apiKey": KEY, "userplane:workspaceId": WORKSPACE_ID}

NETWORK_FAULTS = ("refused", "silent", "silent_done", "silent_late")
"""Faults of a network that no server has; with `silent_late` the server processes the request some time later."""

LATE_SECONDS = 25.0


class KilledError(BaseException):
    """The process was killed here; nothing in it can handle that."""


@dataclass
class NetworkFault:
    """A fault of the network for a number of requests of a method."""

    method: str
    kind: str
    times: int


class SimulatedWorld:
    """Userplane, the network, and the machine with its clock, processes and shared file.

    Attributes:
        admin: What a person does in the dashboard.
        skew: By how many seconds this machine's clock is ahead of the server's.
        reads_by_id: How many links a run reads before it looks at the list.
        warnings: All warnings of the runs.
        mark_by_link: The mark under which each link was created.
        kill_after: How many steps the running process may still take before it is killed; None for a long life.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._waited = 0.0
        self._backend = Backend(read_seed(None), None, KEY, validate_behaviours({}), Clock(self._server_time))
        self._userplane = create_app(self._backend, self._hang_up)
        self._loop = asyncio.new_event_loop()
        self._file = SharedFile(KEY, BASE_URL, folder)
        self.admin = Admin(self._backend)
        self._process = 0
        self.reset(0.0)
        self._patch(monkeypatch)

    def reset(self, skew: float, reads_by_id: int = 2) -> None:
        """Begins again: an empty workspace, an empty journal, no faults.

        Args:
            skew: By how many seconds this machine's clock is ahead of the server's.
            reads_by_id: How many links a run reads before it looks at the list.
        """
        self._backend.reset()
        with self._file.transaction() as database:
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                database.execute(f"DELETE FROM {table}")
        self.skew = skew
        self.reads_by_id = reads_by_id
        self.warnings: list[str] = []
        self.mark_by_link: dict[str, str] = {}
        self.kill_after: int | None = None
        self.network: list[NetworkFault] = []
        self._late: list[tuple[float, Request]] = []
        self._hung_up = False

    def close(self) -> None:
        """Closes the server and the event loop."""
        self._backend.close()
        self._loop.close()

    @contextlib.contextmanager
    def process(
        self, kill_after: int | None, export: Callable[[], Deployment], *, has_checkpoints: bool
    ) -> Iterator[RecordingLinkProvider]:
        """Runs a provider process: it begins with an empty memory, and nobody can mistake it for another process.

        Args:
            kill_after: The steps that it takes before it is killed; None lets it live.
            export: Returns the state of its stack, as written so far.
            has_checkpoints: Whether the state is written after each step.
        """
        self._process += 1
        self.kill_after = kill_after
        run_state.reset(_SimulatedRun(self, export, has_checkpoints=has_checkpoints))
        links = RecordingLinkProvider()
        links.configure(ConfigureRequest(Config(dict(SETTINGS), "p")))
        try:
            yield links
        finally:
            self._process += 1
            self.kill_after = None

    def kill_if_due(self) -> None:
        """Kills the process if it has taken all its steps."""
        if self.kill_after is not None:
            if self.kill_after == 0:
                raise KilledError
            self.kill_after -= 1

    def wait(self, seconds: float) -> None:
        """Lets time pass, in which the server may do what it still has to do."""
        self._waited += seconds
        due = [request for when, request in self._late if when <= self._waited]
        self._late = [late for late in self._late if late[0] > self._waited]
        for request in due:
            self._send_to_emulator(request)

    def journaled_values(self) -> set[str]:
        """Returns the references and link ids of all journal entries."""
        return {value for row in read_rows(self._file) for value in row if value is not None}

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
        return datetime.now(timezone.utc) + timedelta(seconds=self._waited)

    def _send_over_network(self, operation: Operation, request: Request) -> Response:
        self.kill_if_due()
        kind = self._network_fault(request.method)
        if kind == "refused":
            raise ConnectError("no connection", operation=operation)
        if kind == "silent_late":
            self._late.append((self._waited + LATE_SECONDS, request))
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
        known = {link["linkId"] for link in self.admin.links} if request.method == "POST" else set()
        self._loop.run_until_complete(self._userplane(scope, receive, send))
        if request.method == "POST" and request.body is not None:
            mark = str(request.body.get("linkReference")).rpartition("#")[0]
            self.mark_by_link.update({link["linkId"]: mark for link in self.admin.links if link["linkId"] not in known})
        if self._hung_up:
            return None
        start, *parts = leaving
        headers = {name.decode().title(): value.decode() for name, value in start["headers"]}
        headers["Date"] = formatdate(time.time() + self._waited, usegmt=True)
        return Response(start["status"], headers, b"".join(part.get("body", b"") for part in parts))

    def _hang_up(self, _scope: object) -> None:
        self._hung_up = True


class _SimulatedClock:
    """The machine's clock."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world

    def time(self) -> float:
        return time.time() + self._world._waited + self._world.skew

    def monotonic(self) -> float:
        return time.monotonic() + self._world._waited

    def sleep(self, seconds: float, /) -> None:
        self._world.wait(seconds)


class _SimulatedRun(RunState):
    """The run of one process, which finds the file of its machine."""

    def __init__(self, world: SimulatedWorld, export: Callable[[], Deployment], *, has_checkpoints: bool) -> None:
        clock = _SimulatedClock(world)
        super().__init__(Messages(warnings=world.warnings), clock, read_state=export, has_checkpoints=has_checkpoints)
        self._file = world._file
        self._reads_by_id = world.reads_by_id

    def file(self, settings: Settings) -> SharedFile:
        return self._file

    def list_reader(self, client: Client, workspace_id: str) -> ListReader:
        planner = PagePlanner(warmup_reads=self._reads_by_id)
        return self._list_readers.get(
            (client, workspace_id), lambda: ListReader(client, workspace_id, self.notify.info, planner=planner)
        )


def writes(world: SimulatedWorld) -> Counter[str]:
    """Returns how many requests of each method have changed something, or tried to."""
    return Counter(method for method, _ in RequestLog(world.admin).writes())
