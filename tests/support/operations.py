"""Calls one operation of the provider at a time, in this process or over gRPC in the host's."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import grpc
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import proto, rpc
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from pulumi_userplane.provider import RecordingLinkProvider

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Properties = dict[str, Any]

UNKNOWN = rpc.UNKNOWN
BLOB = serialize_provider(RecordingLinkProvider())
DEADLINE = 30
OLD_HOST = tuple(int(part) for part in version("pulumi").split(".")[:2]) < (3, 268)


class HostError(Exception):
    """A failed call, with the details of the gRPC status, which the engine prints."""


class Checked(NamedTuple):
    """The completed inputs, and their problems as pairs of property and reason."""

    inputs: Properties
    failures: list[tuple[str, str]]


@dataclass(frozen=True)
class Difference:
    """The provider's comparison of a state with checked inputs.

    Attributes:
        changes: Whether they differ; None leaves that to the engine, which then compares the inputs itself.
        replaces: The inputs that only a new resource can change.
    """

    changes: bool | None
    replaces: list[str]


@dataclass(frozen=True)
class State:
    """What the engine stores of a resource."""

    id: str
    inputs: Properties
    outputs: Properties


class Operations(Protocol):
    """The operations, one call each; `Driver` calls them in the engine's order."""

    def check(self, news: Properties, olds: Properties) -> Checked:
        """Completes what a program declares, given the inputs of the state."""

    def diff(self, state: State, inputs: Properties) -> Difference:
        """Compares a state with checked inputs."""

    def create(self, inputs: Properties) -> State:
        """Creates a resource."""

    def read(self, state: State) -> State:
        """Returns what there is now; the id is empty when that is nothing."""

    def get(self, id_: str, inputs: Properties) -> State:
        """Reads what the program looks up, from inputs alone, since no state holds it."""

    def update(self, state: State, inputs: Properties) -> State:
        """Changes a resource."""

    def delete(self, state: State) -> None:
        """Deletes a resource."""


class InProcess:
    """The methods of a provider in this process, with the values that the host would bring and take."""

    def __init__(self, provider: RecordingLinkProvider) -> None:
        self._provider = provider

    def check(self, news: Properties, olds: Properties) -> Checked:
        result = self._provider.check(olds, as_host(news))
        return Checked(as_host(result.inputs), [(failure.property, failure.reason) for failure in result.failures])

    def diff(self, state: State, inputs: Properties) -> Difference:
        result = self._provider.diff(state.id, state.outputs, inputs)
        return Difference(result.changes, list(result.replaces or []))

    def create(self, inputs: Properties) -> State:
        result = self._provider.create(inputs)
        return State(result.id, inputs, as_host(result.outs))

    def read(self, state: State) -> State:
        return self.get(state.id, state.outputs)

    def get(self, id_: str, inputs: Properties) -> State:
        result = self._provider.read(id_, inputs)
        assert result.id or result.outs == {}
        return State(result.id or "", as_host(result.inputs or {}), as_host(result.outs))

    def update(self, state: State, inputs: Properties) -> State:
        return State(state.id, inputs, as_host(self._provider.update(state.id, state.outputs, inputs).outs))

    def delete(self, state: State) -> None:
        self._provider.delete(state.id, state.outputs)


def as_host(properties: Any) -> Any:
    """Returns the properties as the host passes them: numbers as floats, and no keys without a value."""
    if isinstance(properties, dict):
        return {key: as_host(value) for key, value in properties.items() if value is not None}
    if isinstance(properties, list):
        return [as_host(value) for value in properties]
    return float(properties) if isinstance(properties, int) and not isinstance(properties, bool) else properties


