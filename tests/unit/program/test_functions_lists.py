"""Look-ups of lists and of the key's owner: what they return, page after page, and filtered."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

import pulumi_userplane
from pulumi_userplane import (
    Domain,
    Link,
    LinkCreator,
    LinkDomain,
    LinkProject,
    Member,
    ProgramError,
    Project,
    Provider,
    RecordingLink,
    User,
    Workspace,
    get_domain,
    get_domains,
    get_domains_output,
    get_members,
    get_members_output,
    get_project,
    get_projects,
    get_projects_output,
    get_recording_link,
    get_recording_link_output,
    get_recording_links,
    get_recording_links_output,
    get_user,
    get_user_output,
    get_workspaces,
    get_workspaces_output,
)
from tests.support.request_log import RequestLog
from tests.unit.conftest import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Program

pytestmark = pytest.mark.usefixtures("account_of_server")

DOMAINS = [
    Domain("dom_help", "help.acme.example", "verified"),
    Domain("dom_app", "app.acme.example", "verified"),
    Domain("dom_new", "new.acme.example", "pending"),
]


def test_domains_are_listed_all_or_of_one_status(server: Emulator) -> None:
    assert get_domains() == DOMAINS
    assert get_domains(status="verified") == DOMAINS[:2]
    assert get_domains(status="pending", workspace_id="ws_demo") == DOMAINS[2:]
    assert get_domains(status="revoked") == []
    assert {request.query for request in RequestLog(server).entries()} == {"page=1&per_page=10"}


def test_a_status_that_no_domain_can_have_is_said() -> None:
    assert refused(lambda: get_domains(status="verfied")) == (
        "no domain has the status 'verfied'; ask for one of pending, verified, revoked"
    )


def test_projects_members_workspaces_and_the_user_are_found() -> None:
    assert get_projects() == [
        Project("prj_default", "Acme Support", is_default=True),
        Project("prj_onboarding", "Onboarding", is_default=False),
    ]
    assert get_members() == [
        Member("mem_owner", "Ines Calder", "ines@acme.example", "owner"),
        Member("mem_admin", "Tomas Wren", "tomas@acme.example", "admin"),
        Member("mem_member", "Priya Nand", "priya@acme.example", "member"),
        Member("mem_member2", "Joel Abara", "joel@acme.example", "member"),
    ]
    assert get_workspaces() == [Workspace("ws_demo", "Acme Support")]
    assert get_user() == User("usr_owner", "Ines Calder", "ines@acme.example")


def test_workspaces_and_the_user_need_no_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USERPLANE_WORKSPACE_ID")
    assert [workspace.workspace_id for workspace in get_workspaces()] == ["ws_demo"]
    assert get_user().id == "usr_owner"
    assert "no workspace is set; set it with" in refused(get_members)


def test_all_pages_are_read_and_an_id_or_the_default_is_looked_for_no_further_than_needed(server: Emulator) -> None:
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


def test_a_link_is_found_with_the_names_of_the_outputs(server: Emulator) -> None:
    made = server.add_link(domainId="dom_app", linkTitle="Help", linkReusable=True, meta={"team": "x", "n": [1]})
    found = get_recording_link(made["linkId"])
    expected: dict[str, Any] = {
        "link_id": made["linkId"],
        "link_title": "Help",
        "link_reusable": True,
        "link_type": "recording",
        "created_at": made["createdAt"],
        "workspace_id": "ws_demo",
        "domain_id": "dom_app",
        "project_id": "prj_default",
        "meta": {"team": "x", "n": [1]},
        "domain": LinkDomain(domain_id="dom_app", url="app.acme.example", status="verified"),
        "project": LinkProject(project_id="prj_default", title="Acme Support"),
        "creator": LinkCreator(workspace_member_id="mem_owner", name="Ines Calder"),
    }
    assert {name: getattr(found, name) for name in expected} == expected
    assert (found.domain.status, found.project.title, found.creator.name) == ("verified", "Acme Support", "Ines Calder")
    assert {field.name for field in fields(Link)} == set(RecordingLink.__annotations__) - {"mark", "adopt"}
    assert len(server.requests) == 1


def test_links_are_listed_all_or_filtered(server: Emulator) -> None:
    places: list[dict[str, Any]] = [
        {"domainId": "dom_help"},
        {"domainId": "dom_app", "workspaceMemberId": "mem_admin"},
        {"domainId": "dom_help", "projectId": "prj_onboarding"},
    ]
    [first, second, third] = [server.add_link(**place)["linkId"] for place in places]

    def ids(**asked: Any) -> list[str]:
        return [link.link_id for link in get_recording_links(**asked)]

    assert ids() == [first, second, third]
    assert ids(domain_ids=["dom_help"]) == [first, third]
    assert ids(domain_ids=["dom_help", "dom_app"], project_ids=["prj_onboarding"]) == [third]
    assert ids(created_by=["mem_admin"]) == [second]
    assert ids(workspace_id="ws_demo", created_by=["mem_member"]) == []


@pytest.mark.parametrize("name", ["domain_ids", "project_ids", "created_by"])
def test_an_empty_filter_finds_nothing_and_a_text_is_none(server: Emulator, name: str) -> None:
    server.add_link(domainId="dom_help")
    wrong: dict[str, Any] = {name: "dom_help"}
    nothing: dict[str, Any] = {name: []}
    assert get_recording_links(**nothing) == []
    assert refused(lambda: get_recording_links(**wrong)) == (
        f'{name}= takes a list of ids, not a text; write {name}=["..."]'
    )
    assert server.requests == []


def test_hundreds_of_links_are_listed_20_a_request(server: Emulator) -> None:
    server.seed({"links": [{"linkId": f"lnk_{n:03}", "domainId": "dom_help"} for n in range(203)]})
    server.clear_requests()
    assert [link.link_id for link in get_recording_links()] == [f"lnk_{n:03}" for n in range(203)]
    assert len(server.requests) == 11


@pytest.mark.parametrize("how", ["404 LINK_NOT_FOUND", "410 LINK_GONE"])
def test_a_link_that_does_not_live_names_the_newest_the_nearest_first(server: Emulator, how: str) -> None:
    links = [{"linkId": f"lnk_{n:02}", "domainId": "dom_help", "linkTitle": "Help"} for n in range(23)]
    server.seed({"links": [{"linkId": "old", "domainId": "dom_app"}, *links]})
    if how == "410 LINK_GONE":
        server.delete_link("old")
    missing = "old" if how == "410 LINK_GONE" else "lnk_30"
    text = refused(lambda: get_recording_link(missing))
    assert text.startswith(f"there is no recording link '{missing}' in workspace ws_demo ({how}); the newest are: ")
    assert text.count(" (on help.acme.example)") == 20
    assert "lnk_22 (on help.acme.example)" in text
    assert "lnk_02" not in text
    if missing == "lnk_30":
        assert "the newest are: lnk_20 (" in text


def test_a_link_is_named_by_its_id_and_mark_since_its_title_and_reference_may_be_secrets(server: Emulator) -> None:
    mark = "pulumi:shop/dev/help"
    server.seed({"links": [{"linkId": "a", "domainId": "dom_app", "linkTitle": "Title"}]})
    server.add_link(linkId="b", domainId="dom_app", linkTitle="Title", linkProviderReference=f"{mark}#01234567")
    server.add_link(linkId="d", domainId="dom_app", linkProviderReference="Reference")
    text = refused(lambda: get_recording_link("c"))
    assert "a (on app.acme.example)" in text
    assert f"b (made by {mark}, on app.acme.example)" in text
    assert "d (on app.acme.example)" in text
    assert "Title" not in text


def test_a_missing_link_is_said_even_if_the_others_can_not_be_listed(server: Emulator) -> None:
    server.fault(path="/links$", answer="status", status=403, code="FORBIDDEN")
    assert refused(lambda: get_recording_link("lnk_1")) == (
        'read of recording link lnk_1 failed: 404 LINK_NOT_FOUND "There is no such link in this workspace."; '
        "no link has this id in this workspace: check the link id and the workspace id"
    )


def test_a_link_that_can_not_be_read_is_an_error_of_its_own(server: Emulator) -> None:
    server.fault(path="/links/", answer="status", status=403, code="FORBIDDEN")
    assert "403 FORBIDDEN" in refused(lambda: get_recording_link("lnk_1"))
    assert len(server.requests) == 1


def test_each_look_up_takes_an_explicit_account(program: Program) -> None:
    found: list[object] = []

    def declare() -> None:
        account = Provider("acct", api_key="uspl_demo_stranger", workspace_id="ws_other")
        found.extend(
            [
                [domain.domain_id for domain in get_domains(provider=account)],
                [project.project_id for project in get_projects(provider=account)],
                [member.workspace_member_id for member in get_members(provider=account)],
                [workspace.workspace_id for workspace in get_workspaces(provider=account)],
                get_user(provider=account).id,
                get_recording_links(provider=account),
            ]
        )
        found.append(refused(lambda: get_recording_link("lnk_1", provider=account)))

    program.run(declare)
    assert found[:-1] == [["dom_other"], ["prj_other"], ["mem_stranger"], ["ws_other"], "usr_stranger", []]
    assert str(found[-1]).endswith("in workspace ws_other (404 LINK_NOT_FOUND); there are none")


def test_each_output_twin_waits_and_finds_the_same(program: Program, server: Emulator) -> None:
    link_id = server.add_link(domainId="dom_help")["linkId"]
    found: dict[str, object] = {}

    def declare() -> None:
        account = Provider("acct", workspace_id=pulumi.Output.from_input("ws_demo"))
        late = pulumi.Output.from_input
        waiting: dict[str, pulumi.Output[Any]] = {
            "domains": get_domains_output(status=late("pending"), provider=account),
            "projects": get_projects_output(workspace_id=late("ws_demo"), provider=account),
            "members": get_members_output(provider=account),
            "workspaces": get_workspaces_output(provider=account),
            "user": get_user_output(provider=account),
            "link": get_recording_link_output(late(link_id), provider=account),
            "links": get_recording_links_output(domain_ids=[late("dom_help")], created_by=late(["mem_owner"])),
        }
        pulumi.Output.all(**waiting).apply(found.update)

    program.run(declare)
    assert found == {
        "domains": DOMAINS[2:],
        "projects": get_projects(),
        "members": get_members(),
        "workspaces": get_workspaces(),
        "user": get_user(),
        "link": get_recording_link(link_id),
        "links": [get_recording_link(link_id)],
    }


def test_each_look_up_has_its_twin() -> None:
    functions = {name for name in pulumi_userplane.__all__ if name.startswith("get_")}
    plain = {name for name in functions if not name.endswith("_output")}
    assert len(plain) == 9
    assert functions == plain | {f"{name}_output" for name in plain}


@pytest.fixture
def mapped(program: Program, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Says whose key a look-up uses, in plain and as an Output, for a provider with such mappings and settings."""

    def users(mappings: dict[str, str], config: dict[str, str] | None = None, **settings: Any) -> list[str]:
        found: list[str] = []

        def declare() -> None:
            account = Provider("acct", opts=pulumi.ResourceOptions(env_var_mappings=mappings), **settings)
            found.append(get_user(provider=account).id)
            get_user_output(provider=account).apply(lambda user: found.append(user.id))

        program.run(declare, config=config)
        return found

    monkeypatch.setenv("ACME_KEY", "uspl_demo_stranger")
    return users


