"""What holds at the end of each life, when the faults have stopped and each stack was applied once more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.property.explanations import live_links
from tests.property.processes import DOORS
from tests.property.strategies import WIRE

if TYPE_CHECKING:
    from tests.property.machines import RunOptions
    from tests.property.person import Person
    from tests.property.stack import Stack
    from tests.support.operations import State

_MAY_BE_OLD = ("mark", "project_id", "projectId")
"""The outputs that repeat an input: when a link was moved or imported, only an update writes them anew."""


def assert_as_declared(person: Person, stack: Stack) -> None:
    """Fails unless a stack holds just what its program declares, and the live links are so."""
    assert sorted(entry.name for entry in stack.state) == sorted(stack.program)
    live = {link["linkId"]: link for link in live_links(person)}
    for entry in stack.state:
        link, declared = live[entry.id], stack.program[entry.name]
        assert link["domain"]["domainId"] == declared["domain_id"]
        assert declared.get("project_id") in {None, link["project"]["projectId"]}
        for key in WIRE.keys() & declared.keys():
            assert (link[WIRE[key]] or None) == (declared[key] or None), key


def assert_doors_can_be_changed(person: Person, options: RunOptions) -> None:
    """Fails unless the stacks move to the other provider and back without a request, and nothing changes."""
    person.world.admin.clear_requests()
    before = _list_links(person)
    for _ in DOORS:
        for stack in person.stacks:
            stack.change_door()
            assert stack.up(options, refresh=False), stack.failures
            assert {"linkId" in entry.link.outputs for entry in stack.state} <= {stack.door == "plugin"}
    assert _list_links(person) == before
    assert not person.world.admin.requests


def _list_links(person: Person) -> list[State]:
    """Returns what the states hold, but for outputs that may be older than the last run."""
    links = [entry.link for stack in person.stacks for entry in stack.state]
    return [replace(link, outputs={**link.outputs, **dict.fromkeys(_MAY_BE_OLD)}) for link in links]
