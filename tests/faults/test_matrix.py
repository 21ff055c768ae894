"""Each operation under each fault, against the emulator: outcome, requests, live links, state, and no key.

Both providers are called in this process, where no wait lasts; `test_matrix_host.py` has their real processes.
"""

from __future__ import annotations

import logging
import re
import socket
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api import transport
from pulumi_userplane.api.errors import ResponseTimeoutError, UserplaneError
from pulumi_userplane.api.transport import Request, Response, Transport
from tests.faults.parameters import fault_parameters
from tests.faults.running import NOTHING, TITLED, Ended, ended, prepared, run
from tests.faults.table import FAULTS, LISTS_WHAT_THERE_IS, LOOK, OPERATIONS, Fault, cell
from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.faults.conftest import MakeProvider, Provider
    from tests.support.operations import State
    from tests.unit.conftest import Engine, MakeEngine

ADOPTING = {**TITLED, "adopt": "lnk_there"}
NO_LOOK = "the look for interrupted creations"
PAGE = b"<html>Please sign in</html>"

LOOK_UPS: dict[str, tuple[str, dict[str, str]]] = {
    "get_project by id": ("get_project", {"project_id": "prj_default"}),
    "get_recording_link": ("get_recording_link", {"link_id": "lnk_there"}),
    "get_domain": ("get_domain", {"url": "help.acme.example"}),
    "get_domains": ("get_domains", {}),
    "get_project by title": ("get_project", {"title": "Onboarding"}),
    "get_projects": ("get_projects", {}),
    "get_recording_links": ("get_recording_links", {}),
    "get_workspaces": ("get_workspaces", {}),
    "get_members": ("get_members", {}),
    "get_user": ("get_user", {}),
}
"""The look-ups: each a function of Python and its arguments."""

CASES = {name: name for name in OPERATIONS if name != "any other look-up"} | {
    name: "any other look-up" for name in LOOK_UPS if name not in OPERATIONS
}
"""The operations, and their columns in the table."""


def _looked_up(operation: str, provider: Provider, state: State) -> State:
    function, arguments = LOOK_UPS[operation]
    provider.look_up(function, **arguments)
    return state


