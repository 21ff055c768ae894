"""Each operation under each fault, against the emulator: outcome, requests, live links, state, and no key anywhere."""

from __future__ import annotations

import logging
import re
import socket
from typing import TYPE_CHECKING, Any

import pytest

import pulumi_userplane as userplane
from pulumi_userplane.api import transport
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.api.transport import Answer, Request, Transport
from pulumi_userplane.program_error import ProgramError
from tests.faults.table import FAULTS, LISTS_WHAT_THERE_IS, OPERATIONS, Fault, cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.retry import Deadline
    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Engine, MakeEngine

LINK = {"domain_id": "dom_help", "mark": "pulumi:proj/dev/help"}
TITLED = {**LINK, "link_title": "Help"}
ADOPTING = {**TITLED, "adopt": "lnk_there"}
PAGE = b"<html>Please sign in</html>"

OTHER_LOOK_UPS: dict[str, Callable[[], object]] = {
    "get_domain": lambda: userplane.get_domain(url="help.acme.example"),
    "get_domains": userplane.get_domains,
    "get_project by title": lambda: userplane.get_project(title="Onboarding"),
    "get_projects": userplane.get_projects,
    "get_recording_links": userplane.get_recording_links,
    "get_workspaces": userplane.get_workspaces,
    "get_members": userplane.get_members,
    "get_user": userplane.get_user,
}
CASES = {name: name for name in OPERATIONS if name != "any other look-up"} | dict.fromkeys(
    OTHER_LOOK_UPS, "any other look-up"
)
"""What is run, and its column in the table."""


def _run(engine: Engine, operation: str) -> None:
    runs: dict[str, Callable[[], object]] = {
        "create": lambda: engine.up(**LINK),
        "create, its POST": lambda: engine.up(**TITLED),
        "create, its PUT": lambda: engine.up(**TITLED),
        "read": engine.refresh,
        "update": lambda: engine.up(**{**TITLED, "link_title": "Other"}),
        "delete": engine.destroy,
        "adopt": lambda: engine.up(**ADOPTING),
        "adopt, its PUT": lambda: engine.up(**ADOPTING),
        "get_project by id": lambda: userplane.get_project(project_id="prj_default"),
        "get_recording_link": lambda: userplane.get_recording_link("lnk_there"),
        **OTHER_LOOK_UPS,
    }
    runs[operation]()


def _on_the_way(monkeypatch: pytest.MonkeyPatch, fault: Fault, method: str) -> list[str]:
    """Lets something between us and the server answer, or nobody, where the fault says so; returns what is sent."""
    sent: list[str] = []
    real = Transport.send
    left = [{"": 0, "refused once": 1}.get(fault.local, 1000)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def send(self: Transport, operation: Operation, request: Request, deadline: Deadline) -> Answer:
        sent.append(request.method)
        is_hit = request.method == method and sent.count(method) == 1
        # Short for the request that is hit alone: another one may be slow on a busy machine.
        monkeypatch.setattr(transport, "READ_SECONDS", 0.15 if is_hit and "silence" in fault.kind else 30.0)
        if request.method != method or not left[0]:
            return real(self, operation, request, deadline)
        left[0] -= 1
        if fault.local == "page":
            return Answer(404, {"Content-Type": "text/html"}, PAGE)
        there, self.base_url = self.base_url, nobody
        try:
            return real(self, operation, request, deadline)
        finally:
            self.base_url = there

    monkeypatch.setattr(Transport, "send", send)
    return sent


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("operation", CASES)
@pytest.mark.usefixtures("account_of_server")
def test_cell(
    engine: Engine,
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
    if is_look_up or operation.startswith("adopt"):
        server.add_link(linkId="lnk_there", domainId="dom_help")
    if operation in {"read", "update", "delete"}:
        engine.up(**TITLED)
    before = (engine.id, dict(engine.outputs))
    sent = _on_the_way(monkeypatch, fault, OPERATIONS[column])
    if not fault.local:
        script = {**fault.script, "message": f"Bearer {server.api_key} no."}
        server.fault(**script, method=OPERATIONS[column], path="" if is_look_up else "links")

    said = ""
    try:
        _run(engine, operation)
    except (UserplaneError, ProgramError) as error:
        said = f"{error} {error!r} {vars(error)}"

    outcome = "error" if said else "gone" if operation == "read" and not engine.id else "done"
    requests = " ".join(sent)
    live = sum(bool(link["live"]) for link in server.links)
    assert (outcome, live) == (expected.outcome, expected.live), said or requests
    assert re.fullmatch(expected.requests, requests), f"{requests!r} is not {expected.requests!r}"
    _state_is_as_promised(engine, operation, outcome, before)
    assert len(said.splitlines()) <= 1
    shown = [said, *warned, repr(engine.outputs), repr(engine.inputs), caplog.text, *capfd.readouterr()]
    assert server.api_key not in "".join(shown)


def _state_is_as_promised(engine: Engine, operation: str, outcome: str, before: tuple[str, dict[str, Any]]) -> None:
    if outcome == "gone":
        assert (engine.id, engine.outputs) == ("", {})
    elif operation.startswith(("create", "adopt")):
        assert bool(engine.id) is (outcome == "done")
    elif operation == "update" and outcome == "done":
        assert engine.outputs == {**before[1], "link_title": "Other"}
    else:
        assert (engine.id, engine.outputs) == before


@pytest.mark.parametrize("operation", ["read", "delete"])
@pytest.mark.parametrize("proof", ["deleted project", "other server"])
def test_gone_needs_its_further_proofs(
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
        _run(engine, operation)
    assert (engine.id, engine.outputs) == before
    methods = [request.method for request in server.requests]
    assert methods == {"read": ["GET"], "delete": ["DELETE"]}[operation] + ["GET"] * (proof == "deleted project")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_one_more_run_ends_with_exactly_one_link(engine: Engine, server: Emulator, fault: Fault) -> None:
    if fault.local or "silence" in fault.kind or not fault.quick:
        return
    server.fault(**fault.script, method="POST")
    try:
        engine.up(**TITLED)
    except UserplaneError:
        server.clear_faults()
        engine.up(**TITLED)
    assert [link["linkId"] for link in server.links if link["live"]] == [engine.id]
