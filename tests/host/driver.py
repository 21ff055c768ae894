"""Starts a real provider host process and asks it what Pulumi's engine asks, in the engine's order."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import proto, rpc
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from pulumi_userplane.provider import RecordingLinkProvider

UNKNOWN = rpc.UNKNOWN
BLOB = serialize_provider(RecordingLinkProvider())
DEADLINE = 30
OLD_HOST = tuple(int(part) for part in version("pulumi").split(".")[:2]) < (3, 268)

Properties = dict[str, Any]


class HostError(Exception):
    """What the engine prints when a call fails: the details of the gRPC status."""


@dataclass(frozen=True)
class State:
    """What the engine stores of a resource."""

    id: str
    inputs: Properties
    outputs: Properties


@dataclass(frozen=True)
class Plan:
    """What the engine makes of check and diff."""

    inputs: Properties
    changes: str
    replaces: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether the preview is empty."""
        return self.changes == "none"


class Host:
    """One `python -m pulumi.dynamic` that is running and configured."""

    def __init__(self, stub: ResourceProviderStub, blob: str, written: tuple[Path, Path]) -> None:
        self._stub = stub
        self._blob = blob
        self._written = written

    @property
    def output(self) -> str:
        """All that the process has written so far, to stdout and to stderr."""
        return "".join(file.read_text(encoding="utf-8") for file in self._written)

    def check(self, news: Properties, olds: Properties | None = None) -> tuple[Properties, list[tuple[str, str]]]:
        """Returns the checked inputs and the failures as pairs of property and reason."""
        news = {**news, "__provider": self._blob}
        answer = self._call("Check", proto.CheckRequest(olds=olds or {}, news=news))
        return _plain(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures]

    def checked(self, news: Properties, olds: Properties | None = None) -> Properties:
        """Returns the checked inputs of a declaration without failures."""
        inputs, failures = self.check(news, olds)
        assert failures == []
        return inputs

    def diff(self, state: State, inputs: Properties) -> Plan:
        """Compares checked inputs with a state, and fills in what the provider leaves to the engine."""
        request = proto.DiffRequest(id=state.id, olds=state.outputs, news=inputs, old_inputs=state.inputs)
        answer = self._call("Diff", request)
        changes = proto.DiffResponse.DiffChanges.Name(answer.changes)
        if changes == "DIFF_UNKNOWN":
            changes = "DIFF_SOME" if _visible(state.inputs) != _visible(inputs) else "DIFF_NONE"
        if changes == "DIFF_NONE":
            return Plan(inputs, "none")
        return Plan(inputs, "replace" if answer.replaces else "update", list(answer.replaces))

    def preview(self, state: State, news: Properties) -> Plan:
        """Check, then diff."""
        return self.diff(state, self.checked(news, state.inputs))

    def create(self, news: Properties) -> State:
        """Check without old inputs, then create: a new resource, or the second half of a replacement."""
        inputs = self.checked(news)
        answer = self._call("Create", proto.CreateRequest(properties=inputs))
        return State(answer.id, inputs, _plain(answer.properties))

    def up(self, state: State, news: Properties) -> State:
        """Preview, then what it says: nothing, an update, or a new resource before the old one is deleted."""
        plan = self.preview(state, news)
        if plan.changes == "replace":
            made = self.create(news)
            self.delete(state)
            return made
        if plan.nothing:
            return State(state.id, plan.inputs, state.outputs)
        request = proto.UpdateRequest(id=state.id, olds=state.outputs, news=plan.inputs, old_inputs=state.inputs)
        return State(state.id, plan.inputs, _plain(self._call("Update", request).properties))

    def refresh(self, state: State) -> tuple[State | None, Plan]:
        """Read, then diff of the new outputs with the old inputs; None when the resource is gone."""
        answer = self._call("Read", proto.ReadRequest(id=state.id, properties=state.outputs, inputs=state.inputs))
        if not answer.id:
            return None, Plan(state.inputs, "gone")
        fresh = State(answer.id, _plain(answer.inputs), _plain(answer.properties))
        return fresh, self.diff(State(answer.id, fresh.inputs, fresh.outputs), state.inputs)

    def get(self, id_: str, **inputs: Any) -> State:
        """Reads as `RecordingLink.get` does: with inputs alone, which an older host takes for the state."""
        asked = {**inputs, "__lookup": True, "__provider": self._blob}
        state = asked if OLD_HOST else None
        answer = self._call("Read", proto.ReadRequest(id=id_, inputs=asked, properties=state))
        return State(answer.id, _plain(answer.inputs), _plain(answer.properties))

    def delete(self, state: State) -> None:
        """Deletes from the state alone."""
        self._call("Delete", proto.DeleteRequest(id=state.id, properties=state.outputs))

    def _call(self, name: str, request: Any) -> Any:
        try:
            return getattr(self._stub, name)(request, timeout=DEADLINE)
        except grpc.RpcError as error:
            raise HostError(error.details().removeprefix("Exception calling application: ")) from None


@contextlib.contextmanager
def running_host(folder: Path, config: Mapping[str, str], environ: Mapping[str, str], blob: str) -> Iterator[Host]:
    """Runs a host that writes to that folder, gives it that configuration, its key as a secret, and ends it.

    Args:
        folder: For what the process writes.
        config: The stack's configuration, or the settings of an explicit provider.
        environ: Variables beside this process's own, of which those of Userplane and Pulumi are taken out.
        blob: The `__provider` that the program registers.
    """
    printed, log = folder / "stdout.txt", folder / "stderr.txt"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("USERPLANE_", "PULUMI_"))}
    with printed.open("wb") as stdout, log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic"],
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
            yield Host(stub, blob, (printed, log))
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


def _visible(properties: Properties) -> Properties:
    return {key: value for key, value in properties.items() if not key.startswith("__")}


def _plain(value: Any) -> Any:
    if hasattr(value, "fields"):
        return {key: _plain(value[key]) for key in value.fields}
    if hasattr(value, "values"):
        return [_plain(item) for item in value]
    return value