def _on_the_way(monkeypatch: pytest.MonkeyPatch, fault: Fault, method: str) -> list[str]:
    """Lets a proxy, or nobody, respond if the fault says so, and returns what is sent."""
    sent: list[str] = []
    real = Transport.send
    left = [{"": 0, "refused once": 1}.get(fault.local, 1000)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def send(self: Transport, operation: Operation, request: Request, deadline: Deadline) -> Response:
        sent.append(request.method)
        is_hit = request.method == method and sent.count(method) == 1
        # Short for the request that is hit alone: another one may be slow on a busy machine.
        monkeypatch.setattr(transport, "READ_SECONDS", 0.15 if is_hit and "silence" in fault.kind else 30.0)
        if request.method != method or not left[0]:
            return real(self, operation, request, deadline)
        left[0] -= 1
        if fault.local == "page":
            # Elsewhere, where it does nothing: the server hears that the look is over.
            real(self, operation, replace(request, path="/elsewhere"), deadline)
            return Response(404, {"Content-Type": "text/html"}, PAGE)
        there, self.base_url = self.base_url, nobody
        try:
            return real(self, operation, request, deadline)
        finally:
            self.base_url = there

    monkeypatch.setattr(Transport, "send", send)
    return sent


@pytest.mark.parametrize("fault", fault_parameters(list(FAULTS)))
@pytest.mark.parametrize("operation", CASES)
@pytest.mark.usefixtures("account_of_server")
def test_operation_ends_as_in_table_when_fault_occurs(
    make_provider: MakeProvider,
    server: Emulator,
    operation: str,
    fault: Fault,
    *,
    monkeypatch: pytest.MonkeyPatch,
    warned: list[str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    column = CASES[operation]
    expected = cell(column, fault)
    is_look_up = column in LISTS_WHAT_THERE_IS
    provider = make_provider("auto" if operation == LOOK else "never")
    driver = provider.driver
    if is_look_up or operation.startswith("adopt"):
        server.add_link(linkId="lnk_there", domainId="dom_help")
    state = prepared(operation, driver)
    before = (state.id, dict(state.outputs))
    sent = _on_the_way(monkeypatch, fault, OPERATIONS[column])
    if not fault.local:
        script = {**fault.script, "message": f"Bearer {server.api_key} no."}
        server.fault(**script, method=OPERATIONS[column], path="" if is_look_up else "links")

    end = ended(
        state,
        partial(_looked_up, operation, provider, state)
        if is_look_up
        else partial(run, operation, driver, state, ADOPTING),
    )

    requests = " ".join(sent)
    live = sum(bool(link["live"]) for link in server.links)
    assert (end.outcome, live) == (expected.outcome, expected.live), end.said or requests
    assert re.fullmatch(expected.requests, requests), f"{requests!r} is not {expected.requests!r}"
    assert [text.partition(" in workspace ")[0] for text in warned if "look" in text] == [NO_LOOK] * expected.is_warned
    _state_is_as_promised(operation, end, before)
    assert len(end.said.splitlines()) <= 1
    shown = [end.said, *warned, repr(end.state), caplog.text, *capfd.readouterr()]
    assert server.api_key not in "".join(shown)


def _state_is_as_promised(operation: str, end: Ended, before: tuple[str, dict[str, Any]]) -> None:
    if end.outcome == "gone":
        assert (end.state.id, end.state.outputs) == ("", {})
    elif operation.startswith(("create", "adopt")):
        assert bool(end.state.id) is (end.outcome == "done")
    elif operation == "update" and end.outcome == "done":
        assert end.state.outputs == {**before[1], "link_title": "Other"}
    else:
        assert (end.state.id, end.state.outputs) == before


LOOK_FAILURES: dict[str, dict[str, Any]] = {
    "403": {"answer": "status", "status": 403, "code": "FORBIDDEN"},
    "5xx": {"answer": "status", "status": 500, "code": "INTERNAL_SERVER_ERROR"},
    "cut": {"answer": "cut_body"},
    "silence": {},
}


def _let_the_look_fail(monkeypatch: pytest.MonkeyPatch, server: Emulator, clock: Clock, failure: str) -> None:
    """Lets each request before the first POST fail."""
    real, script = Transport.send, LOOK_FAILURES[failure]
    if script:
        server.fault(**script, method="GET", path="/links$", times=None)
    is_over = False

    def send(self: Transport, operation: Operation, request: Request, deadline: Deadline) -> Response:
        nonlocal is_over
        if request.method == "POST" and not is_over:
            is_over = True
            pending = [fault for fault in server.faults if fault.method != "GET"]
            server.clear_faults()
            for fault in pending:
                server.fault(**fault.model_dump(exclude_unset=True))
        if not is_over and not script:
            # Real silence lasts; this one is over at once for all but the clock.
            clock.sleep(min(transport.READ_SECONDS, deadline.left))
            raise ResponseTimeoutError("the server stayed silent", operation=operation)
        return real(self, operation, request, deadline)

    monkeypatch.setattr(Transport, "send", send)


@pytest.mark.parametrize("fault", fault_parameters(list(FAULTS)))
@pytest.mark.parametrize("failure", LOOK_FAILURES)
@pytest.mark.parametrize("operation", ["create", "create, its POST", "create, its PUT"])
def test_creation_ends_as_in_table_when_its_look_fails(
    make_engine: MakeEngine,
    server: Emulator,
    operation: str,
    failure: str,
    fault: Fault,
    *,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    warned: list[str],
) -> None:
    driver, expected = make_engine(lookForInterrupted="auto").driver, cell(operation, fault)
    if not fault.local:
        server.fault(**fault.script, method=OPERATIONS[operation], path="links")
    _let_the_look_fail(monkeypatch, server, clock, failure)
    sent = _on_the_way(monkeypatch, fault, OPERATIONS[operation])

    end = ended(NOTHING, partial(run, operation, driver, NOTHING, ADOPTING))

    requests = re.sub("^(GET )+", "", " ".join(sent))
    assert sent[0] == "GET"
    live = sum(bool(link["live"]) for link in server.links)
    assert (end.outcome, live) == (expected.outcome, expected.live), end.said or requests
    assert re.fullmatch(expected.requests, requests), f"{requests!r} is not {expected.requests!r}"
    assert [text.partition(" in workspace ")[0] for text in warned if "look" in text] == [NO_LOOK]
    assert len(end.said.splitlines()) <= 1
    assert server.api_key not in "".join([end.said, *warned, repr(end.state)])


@pytest.mark.parametrize("operation", ["read", "delete"])
@pytest.mark.parametrize("proof", ["deleted project", "other server"])
def test_link_counts_as_deleted_only_with_all_proofs(
    engine: Engine, make_engine: MakeEngine, server: Emulator, operation: str, proof: str
) -> None:
    engine.up(**TITLED)
    if proof == "deleted project":
        server.delete_project("prj_default")
    else:
        server.delete_link(engine.id)
        engine.outputs["__server"] = "https://api.userplane.io/api/v1"
    before = (engine.id, dict(engine.outputs))
    server.clear_requests()
    if (operation, proof) == ("delete", "deleted project"):
        engine.destroy()
        return
    with pytest.raises(UserplaneError, match="the state is kept"):
        {"read": engine.refresh, "delete": engine.destroy}[operation]()
    assert (engine.id, engine.outputs) == before
    methods = RequestLog(server).methods()
    assert methods == {"read": ["GET"], "delete": ["DELETE"]}[operation] + ["GET"] * (proof == "deleted project")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_next_run_ends_with_exactly_one_link_when_creation_failed(
    engine: Engine, server: Emulator, fault: Fault
) -> None:
    if fault.local or "silence" in fault.kind or not fault.quick:
        return
    server.fault(**fault.script, method="POST")
    try:
        engine.up(**TITLED)
    except UserplaneError:
        server.clear_faults()
        engine.up(**TITLED)
    assert [link["linkId"] for link in server.links if link["live"]] == [engine.id]
