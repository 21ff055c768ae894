"""One program with its state, in the hands of Pulumi's engine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import UserplaneError
from tests.property.world import KilledError
from tests.support.driver import Driver
from tests.support.operations import InProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.provider import RecordingLinkProvider
    from tests.property.world import World
    from tests.support.operations import Properties, State


@dataclass(frozen=True)
class Entry:
    """What the state holds of one link; `doomed` is one that a replacement has left to be deleted."""

    name: str
    link: State
    doomed: bool = False

    @property
    def id(self) -> str:
        return self.link.id


class _Mortal(InProcess):
    """A provider whose process may be killed after an operation, before the engine has heard of it."""

    def __init__(self, provider: RecordingLinkProvider, world: World) -> None:
        super().__init__(provider)
        self._world = world

    def create(self, inputs: Properties) -> State:
        made = super().create(inputs)
        self._world.step()
        return made

    def read(self, state: State) -> State:
        found = super().read(state)
        self._world.step()
        return found

    def update(self, state: State, inputs: Properties) -> State:
        updated = super().update(state, inputs)
        self._world.step()
        return updated

    def delete(self, state: State) -> None:
        super().delete(state)
        self._world.step()


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

        def run(driver: Driver) -> None:
            if not refresh or self._refresh(driver):
                self._update(driver, way)

        return self._run(run, way)

    def refresh(self, way: Way) -> bool:
        """Takes down what is; returns whether all went well."""
        return self._run(self._refresh, way)

    def destroy(self, way: Way) -> bool:
        """Deletes all that the state holds; returns whether all went well."""

        def run(driver: Driver) -> None:
            self._delete(driver, list(self.state), way)

        return self._run(run, way)

    def _run(self, command: Callable[[Driver], object], way: Way) -> bool:
        before, self.failures = list(self.state), []
        try:
            with self.world.process(way.dies_after) as provider:
                command(Driver(_Mortal(provider, self.world)))
        except KilledError:
            if not way.checkpoints:
                self.state = before
            return False
        finally:
            self.aliases = {new: old for new, old in self.aliases.items() if any(e.name == old for e in self.state)}
        return not self.failures

    def _refresh(self, driver: Driver) -> bool:
        for entry in list(self.state):
            self._tried(partial(self._read, driver, entry))
        return not self.failures

    def _read(self, driver: Driver, entry: Entry) -> None:
        fresh, _ = driver.refresh(entry.link)
        if fresh is None:
            self.dropped.add(entry.id)
            self.state.remove(entry)
        else:
            self._replaced(entry, replace(entry, link=fresh))

    def _update(self, driver: Driver, way: Way) -> None:
        for name in list(self.program):
            if not self._tried(partial(self._registered, driver, name)) and not way.goes_on:
                return
        if not self.failures:
            declared = [self.held(name) for name in self.program]
            self._delete(driver, [entry for entry in reversed(self.state) if entry not in declared], way)

    def _registered(self, driver: Driver, name: str) -> None:
        entry = self.held(name)
        program = {"mark": self.mark(name), **self.program[name]}
        if entry is None:
            self.state.append(Entry(name, driver.create(program)))
            return
        plan = driver.preview(entry.link, program)
        if plan.changes == "replace":
            made = Entry(name, driver.create(program))
            self._replaced(entry, replace(entry, name=name, doomed=True))
            self.state.append(made)
        else:
            self._replaced(entry, Entry(name, driver.update(entry.link, plan)))

    def _delete(self, driver: Driver, entries: list[Entry], way: Way) -> None:
        for entry in entries:
            if not self._tried(partial(self._deleted, driver, entry)) and not way.goes_on:
                return

    def _deleted(self, driver: Driver, entry: Entry) -> None:
        driver.delete(entry.link)
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
