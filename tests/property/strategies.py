"""What random lives are made of: programs, changes, faults, options of runs, clocks."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.property.machines import RunOptions
from tests.property.person import WAYS
from tests.property.processes import DOORS
from tests.property.world import MACHINES, NETWORK_FAULTS, STACKS

NAMES = ["a", "b", "c"]
PROJECTS = ["prj_default", "prj_onboarding"]
WIRE = {
    "link_title": "linkTitle",
    "link_reusable": "linkReusable",
    "link_provider_type": "linkProviderType",
    "link_provider_ref": "linkProviderReference",
    "meta": "meta",
}

stacks = st.integers(0, len(STACKS) - 1)
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
actions = st.sampled_from(["declare", "change", "change", "undeclare", "rename", "alias", "retain", "change door"])
changes = st.tuples(actions, names, names, fields)
machines = st.integers(0, MACHINES - 1)
looks = st.sampled_from(["auto"] * 5 + ["never"])
run_options = st.builds(RunOptions, st.none() | st.integers(0, 9), st.booleans(), st.booleans(), machines, looks)
checkpoints = st.sampled_from([True, True, False])
interrupted_runs = st.builds(RunOptions, st.integers(1, 6), checkpoints, st.booleans(), machines)
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


def _command(*kinds: str, leaves: st.SearchStrategy[bool]) -> st.SearchStrategy[dict[str, Any]]:
    how = {"is_declared": st.booleans(), "leaves": leaves}
    return st.fixed_dictionaries({"command": st.sampled_from(kinds), "name": names, "new_name": names, **how})


state_commands = _command("move", "delete", "rename", "clear", "import", leaves=st.booleans())
histories = st.lists(state_commands, max_size=3) | st.tuples(
    _command("clear", leaves=st.booleans()), _command("move", "delete", leaves=st.just(value=True))
).map(list)
"""What a person does to a state after an interrupted run was completed; most of all what the journal can't know."""

doors = st.tuples(*[st.sampled_from(DOORS)] * len(STACKS))
ways = st.sampled_from(WAYS)
skews = st.tuples(st.sampled_from([0.0, -5000.0, 5000.0]), *[st.integers(-900, 900).map(float)] * (MACHINES - 1))
"""By how many seconds the machines' clocks are ahead; only one is set worse than a quarter of an hour off."""
