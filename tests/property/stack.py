"""Simulates Pulumi's engine with one program and its state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import note

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from pulumi_userplane.recovery.state_reader import Deployment, PendingOperation, Resource
from tests.property.processes import DOORS, spell
from tests.property.world import KilledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.property.machines import RunOptions
    from tests.property.person import Person
    from tests.property.processes import Door, Processes
    from tests.property.world import SimulatedWorld
    from tests.support.driver import Driver
    from tests.support.operations import State

TYPES: dict[Door, str] = {"dynamic": LINK_TYPE, "plugin": PLUGIN_LINK_TYPE}
"""The type that a link has in the state, by the provider that has recorded it."""


@dataclass(frozen=True)
class Entry:
    """What the state holds of one link.

    Attributes:
        name: The name of the resource.
        link: The link, with the names of properties as its provider spells them.
        door: The provider that has recorded it.
        is_replaced: Whether a replacement still has to delete it.
        retains: Whether it was declared with `retain_on_delete`.
    """

    name: str
    link: State
    door: Door
    is_replaced: bool = False
    retains: bool = False

    @property
    def id(self) -> str:
        return self.link.id


@dataclass
class Stack:
    """A program's declarations, and the state.

    Attributes:
        person: Who owns both.
        door: The provider that the program uses. With another one, each link moves at the next `up`: the new type has
            an alias to the old one.
        aliases: The old names of renamed links, as long as the state knows them by those.
        marks: The marks that the program declares, by name.
        retained: The names that the program declares with `retain_on_delete`.
        pending: The creations that the engine has begun, and not ended: this run's, and those of interrupted runs.
        never_looks: Whether its next run is told not to look for interrupted creations.
        failures: What the last command failed with.
        dropped: The ids that a read has dropped from the state, in all commands.
    """

    world: SimulatedWorld
    name: str
    person: Person
    door: Door = "dynamic"
    program: dict[str, dict[str, Any]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    retained: set[str] = field(default_factory=set)
    state: list[Entry] = field(default_factory=list)
    pending: list[Resource] = field(default_factory=list)
    never_looks: bool = False
    failures: list[UserplaneError] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)

    def mark(self, name: str) -> str:
        return self.marks.get(name, f"pulumi:p/{self.name}/{name}")

    def find(self, name: str) -> Entry | None:
        """Returns the entry of a name, or of the name that it had, unless it is replaced."""
        names = {name, self.aliases.get(name)}
        return next((entry for entry in self.state if entry.name in names and not entry.is_replaced), None)

    def change(self, action: str, name: str, other: str, values: dict[str, Any]) -> None:
        """Changes the program: the link of that name, or the first one there is."""
        known = name if name in self.program else next(iter(self.program), None)
        if action == "declare" or known is None:
            if name not in self.aliases.values():
                self.program[name] = {"domain_id": "dom_help", **values}
        elif action == "change":
            self.program[known].pop("adopt", None)
            self.program[known].update(values)
        elif action == "undeclare":
            del self.program[known]
        elif action == "retain":
            self.retained ^= {known}
        elif action == "change door":
            self.change_door()
        elif other not in {*self.program, *self.aliases.values()} and not self.find(other):
            self.program[other] = self.program.pop(known)
            self.program[other].pop("adopt", None)
            if action == "alias" and known not in self.aliases and self.find(known):
                self.aliases[other] = known

    def change_door(self) -> None:
        """Lets the program use the other provider."""
        self.door = DOORS[1 - DOORS.index(self.door)]

    def up(self, options: RunOptions, *, refresh: bool) -> bool:
        """Applies the program; returns whether all operations succeeded."""

        options = self.person.prepare(self, options)

        def run(processes: Processes) -> None:
            if not refresh or self._refresh(processes):
                self._update(processes, options)

        return self._run(run, options)

    def refresh(self, options: RunOptions) -> bool:
        """Refreshes the state; returns whether all operations succeeded."""
        return self._run(self._refresh, options)

    def destroy(self, options: RunOptions) -> bool:
        """Deletes all links in the state; returns whether all operations succeeded."""

        def run(processes: Processes) -> None:
            self._delete(processes, list(self.state), options)

        return self._run(run, options)

    def _run(self, command: Callable[[Processes], object], options: RunOptions) -> bool:
        before, self.failures = list(self.state), []
        checkpoints = options.checkpoints

        def export() -> Deployment:
            written = self.state if checkpoints else before
            operations = [PendingOperation(type="creating", resource=creation) for creation in self.pending]
            return Deployment(resources=[self._export(entry) for entry in written], pending_operations=operations)

        try:
            with self.world.processes(options, self.name, export) as processes:
                command(processes)
        except KilledError:
            if not checkpoints:
                self.state = before
                self.person.give_up(self.person.kept & {entry.id for entry in before})
            return False
        finally:
            self.aliases = {new: old for new, old in self.aliases.items() if any(e.name == old for e in self.state)}
            self.person.look_at_states(self)
            self._note(options)
        return not self.failures

    def _note(self, options: RunOptions) -> None:
        """Tells what happened, should this life fail."""
        held = {entry.name: entry.id for entry in self.state}
        pending = [creation.name for creation in self.pending]
        note(f"{self.name}, {self.door}, {options}: holds {held}, pending {pending}, {[str(e) for e in self.failures]}")

    def _export(self, entry: Entry) -> Resource:
        return self.resource(entry.name, entry.link.inputs, entry.door, id=entry.id, delete=entry.is_replaced)

    def resource(self, name: str, inputs: dict[str, Any], door: Door, **fields: Any) -> Resource:
        """Returns what an export of the state shows of a link."""
        return Resource(urn=self._urn(name, door), type=TYPES[door], inputs=inputs, **fields)

    def _urn(self, name: str, door: Door) -> str:
        return f"urn:pulumi:{self.name}::p::{TYPES[door]}::{name}"

    def _driver(self, processes: Processes, name: str, door: Door) -> Driver:
        """Returns what calls the provider about a link."""
        processes.urn = self._urn(name, door)
        return processes.driver(door)

    def _create(self, processes: Processes, name: str, program: dict[str, Any], options: RunOptions) -> State:
        """Creates a link as the engine does: with checkpoints the state has an entry of it meanwhile."""
        creation = self.resource(name, program, self.door)
        if options.checkpoints:
            self.pending.append(creation)
        try:
            new = self._driver(processes, name, self.door).create(program)
        except UserplaneError:
            self._end_creation(creation)
            raise
        self._end_creation(creation)
        return new

    def _end_creation(self, creation: Resource) -> None:
        self.pending = [pending for pending in self.pending if pending is not creation]

    def _refresh(self, processes: Processes) -> bool:
        for entry in list(self.state):
            self._try(partial(self._read, processes, entry))
        return not self.failures

    def _read(self, processes: Processes, entry: Entry) -> None:
        fresh, _ = self._driver(processes, entry.name, entry.door).refresh(entry.link)
        if fresh is None:
            self.dropped.add(entry.id)
            self.state.remove(entry)
        else:
            self._replace(entry, replace(entry, link=fresh))

    def _update(self, processes: Processes, options: RunOptions) -> None:
        for name in list(self.program):
            if not self._try(partial(self._register, processes, name, options)) and not options.continue_on_error:
                return
        if not self.failures:
            declared = [self.find(name) for name in self.program]
            self._delete(processes, [entry for entry in reversed(self.state) if entry not in declared], options)

    def _register(self, processes: Processes, name: str, options: RunOptions) -> None:
        entry = self.find(name)
        program = spell({"mark": self.mark(name), **self.program[name]}, self.door)
        retains = name in self.retained
        if entry is None:
            new = Entry(name, self._create(processes, name, program, options), self.door, retains=retains)
            self.state.append(new)
            return
        driver = self._driver(processes, name, self.door)
        plan = driver.preview(entry.link, program)
        if plan.changes == "replace":
            new = Entry(name, self._create(processes, name, program, options), self.door, retains=retains)
            self._replace(entry, replace(entry, name=name, is_replaced=True))
            self.state.append(new)
        else:
            self._replace(entry, Entry(name, driver.update(entry.link, plan), self.door, retains=retains))

    def _delete(self, processes: Processes, entries: list[Entry], options: RunOptions) -> None:
        for entry in entries:
            if not self._try(partial(self._delete_entry, processes, entry)) and not options.continue_on_error:
                return

    def _delete_entry(self, processes: Processes, entry: Entry) -> None:
        if entry.retains:
            self.person.keep(entry.id)
        else:
            self._driver(processes, entry.name, entry.door).delete(entry.link)
        self.state.remove(entry)

    def _replace(self, old: Entry, new: Entry) -> None:
        self.state[self.state.index(old)] = new

    def _try(self, operation: Callable[[], None]) -> bool:
        try:
            operation()
        except UserplaneError as error:
            self.failures.append(error)
            return False
        return True
