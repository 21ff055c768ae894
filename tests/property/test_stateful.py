"""Random lives of two stacks: whatever happens to links, network and processes, no link is lost or created twice.

An ordinary run leads 60 lives, in four streams that can run in parallel. `make lives` leads as many as the variable
LIVES says.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.property.endings import assert_as_declared, assert_doors_can_be_changed
from tests.property.explanations import find_unexplained, find_unlisted, held_ids, live_links, unmanaged_links
from tests.property.machines import RunOptions
from tests.property.person import WAYS, Person
from tests.property.stack import Stack
from tests.property.strategies import (
    NAMES,
    PROJECTS,
    changes,
    doors,
    edits,
    faults,
    fields,
    histories,
    interrupted_runs,
    machines,
    programs,
    run_options,
    skews,
    stacks,
    state_commands,
    ways,
)
from tests.property.world import LATE_SECONDS, MACHINES, STACKS, NetworkFault, SimulatedWorld, writes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.property.processes import Door

LIVES, LIVES_IF_FAST = 60, 8
STREAMS = 4


class TwoStacks(RuleBasedStateMachine):
    """Two stacks at one Userplane, run on several machines, and everything that can happen to them."""

    def __init__(self, world: SimulatedWorld) -> None:
        super().__init__()
        self.world = world
        self.person = Person(world)
        self.stacks = [Stack(world, name, self.person) for name in STACKS]
        self.person.stacks += self.stacks
        self.deleted_projects: set[str] = set()
        self.machines, self.last, self.way = 1, 0, WAYS[0]

    @initialize(
        machines=st.integers(1, MACHINES),
        last=machines,
        way=ways,
        skews=skews,
        programs=st.tuples(*[programs] * len(STACKS)),
        doors=doors,
        # Stacks are small here; without the first reads by id they would hardly meet the list.
        reads_by_id=st.sampled_from([0, 2]),
    )
    def begin(
        self,
        *,
        machines: int,
        last: int,
        way: str,
        skews: tuple[float, ...],
        programs: tuple[Any, ...],
        doors: tuple[Door, ...],
        reads_by_id: int,
    ) -> None:
        self.world.reset(reads_by_id)
        self.machines, self.last, self.way = machines, last, way
        self.set_the_clocks(skews)
        for stack, program, door in zip(self.stacks, programs, doors, strict=True):
            stack.program, stack.door = {name: dict(declared) for name, declared in program.items()}, door
            stack.up(RunOptions(), refresh=False)

    @rule(skews=skews)
    def set_the_clocks(self, skews: tuple[float, ...]) -> None:
        for machine, skew in zip(self.world.machines, skews, strict=True):
            machine.skew = skew

    @rule(stack=stacks, change=changes)
    def write(self, stack: int, change: tuple[Any, ...]) -> None:
        self.stacks[stack].change(*change)

    @rule(stack=stacks, faults=faults, options=run_options, refresh=st.booleans())
    def up(self, stack: int, faults: list[Any], options: RunOptions, *, refresh: bool) -> None:
        self._disturb(faults)
        self._up(stack, options, refresh=refresh)

    @rule(
        stack=stacks, change=changes, faults=faults, runs=st.lists(run_options, min_size=1, max_size=3), last=machines
    )
    def write_and_up_again_and_again(
        self, stack: int, change: tuple[Any, ...], faults: list[Any], runs: list[RunOptions], last: int
    ) -> None:
        """Runs until one is not interrupted; the faults stop after the first."""
        self.stacks[stack].change(*change)
        self._disturb(faults)
        for options in runs:
            self._up(stack, options, refresh=False)
            self.world.clear_faults()
        self._up(stack, RunOptions(machine=last), refresh=False)

    @rule(stack=stacks, command=state_commands, then=st.none() | run_options)
    def edit_the_state(self, stack: int, command: dict[str, Any], then: RunOptions | None) -> None:
        self.person.edit_state(self.stacks[stack], self.stacks[1 - stack], **command)
        if then:
            self.world.clear_faults()
            self._up(stack, then, refresh=False)

    @rule(stack=stacks, values=fields, faults=faults, first=interrupted_runs, steps=histories)
    def interrupt_and_go_on_elsewhere(
        self, stack: int, values: dict[str, Any], faults: list[Any], first: RunOptions, steps: list[dict[str, Any]]
    ) -> None:
        """Goes on on another machine, edits the state there, and comes back to the first machine."""
        here, other = self.stacks[stack], self.stacks[1 - stack]
        name = next((name for name in NAMES if not here.find(name)), NAMES[0])
        here.change("declare", name, name, values)
        self._disturb(faults)
        self._up(stack, first, refresh=False)
        self.world.clear_faults()
        self._up(stack, RunOptions(machine=first.machine + 1), refresh=False)
        for command in steps:
            self.person.edit_state(here, other, **{**command, "name": name})
        self._up(stack, RunOptions(machine=first.machine), refresh=False)

    @rule(stack=stacks, way=ways)
    def do_as_advised(self, stack: int, way: str) -> None:
        self.person.follow(self.stacks[stack], way)
        self.stacks[stack].failures.clear()

    @rule(stack=stacks, faults=faults, options=run_options)
    def refresh(self, stack: int, faults: list[Any], options: RunOptions) -> None:
        self._disturb(faults)
        self.stacks[stack].refresh(self._on_machine(options))

    @rule(stack=stacks, faults=faults, options=run_options)
    def destroy(self, stack: int, faults: list[Any], options: RunOptions) -> None:
        self._disturb(faults)
        self.stacks[stack].destroy(self._on_machine(options))

    @rule(which=st.integers(0, 3), edit=st.none() | edits)
    def edit_or_delete_outside_pulumi(self, which: int, edit: dict[str, Any] | None) -> None:
        for link in live_links(self.person)[which : which + 1]:
            if edit is None:
                self.world.admin.delete_link(link["linkId"])
                continue
            if link in unmanaged_links(self.person):
                # Who takes the mark off a link that only the mark belongs to has taken it over.
                edit.pop("linkProviderReference", None)
            self.world.admin.edit_link(link["linkId"], **edit)

    @rule(project=st.sampled_from(PROJECTS))
    def delete_or_restore_project(self, project: str) -> None:
        if project in self.deleted_projects:
            self._restore(project)
        else:
            self.deleted_projects.add(project)
            self.world.admin.delete_project(project)

    def _on_machine(self, options: RunOptions) -> RunOptions:
        return replace(options, machine=options.machine % self.machines)

    def _up(self, stack: int, options: RunOptions, *, refresh: bool) -> bool:
        return self.stacks[stack].up(self._on_machine(options), refresh=refresh)

    def _disturb(self, faults: list[tuple[str, dict[str, Any] | str, int]]) -> None:
        self.world.clear_faults()
        for method, fault, times in faults:
            if isinstance(fault, str):
                self.world.network.append(NetworkFault(method, fault, times))
            else:
                self.world.admin.fault(**{"method": method, "times": times, **fault})

    @invariant()
    def no_entry_is_lost(self) -> None:
        """A read drops an entry only when its link was deleted by itself."""
        lost = {id_ for stack in self.stacks for id_ in stack.dropped}
        assert not [link for link in self.world.admin.links if link["linkId"] in lost and link["deletedAt"] is None]

    @invariant()
    def no_link_is_managed_twice(self) -> None:
        ids = held_ids(self.person)
        assert len(ids) == len(set(ids))

    @invariant()
    def no_run_deletes_what_is_not_its_own(self) -> None:
        """No run has deleted what another stack holds, or what a person has kept on purpose."""
        deleted = {link["linkId"] for link in self.world.admin.links if link["deletedAt"] is not None}
        for stack in self.stacks:
            for entry in stack.state:
                assert entry.id not in deleted or self.world.deletions[entry.id] <= {stack.name}, entry
        assert not {
            link_id for link_id in deleted & self.person.kept & self.person.guarded if self.world.deletions[link_id]
        }

    @invariant()
    def no_run_takes_what_was_kept(self) -> None:
        assert not self.person.kept & self.person.guarded & set(held_ids(self.person))

    @invariant()
    def errors_name_no_link_whose_owner_the_state_tells(self) -> None:
        assert not self.person.wrongly_named

    @invariant()
    def recover_finds_each_link_that_no_state_holds(self) -> None:
        assert not find_unlisted(self.person)

    def teardown(self) -> None:
        """The faults stop: after one `up --refresh` of each stack, on any machine, all is as declared."""
        self.world.clear_faults()
        self.world.wait(LATE_SECONDS)
        for project in sorted(self.deleted_projects):
            self._restore(project)
        for stack in self.stacks:
            self._up_as_advised(stack)
        self.no_entry_is_lost()
        self.no_link_is_managed_twice()
        self.no_run_deletes_what_is_not_its_own()
        self.no_run_takes_what_was_kept()
        self.errors_name_no_link_whose_owner_the_state_tells()
        self.recover_finds_each_link_that_no_state_holds()
        for stack in self.stacks:
            assert_as_declared(self.person, stack)
        assert not find_unexplained(self.person)
        self.world.admin.clear_requests()
        before = [list(stack.state) for stack in self.stacks]
        for stack in self.stacks:
            assert stack.up(self._on_machine(RunOptions(machine=self.last + 1)), refresh=True), stack.failures
        assert [list(stack.state) for stack in self.stacks] == before
        assert not writes(self.world)
        assert_doors_can_be_changed(self.person, self._on_machine(RunOptions(machine=self.last)))

    def _up_as_advised(self, stack: Stack) -> None:
        """Applies the program; where a run refuses and names a link, a person does what the error advises."""
        options = self._on_machine(RunOptions(machine=self.last, continue_on_error=True))
        adopts = any("adopt" in declared for declared in stack.program.values())
        while not stack.up(options, refresh=True) or adopts:
            assert not self.person.follow(stack, self.way), stack.failures
            # Once more, since the state knows that a link was adopted until the program no longer says so.
            adopts = any("adopt" in declared for declared in stack.program.values())

    def _restore(self, project: str) -> None:
        """A restored project brings back links that no state holds any more; those are not doubles."""
        before = {link["linkId"] for link in live_links(self.person)}
        self.deleted_projects.discard(project)
        self.world.admin.restore_project(project)
        self.person.revived |= {link["linkId"] for link in unmanaged_links(self.person)} - before


@pytest.mark.parametrize("stream", range(STREAMS))
def test_random_lives_end_as_declared_when_faults_stop(
    stream: int, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = os.environ.get("LIVES")
    lives = int(asked) if asked else LIVES_IF_FAST if pytestconfig.getoption("--fast") else LIVES
    world = SimulatedWorld(monkeypatch, tmp_path)
    try:
        life: Any = partial(TwoStacks, world)  # its type asks for a class, its documentation for what makes one
        run_state_machine_as_test(
            # An ordinary run leads the same lives each time; `make lives` leads new ones.
            life if asked else seed(stream)(life),
            settings=settings(
                max_examples=max(1, lives // STREAMS + (stream < lives % STREAMS)),
                derandomize=asked is None,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink],
            ),
        )
    finally:
        world.close()
