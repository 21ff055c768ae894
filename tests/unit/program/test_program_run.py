"""What one run of a program keeps: the cache of its look-ups, and the domains that are not verified."""

from __future__ import annotations

import contextvars
import gc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import pulumi
import pytest

from pulumi_userplane import (
    Domain,
    RecordingLink,
    get_domain,
    get_domains,
)
from pulumi_userplane.diff import UNVERIFIED
from pulumi_userplane.program.program_run import _RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Engine, Program

pytestmark = pytest.mark.usefixtures("account_of_server")


def test_look_ups_of_several_threads_send_one_request(program: Program, server: Emulator) -> None:
    found: list[list[Domain]] = []

    def declare() -> None:
        contexts: Iterator[contextvars.Context] = (contextvars.copy_context() for _ in range(8))
        with ThreadPoolExecutor(8) as threads:
            found.extend(threads.map(lambda context: context.run(get_domains), contexts))

    server.fault(path="/domains", latency=0.1)
    program.run(declare)
    assert len(found) == 8
    assert all(domains == found[0] for domains in found)
    assert len(server.requests) == 1


def test_program_run_is_dropped_when_next_run_begins(program: Program, server: Emulator) -> None:
    found: list[str] = []
    before = len(_RUNS)
    statuses: tuple[Literal["verified", "revoked"], ...] = ("verified", "revoked") * 3
    for status in statuses:
        server.set_domain_status("dom_app", status)
        program.run(lambda: found.append(get_domain(domain_id="dom_app").status))
    pulumi.runtime.settings.reset_options()
    assert found == list(statuses)
    # Pulumi keeps the last run, and sometimes the one before.
    gc.collect()
    assert len(_RUNS) <= before + 2


def test_look_up_is_not_cached_outside_of_a_run(server: Emulator) -> None:
    get_domains()
    get_domains()
    assert len(server.requests) == 2


def test_new_link_is_refused_in_check_when_look_up_found_its_domain_unverified(
    program: Program, server: Emulator, engine: Engine
) -> None:
    program.run(lambda: RecordingLink("help", domain_id=get_domain(url="new.acme.example").domain_id))
    declared = program.inputs("help")
    server.clear_requests()

    [line] = engine.failures(**declared)

    assert line == (
        "domain_id: domain new.acme.example (dom_new) is pending, and only a verified domain takes new links: "
        "verify it in the dashboard, or use another"
    )
    assert server.requests == []


def test_existing_link_is_updated_when_its_domain_is_revoked(
    program: Program, server: Emulator, engine: Engine
) -> None:
    engine.up(domain_id="dom_app", mark="m")
    server.set_domain_status("dom_app", "revoked")
    program.run(lambda: RecordingLink("help", domain_id=get_domain(domain_id="dom_app").domain_id, link_title="New"))
    declared = {**program.inputs("help"), "mark": "m"}
    assert UNVERIFIED in declared

    assert UNVERIFIED not in engine.check(**declared)
    engine.up(**declared)

    assert UNVERIFIED not in engine.outputs
    assert [link["linkTitle"] for link in server.links] == ["New"]


@pytest.mark.parametrize("domain_id", ["dom_help", "dom_app", "dom_elsewhere"])
def test_link_carries_no_warning_when_its_domain_is_verified_or_was_not_looked_up(
    program: Program, domain_id: str
) -> None:
    program.run(lambda: (get_domains(), RecordingLink("help", domain_id=domain_id)))
    assert UNVERIFIED not in program.inputs("help")


def test_link_is_not_refused_when_its_domain_is_output_or_it_is_adopted(program: Program, engine: Engine) -> None:
    late = pulumi.Output.from_input("dom_new")
    program.run(
        lambda: (
            get_domains(),
            RecordingLink("late", domain_id=late),
            RecordingLink("old", domain_id="dom_new", adopt="lnk_1"),
        )
    )
    assert UNVERIFIED not in program.inputs("late")
    assert UNVERIFIED in program.inputs("old")
    assert engine.failures(**program.inputs("old")) == []
