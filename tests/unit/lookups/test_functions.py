"""The look-ups as functions of the languages other than Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api import UserplaneError
from pulumi_userplane.lookups import functions
from pulumi_userplane.lookups.source import Cache
from pulumi_userplane.settings import Settings
from tests.unit.conftest import this_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Sent

    Invoke = Callable[..., dict[str, Any]]


@pytest.fixture
def invoke(server: Emulator) -> Invoke:
    configured = {"apiKey": server.api_key, "baseUrl": server.base_url, "workspaceId": server.workspace_id}
    settings = Settings.read(lambda key: configured.get(key.removeprefix("userplane:")), {})
    client, cache = this_run().client(settings), Cache()
    return lambda name, **given: functions.invoke(client, settings, cache, f"userplane:index:{name}", given)


@pytest.mark.parametrize(
    ("name", "given", "found"),
    [
        ("getDomain", {"url": "https://help.acme.example/"}, {"domainId": "dom_help"}),
        ("getDomain", {"domainId": "dom_app", "workspaceId": "ws_demo"}, {"url": "app.acme.example"}),
        ("getProject", {"default": True}, {"projectId": "prj_default", "isDefault": True}),
        ("getProject", {"title": "Onboarding"}, {"projectId": "prj_onboarding", "isDefault": False}),
        ("getUser", {}, {"id": "usr_owner", "name": "Ines Calder", "email": "ines@acme.example"}),
    ],
)
def test_function_finds_one_thing(invoke: Invoke, name: str, given: dict[str, Any], found: dict[str, Any]) -> None:
    result = invoke(name, **given)
    assert {key: result[key] for key in found} == found


@pytest.mark.parametrize(
    ("name", "given", "list_name", "first"),
    [
        ("getDomains", {"status": "pending"}, "domains", {"domainId": "dom_new", "status": "pending"}),
        ("getProjects", {}, "projects", {"projectId": "prj_default"}),
        ("getWorkspaces", {}, "workspaces", {"workspaceId": "ws_demo", "name": "Acme Support"}),
        ("getMembers", {}, "members", {"workspaceMemberId": "mem_owner", "workspaceRole": "owner"}),
    ],
)
def test_function_lists(
    invoke: Invoke, name: str, given: dict[str, Any], list_name: str, first: dict[str, Any]
) -> None:
    result = invoke(name, **given)
    assert list(result) == [list_name]
    assert first.items() <= result[list_name][0].items()


def test_functions_show_a_link_as_the_resource_does(invoke: Invoke, server: Emulator) -> None:
    made = this_run().client(
        Settings.read({"userplane:apiKey": server.api_key, "userplane:baseUrl": server.base_url}.get, {})
    )
    link = made.create_link("ws_demo", domain_id="dom_help", meta={"link_title": 1})
    [listed] = invoke("getRecordingLinks", domainIds=["dom_help"])["links"]
    assert listed == invoke("getRecordingLink", linkId=link.link_id)
    assert (listed["linkId"], listed["domainId"], listed["projectId"]) == (link.link_id, "dom_help", "prj_default")
    assert listed["creator"] == {"workspaceMemberId": "mem_owner", "name": "Ines Calder"}
    assert listed["meta"] == {"link_title": 1}
    assert invoke("getRecordingLinks", projectIds=[]) == {"links": []}


def test_argument_without_a_value_counts_as_left_out(invoke: Invoke) -> None:
    assert invoke("getDomain", url="help.acme.example", domainId=None, workspaceId=None)["domainId"] == "dom_help"


def test_each_request_is_sent_once(invoke: Invoke, sent: Sent) -> None:
    invoke("getDomain", url="help.acme.example")
    invoke("getDomain", url="app.acme.example")
    assert len(sent()) == 1


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("getDomainz", {}, "there is no function getDomainz; did you mean 'getDomain'?"),
        ("getDomain", {"domain_id": "x"}, "getDomain: 'domain_id' is not an argument; did you mean 'domainId'?"),
        ("getUser", {"workspaceId": "x"}, "getUser: 'workspaceId' is not an argument"),
        ("getRecordingLink", {}, "getRecordingLink: the argument link_id is missing"),
        (
            "getDomain",
            {"url": "a<pulumi.output.Output object at 0x1>"},
            "getDomain: the argument url contains an Output as text",
        ),
        ("getProject", {"title": 2024.0}, "getProject: title must be text, not a number"),
        ("getDomain", {"url": 5.0}, "getDomain: url must be text, not a number"),
        ("getDomain", {"url": ["x"]}, "getDomain: url must be text, not a list"),
        ("getMembers", {"workspaceId": {}}, "getMembers: workspaceId must be text, not a map"),
        ("getRecordingLink", {"linkId": 5.0}, "getRecordingLink: linkId must be text, not a number"),
        ("getRecordingLink", {"linkId": object()}, "getRecordingLink: linkId must be text, not another kind of value"),
        ("getProject", {"default": "yes"}, "getProject: default must be true or false, not text"),
        ("getRecordingLinks", {"domainIds": 5.0}, "getRecordingLinks: domainIds must be a list of texts, not a number"),
        ("getRecordingLinks", {"createdBy": "x"}, "getRecordingLinks: createdBy must be a list of texts, not text"),
        ("getRecordingLinks", {"projectIds": [{}]}, "getRecordingLinks: projectIds[0] must be text, not a map"),
        (
            "getRecordingLinks",
            {"projectIds": ["x", 5.0]},
            "getRecordingLinks: projectIds[1] must be text, not a number",
        ),
        ("getDomain", {"url": "nix.example"}, "there is no domain 'nix.example' in workspace ws_demo"),
    ],
)
def test_what_is_wrong_is_named(invoke: Invoke, name: str, given: dict[str, Any], problem: str) -> None:
    with pytest.raises(UserplaneError) as caught:
        invoke(name, **given)
    assert str(caught.value).startswith(problem)
