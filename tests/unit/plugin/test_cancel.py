"""A Ctrl-C: the engine calls `Cancel`, and every wait of the plugin ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto.provider_pb2 import ErrorResourceInitFailed
from pulumi.runtime.proto.status_pb2 import Status

from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from tests.support.canceled import Work, await_event
from tests.unit.plugin.conftest import Aborted, Plugin, secret

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.request_log import Sent

TITLED = {"domainId": "dom_help", "linkTitle": secret("Top secret")}


@pytest.fixture
def waiting(plugin: Plugin) -> threading.Event:
    """An event that a message sets, on a plugin whose waits are real."""
    has_come = threading.Event()

    class Log:
        def info(self, _message: str, /) -> None:
            has_come.set()

        warn = info

    run_state.reset(RunState(Log()))
    return has_come


def _refuse(server: Emulator, method: str) -> None:
    headers = {"Retry-After": "50"}
    server.fault(method=method, answer="status", status=429, code="RATE_LIMITED", headers=headers, times=None)


def test_wait_for_the_only_request_ends_and_nothing_is_made(
    plugin: Plugin, server: Emulator, waiting: threading.Event
) -> None:
    _refuse(server, "POST")
    creation = Work(lambda: plugin.create(TITLED))
    await_event(waiting)
    plugin.call("Cancel", Empty())
    with pytest.raises(Aborted) as caught:
        creation.result()
    line = 'creation of recording link "pulumi:proj/dev/help" failed: the run was canceled; run again'
    assert caught.value.args == ("UNKNOWN", line)
    assert server.links == []


def test_link_that_lacks_its_second_request_goes_to_the_engine(
    plugin: Plugin, server: Emulator, waiting: threading.Event, sent: Sent, clock: Clock
) -> None:
    _refuse(server, "PUT")
    creation = Work(lambda: plugin.create(TITLED))
    await_event(waiting)
    plugin.call("Cancel", Empty())
    with pytest.raises(Aborted) as caught:
        creation.result()
    code, line, [(key, details)] = caught.value.args
    [link] = server.links
    assert code == "UNKNOWN"
    assert "run `pulumi up` again, and it sends what is missing" in line
    assert "Top secret" not in line
    failed = _init_failed(key, details)
    assert (failed["id"], failed["reasons"]) == (link["linkId"], [line])

    server.clear_faults()
    sent()
    plugin = Plugin({"baseUrl": server.base_url, "apiKey": server.api_key, "workspaceId": server.workspace_id}, clock)
    inputs = plugin.check(TITLED)["inputs"]
    outputs = failed["properties"]
    assert plugin.diff(link["linkId"], outputs, inputs, inputs)["changes"] == "DIFF_SOME"
    assert plugin.update(link["linkId"], outputs, inputs)["linkTitle"] == secret("Top secret")
    assert [(method, body) for method, body in sent()] == [("PUT", {"linkTitle": "Top secret"})]


def _init_failed(key: str, details: bytes) -> dict[str, Any]:
    assert key == "grpc-status-details-bin"
    failed = ErrorResourceInitFailed()
    [detail] = Status.FromString(details).details
    assert detail.Unpack(failed)
    fields: dict[str, Any] = MessageToDict(failed)
    return fields


def test_operation_that_begins_after_cancel_is_canceled_as_well(plugin: Plugin, server: Emulator) -> None:
    run_state.reset()
    plugin.call("Cancel", Empty())
    with pytest.raises(Aborted, match="the run was canceled"):
        plugin.create(TITLED)
    assert server.links == []
