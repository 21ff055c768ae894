"""Whatever Userplane does where no documentation says: links are as declared, or a message names what is not.

For each value of each behaviour of the emulator: no success in silence, no link left behind, and never two.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import pytest

from pulumi_userplane import diff
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.property_names import to_camel_case
from tests.support.operations import State
from tests.unit.conftest import Engine, forget_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import MakeEngine

DEFAULTS = Behaviours()
OUTCOMES = ("input", "taken", "409", "404 PROJECT_NOT_FOUND", "404 LINK_NOT_FOUND", "410 LINK_GONE")
FIELDS = ("linkTitle", "linkProviderType", "linkProviderId", "linkProviderRef", "linkReference", "linkReusable")
OTHER_VALUES: dict[str, tuple[Any, ...]] = {
    "ignored_fields": tuple([field] for field in (*FIELDS, "meta", "projectId")),
    "default_link_type": ("session",),
    "default_provider_type": ("zendesk", "telephone"),
    "created_status": (201,),
    "updated_status": (202,),
    "refused_status": (409, 422),
    "refused_input": ("envelope", "framework", "text", {"problem": "…"}),
    "unverified_domain": OUTCOMES,
    "unknown_domain": OUTCOMES,
    "unknown_project": OUTCOMES,
    "second_delete": OUTCOMES,
    "links_per_page": ("take", 5),
    "projects_per_page": ("take", 5),
    "domains_per_page": ("refuse", 5),
    "members_per_page": ("refuse", 5),
    "rate_headers": (["x-ratelimit-limit"],),
    # Other tests are about it.
    "rate_limit": (),
    "daily_limit": (),
}


def list_values(name: str) -> Iterator[Any]:
    """Yields all values but the default; a new behaviour whose values can't be told needs a line above."""
    kind = Behaviours.model_fields[name].annotation
    if kind is bool:
        yield not getattr(DEFAULTS, name)
    elif get_origin(kind) is Literal and name not in OTHER_VALUES:
        yield from get_args(kind)
    else:
        yield from OTHER_VALUES[name]


CASES = [
    pytest.param(name, value, id=f"{name}={value if isinstance(value, str) else json.dumps(value)}")
    for name in Behaviours.model_fields
    for value in list_values(name)
    if value != getattr(DEFAULTS, name)
]

QUOTED = re.compile(r": 4\d\d | responded 4\d\d ")

FULL: dict[str, Any] = {
    "domain_id": "dom_help",
    "project_id": "prj_onboarding",
    "link_title": "Help",
    "link_reusable": True,
    "link_provider_type": "slack",
    "link_provider_id": "7",
    "link_provider_ref": "own",
    "meta": {"team": "help", "area": "desk"},
}
MARKED = {**FULL, "mark": "pulumi:proj/dev/help"}
TITLED = {**MARKED, "link_title": "New"}
EMPTY = {
    **MARKED,
    "link_title": "",
    "link_reusable": False,
    "link_provider_id": "",
    "link_provider_ref": "",
    "meta": {},
}
ODD = {
    **MARKED,
    "link_title": f" {'x' * 253} ",
    "link_provider_id": "y" * 255,
    "link_provider_ref": "z" * 2048,
    "meta": {"team": "help", "size": 5},
}
REDUCED = {**MARKED, "link_reusable": False, "link_provider_type": "web", "meta": {"team": "new"}}
ELSEWHERE = {
    "unverified_domain": {**MARKED, "domain_id": "dom_new"},
    "unknown_domain": {**MARKED, "domain_id": "dom_none"},
    "unknown_project": {**MARKED, "project_id": "prj_none"},
    "refused_status": {**MARKED, "domain_id": "dom_none"},
    "refused_input": {**MARKED, "domain_id": "dom_none"},
}


UNMARKED = {**FULL, "mark": ""}
FORMS = ("meta_", "null_", "empty_", "trim_", "title_", "provider_id_", "reference_length", "created_reference_")
LOSSES = ("left_out", "reference_after_update", "ignored_fields")


def choose_new(name: str) -> list[dict[str, Any]]:
    """Returns the programs whose creation a behaviour may disturb."""
    if name.startswith(FORMS):
        return [MARKED, ODD, EMPTY]
    if name in LOSSES:
        return [MARKED, UNMARKED, EMPTY]
    if name.startswith("default_"):
        return [MARKED, EMPTY]
    return [ELSEWHERE.get(name, MARKED)]


