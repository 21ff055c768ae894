"""Calls the plugin as Pulumi's engine does, in its process."""

from __future__ import annotations

import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime import proto, rpc
from pulumi.runtime.proto.engine_pb2_grpc import EngineServicer, add_EngineServicer_to_server

from pulumi_userplane.link_types import PLUGIN_LINK_TYPE
from pulumi_userplane.property_names import to_camel_case_names, to_python_names
from pulumi_userplane.recovery.ownership import parse_owner
from pulumi_userplane.respelling import respell
from tests.support import provider_process
from tests.support.operations import Checked, Difference, HostError, Properties, State
from tests.support.provider_process import to_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi.runtime.proto.engine_pb2 import LogRequest

    from tests.support.provider_process import Started

    _Rename = Callable[[Mapping[str, Any]], Properties]

PROVIDER_URN = "urn:pulumi:s::p::pulumi:providers:userplane::"
_NAMESPACE = "userplane:"
_CHANGES = proto.DiffResponse.DiffChanges.Name
_KIND = proto.PropertyDiff.Kind.Name


def urn_of(properties: Properties) -> str:
    """Returns the URN of the resource that a mark of the stack p/s names; without one, of the resource `link`."""
    mark = properties.get("mark")
    owner = parse_owner(mark if isinstance(mark, str) else None)
    return f"urn:pulumi:s::p::{PLUGIN_LINK_TYPE}::{owner.name if owner else 'link'}"


class PluginOperations:
    """The operations of a plugin that is configured.

    Args:
        call: Calls it: takes the name of a call and the request, and returns the response.
        urn: Returns the URN of the resource with the given properties.
        has_python_names: Whether tests use Python's names for the properties, so that one test fits both providers;
            else they use the engine's own.
    """

    def __init__(
        self,
        call: Callable[[str, Any], Any],
        urn: Callable[[Properties], str] = urn_of,
        *,
        has_python_names: bool = True,
    ) -> None:
        self._call = call
        self._urn = urn
        self._to_engine: _Rename = to_camel_case_names if has_python_names else dict
        self._to_test: _Rename = to_python_names if has_python_names else dict

    def check(self, news: Properties, olds: Properties) -> Checked:
        request = proto.CheckRequest(urn=self._urn(news), olds=self._to_engine(olds), news=self._to_engine(news))
        answer = self._call("Check", request)
        return Checked(self._plain(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures])

    def diff(self, state: State, inputs: Properties) -> Difference:
        answer = self._call("Diff", proto.DiffRequest(**self._change(state, inputs)))
        assert answer.changes in {proto.DiffResponse.DIFF_NONE, proto.DiffResponse.DIFF_SOME}, _CHANGES(answer.changes)
        assert answer.hasDetailedDiff == bool(answer.detailedDiff or answer.changes == proto.DiffResponse.DIFF_SOME)
        details = {path: _KIND(change.kind) for path, change in answer.detailedDiff.items()}
        replaced = {path for path, kind in details.items() if kind.endswith("_REPLACE")}
        # The engine shows the details and does as the lists say.
        assert replaced == set(answer.replaces), details
        assert replaced <= set(answer.diffs)
        replaces = [key for name in answer.replaces for key in self._to_test({name: None})]
        return Difference(answer.changes == proto.DiffResponse.DIFF_SOME, replaces, details)

    def create(self, inputs: Properties) -> State:
        return self._create(inputs)

    def preview_create(self, inputs: Properties) -> Properties:
        """Returns the outputs that a preview of a creation shows."""
        new = self._create(inputs, preview=True)
        assert not new.id
        return new.outputs

    def read(self, state: State) -> State:
        return self._read(state.id, state.outputs, state.inputs)

    def get(self, id_: str, inputs: Properties) -> State:
        """Reads what the program looks up; the engine passes what the program gives as the state."""
        return self._read(id_, inputs, {})

    def update(self, state: State, inputs: Properties) -> State:
        return self._update(state, inputs)

    def preview_update(self, state: State, inputs: Properties) -> Properties:
        """Returns the outputs that a preview of an update shows."""
        return self._update(state, inputs, preview=True).outputs

    def delete(self, state: State) -> None:
        outputs, inputs = self._to_engine(state.outputs), self._to_engine(state.inputs)
        request = proto.DeleteRequest(id=state.id, urn=self._urn(state.inputs), properties=outputs, old_inputs=inputs)
        self._call("Delete", request)

    def check_config(self, settings: Mapping[str, Any], provider: str = "mine") -> tuple[Properties, list[str]]:
        """Returns the checked settings of a provider of the program, and what is wrong with them."""
        return check_config(self._call, settings, provider)

    def invoke(self, function: str, **arguments: Any) -> Properties:
        """Calls a function of the package, with the names that it has there."""
        answer = self._call("Invoke", proto.InvokeRequest(tok=f"userplane:index:{function}", args=arguments))
        assert not answer.failures
        found: Properties = to_plain(getattr(answer, "return"))
        return found

    def cancel(self) -> None:
        """Asks it to end what it waits for."""
        self._call("Cancel", Empty())

    def _create(self, inputs: Properties, *, preview: bool = False) -> State:
        properties = self._to_engine(inputs)
        answer = self._call(
            "Create", proto.CreateRequest(urn=self._urn(inputs), properties=properties, preview=preview)
        )
        return State(answer.id, inputs, self._plain(answer.properties))

    def _update(self, state: State, inputs: Properties, *, preview: bool = False) -> State:
        answer = self._call("Update", proto.UpdateRequest(**self._change(state, inputs), preview=preview))
        return State(state.id, inputs, self._plain(answer.properties))

    def _change(self, state: State, inputs: Properties) -> dict[str, Any]:
        return {
            "id": state.id,
            "urn": self._urn(inputs),
            "olds": self._to_engine(state.outputs),
            "news": self._to_engine(inputs),
            "old_inputs": self._to_engine(state.inputs),
        }

    def _read(self, id_: str, properties: Properties, inputs: Properties) -> State:
        request = proto.ReadRequest(
            id=id_,
            urn=self._urn(inputs or properties),
            properties=self._to_engine(properties),
            inputs=self._to_engine(inputs),
        )
        answer = self._call("Read", request)
        return State(answer.id, self._plain(answer.inputs), self._plain(answer.properties))

    def _plain(self, message: Any) -> Properties:
        return self._to_test(to_plain(message))