class PluginProcess:
    """One `python -m pulumi.dynamic` that is running and configured."""

    def __init__(self, stub: ResourceProviderStub, blob: str, written: tuple[Path, Path]) -> None:
        self._stub = stub
        self._blob = blob
        self._written = written

    @property
    def output(self) -> str:
        """Everything that the process has written to stdout and stderr so far."""
        return "".join(file.read_text(encoding="utf-8") for file in self._written)

    def check(self, news: Properties, olds: Properties) -> Checked:
        answer = self._call("Check", proto.CheckRequest(olds=olds, news={**news, "__provider": self._blob}))
        return Checked(_plain(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures])

    def diff(self, state: State, inputs: Properties) -> Difference:
        request = proto.DiffRequest(id=state.id, olds=state.outputs, news=inputs, old_inputs=state.inputs)
        answer = self._call("Diff", request)
        said = proto.DiffResponse.DiffChanges.Name(answer.changes)
        return Difference({"DIFF_NONE": False, "DIFF_SOME": True}.get(said), list(answer.replaces))

    def create(self, inputs: Properties) -> State:
        answer = self._call("Create", proto.CreateRequest(properties=inputs))
        return State(answer.id, inputs, _plain(answer.properties))

    def read(self, state: State) -> State:
        return self._read(proto.ReadRequest(id=state.id, properties=state.outputs, inputs=state.inputs))

    def get(self, id_: str, inputs: Properties) -> State:
        asked = {**inputs, "__provider": self._blob}
        # An older host takes the state alone.
        return self._read(proto.ReadRequest(id=id_, inputs=asked, properties=asked if OLD_HOST else None))

    def update(self, state: State, inputs: Properties) -> State:
        request = proto.UpdateRequest(id=state.id, olds=state.outputs, news=inputs, old_inputs=state.inputs)
        return State(state.id, inputs, _plain(self._call("Update", request).properties))

    def delete(self, state: State) -> None:
        self._call("Delete", proto.DeleteRequest(id=state.id, properties=state.outputs))

    def _read(self, request: Any) -> State:
        answer = self._call("Read", request)
        return State(answer.id, _plain(answer.inputs), _plain(answer.properties))

    def _call(self, name: str, request: Any) -> Any:
        try:
            return getattr(self._stub, name)(request, timeout=DEADLINE)
        except grpc.RpcError as error:
            raise HostError(error.details().removeprefix("Exception calling application: ")) from None


@contextlib.contextmanager
def running_plugin(
    folder: Path,
    config: Mapping[str, str],
    environ: Mapping[str, str],
    blob: str = BLOB,
    program: Path | None = None,
    *,
    has_cli: bool = False,
) -> Iterator[PluginProcess]:
    """Runs a plugin that writes to that folder, gives it that configuration, its key as a secret, and ends it.

    Args:
        folder: For what the process writes.
        config: The stack's configuration, or the settings of an explicit provider.
        environ: More variables; those of this process are kept, except Userplane's and Pulumi's.
        blob: The `__provider` that the program registers.
        program: The program's folder; this process's own when left out.
        has_cli: Whether a script of the CLI's name for it starts it, so that it takes this process for its CLI.
    """
    printed, log = folder / "stdout.txt", folder / "stderr.txt"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("USERPLANE_", "PULUMI_"))}
    command = [sys.executable, "-u", "-m", "pulumi.dynamic"]
    if has_cli:
        script = folder / "pulumi-resource-pulumi-python"
        # What the shell runs in the background ends with it.
        script.write_text(f"{shlex.join(command)} & trap 'kill $!' TERM; wait; wait\n")
        command = ["sh", str(script)]
    with printed.open("wb") as stdout, log.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            cwd=program,
            env={**environment, "PULUMI_PROJECT": "p", "XDG_CACHE_HOME": str(folder / "cache"), **environ},
            stdout=stdout,
            stderr=stderr,
        )
    try:
        with grpc.insecure_channel(f"127.0.0.1:{_port(printed, process)}") as channel:
            stub = ResourceProviderStub(channel)
            args = {key: rpc.wrap_rpc_secret(value) if "apiKey" in key else value for key, value in config.items()}
            answer = stub.Configure(proto.ConfigureRequest(args=args), timeout=DEADLINE)
            # The engine takes the secret marks off all that it sends to such a provider; so nothing here has any.
            assert not answer.acceptSecrets
            yield PluginProcess(stub, blob, (printed, log))
    finally:
        process.terminate()
        process.wait(DEADLINE)


def _port(printed: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + DEADLINE
    while not (text := printed.read_text(encoding="utf-8")).endswith("\n"):
        assert process.poll() is None, "the host ended before it said its port"
        assert time.monotonic() < deadline, "the host said no port"
        time.sleep(0.01)
    return int(text)


def _plain(value: Any) -> Any:
    if hasattr(value, "fields"):
        return {key: _plain(value[key]) for key in value.fields}
    if hasattr(value, "values"):
        return [_plain(item) for item in value]
    return value
