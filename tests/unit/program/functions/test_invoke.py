"""The account that a look-up uses, and when: at once, or as soon as its arguments are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

import pulumi_userplane
from pulumi_userplane import (
    Domain,
    ProgramError,
    Project,
    Provider,
    get_domain,
    get_domain_output,
    get_domains,
    get_domains_output,
    get_members,
    get_members_output,
    get_project,
    get_project_output,
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
from tests.unit.conftest import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Program

pytestmark = pytest.mark.usefixtures("account_of_server")

HELP = Domain("dom_help", "help.acme.example", "verified")

DEFAULT = Project("prj_default", "Acme Support", is_default=True)

DOMAINS = [
    Domain("dom_help", "help.acme.example", "verified"),
    Domain("dom_app", "app.acme.example", "verified"),
    Domain("dom_new", "new.acme.example", "pending"),
]


def test_look_up_says_how_to_set_setting_when_it_is_missing_or_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERPLANE_META_FIELD", "metta")
    assert "USERPLANE_META_FIELD is malformed" in refused(lambda: get_domain(url="a"))
    monkeypatch.delenv("USERPLANE_META_FIELD")
    monkeypatch.delenv("USERPLANE_WORKSPACE_ID")
    assert "no workspace is set; set it with" in refused(lambda: get_domain(url="a"))
    monkeypatch.delenv("USERPLANE_API_KEY")
    assert "no API key is set; create one at" in refused(lambda: get_domain(url="a"))


def test_look_up_fails_with_one_line_without_key_when_key_is_refused(server: Emulator) -> None:
    server.set_key_state(server.api_key, "expired")
    text = refused(lambda: get_domain(url="a"))
    assert text.startswith("list of domains of workspace ws_demo failed: 401 API_KEY_EXPIRED")
    assert server.api_key not in text


def test_look_up_prefers_stack_configuration_to_environment(program: Program) -> None:
    found: list[Domain] = []
    config = {"userplane:workspaceId": "ws_other", "userplane:apiKey": "uspl_demo_stranger"}
    program.run(lambda: found.append(get_domain(domain_id="dom_other")), config=config)
    assert found == [Domain("dom_other", "help.globex.example", "verified")]


def test_look_up_uses_explicit_account_when_provider_is_given(program: Program) -> None:
    found: list[Domain] = []

    def declare() -> None:
        account = Provider("acct", api_key="uspl_demo_stranger", workspace_id="ws_other")
        found.append(get_domain(domain_id="dom_other", provider=account))

    program.run(declare)
    assert [domain.domain_id for domain in found] == ["dom_other"]


def test_look_up_uses_explicit_account_when_it_has_extra_provider_types(program: Program) -> None:
    found: list[Domain] = []

    def declare() -> None:
        account = Provider("acct", api_key="uspl_demo_stranger", workspace_id="ws_other", extra_provider_types=["fax"])
        found.append(get_domain(domain_id="dom_other", provider=account))

    program.run(declare)
    assert [domain.domain_id for domain in found] == ["dom_other"]


def test_look_up_names_output_twin_when_key_is_output(program: Program, server: Emulator) -> None:
    said: list[str] = []

    def declare() -> None:
        account = Provider("acct", api_key=pulumi.Output.secret("uspl_demo_stranger"))
        said.append(refused(lambda: get_domain(domain_id="dom_other", provider=account)))
        said.append(refused(lambda: get_project(default=True, provider=account)))

    program.run(declare)
    assert all("use the function that ends in _output, such as `get_domain_output`, or give" in text for text in said)
    assert server.requests == []


def test_output_twin_waits_for_arguments_and_key(program: Program) -> None:
    found: list[object] = []

    def declare() -> None:
        account = Provider(
            "acct",
            api_key=pulumi.Output.secret("uspl_demo_stranger"),
            workspace_id=pulumi.Output.from_input("ws_other"),
        )
        get_domain_output(domain_id=pulumi.Output.from_input("dom_other"), provider=account).apply(found.append)
        get_domain_output(url="help.acme.example").apply(found.append)
        get_project_output(default=pulumi.Output.from_input(True)).apply(found.append)

    program.run(declare)
    assert sorted(found, key=str) == [HELP, Domain("dom_other", "help.globex.example", "verified"), DEFAULT]


@pytest.mark.parametrize(
    "settings",
    [
        lambda: {"mark_links": pulumi.Output.from_input(True)},
        lambda: {"mark_links": pulumi.Output.from_input(False)},
        lambda: {"extra_provider_types": pulumi.Output.from_input(["fax"])},
        lambda: {"extra_provider_types": [pulumi.Output.from_input("fax")]},
    ],
)
def test_output_twin_waits_for_settings_of_any_type(program: Program, settings: Callable[[], dict[str, Any]]) -> None:
    found: list[Domain] = []

    def declare() -> None:
        account = Provider("acct", **settings())
        get_domain_output(domain_id="dom_help", provider=account).apply(found.append)

    program.run(declare)
    assert found == [HELP]


def test_output_twin_fails_the_run_when_nothing_matches(program: Program) -> None:
    with pytest.raises(ProgramError, match="there is no domain"):
        program.run(lambda: get_domain_output(url="none.example"))


def test_look_up_fails_when_workspace_is_an_empty_text(server: Emulator) -> None:
    assert "the workspace id is empty" in refused(lambda: get_domain(url="help.acme.example", workspace_id=""))
    assert server.requests == []


@pytest.mark.parametrize("disabled", ['["pulumi-python"]', '["aws", " * "]'])
def test_look_up_fails_without_provider_when_stack_disables_default_providers(
    program: Program, server: Emulator, disabled: str
) -> None:
    said: list[str] = []
    found: list[Domain] = []

    def declare() -> None:
        said.append(refused(lambda: get_domain(url="help.acme.example")))
        found.append(get_domain(url="help.acme.example", provider=Provider("acct")))

    program.run(declare, config={"pulumi:disable-default-providers": disabled})
    [line] = said
    assert line == (
        "a look-up would use the stack's own account, and pulumi:disable-default-providers allows explicit providers "
        "only; give the look-up provider= with a userplane.Provider"
    )
    assert found == [HELP]
    with pytest.raises(ProgramError, match="give the look-up provider="):
        program.run(
            lambda: get_domain_output(url="help.acme.example"), config={"pulumi:disable-default-providers": disabled}
        )
    assert len(server.requests) == 1


@pytest.mark.parametrize("disabled", ["", "[]", '["aws"]', '["pulumi"]'])
def test_look_up_works_when_default_providers_of_other_packages_are_disabled(program: Program, disabled: str) -> None:
    config = {"pulumi:disable-default-providers": disabled}
    program.run(lambda: get_domain(url="help.acme.example"), config=config)


@pytest.mark.parametrize("disabled", ["pulumi-python", "7", "[7]", "true"])
def test_look_up_fails_when_disabled_default_providers_are_malformed(
    program: Program, server: Emulator, disabled: str
) -> None:
    with pytest.raises(ProgramError) as caught:
        program.run(lambda: get_domain(url="help.acme.example"), config={"pulumi:disable-default-providers": disabled})
    assert str(caught.value) == "pulumi:disable-default-providers is malformed: it must be a JSON list of names"
    assert server.requests == []


def test_every_look_up_uses_explicit_account_when_provider_is_given(program: Program) -> None:
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
    assert str(found[-1]).endswith(
        "in workspace ws_other (404 LINK_NOT_FOUND); there are none; more: `pulumi-userplane explain LINK_NOT_FOUND`"
    )


def test_every_output_twin_waits_and_returns_the_same(program: Program, server: Emulator) -> None:
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


def test_every_look_up_has_output_twin() -> None:
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


def test_look_up_uses_environment_that_provider_maps(mapped: Callable[..., list[str]]) -> None:
    assert mapped({"ACME_KEY": "USERPLANE_API_KEY"}) == ["usr_stranger"] * 2
    assert mapped({"NO_SUCH_VARIABLE": "USERPLANE_API_KEY"}) == ["usr_owner"] * 2
    # As for links, an argument and the configuration come before the environment.
    assert mapped({"ACME_KEY": "USERPLANE_API_KEY"}, api_key="uspl_demo_admin") == ["usr_admin"] * 2
    assert mapped({"ACME_KEY": "USERPLANE_API_KEY"}, {"userplane:apiKey": "uspl_demo_admin"}) == ["usr_admin"] * 2
    # Only what the environment itself holds is mapped, never what another mapping gave.
    chain = {"ACME_KEY": "OTHER_KEY", "OTHER_KEY": "USERPLANE_API_KEY"}
    assert mapped(chain) == ["usr_owner"] * 2


def test_look_up_takes_mapped_variable_as_not_set_when_it_is_empty(
    mapped: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_KEY", "")
    with pytest.raises(ProgramError, match="no API key"):
        mapped({"ACME_KEY": "USERPLANE_API_KEY"})
