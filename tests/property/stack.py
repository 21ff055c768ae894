"""One program with its state, driven as Pulumi's engine drives the provider."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import UserplaneError
from tests.property.world import KilledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.provider import RecordingLinkProvider
    from tests.property.world import World


@dataclass(frozen=True)
class Entry:
    """What the state holds of one link; `doomed` is one that a replacement has left to be deleted."""

    name: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    doomed: bool = False


@dataclass(frozen=True)
class Way:
    """How a command is run.

    Attributes:
        dies_after: The steps until its process is killed; None for none.
        checkpoints: Whether the state is written after each step, or only at the end (`PULUMI_SKIP_CHECKPOINTS`).
        goes_on: Whether the other links are still dealt with when one has failed.
    """

    dies_after: int | None = None
    checkpoints: bool = True
    goes_on: bool = False


@dataclass
class Stack:
    """A program's declarations, and the state.

    Attributes:
        aliases: The old names of renamed links, as long as the state knows them by those.
        failures: What the last command failed with.
        dropped: The ids that a read has dropped from the state, in all commands.
    """

    world: World
    name: str
    program: dict[str, dict[str, Any]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    state: list[Entry] = field(default_factory=list)
    failures: list[UserplaneError] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)

    def mark(self, name: str) -> str:
        return f"pulumi:p/{self.name}/{name}"

    def held(self, name: str) -> Entry | None:
        """The living entry of a name, or of the name that it had."""
        names = {name, self.aliases.get(name)}
        return next((entry for entry in self.state if entry.name in names and not entry.doomed), None)

    def up(self, way: Way, *, refresh: bool) -> bool:
        """Makes what is declared true; returns whether all went well."""

        def run(provider: RecordingLinkProvider) -> None:
            if not refresh or self._refresh(provider):
                self._update(provider, way)

        return self._run(run, way)

    def refresh(self, way: Way) -> bool:
        """Takes down what is; returns whether all went well."""
        return self._run(self._refresh, way)

    def destroy(self, way: Way) -> bool:
        """Deletes all that the state holds; returns whether all went well."""

        def run(provider: RecordingLinkProvider) -> None:
            self._delete(provider, list(self.state), way)

        return self._run(run, way)

    def _run(self, command: Callable[[RecordingLinkProvider], object], way: Way) -> bool:
        before, self.failures = list(self.state), []
        try:
            with self.world.process(way.dies_after) as provider:
                command(provider)
        except KilledError:
            if not way.checkpoints:
                self.state = before
            return False
        finally:
            self.aliases = {new: old for new, old in self.aliases.items() if any(e.name == old for e in self.state)}
        return not self.failures

    def _refresh(self, provider: RecordingLinkProvider) -> bool:
        for entry in list(self.state):
            self._tried(partial(self._read, provider, entry))
        return not self.failures

    def _read(self, provider: RecordingLinkProvider, entry: Entry) -> None:
        result = provider.read(entry.id, entry.outputs)
        self.world.step()
        if not result.id:
            self.dropped.add(entry.id)
            self.state.remove(entry)
            return
        outputs = as_host(result.outs)
        provider.diff(entry.id, outputs, entry.inputs)
        self._replaced(entry, replace(entry, outputs=outputs, inputs=as_host(result.inputs)))

    def _update(self, provider: RecordingLinkProvider, way: Way) -> None:
        for name in list(self.program):
            if not self._tried(partial(self._registered, provider, name)) and not way.goes_on:
                return
        if not self.failures:
            declared = [self.held(name) for name in self.program]
            self._delete(provider, [entry for entry in reversed(self.state) if entry not in declared], way)

    def _registered(self, provider: RecordingLinkProvider, name: str) -> None:
        entry = self.held(name)
        program = as_host({"mark": self.mark(name), **self.program[name]})
        inputs = self._checked(provider, entry.inputs if entry else {}, program)
        if entry is None:
            self.state.append(self._made(provider, name, inputs))
            return
        difference = provider.diff(entry.id, entry.outputs, inputs)
        if difference.replaces:
            made = self._made(provider, name, self._checked(provider, {}, program))
            self._replaced(entry, replace(entry, name=name, doomed=True))
            self.state.append(made)
        elif difference.changes is None and entry.inputs != inputs:
            outputs = as_host(provider.update(entry.id, entry.outputs, inputs).outs)
            self.world.step()
            self._replaced(entry, replace(entry, name=name, inputs=inputs, outputs=outputs))
        else:
            self._replaced(entry, replace(entry, name=name, inputs=inputs))

    def _checked(self, provider: RecordingLinkProvider, olds: dict[str, Any], program: dict[str, Any]) -> Any:
        result = provider.check(olds, program)
        assert result.failures == []
        return as_host(result.inputs)

    def _made(self, provider: RecordingLinkProvider, name: str, inputs: dict[str, Any]) -> Entry:
        result = provider.create(inputs)
        self.world.step()
        return Entry(name, result.id, inputs, as_host(result.outs))

    def _delete(self, provider: RecordingLinkProvider, entries: list[Entry], way: Way) -> None:
        for entry in entries:
            if not self._tried(partial(self._deleted, provider, entry)) and not way.goes_on:
                return

    def _deleted(self, provider: RecordingLinkProvider, entry: Entry) -> None:
        provider.delete(entry.id, entry.outputs)
        self.world.step()
        self.state.remove(entry)

    def _replaced(self, old: Entry, new: Entry) -> None:
        self.state[self.state.index(old)] = new

    def _tried(self, operation: Callable[[], None]) -> bool:
        try:
            operation()
        except UserplaneError as error:
            self.failures.append(error)
            return False
        return True


def as_host(properties: Any) -> Any:
    """The properties as they come out of the host: numbers as floats, no keys without a value."""
    if isinstance(properties, dict):
        return {key: as_host(value) for key, value in properties.items() if value is not None}
    if isinstance(properties, list):
        return [as_host(value) for value in properties]
    return float(properties) if isinstance(properties, int) and not isinstance(properties, bool) else properties
