"""Simulates the person who owns the stacks: edits states, keeps links on purpose, and does what an error advises."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api import Link
from pulumi_userplane.cli.import_entries import build_entry
from pulumi_userplane.emulator.seed import WORKSPACE_ID
from pulumi_userplane.recovery.ownership import mark_in
from tests.property.stack import TYPES, Entry
from tests.property.world import BASE_URL
from tests.support.operations import State, as_host

if TYPE_CHECKING:
    from pulumi_userplane.api.errors import UserplaneError
    from tests.property.machines import RunOptions
    from tests.property.stack import Stack
    from tests.property.world import SimulatedWorld

WAYS = ("adopt", "delete", "mark", "clear", "undeclare", "never")
"""What a person does about a link that an error names."""

_NAMED_LINK = re.compile(r"(\S+) \(https?://")
_MARK = re.compile(r'"(pulumi:p/[^"]+)"')


@dataclass
class Person:
    """Who owns the stacks.

    Attributes:
        world: Where the person acts.
        stacks: The person's stacks.
        kept: The live links that left a state on purpose: by `retain_on_delete` or `pulumi state delete`.
        guarded: Those of them, and the moved ones, that no run may take without being told to. What the docs ask for
            was done before: no state has an old entry of the creation, and no journal has one that no state would show.
        named: The links that an error has named, and that the person has left where they are.
        revived: The links that came back with their project after they had left the state.
        wrongly_named: The links that an error should not have named: the state told whose they are.
    """

    world: SimulatedWorld
    stacks: list[Stack] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    guarded: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    revived: set[str] = field(default_factory=set)
    wrongly_named: set[str] = field(default_factory=set)

    def keep(self, link_id: str) -> None:
        """Keeps a link alive that leaves its state."""
        self.kept.add(link_id)
        self._guard(link_id)

    def give_up(self, link_ids: set[str]) -> None:
        """Lets runs have links that the person kept."""
        self.kept -= link_ids
        self.guarded -= link_ids

    def _guard(self, link_id: str) -> None:
        # A DELETE of an earlier run may have been lost.
        self.world.deletions.pop(link_id, None)
        if self._is_settled(link_id):
            self.guarded.add(link_id)

    def _is_settled(self, link_id: str) -> bool:
        """Returns whether nothing makes the link look like an interrupted creation, as the docs ask for."""
        birth = self.world.births.get(link_id)
        if birth is None:
            return True
        pending = any(creation.mark == birth.mark for stack in self.stacks for creation in stack.pending)
        entries = [e for e in self.world.journal_entries() if link_id == e.link_id or birth.reference == e.reference]
        return not pending and all(entry.has_checkpoints and not entry.is_reported for entry in entries)

    def prepare(self, stack: Stack, options: RunOptions) -> RunOptions:
        """Returns the options of a run, with checkpoints and without old entries where the docs ask for it."""
        guarded = {self.world.births[link_id].mark for link_id in self.guarded if link_id in self.world.births}
        marks = guarded & {stack.mark(name) for name in stack.program}
        stack.pending = [creation for creation in stack.pending if creation.mark not in marks]
        looks, stack.never_looks = "never" if stack.never_looks else options.looks, False
        return replace(options, checkpoints=options.checkpoints or bool(marks), looks=looks)

    def edit_state(self, stack: Stack, other: Stack, command: str, name: str, new_name: str, **how: bool) -> None:
        """Changes a state by a command of Pulumi: the link of that name, or the first one there is."""
        known = name if stack.find(name) else next((entry.name for entry in stack.state), name)
        if command == "move":
            self.move(stack, other, known, **how)
        elif command == "delete":
            self.delete_from_state(stack, known)
        elif command == "rename":
            self.rename_in_state(stack, known, new_name, is_declared=how["is_declared"])
        elif command == "clear":
            self.clear_pending_creates(stack)
        else:
            self.import_orphans(stack)

    def move(self, source: Stack, target: Stack, name: str, *, is_declared: bool, leaves: bool) -> None:
        """Runs `pulumi state move`, and moves the declaration or not."""
        entry = source.find(name)
        if entry is None or self._is_taken(target, entry.name) or not self._is_settled(entry.id):
            return
        source.state.remove(entry)
        target.state.append(entry)
        self._guard(entry.id)
        declared = source.program.get(name)
        if declared is not None and is_declared:
            target.program[entry.name] = {key: value for key, value in declared.items() if key != "adopt"}
        if not leaves:
            source.program.pop(name, None)

    def delete_from_state(self, stack: Stack, name: str) -> None:
        """Runs `pulumi state delete`."""
        entry = stack.find(name)
        if entry is not None and self._is_settled(entry.id):
            stack.state.remove(entry)
            self.keep(entry.id)

    def rename_in_state(self, stack: Stack, name: str, new_name: str, *, is_declared: bool) -> None:
        """Runs `pulumi state rename`, and renames the declaration or not."""
        entry = stack.find(name)
        if entry is None or new_name in stack.program or self._is_taken(stack, new_name):
            return
        stack.state[stack.state.index(entry)] = replace(entry, name=new_name)
        if is_declared and name in stack.program:
            stack.program[new_name] = stack.program.pop(name)

    @staticmethod
    def clear_pending_creates(stack: Stack) -> None:
        """Runs `pulumi refresh --clear-pending-creates`."""
        stack.pending.clear()

    def import_orphans(self, stack: Stack) -> None:
        """Imports what `recover` lists for the declared resources; Pulumi keeps their entries of pending creations."""
        held = {entry.id for other in self.stacks for entry in other.state}
        by_mark = {stack.mark(name): name for name in stack.program if not self._is_taken(stack, name)}
        for link in sorted(self.world.admin.links, key=lambda link: link["createdAt"], reverse=True):
            name = by_mark.get(mark_in(link["linkProviderReference"]) or "")
            if name is None or not link["live"] or link["linkId"] in held or stack.find(name):
                continue
            self.give_up({link["linkId"]})
            stack.program[name].pop("adopt", None)
            found, link_type = Link.model_validate(link), TYPES[stack.door]
            entry = build_entry(found, name, stack.mark(name), WORKSPACE_ID, BASE_URL, link_type=link_type)
            imported = State(entry["id"], as_host(entry["inputs"]), as_host(entry["outputs"]))
            stack.state.append(Entry(name, imported, stack.door))

    def _is_taken(self, stack: Stack, name: str) -> bool:
        return name in stack.aliases.values() or any(entry.name == name for entry in stack.state)

    def look_at_states(self, stack: Stack) -> None:
        """Removes `adopt` where it is done, and sees which links a run has taken that looked like interrupted ones."""
        held = {entry.id for other in self.stacks for entry in other.state}
        self.kept -= held - self.guarded
        self.wrongly_named |= {self._find_wrongly_named(stack, error) for error in stack.failures} - {""}
        for declared in stack.program.values():
            if declared.get("adopt") in held:
                del declared["adopt"]

    @staticmethod
    def _find_wrongly_named(stack: Stack, error: UserplaneError) -> str:
        """Returns the link that an error names although the state holds it, or has its interrupted creation."""
        named, mark = _NAMED_LINK.match(error.reason), _MARK.search(str(error))
        if named is None or mark is None:
            return ""
        is_held = any(entry.id == named[1] for entry in stack.state)
        # A declared reference may be another link's as well, so the state does not tell whose that is.
        is_told = "the declared link_provider_ref" not in error.reason
        is_pending = is_told and any(creation.mark == mark[1] for creation in stack.pending)
        return named[1] if is_held or is_pending else ""

    def follow(self, stack: Stack, preferred: str) -> list[UserplaneError]:
        """Does what the errors of the last run advise about the links that they name.

        Args:
            stack: The stack.
            preferred: What the person does where it can be done.

        Returns:
            The errors that name no link.
        """
        return [error for error in stack.failures if not self._follow(stack, error, preferred)]

    def _follow(self, stack: Stack, error: UserplaneError, preferred: str) -> bool:
        named, mark = _NAMED_LINK.match(error.reason), _MARK.search(str(error))
        if named is None or mark is None:
            return False
        link = next((link for link in self.world.admin.links if link["linkId"] == named[1]), None)
        name = next((name for name in stack.program if stack.mark(name) == mark[1]), None)
        if link is not None and link["live"] and name is not None:
            after = WAYS.index(preferred)
            way = next(way for way in WAYS[after:] + WAYS[:after] if self._can(way, stack.program[name], link, error))
            self._go(way, stack, name, link["linkId"])
        return True

    def _can(self, way: str, declared: dict[str, Any], link: Any, error: UserplaneError) -> bool:
        link_id = link["linkId"]
        is_held = any(entry.id == link_id for stack in self.stacks for entry in stack.state)
        if way == "adopt":
            place = (link["domain"]["domainId"], declared.get("project_id") or link["project"]["projectId"])
            is_there = place == (declared["domain_id"], link["project"]["projectId"])
            return f'adopt="{link_id}"' in error.next_step and not is_held and is_there
        if way == "delete":
            return "delete it in the dashboard" in error.next_step and not is_held and link_id not in self.kept
        advice = {"mark": "another mark=", "clear": "--clear-pending-creates", "never": "lookForInterrupted never"}
        return advice.get(way, "") in error.next_step

    def _go(self, way: str, stack: Stack, name: str, link_id: str) -> None:
        if way == "adopt":
            stack.program[name]["adopt"] = link_id
            self.give_up({link_id})
        elif way == "delete":
            self.world.admin.delete_link(link_id)
        else:
            self.named.add(link_id)
        if way == "clear":
            self.clear_pending_creates(stack)
        if way == "mark":
            stack.marks[name] = f"{stack.mark(name)}+"
        elif way == "undeclare":
            del stack.program[name]
        stack.never_looks = stack.never_looks or way == "never"
