"""Each request of the look-ups is sent once per run, and only as far as needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane import (
    Provider,
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
from tests.unit.conftest import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Program

pytestmark = pytest.mark.usefixtures("account_of_server")


def test_look_up_reads_no_page_after_the_match(server: Emulator) -> None:
    server.seed(
        {
            "domains": [{"domainId": f"dom_{n:02}", "domainUrl": f"{n:02}.example"} for n in range(23)],
            "projects": [
                {"projectId": f"prj_{n:02}", "projectTitle": f"P{n:02}", "isDefault": n == 11} for n in range(23)
            ],
        }
    )

    def pages() -> int:
        asked = len(server.requests)
        server.clear_requests()
        return asked

    server.clear_requests()
    assert len(get_domains()) == pages() + 20 == 23
    assert len(get_projects()) == pages() + 20 == 23
    assert get_domain(domain_id="dom_05").url == "05.example"
    assert pages() == 1
    assert get_project(default=True).project_id == "prj_11"
    assert pages() == 2
    # Only the whole list shows that there is no other of that name.
    assert get_domain(url="05.example").domain_id == "dom_05"
    assert get_project(title="P05").project_id == "prj_05"
    assert pages() == 6


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
def test_source_sends_each_request_once_per_run(
    program: Program, server: Emulator, find: Callable[[], object], requests: int
) -> None:
    server.add_link(linkId="lnk_1", domainId="dom_help")
    program.run(ten_times(find))
    assert len(server.requests) == requests


def test_source_reads_each_account_and_workspace_by_itself(program: Program, server: Emulator) -> None:
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


def test_cache_keeps_neither_failure_nor_half_a_list(program: Program, server: Emulator) -> None:
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


def test_lazy_list_continues_where_last_look_up_stopped(program: Program, server: Emulator) -> None:
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


def test_cache_stays_unchanged_when_program_changes_a_result(program: Program, server: Emulator) -> None:
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
