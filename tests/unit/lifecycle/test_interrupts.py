"""After a Ctrl-C, operations at a silent server end within 150 s (6 s here)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tenacity import wait_random_exponential

from pulumi_userplane.api import retry, transport
from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.api.errors import TransportError
from pulumi_userplane.lifecycle import create as creation
from tests.unit.conftest import forget_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.api.clock import Clock
    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Engine, MakeEngine

SHORTER = 25
LINK = {"domain_id": "dom_help", "link_title": "Help"}


@pytest.fixture(autouse=True)
def clock() -> Clock:
    """Instead of the clock of the other tests: here waits last, only not so long."""
    return SYSTEM_CLOCK


@pytest.fixture(autouse=True)
def _short_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = retry.Deadline.__init__

    def shorter(self: retry.Deadline, seconds: float = retry.MAX_OPERATION_SECONDS, **options: Any) -> None:
        begin(self, seconds / SHORTER, **options)

    monkeypatch.setattr(retry.Deadline, "__init__", shorter)
    monkeypatch.setattr(retry, "_BACKOFF", wait_random_exponential(multiplier=1 / SHORTER, max=30 / SHORTER))
    monkeypatch.setattr(transport, "READ_SECONDS", transport.READ_SECONDS / SHORTER)
    monkeypatch.setattr(creation, "_LOOK_AGAIN_SECONDS", creation._LOOK_AGAIN_SECONDS / SHORTER)


def create(engine: Engine, number: int) -> None:
    engine.provider.create(engine.check(**LINK, mark=f"pulumi:p/dev/{number}"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "silent"),
    [
        (create, (None,)),
        (create, ("PUT", "DELETE")),
        (lambda engine, _: engine.refresh(), (None,)),
        (lambda engine, number: engine.up(**LINK, link_provider_id=str(number)), (None,)),
        (lambda engine, _: engine.destroy(), (None,)),
    ],
    ids=["create", "create after its POST", "read", "update", "delete"],
)
def test_four_operations_end_in_time_when_the_server_is_silent(
    make_engine: MakeEngine,
    server: Emulator,
    operation: Callable[[Engine, int], None],
    silent: tuple[str | None, ...],
) -> None:
    engines = [make_engine() for _ in range(4)]
    for number, engine in enumerate(engines):
        engine.up(**LINK, mark=f"pulumi:p/dev/{number}-before")
    forget_run()
    for method in silent:
        server.fault(method=method, latency=600, answer="drop", times=None)

    def run(number: int) -> None:
        with pytest.raises(TransportError):
            operation(engines[number], number)

    began = time.monotonic()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, range(4)))
    assert (time.monotonic() - began) * SHORTER < 150
