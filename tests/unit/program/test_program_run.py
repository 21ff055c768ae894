"""What look-ups have heard is asked for once a run, and no run hears what another one did."""

from __future__ import annotations

import contextvars
import gc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

import pulumi
import pytest

from pulumi_userplane import (
    Domain,
    Provider,
    RecordingLink,
    get_domain,
    get_domain_output,
    get_domains,
    get_members,
    get_project,
    get_projects,
    get_recording_link,
    get_recording_links,
    get_user,
    get_workspaces,
)
from pulumi_userplane.diff import UNVERIFIED
from pulumi_userplane.program.program_run import _RUNS
from tests.unit.conftest import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Engine, Program

pytestmark = pytest.mark.usefixtures("account_of_server")


def ten_times(find: Callable[[], object]) -> Callable[[], object]:
    return lambda: [find() for _ in range(10)]


@pytest.mark.parametrize(
    ("find", "requests"),
    [
        (lambda: (get_domain(url="help.acme.example"), get_domain(domain_id="dom_app"), get_domains()), 1),
        (lambda: (get_project(title="Onboarding"), get_project(default=True), get_projects()), 1),
        (lambda: get_project(project_id="prj_default"), 1),
        (lambda: (get_members(), get_workspaces(), get_user()), 3),
        (lambda: (get_recording_links(), get_recording_links(domain_ids=["dom_help"]), get_recording_link("lnk_1")), 3),
        (lambda: (get_domains(), get_domains(workspace_id="ws_demo")), 1),
        (lambda: (get_domains(), get_domain_output(url="help.acme.example")), 1),
    ],
)
def test_a_run_asks_once(program: Program, server: Emulator, find: Callable[[], object], requests: int) -> None:
    server.add_link(linkId="lnk_1", domainId="dom_help")
    program.run(ten_times(find))
    assert len(server.requests) == requests


def test_another_account_or_workspace_is_asked_for_itself(program: Program, server: Emulator) -> None:
    found: list[object] = []

    def declare() -> None:
        stranger = Provider("stranger", api_key="uspl_demo_stranger", workspace_id="ws_other")
        admin = Provider("admin", api_key="uspl_demo_admin")
        found.extend([get_user(provider=account).id for account in (stranger, admin, None, stranger, admin, None)])
        found.append(refused(lambda: get_domains(workspace_id="ws_other")))
        found.append(len(get_domains()))

    program.run(declare)
    assert found[:6] == ["usr_stranger", "usr_admin", "usr_owner"] * 2
    assert "403 NOT_A_MEMBER" in str(found[6])
    assert found[7] == 3
    assert len(server.requests) == 5


def test_a_failure_is_not_remembered_and_half_a_list_is_no_list(program: Program, server: Emulator) -> None:
    server.seed({"domains": [{"domainId": f"dom_{n:02}", "domainUrl": f"{n}.example"} for n in range(25)]})
    server.clear_requests()
    found: list[object] = []

    def declare() -> None:
        server.fault(path="/domains", skip=1, answer="status", status=403, code="FORBIDDEN")
        found.append(refused(get_domains))
        found.append(len(get_domains()))
        server.fault(path="/me", answer="status", status=403, code="FORBIDDEN")
        found.append(refused(get_user))
        found.append(get_user().id)

    program.run(declare)
    assert "403 FORBIDDEN" in str(found[0])
    assert found[1] == 25
    assert "403 FORBIDDEN" in str(found[2])
    assert found[3] == "usr_owner"
    assert len(server.requests) == 2 + 3 + 2


def test_a_list_is_read_on_from_where_the_last_look_up_stopped(program: Program, server: Emulator) -> None:
    server.seed({"domains": [{"domainId": f"dom_{n:02}", "domainUrl": f"{n}.example"} for n in range(25)]})
    server.clear_requests()
    pages: list[int] = []

    def declare() -> None:
        for domain_id in ("dom_09", "dom_00", "dom_10", "dom_01", "dom_24"):
            assert get_domain(domain_id=domain_id).domain_id == domain_id
            pages.append(len(server.requests))
        assert [domain.domain_id for domain in get_domains()] == [f"dom_{n:02}" for n in range(25)]

    program.run(declare)
    assert pages == [1, 1, 2, 2, 3]
    assert len(server.requests) == 3


def test_what_a_program_does_with_a_result_changes_no_later_one(program: Program, server: Emulator) -> None:
    server.add_link(linkId="lnk_1", domainId="dom_help", meta={"deep": {"a": 1}})
    found: list[Any] = []

    def declare() -> None:
        domains, link = get_domains(), get_recording_link("lnk_1")
        domains.clear()
        assert link.meta is not None
        link.meta["deep"]["a"] = 2
        link.domain["url"] = "else"
        found.extend([len(get_domains()), get_recording_link("lnk_1").meta, get_recording_link("lnk_1").domain.url])

    program.run(declare)
    assert found == [3, {"deep": {"a": 1}}, "help.acme.example"]


def test_threads_of_one_run_send_one_request(program: Program, server: Emulator) -> None:
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


def test_the_next_run_asks_again_and_the_last_one_is_forgotten(program: Program, server: Emulator) -> None:
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


def test_outside_of_a_run_nothing_is_remembered(server: Emulator) -> None:
    get_domains()
    get_domains()
    assert len(server.requests) == 2


def test_a_new_link_on_a_domain_that_a_look_up_found_unverified_is_refused_before_anything_is_sent(
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


def test_a_link_that_exists_stays_changeable_when_its_domain_is_revoked(
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
def test_nothing_is_said_of_a_domain_that_is_verified_or_that_nobody_looked_up(
    program: Program, domain_id: str
) -> None:
    program.run(lambda: (get_domains(), RecordingLink("help", domain_id=domain_id)))
    assert UNVERIFIED not in program.inputs("help")


def test_nothing_is_said_of_a_domain_that_is_an_output_or_to_be_adopted(program: Program, engine: Engine) -> None:
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