@pytest.fixture
def engine(make_engine: MakeEngine) -> Engine:
    # Counting requests takes half of the time, and is not what is tested here.
    return make_engine(requestsPerMinute="0", requestsPerDay="0")


def list_live(server: Emulator) -> list[str]:
    return [link["linkId"] for link in server.links if link["live"]]


def find_drift(engine: Engine, program: dict[str, Any]) -> set[str]:
    """Returns what a refresh changes; without one the next plan is empty, and no plan gives the link a new address."""
    forget_run()
    assert engine.driver.preview(engine._state, program).nothing
    engine.refresh()
    forget_run()
    plan = engine.driver.preview(engine._state, program)
    assert plan.replaces == []
    values = program.keys() - {"mark", "adopt"}
    drift = {key for key in values if not diff.are_equal(engine.inputs[key], program[key])}
    assert plan.nothing or drift or "adopt" in program
    return drift


def names_field(text: str, program: dict[str, Any]) -> bool:
    """Returns whether an error names an argument, or quotes the server, which need not name any."""
    return any(name in text for name in (*program, *map(to_camel_case, program))) or bool(QUOTED.search(text))


def fail(act: Callable[[], None]) -> str:
    """Returns the error of an operation; empty if it succeeds."""
    try:
        act()
    except UserplaneError as error:
        return str(error)
    return ""


def apply(engine: Engine, program: dict[str, Any], warned: list[str]) -> bool:
    """Applies a program; returns whether it succeeded, with a warning about each field that is not as declared."""
    forget_run()
    warned.clear()
    if failure := fail(lambda: engine.up(**program)):
        assert names_field(failure, program)
        return False
    unnamed = {key for key in find_drift(engine, program) if not any(f" {key} " in warning for warning in warned)}
    assert not unnamed
    return True


@pytest.mark.parametrize(("name", "value"), CASES)
def test_new_link_is_as_declared_or_a_message_names_the_field(
    engine: Engine, server: Emulator, warned: list[str], name: str, value: object
) -> None:
    server.set_behaviours(**{name: value})  # type: ignore[arg-type] # a value of that behaviour
    for program in choose_new(name):
        made = len(server.links)
        engine._hold(State("", {}, {}))
        is_created = apply(engine, program, warned)
        assert list_live(server) == ([engine.id] if is_created else [])
        assert len(server.links) <= made + 1
        if is_created:
            apply(engine, {**program, "link_title": "New"}, warned)
            engine.destroy()
            assert list_live(server) == []


@pytest.fixture
def existing(engine: Engine, server: Emulator) -> Callable[[], State]:
    """Brings a link with all fields, and the state that holds it, back to what they were before each change."""
    engine.up(**MARKED)
    state, link = engine._state, server.links[0]
    fields = {key: link[key] for key in (*FIELDS[:3], "linkProviderReference", "linkReusable", "meta")}  # type: ignore[literal-required] # keys of a link

    def restore() -> State:
        server.edit_link(state.id, **fields)
        return state

    return restore


@pytest.mark.parametrize(
    ("name", "value"), [case for case in CASES if str(case.values[0]).startswith((*FORMS, *LOSSES))]
)
def test_changed_link_is_as_declared_or_a_message_names_the_field(
    engine: Engine, server: Emulator, warned: list[str], existing: Callable[[], State], *, name: str, value: object
) -> None:
    server.set_behaviours(**{name: value})  # type: ignore[arg-type] # a value of that behaviour
    for program in (REDUCED, EMPTY, ODD):
        engine._hold(existing())
        apply(engine, program, warned)
        assert list_live(server) == [engine.id]


@pytest.mark.parametrize(("name", "value"), [case for case in CASES if case.values[0] in LOSSES])
def test_adopted_link_is_as_declared_or_a_message_names_the_field(
    engine: Engine, server: Emulator, warned: list[str], existing: Callable[[], State], *, name: str, value: object
) -> None:
    server.set_behaviours(**{name: value})  # type: ignore[arg-type] # a value of that behaviour
    link_id = existing().id
    engine._hold(State("", {}, {}))
    apply(engine, {**TITLED, "adopt": link_id}, warned)
    assert list_live(server) == [link_id]


def test_messages_name_nothing_when_the_server_does_as_documented(
    engine: Engine, warned: list[str], existing: Callable[[], State]
) -> None:
    for program in (TITLED, REDUCED, EMPTY, ODD):
        engine._hold(existing())
        assert apply(engine, program, warned)
        assert warned == []
