"""No fault of the list harms a refresh, and no fault shows the key."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api import transport
from pulumi_userplane.api.transport import Request, Response, Transport
from tests.faults.parameters import fault_parameters
from tests.faults.table import FAULTS, RULES, Fault
from tests.support.request_log import RequestLog
from tests.unit.conftest import forget_run

if TYPE_CHECKING:
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline
    from pulumi_userplane.emulator import Emulator
    from tests.support.messages import Messages
    from tests.unit.conftest import MakeEngine

LINKS = 7


def _patient_but_for_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Transport.send

    def send(self: Transport, operation: Operation, request: Request, deadline: Deadline) -> Response:
        monkeypatch.setattr(transport, "READ_SECONDS", 0.15 if request.path.endswith("/links") else 30.0)
        return real(self, operation, request, deadline)

    monkeypatch.setattr(Transport, "send", send)


@pytest.mark.parametrize("fault", fault_parameters([fault for fault in FAULTS if not fault.local]))
@pytest.mark.parametrize("place", ["all live", "one is deleted"])
def test_refresh_reads_every_link_when_fault_hits_list(
    make_engine: MakeEngine,
    server: Emulator,
    fault: Fault,
    place: str,
    *,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    messages: Messages,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    engines = [make_engine() for _ in range(LINKS)]
    for number, engine in enumerate(engines):
        engine.up(domain_id="dom_help", mark=f"pulumi:proj/dev/help{number}", meta={"n": number})
    forget_run()
    states: list[Any] = [(engine.id, engine.outputs) for engine in engines]
    if place == "one is deleted":
        server.delete_link(engines[4].id)
        states[4] = ("", {})
    if "silence" in fault.kind:
        _patient_but_for_the_list(monkeypatch)
    server.clear_requests()
    server.fault(**{**fault.script, "message": f"Bearer {server.api_key} no."}, method="GET", path="/links$")

    for engine in engines:
        engine.refresh()

    assert [(engine.id, engine.outputs) for engine in engines] == states
    singles = RequestLog(server).singles()
    # Two come first; a list that came is enough for the rest, save for what it can't show.
    gone = int(place == "one is deleted")
    comes = RULES[fault.kind][2] == "done" or fault.kind in {"another link", "too large"}
    assert singles == 2 + gone if comes else singles > 2 + gone
    assert server.api_key not in "".join([*messages.infos, repr(states), caplog.text, *capfd.readouterr()])
