"""Random lives of two stacks: whatever happens to links, network and processes, no link is lost or created twice.

An ordinary run leads 60 lives, in four streams that can run in parallel. `make lives` leads as many as the variable
LIVES says.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.property.stack import RunOptions, Stack
from tests.property.world import LATE_SECONDS, NETWORK_FAULTS, NetworkFault, SimulatedWorld, writes

if TYPE_CHECKING:
    from pathlib import Path

LIVES, LIVES_IF_FAST = 60, 8
STREAMS = 4
NAMES = ["a", "b", "c"]
PROJECTS = ["prj_default", "prj_onboarding"]
WIRE = {
    "link_title": "linkTitle",
    "link_reusable": "linkReusable",
    "link_provider_type": "linkProviderType",
    "link_provider_ref": "linkProviderReference",
    "meta": "meta",
}

stacks = st.integers(0, 1)
names = st.sampled_from(NAMES)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "link_title": st.sampled_from(["", "One", "Two"]),
    "link_reusable": st.booleans(),
    "link_provider_type": st.sampled_from(["web", "zendesk"]),
    "link_provider_ref": st.sampled_from(["REF-1", "REF-2"]),
    "meta": st.sampled_from([{}, {"n": 1}, {"n": 2, "s": "x"}]),
}
PLACES: dict[str, st.SearchStrategy[Any]] = {
    "domain_id": st.sampled_from(["dom_help", "dom_app"]),
    "project_id": st.sampled_from(PROJECTS),
}
fields = st.fixed_dictionaries({}, optional={**VALUES, **PLACES})
edits = st.fixed_dictionaries({}, optional={WIRE[key]: value for key, value in VALUES.items()})
beginnings = st.fixed_dictionaries({"domain_id": PLACES["domain_id"]}, optional=VALUES)
programs = st.dictionaries(names, beginnings, max_size=2)
actions = st.sampled_from(["declare", "change", "change", "undeclare", "rename", "alias"])
changes = st.tuples(actions, names, names, fields)
run_options = st.builds(RunOptions, st.none() | st.integers(0, 9), st.booleans(), st.booleans())
EMULATED: list[dict[str, Any]] = [
    {"answer": "drop"},
    {"answer": "drop", "after_work": True},
    {"answer": "status", "status": 500},
    {"answer": "status", "status": 500, "after_work": True},
    {"answer": "status", "status": 502, "code": "BAD_GATEWAY", "after_work": True},
    {"answer": "status", "status": 503, "code": "SERVICE_UNAVAILABLE"},
    {"answer": "status", "status": 429, "code": "RATE_LIMITED", "headers": {"Retry-After": "7"}},
    {"answer": "status", "status": 429, "code": "RATE_LIMITED", "headers": {"Retry-After": "600"}},
    {"answer": "status", "status": 403, "code": "FORBIDDEN"},
    {"answer": "status", "status": 404, "code": "WORKSPACE_NOT_FOUND"},
    {"answer": "html"},
    {"answer": "html", "after_work": True},
    {"answer": "empty", "after_work": True},
    {"answer": "redirect"},
    {"answer": "cut_body"},
    {"answer": "cut_json"},
    {"answer": "oversized"},
    {"answer": "other_link"},
]
faults = st.lists(
    st.tuples(
        st.sampled_from(["GET", "POST", "POST", "PUT", "DELETE"]),
        st.sampled_from([*EMULATED, *NETWORK_FAULTS]),
        st.sampled_from([1, 2, 5, 100]),
    ),
    max_size=3,
)


skews = st.sampled_from([0.0, -5000.0, 5000.0])


class TwoStacks(RuleBasedStateMachine):
    """Two stacks at one Userplane, and everything that can happen to them."""

    def __init__(self, world: SimulatedWorld) -> None:
        super().__init__()
        self.world = world
        self.stacks = [Stack(world, "dev"), Stack(world, "prod")]
        self.deleted_projects: set[str] = set()
        self.revived: set[str] = set()

    @initialize(
        skew=skews,
        programs=st.tuples(programs, programs),
        # Stacks are small here; without the first reads by id they would hardly meet the list.
        reads_by_id=st.sampled_from([0, 2]),
    )
    def begin(self, skew: float, programs: tuple[dict[str, dict[str, Any]], ...], reads_by_id: int) -> None:
        self.world.reset(skew, reads_by_id)
        for stack, program in zip(self.stacks, programs, strict=True):
            stack.program = {name: dict(declared) for name, declared in program.items()}
            stack.up(RunOptions(), refresh=False)

    @rule(stack=stacks, change=changes)
    def write(self, stack: int, change: tuple[Any, ...]) -> None:
        self._change(self.stacks[stack], *change)

    @rule(stack=stacks, faults=faults, options=run_options, refresh=st.booleans())
    def up(self, stack: int, faults: list[Any], options: RunOptions, *, refresh: bool) -> None:
        self._disturb(faults)
        self.stacks[stack].up(options, refresh=refresh)

    @rule(skew=skews)
    def set_the_clock(self, skew: float) -> None:
        self.world.skew = skew

    @rule(stack=stacks, change=changes, faults=faults, options=run_options, skew=skews, later=st.none() | changes)
    def write_and_up_twice(  # noqa: PLR0917 - one for each thing that may happen in between
        self,
        stack: int,
        change: tuple[Any, ...],
        faults: list[Any],
        options: RunOptions,
        skew: float,
        later: tuple[Any, ...] | None,
    ) -> None:
        self._change(self.stacks[stack], *change)
        self._disturb(faults)
        self.stacks[stack].up(options, refresh=False)
        self.world.clear_faults()
        self.world.skew = skew
        if later:
            self._change(self.stacks[stack], *later)
        self.stacks[stack].up(RunOptions(), refresh=False)

    @rule(stack=stacks, faults=faults, options=run_options)
    def refresh(self, stack: int, faults: list[Any], options: RunOptions) -> None:
        self._disturb(faults)
        self.stacks[stack].refresh(options)

    @rule(stack=stacks, faults=faults, options=run_options)
    def destroy(self, stack: int, faults: list[Any], options: RunOptions) -> None:
        self._disturb(faults)
        self.stacks[stack].destroy(options)

    @rule(which=st.integers(0, 3), edit=st.none() | edits)
    def edit_or_delete_outside_pulumi(self, which: int, edit: dict[str, Any] | None) -> None:
        for link in self._live_links()[which : which + 1]:
            if edit is None:
                self.world.admin.delete_link(link["linkId"])
                continue
            if link in self._unmanaged():
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

    def _change(self, stack: Stack, action: str, name: str, other: str, values: dict[str, Any]) -> None:
        """Changes a program: the link of that name, or the first one there is."""
        known = name if name in stack.program else next(iter(stack.program), None)
        if action == "declare" or known is None:
            if name not in stack.aliases.values():
                stack.program[name] = {"domain_id": "dom_help", **values}
        elif action == "change":
            stack.program[known].update(values)
        elif action == "undeclare":
            del stack.program[known]
        elif other not in {*stack.program, *stack.aliases.values()} and not stack.find(other):
            stack.program[other] = stack.program.pop(known)
            if action == "alias" and known not in stack.aliases and stack.find(known):
                stack.aliases[other] = known

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
        ids = [entry.id for stack in self.stacks for entry in stack.state]
        assert len(ids) == len(set(ids))

    @invariant()
    def recover_finds_each_link_that_no_state_holds(self) -> None:
        journaled = self.world.journaled_values()
        for link in self._unmanaged():
            reference = link["linkProviderReference"] or ""
            is_listed = link["linkId"] in journaled or reference in journaled or reference.startswith("pulumi:p/")
            assert is_listed or link["linkId"] in self.revived, link

    def teardown(self) -> None:
        """The faults stop: after one `up --refresh` of each stack, all is as declared."""
        self.world.clear_faults()
        self.world.wait(LATE_SECONDS)
        for project in sorted(self.deleted_projects):
            self._restore(project)
        for stack in self.stacks:
            self._up_as_advised(stack)
        self.no_entry_is_lost()
        self.no_link_is_managed_twice()
        self.recover_finds_each_link_that_no_state_holds()
        for stack in self.stacks:
            self._assert_as_declared(stack)
        self._assert_one_link_per_resource()
        self.world.admin.clear_requests()
        before = [list(stack.state) for stack in self.stacks]
        for stack in self.stacks:
            assert stack.up(RunOptions(), refresh=True), stack.failures
        assert [list(stack.state) for stack in self.stacks] == before
        assert not writes(self.world)

    def _up_as_advised(self, stack: Stack) -> None:
        """Applies the program; where a run refuses to make a link next to a restored one, a person deletes that one."""
        while not stack.up(RunOptions(), refresh=True):
            named = {id_ for id_ in self.revived for error in stack.failures if error.reason.startswith(f"{id_} (")}
            assert len(named) == len(stack.failures), stack.failures
            for id_ in named:
                self.world.admin.delete_link(id_)

    def _assert_as_declared(self, stack: Stack) -> None:
        assert sorted(entry.name for entry in stack.state) == sorted(stack.program)
        live = {link["linkId"]: link for link in self._live_links()}
        for entry in stack.state:
            link, declared = live[entry.id], stack.program[entry.name]
            assert link["domain"]["domainId"] == declared["domain_id"]
            assert declared.get("project_id") in {None, link["project"]["projectId"]}
            for key in WIRE.keys() & declared.keys():
                assert (link[WIRE[key]] or None) == (declared[key] or None), key

    def _assert_one_link_per_resource(self) -> None:
        """Besides the managed link only those live that a restored project, a message or a journal entry explains.

        A journal entry explains a link whose resource was removed or renamed before a run resumed it: since then no
        link was created under its mark.
        """
        journaled = self.world.journaled_values()
        born = {link["linkId"]: link["createdAt"] for link in self.world.admin.links}
        for link in self._unmanaged():
            if link["linkId"] in self.revived or self._was_named(link):
                continue
            assert {link["linkId"], link["linkProviderReference"]} & journaled, link
            mark = self.world.mark_by_link[link["linkId"]]
            held = [entry.id for stack in self.stacks for entry in stack.state]
            later = [id_ for id_ in held if self.world.mark_by_link[id_] == mark and born[id_] > link["createdAt"]]
            assert not later, link

    def _was_named(self, link: Any) -> bool:
        """Returns whether a warning has named the link."""
        return any(link["linkId"] in text and "an interrupted run created" in text for text in self.world.warnings)

    def _live_links(self) -> list[Any]:
        return [link for link in self.world.admin.links if link["live"]]

    def _unmanaged(self) -> list[Any]:
        held = {entry.id for stack in self.stacks for entry in stack.state}
        return [link for link in self._live_links() if link["linkId"] not in held]

    def _restore(self, project: str) -> None:
        """A restored project brings back links that no state holds any more; those are not doubles."""
        before = {link["linkId"] for link in self._live_links()}
        self.deleted_projects.discard(project)
        self.world.admin.restore_project(project)
        self.revived |= {link["linkId"] for link in self._unmanaged()} - before


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