def test_a_look_up_sees_the_environment_that_the_provider_maps(mapped: Callable[..., list[str]]) -> None:
    assert mapped({"ACME_KEY": "USERPLANE_API_KEY"}) == ["usr_stranger"] * 2
    assert mapped({"NO_SUCH_VARIABLE": "USERPLANE_API_KEY"}) == ["usr_owner"] * 2
    # As for links, an argument and the configuration come before the environment.
    assert mapped({"ACME_KEY": "USERPLANE_API_KEY"}, api_key="uspl_demo_admin") == ["usr_admin"] * 2
    assert mapped({"ACME_KEY": "USERPLANE_API_KEY"}, {"userplane:apiKey": "uspl_demo_admin"}) == ["usr_admin"] * 2
    # Only what the environment itself holds is mapped, never what another mapping gave.
    chain = {"ACME_KEY": "OTHER_KEY", "OTHER_KEY": "USERPLANE_API_KEY"}
    assert mapped(chain) == ["usr_owner"] * 2


def test_a_mapped_variable_that_is_empty_counts_as_not_set(
    mapped: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_KEY", "")
    with pytest.raises(ProgramError, match="no API key"):
        mapped({"ACME_KEY": "USERPLANE_API_KEY"})


def test_the_mappings_of_the_options_are_taken_when_the_provider_is_declared(program: Program) -> None:
    mappings = {"ACME_KEY": "USERPLANE_API_KEY"}

    def declare() -> None:
        account = Provider("acct", opts=pulumi.ResourceOptions(env_var_mappings=mappings))
        mappings.clear()
        assert account.map_environ({"ACME_KEY": "uspl_a", "OTHER": "b"}) == {
            "ACME_KEY": "uspl_a",
            "OTHER": "b",
            "USERPLANE_API_KEY": "uspl_a",
        }
        assert Provider("bare").map_environ({"ACME_KEY": "uspl_a"}) == {"ACME_KEY": "uspl_a"}

    program.run(declare)
