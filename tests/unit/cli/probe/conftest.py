"""A probe of the emulator, run in this process with a clock whose waits are over at once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pulumi_userplane.api.client import Client
from pulumi_userplane.api.transport import Transport
from pulumi_userplane.cli.probe.run import Probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline
    from pulumi_userplane.api.transport import Request, Response
    from pulumi_userplane.cli.probe.run import Outcome
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock

DOMAIN = "help.acme.example"


class RunProbe(Protocol):
    """Runs a probe."""

    def __call__(
        self,
        domain: str = ...,
        *,
        server: Emulator | None = ...,
        api_key: str | None = ...,
        max_seconds: float = ...,
        **options: Any,
    ) -> Outcome:
        """Returns how it ended."""


@pytest.fixture
def run_probe(server: Emulator, clock: Clock) -> RunProbe:
    """Runs a probe of the server."""

    default = server

    def run(
        domain: str = DOMAIN,
        *,
        server: Emulator | None = None,
        api_key: str | None = None,
        max_seconds: float = 10.0,
        **options: Any,
    ) -> Outcome:
        asked = server or default
        asking, cleaning_up = (
            Client(api_key or asked.api_key, base_url=asked.base_url, clock=clock, **options) for _ in range(2)
        )
        return Probe(asking, cleaning_up, asked.workspace_id, max_seconds=max_seconds).run(domain)

    return run


def list_live(server: Emulator) -> list[str]:
    """Returns the ids of all links that are not deleted."""
    return [link["linkId"] for link in server.links if link["live"]]


def see(outcome: Outcome) -> dict[str, Any]:
    """Returns what was seen and is not as expected, by the unknowns' ids."""
    return {
        finding.id: finding.seen for finding in outcome.findings if not finding.not_tried and not finding.is_as_expected
    }


def list_not_tried(outcome: Outcome) -> dict[str, str]:
    """Returns why unknowns were not tried, by their ids."""
    return {finding.id: finding.not_tried for finding in outcome.findings if finding.not_tried}


class AskOddServer(Protocol):
    """Runs a probe of a server whose responses a function changes."""

    def __call__(self, change: Callable[[Request, dict[str, Any]], None], /) -> Outcome:
        """Returns how it ended."""


class OddTransport(Transport):
    """Changes what the server says, as a server would that behaves like no emulator."""

    change: Callable[[Request, dict[str, Any]], None]

    def send(self, operation: Operation, request: Request, deadline: Deadline) -> Response:
        response = super().send(operation, request, deadline)
        content = json.loads(response.body)
        if "data" not in content:
            return response
        self.change(request, content["data"])
        return replace(response, body=json.dumps(content).encode())


@pytest.fixture
def ask_odd_server(server: Emulator, clock: Clock) -> AskOddServer:
    """Runs a probe of a server whose responses a function changes."""

    def run(change: Callable[[Request, dict[str, Any]], None]) -> Outcome:
        client, cleanup_client = (Client(server.api_key, base_url=server.base_url, clock=clock) for _ in range(2))
        client._transport = transport = OddTransport(server.base_url, server.api_key)
        transport.change = change
        return Probe(client, cleanup_client, server.workspace_id).run(DOMAIN)

    return run