def configure(call: Callable[[str, Any], Any], settings: Mapping[str, Any], provider: str = "default_1_0_0") -> None:
    """Gives a plugin its settings, as the engine does.

    Args:
        call: Calls it.
        settings: The settings by their names in camelCase.
        provider: The name of the provider resource; the engine has one of its own for the stack's configuration.

    Raises:
        HostError: A setting is wrong; all that is wrong, a line for each.
    """
    call("Handshake", proto.ProviderHandshakeRequest(engine_address="127.0.0.1:1", invoke_with_preview=True))
    checked, failures = check_config(call, settings, provider)
    if failures:
        raise HostError("\n".join(failures))
    answer = call("Configure", proto.ConfigureRequest(args=checked, acceptSecrets=True))
    assert answer.acceptSecrets
    assert answer.supportsPreview


def check_config(
    call: Callable[[str, Any], Any], settings: Mapping[str, Any], provider: str = "default_1_0_0"
) -> tuple[Properties, list[str]]:
    """Returns the checked settings as the plugin gets them, and what is wrong with them."""
    answer = call("CheckConfig", proto.CheckRequest(urn=PROVIDER_URN + provider, news=settings))
    assert {failure.property for failure in answer.failures} <= {""}
    return to_plain(answer.inputs), [failure.reason for failure in answer.failures]


@dataclass
class EngineLog(EngineServicer):
    """The engine as a plugin sees it: what it is told to show.

    Attributes:
        shown: The messages so far.
        address: Where it is.
    """

    shown: list[LogRequest] = field(default_factory=list)
    address: str = ""

    def Log(self, request: Any, _context: Any) -> Any:  # noqa: N802 - as the protocol calls it
        """Shows a message."""
        self.shown.append(request)
        return Empty()


@contextlib.contextmanager
def running_engine() -> Iterator[EngineLog]:
    """Serves the engine's log on a free port."""
    log = EngineLog()
    server = grpc.server(ThreadPoolExecutor(4))
    add_EngineServicer_to_server(log, server)
    log.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield log
    finally:
        server.stop(None).wait()


class PluginHost(PluginOperations):
    """One `pulumi-resource-userplane` that is running and configured."""

    hidden: ClassVar[Properties] = {}

    def __init__(self, process: Started, engine: EngineLog, *, has_python_names: bool = True) -> None:
        super().__init__(process.call, has_python_names=has_python_names)
        self._process = process
        self._engine = engine

    def with_own_names(self) -> PluginHost:
        """Returns the same host for tests that use the names of properties as the state has them."""
        return PluginHost(self._process, self._engine, has_python_names=False)

    @staticmethod
    def word(message: str) -> str:
        """Returns a message of the dynamic provider as the plugin words it."""
        return respell(message)

    @property
    def shown(self) -> list[LogRequest]:
        """The messages that its engine has shown so far."""
        return self._engine.shown

    @property
    def outputs(self) -> tuple[str, ...]:
        """What its engine has shown so far, also of other plugins, and what the process has written."""
        return ("\n".join(request.message for request in self.shown), self._process.output)


@contextlib.contextmanager
def running_plugin(
    folder: Path,
    config: Mapping[str, str],
    environ: Mapping[str, str],
    engine: EngineLog,
    program: Path | None = None,
) -> Iterator[PluginHost]:
    """Runs a plugin that writes to that folder, gives it that configuration, and ends it.

    Args:
        folder: For what the process writes.
        config: The stack's configuration, or the settings of an explicit provider.
        environ: More variables; those of this process are kept, except Userplane's and Pulumi's.
        engine: The engine, in this process, which so is the CLI.
        program: The program's folder; this process's own when left out.
    """
    script = str(Path(sys.executable).with_name("pulumi-resource-userplane"))
    with provider_process.running([script, engine.address], folder, environ, program) as process:
        configure(process.call, {key.removeprefix(_NAMESPACE): value for key, value in config.items()})
        yield PluginHost(process, engine)


def secret(value: Any) -> Any:
    """Returns a value as the engine passes a secret."""
    return rpc.wrap_rpc_secret(value)
