"""The engine's side of a plugin in this process: real messages, no network between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2 as protocol

from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.plugin.messages import EngineLog
from pulumi_userplane.plugin.servicer import RecordingLinkServicer

if TYPE_CHECKING:
    import grpc
    from pulumi.runtime.proto.engine_pb2 import LogRequest

    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock

SIGNATURE = "4dabf18193072939515e22adb298388d"
URN = "urn:pulumi:dev::proj::userplane:index:RecordingLink::help"
PROVIDER_URN = "urn:pulumi:dev::proj::pulumi:providers:userplane::mine"
DEFAULT_PROVIDER_URN = "urn:pulumi:dev::proj::pulumi:providers:userplane::default_0_1_0"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Aborted(Exception):  # noqa: N818 - a call ends with it
    """How the plugin ended a call."""


class Context:
    """The context of a call."""

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        raise Aborted(code.name, details)

    def abort_with_status(self, status: Any) -> NoReturn:
        raise Aborted(status.code.name, status.details, status.trailing_metadata)


class Plugin:
    """Calls a servicer as Pulumi's engine does, with plain dictionaries.

    Attributes:
        logged: What it logged: severity, URN and message.
    """

    def __init__(self, settings: dict[str, Any], clock: Clock) -> None:
        self.logged: list[tuple[int, str, str]] = []
        self.servicer = RecordingLinkServicer(self._log)
        run_state.reset(RunState(EngineLog(self._log), clock))
        self.call("Configure", protocol.ConfigureRequest(args=struct(settings)))

    def _log(self, request: LogRequest) -> None:
        self.logged.append((request.severity, request.urn, request.message))

    def call(self, method: str, request: Any) -> dict[str, Any]:
        response = getattr(self.servicer, method)(request, Context())
        answer: dict[str, Any] = MessageToDict(response, preserving_proto_field_name=True)
        return answer

    def check(self, news: dict[str, Any], olds: dict[str, Any] | None = None, urn: str = URN) -> dict[str, Any]:
        return self.call("Check", protocol.CheckRequest(urn=urn, news=struct(news), olds=struct(olds or {})))

    def problems(self, news: dict[str, Any], urn: str = URN) -> list[str]:
        failures = self.check(news, urn=urn).get("failures", [])
        assert all("property" not in failure for failure in failures)
        return [failure["reason"] for failure in failures]

    def create(self, news: dict[str, Any], *, preview: bool = False) -> tuple[str, dict[str, Any]]:
        inputs = self.check(news)["inputs"]
        made = self.call("Create", protocol.CreateRequest(urn=URN, properties=struct(inputs), preview=preview))
        return made.get("id", ""), made["properties"]

    def diff(
        self, id_: str, outputs: dict[str, Any], news: dict[str, Any], old_inputs: dict[str, Any], urn: str = URN
    ) -> dict[str, Any]:
        request = protocol.DiffRequest(
            id=id_, urn=urn, olds=struct(outputs), news=struct(news), old_inputs=struct(old_inputs)
        )
        return self.call("Diff", request)

    def update(
        self, id_: str, outputs: dict[str, Any], news: dict[str, Any], *, preview: bool = False
    ) -> dict[str, Any]:
        request = protocol.UpdateRequest(id=id_, urn=URN, olds=struct(outputs), news=struct(news), preview=preview)
        updated: dict[str, Any] = self.call("Update", request)["properties"]
        return updated

    def read(self, id_: str, outputs: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
        return self.call(
            "Read", protocol.ReadRequest(id=id_, urn=URN, properties=struct(outputs), inputs=struct(inputs))
        )

    def delete(self, id_: str, outputs: dict[str, Any], inputs: dict[str, Any] | None = None) -> None:
        old_inputs = struct(inputs or {})
        self.call("Delete", protocol.DeleteRequest(id=id_, urn=URN, properties=struct(outputs), old_inputs=old_inputs))

    def invoke(self, function: str, **arguments: Any) -> dict[str, Any]:
        request = protocol.InvokeRequest(tok=f"userplane:index:{function}", args=struct(arguments))
        found: dict[str, Any] = self.call("Invoke", request)["return"]
        return found


def struct(values: dict[str, Any]) -> Struct:
    """Returns a message with these values."""
    message: Struct = ParseDict(values, Struct())
    return message


def secret(value: Any) -> dict[str, Any]:
    """Returns a secret as the engine passes it."""
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": value}


@pytest.fixture
def plugin(server: Emulator, clock: Clock) -> Plugin:
    """A plugin whose account is the server's."""
    settings = {"baseUrl": server.base_url, "apiKey": secret(server.api_key), "workspaceId": server.workspace_id}
    return Plugin(settings, clock)
