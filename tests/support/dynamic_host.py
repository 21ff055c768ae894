"""Calls the dynamic provider in the process that Pulumi starts for it."""

from __future__ import annotations

import contextlib
import shlex
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

from pulumi.runtime import proto, rpc

from pulumi_userplane import diff
from tests.support import provider_process
from tests.support.operations import BLOB, Checked, Difference, Properties, State, require_only_the_engine_compares
from tests.support.provider_process import to_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.support.provider_process import Started

OLD_HOST = tuple(int(part) for part in version("pulumi").split(".")[:2]) < (3, 268)


class DynamicHost:
    """One `python -m pulumi.dynamic` that is running and configured."""

    hidden: ClassVar[Properties] = {"__provider": BLOB}
    """The properties that each link has, whatever is declared."""

    def __init__(self, process: Started, blob: str) -> None:
        self._process = process
        self._blob = blob

    def with_own_names(self) -> DynamicHost:
        """Returns this host: its states have Python's names."""
        return self

    @staticmethod
    def word(message: str) -> str:
        """Returns a message as it is."""
        return message

    @property
    def outputs(self) -> tuple[str, ...]:
        """What the process has written so far; it shows its messages there."""
        return (self._process.output,)

    def check(self, news: Properties, olds: Properties) -> Checked:
        answer = self._process.call("Check", proto.CheckRequest(olds=olds, news={**news, "__provider": self._blob}))
        return Checked(to_plain(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures])

    def diff(self, state: State, inputs: Properties) -> Difference:
        request = proto.DiffRequest(id=state.id, olds=state.outputs, news=inputs, old_inputs=state.inputs)
        answer = self._process.call("Diff", request)
        said = proto.DiffResponse.DiffChanges.Name(answer.changes)
        changes = {"DIFF_NONE": False, "DIFF_SOME": True}.get(said)
        require_only_the_engine_compares(state, changes=changes)
        return Difference(changes, list(answer.replaces))

    def create(self, inputs: Properties) -> State:
        answer = self._process.call("Create", proto.CreateRequest(properties=inputs))
        return State(answer.id, inputs, to_plain(answer.properties))

    def read(self, state: State) -> State:
        return self._read(proto.ReadRequest(id=state.id, properties=state.outputs, inputs=state.inputs))

    def get(self, id_: str, inputs: Properties) -> State:
        asked = {**inputs, diff.LOOKUP: True, "__provider": self._blob}
        # An older host takes the state alone.
        return self._read(proto.ReadRequest(id=id_, inputs=asked, properties=asked if OLD_HOST else None))

    def update(self, state: State, inputs: Properties) -> State:
        request = proto.UpdateRequest(id=state.id, olds=state.outputs, news=inputs, old_inputs=state.inputs)
        return State(state.id, inputs, to_plain(self._process.call("Update", request).properties))

    def delete(self, state: State) -> None:
        self._process.call("Delete", proto.DeleteRequest(id=state.id, properties=state.outputs))

    def _read(self, request: Any) -> State:
        answer = self._process.call("Read", request)
        return State(answer.id, to_plain(answer.inputs), to_plain(answer.properties))


@contextlib.contextmanager
def running_dynamic_host(
    folder: Path,
    config: Mapping[str, str],
    environ: Mapping[str, str],
    blob: str = BLOB,
    program: Path | None = None,
    *,
    has_cli: bool = False,
) -> Iterator[DynamicHost]:
    """Runs a host that writes to that folder, gives it that configuration, its key as a secret, and ends it.

    Args:
        folder: For what the process writes.
        config: The stack's configuration, or the settings of an explicit provider.
        environ: More variables; those of this process are kept, except Userplane's and Pulumi's.
        blob: The `__provider` that the program registers.
        program: The program's folder; this process's own when left out.
        has_cli: Whether a script of the CLI's name for it starts it, so that it takes this process for its CLI.
    """
    command = [sys.executable, "-u", "-m", "pulumi.dynamic"]
    if has_cli:
        script = folder / "pulumi-resource-pulumi-python"
        # What the shell runs in the background ends with it.
        script.write_text(f"{shlex.join(command)} & trap 'kill $!' TERM; wait; wait\n")
        command = ["sh", str(script)]
    with provider_process.running(command, folder, environ, program) as process:
        args = {key: rpc.wrap_rpc_secret(value) if "apiKey" in key else value for key, value in config.items()}
        # The engine takes the secret marks off all that it sends to such a provider; so nothing here has any.
        assert not process.call("Configure", proto.ConfigureRequest(args=args)).acceptSecrets
        yield DynamicHost(process, blob)
