"""The operations of a provider, one call each, in Python's names: how tests call them, whichever provider it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc

from pulumi_userplane import diff
from pulumi_userplane.property_names import to_python_names
from pulumi_userplane.provider import RecordingLinkProvider

if TYPE_CHECKING:
    from collections.abc import Mapping

Properties = dict[str, Any]

UNKNOWN = rpc.UNKNOWN
BLOB = serialize_provider(RecordingLinkProvider())


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
        details: The kind of each change by its path, if the provider tells; a path has the engine's names.
    """

    changes: bool | None
    replaces: list[str]
    details: Mapping[str, str] = field(default_factory=dict)


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
        require_only_the_engine_compares(state, changes=result.changes)
        return Difference(result.changes, list(result.replaces or []))

    def create(self, inputs: Properties) -> State:
        result = self._provider.create(inputs)
        return State(result.id, inputs, as_host(result.outs))

    def read(self, state: State) -> State:
        return self._read(state.id, state.outputs)

    def get(self, id_: str, inputs: Properties) -> State:
        return self._read(id_, {**inputs, diff.LOOKUP: True})

    def _read(self, id_: str, properties: Properties) -> State:
        result = self._provider.read(id_, properties)
        assert result.id or result.outs == {}
        return State(result.id or "", as_host(result.inputs or {}), as_host(result.outs))

    def update(self, state: State, inputs: Properties) -> State:
        return State(state.id, inputs, as_host(self._provider.update(state.id, state.outputs, inputs).outs))

    def delete(self, state: State) -> None:
        self._provider.delete(state.id, state.outputs)


def require_only_the_engine_compares(state: State, *, changes: bool | None) -> None:
    """Fails where the dynamic provider says yes: then the engine would not show its own difference of the inputs.

    It can't compare inputs that the plugin has recorded, so about those the provider does say it.
    """
    is_of_plugin = to_python_names(state.outputs).keys() != state.outputs.keys()
    assert (changes is True) == is_of_plugin


def as_host(properties: Any) -> Any:
    """Returns the properties as the host passes them: numbers as floats, and no keys without a value."""
    if isinstance(properties, dict):
        return {key: as_host(value) for key, value in properties.items() if value is not None}
    if isinstance(properties, list):
        return [as_host(value) for value in properties]
    return float(properties) if isinstance(properties, int) and not isinstance(properties, bool) else properties
