"""Look-ups in a program: by address, title, id or default; what they say when they find nothing or too much."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from pulumi_userplane import (
    Domain,
    ProgramError,
    Project,
    Provider,
    get_domain,
    get_domain_output,
    get_project,
    get_project_output,
)
from tests.unit.conftest import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Program

HELP = Domain("dom_help", "help.acme.example", "verified")
ONBOARDING = Project("prj_onboarding", "Onboarding", is_default=False)
DEFAULT = Project("prj_default", "Acme Support", is_default=True)

pytestmark = pytest.mark.usefixtures("account_of_server")


@pytest.mark.parametrize(
    "asked",
    [
        {"url": "help.acme.example"},
        {"url": " HTTPS://Help.Acme.example/ "},
        {"url": "http://help.acme.example"},
        {"domain_id": "dom_help"},
        {"domain_id": "dom_help", "url": ""},
        {"domain_id": "dom_help", "workspace_id": "ws_demo"},
    ],
)
def test_a_domain_is_found_by_its_address_or_id(server: Emulator, asked: dict[str, Any]) -> None:
    assert get_domain(**asked) == HELP
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"title": "Onboarding"}, ONBOARDING),
        ({"project_id": "prj_onboarding"}, ONBOARDING),
        ({"default": True}, DEFAULT),
        ({"default": False, "title": "Onboarding"}, ONBOARDING),
    ],
)
def test_a_project_is_found_by_title_or_id_or_as_the_default(
    server: Emulator, asked: dict[str, Any], found: Project
) -> None:
    assert get_project(**asked) == found
    assert len(server.requests) == 1


@pytest.mark.parametrize("asked", [{}, {"url": "a", "domain_id": "b"}, {"url": "", "domain_id": None}])
def test_a_domain_is_asked_for_in_exactly_one_way(server: Emulator, asked: dict[str, Any]) -> None:
    assert refused(lambda: get_domain(**asked)) == "a look-up takes exactly one of url=, domain_id="
    assert server.requests == []


@pytest.mark.parametrize("asked", [{}, {"title": "a", "default": True}, {"default": False}])
def test_a_project_is_asked_for_in_exactly_one_way(asked: dict[str, Any]) -> None:
    assert refused(lambda: get_project(**asked)) == "a look-up takes exactly one of title=, project_id=, default="


def test_no_match_lists_what_there_is_the_nearest_first() -> None:
    assert refused(lambda: get_domain(url="https://app.acme.exmaple")) == (
        "there is no domain 'app.acme.exmaple' in workspace ws_demo; there are: "
        "app.acme.example (verified, dom_app), help.acme.example (verified, dom_help), "
        "new.acme.example (pending, dom_new)"
    )
    assert refused(lambda: get_project(title="onboarding")) == (
        "there is no project 'onboarding' in workspace ws_demo; there are: "
        "'Onboarding' (prj_onboarding), 'Acme Support' (prj_default)"
    )


def test_several_matches_are_as_bad_as_none(server: Emulator) -> None:
    projects = [{"projectId": f"prj_{n}", "projectTitle": "Same"} for n in range(2)]
    server.seed({"projects": projects})
    text = refused(lambda: get_project(title="Same"))
    assert text == (
        "there are 2 projects 'Same' in workspace ws_demo: 'Same' (prj_0), 'Same' (prj_1); look it up by project_id="
    )


def test_a_long_list_is_cut_and_an_empty_one_says_so(server: Emulator) -> None:
    domains = [{"domainId": f"dom_{n}", "domainUrl": f"{n}.example"} for n in range(23)]
    server.seed({"domains": domains, "projects": []})
    text = refused(lambda: get_domain(domain_id="dom_none"))
    assert text.count("verified") == 20
    assert text.endswith(", and 3 more")
    assert refused(lambda: get_project(default=True)) == (
        "there is no default project in workspace ws_demo; there are none"
    )


def test_a_project_id_that_is_deleted_or_unknown_lists_what_there_is(server: Emulator) -> None:
    server.delete_project("prj_onboarding")
    for missing in ("prj_onboarding", "prj_none"):
        text = refused(functools.partial(get_project, project_id=missing))
        assert text == f"there is no project '{missing}' in workspace ws_demo; there are: 'Acme Support' (prj_default)"


def test_a_project_that_can_not_be_asked_for_is_an_error_of_its_own(server: Emulator) -> None:
    server.fault(path="/projects/", answer="status", status=403, code="FORBIDDEN")
    assert "403 FORBIDDEN" in refused(lambda: get_project(project_id="prj_default"))


def test_a_missing_or_malformed_setting_says_how_to_give_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERPLANE_META_FIELD", "metta")
    assert "the setting meta_field is malformed" in refused(lambda: get_domain(url="a"))
    monkeypatch.delenv("USERPLANE_META_FIELD")
    monkeypatch.delenv("USERPLANE_WORKSPACE_ID")
    assert "no workspace is set; set it with" in refused(lambda: get_domain(url="a"))
    monkeypatch.delenv("USERPLANE_API_KEY")
    assert "no API key is set; create one at" in refused(lambda: get_domain(url="a"))


def test_a_refused_key_is_one_line_without_the_key(server: Emulator) -> None:
    server.set_key_state(server.api_key, "expired")
    text = refused(lambda: get_domain(url="a"))
    assert text.startswith("list of domains of workspace ws_demo failed: 401 API_KEY_EXPIRED")
    assert server.api_key not in text


def test_the_stacks_configuration_comes_first(program: Program) -> None:
    found: list[Domain] = []
    config = {"userplane:workspaceId": "ws_other", "userplane:apiKey": "uspl_demo_stranger"}
    program.run(lambda: found.append(get_domain(domain_id="dom_other")), config=config)
    assert found == [Domain("dom_other", "help.globex.example", "verified")]


def test_an_explicit_account_is_asked_instead(program: Program) -> None:
    found: list[Domain] = []

    def declare() -> None:
        account = Provider("acct", api_key="uspl_demo_stranger", workspace_id="ws_other")
        found.append(get_domain(domain_id="dom_other", provider=account))

    program.run(declare)
    assert [domain.domain_id for domain in found] == ["dom_other"]


def test_an_explicit_account_with_more_provider_types_is_asked_as_well(program: Program) -> None:
    found: list[Domain] = []

    def declare() -> None:
        account = Provider("acct", api_key="uspl_demo_stranger", workspace_id="ws_other", extra_provider_types=["fax"])
        found.append(get_domain(domain_id="dom_other", provider=account))

    program.run(declare)
    assert [domain.domain_id for domain in found] == ["dom_other"]


def test_a_plain_look_up_can_not_wait_for_a_key_and_says_what_can(program: Program, server: Emulator) -> None:
    said: list[str] = []

    def declare() -> None:
        account = Provider("acct", api_key=pulumi.Output.secret("uspl_demo_stranger"))
        said.append(refused(lambda: get_domain(domain_id="dom_other", provider=account)))
        said.append(refused(lambda: get_project(default=True, provider=account)))

    program.run(declare)
    assert all("use the function's _output twin" in text for text in said)
    assert server.requests == []


def test_the_output_twins_wait_for_arguments_and_for_a_key(program: Program) -> None:
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
def test_the_output_twins_take_settings_of_any_kind_that_are_outputs(
    program: Program, settings: Callable[[], dict[str, Any]]
) -> None:
    found: list[Domain] = []

    def declare() -> None:
        account = Provider("acct", **settings())
        get_domain_output(domain_id="dom_help", provider=account).apply(found.append)

    program.run(declare)
    assert found == [HELP]


def test_a_failed_output_twin_fails_the_run(program: Program) -> None:
    with pytest.raises(ProgramError, match="there is no domain"):
        program.run(lambda: get_domain_output(url="none.example"))


def test_an_empty_workspace_is_not_taken_for_one_that_is_left_out(server: Emulator) -> None:
    assert "the workspace id is empty" in refused(lambda: get_domain(url="help.acme.example", workspace_id=""))
    assert server.requests == []


@pytest.mark.parametrize("disabled", ['["pulumi-python"]', '["aws", " * "]'])
def test_a_look_up_without_an_account_of_its_own_is_refused_where_the_stack_disables_default_providers(
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
def test_default_providers_of_other_packages_may_be_disabled(program: Program, disabled: str) -> None:
    config = {"pulumi:disable-default-providers": disabled}
    program.run(lambda: get_domain(url="help.acme.example"), config=config)


@pytest.mark.parametrize("disabled", ["pulumi-python", "7", "[7]", "true"])
def test_disabled_default_providers_that_are_malformed_are_refused_as_by_the_engine(
    program: Program, server: Emulator, disabled: str
) -> None:
    with pytest.raises(ProgramError) as caught:
        program.run(lambda: get_domain(url="help.acme.example"), config={"pulumi:disable-default-providers": disabled})
    assert str(caught.value) == "pulumi:disable-default-providers is malformed: it must be a JSON list of names"
    assert server.requests == []
