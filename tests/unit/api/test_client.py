"""Userplane's endpoints as methods, against the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import (
    APIError,
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    Operation,
    PlanLimitError,
    ResponseLostError,
    ServerError,
    UserplaneError,
)
from pulumi_userplane.api.models import Domain, LinkHit, Member, Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.api.models import SearchType
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.request_log import Sent

WS = "ws_demo"


@pytest.fixture
def client(server: Emulator, clock: Clock) -> Client:
    return Client(server.api_key, base_url=server.base_url, clock=clock)


def test_client_raises_when_key_or_base_url_is_malformed() -> None:
    with pytest.raises(ConfigurationError):
        Client("uspl_a\nb")
    with pytest.raises(ConfigurationError):
        Client("uspl_demo", base_url="http://api.example")


def test_client_normalizes_base_url() -> None:
    assert Client("uspl_demo").base_url == "https://api.userplane.io/api/v1"
    assert Client(" uspl_demo ", base_url="https://api.example/v1/").base_url == "https://api.example/v1"


def test_get_me_returns_the_owner_of_the_key(client: Client) -> None:
    assert client.get_me().user.email == "ines@acme.example"


def test_list_workspaces_includes_membership_when_requested(client: Client) -> None:
    assert [workspace.workspace_membership for workspace in client.list_workspaces()] == [None]
    (workspace,) = client.list_workspaces(include_workspace_membership=True)
    assert workspace.workspace_membership is not None
    assert workspace.workspace_membership.workspace_role == "owner"
    assert client.get_workspace(WS).workspace_id == workspace.workspace_id == WS


def test_get_workspace_raises_when_workspace_is_unknown(client: Client) -> None:
    with pytest.raises(NotFoundError, match="read of workspace ws_none failed: 404 WORKSPACE_NOT_FOUND"):
        client.get_workspace("ws_none")


def test_error_says_how_the_base_url_ends_when_the_emulators_lacks_that(server: Emulator, clock: Clock) -> None:
    client = Client(server.api_key, base_url=server.page_url, clock=clock)
    with pytest.raises(NotFoundError, match=r'404 NOT_FOUND "Not Found: the base URL has to end with /api/v1\."'):
        client.get_link("ws_demo", "lnk_help")
    assert [request.path for request in server.requests] == ["/public/workspace/ws_demo/links/lnk_help"]


def test_lists_yield_all_items_when_there_are_several_pages(server: Emulator, client: Client) -> None:
    domains = [{"domainId": f"dom_{n}", "domainUrl": f"{n}.example", "domainStatus": "verified"} for n in range(25)]
    projects = [{"projectId": f"prj_{n}", "projectTitle": f"P{n}", "isDefault": n == 0} for n in range(25)]
    links = [{"linkId": f"lnk_{n}", "domainId": "dom_0"} for n in range(45)]
    server.seed({"domains": domains, "projects": projects, "links": links})
    assert len(list(client.list_members(WS))) == 4
    assert [domain.domain_id for domain in client.list_domains(WS)] == [row["domainId"] for row in domains]
    assert [project.project_id for project in client.list_projects(WS)] == [row["projectId"] for row in projects]
    assert [link.link_id for link in client.list_links(WS)] == [row["linkId"] for row in links]
    assert len(server.requests) == 1 + 3 + 3 + 3


def test_list_links_page_returns_one_page(server: Emulator, client: Client) -> None:
    server.seed({"links": [{"linkId": f"lnk_{n}", "domainId": "dom_help"} for n in range(45)]})
    pages = [client.list_links_page(WS, number) for number in (1, 3, 4)]
    assert [len(page.links) for page in pages] == [20, 5, 0]
    assert [page.pagination.total_pages for page in pages] == [3, 3, 3]
    assert pages[1].links[0].link_id == "lnk_40"


def test_list_links_filters_and_sorts(server: Emulator, client: Client) -> None:
    for title, domain, project, member in [
        ("c", "dom_help", "prj_default", "mem_owner"),
        ("a", "dom_app", "prj_onboarding", "mem_admin"),
        ("b", "dom_help", "prj_onboarding", "mem_admin"),
    ]:
        server.add_link(linkTitle=title, domainId=domain, projectId=project, workspaceMemberId=member)

    def titles(**params: Any) -> str:
        return "".join(str(link.link_title) for link in client.list_links(WS, **params))

    assert titles() == "cab"
    assert titles(sort_direction="desc") == "bac"
    assert titles(sort_by="link_title") == "abc"
    assert titles(domain_ids=["dom_help"]) == "cb"
    assert titles(domain_ids=["dom_help", "dom_app"], project_ids=["prj_onboarding"]) == "ab"
    assert titles(created_by=["mem_admin", "mem_owner"]) == "cab"
    assert titles(created_by=["mem_member"]) == ""


def test_get_project_raises_when_response_holds_another_project(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/public/workspace/{WS}/projects/prj_onboarding"
    assert client.get_project(WS, "prj_onboarding").project_title == "Onboarding"
    data = client._request(Operation("read", "a project"), "GET", path)
    monkeypatch.setattr(client, "_request", lambda *_args, **_kwargs: data)
    with pytest.raises(InvalidResponseError, match="the server responded with another project"):
        client.get_project(WS, "prj_default")


@pytest.mark.parametrize("meta_field", ["meta", "linkMeta"])
def test_link_methods_send_all_fields_from_post_to_delete(server: Emulator, sent: Sent, meta_field: Any) -> None:
    server.set_behaviours(meta_key=meta_field)
    client = Client(server.api_key, base_url=server.base_url, meta_field=meta_field)
    created = client.create_link(
        WS,
        domain_id="dom_help",
        project_id="prj_onboarding",
        link_provider_ref="ref",
        link_reusable=False,
        meta={"a": 1},
    )
    changed = client.update_link(
        WS,
        created.link_id,
        link_title="T",
        link_reusable=True,
        link_provider_type="zendesk",
        link_provider_id="7",
        link_provider_ref="8",
        meta={},
    )
    assert (created.link_provider_ref, created.project.project_id, created.meta) == ("ref", "prj_onboarding", {"a": 1})
    assert client.get_link(WS, created.link_id) == changed
    client.delete_link(WS, created.link_id)
    assert sent() == [
        (
            "POST",
            {
                "domainId": "dom_help",
                "projectId": "prj_onboarding",
                "linkReference": "ref",
                "linkReusable": False,
                meta_field: {"a": 1},
            },
        ),
        (
            "PUT",
            {
                "linkTitle": "T",
                "linkReusable": True,
                "linkProviderType": "zendesk",
                "linkProviderId": "7",
                "linkProviderRef": "8",
                meta_field: {},
            },
        ),
        ("GET", None),
        ("DELETE", None),
    ]


def test_create_link_sends_only_given_fields(client: Client, sent: Sent) -> None:
    client.create_link(WS, domain_id="dom_help")
    assert sent() == [("POST", {"domainId": "dom_help"})]


def test_create_link_accepts_status_201(server: Emulator, client: Client) -> None:
    server.set_behaviours(created_status=201)
    assert client.create_link(WS, domain_id="dom_help").link_id


CALLS: dict[str, Callable[[Client, str], object]] = {
    "read": lambda client, link_id: client.get_link(WS, link_id, label="Help"),
    "update": lambda client, link_id: client.update_link(WS, link_id, label="Help", link_reusable=True),
    "deletion": lambda client, link_id: client.delete_link(WS, link_id, label="Help"),
}


@pytest.mark.parametrize("action", CALLS)
def test_link_methods_prove_link_gone_when_it_is_deleted_or_unknown(
    server: Emulator, client: Client, action: str
) -> None:
    link_id = server.add_link(domainId="dom_help", deleted=True)["linkId"]
    for name, code in ((link_id, "410 LINK_GONE"), ("lnk_none", "404 LINK_NOT_FOUND")):
        with pytest.raises(APIError, match=code) as caught:
            CALLS[action](client, name)
        assert caught.value.proves_link_gone
        assert str(caught.value).startswith(f'{action} of recording link "Help" ({name}) failed: ')


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("answer", ["html", "empty", "cut_json", "oversized", "other_link", "redirect"])
def test_link_methods_raise_when_response_is_not_about_this_link(
    server: Emulator, client: Client, action: str, answer: Any
) -> None:
    link_id = server.add_link(domainId="dom_help")["linkId"]
    server.fault(answer=answer)
    with pytest.raises(InvalidResponseError) as caught:
        CALLS[action](client, link_id)
    assert link_id in str(caught.value)
    assert ("another link" in str(caught.value)) is (answer == "other_link")


@pytest.mark.parametrize("answer", ["drop", "cut_body"])
def test_create_link_raises_response_lost_when_connection_breaks_after_the_work(
    server: Emulator, client: Client, answer: Any
) -> None:
    server.fault(answer=answer, after_work=True)
    with pytest.raises(ResponseLostError):
        client.create_link(WS, domain_id="dom_help", label="Help")
    assert len(server.links) == 1


def test_create_link_raises_own_errors_when_plan_is_used_up_or_server_fails(server: Emulator, client: Client) -> None:
    server.set_workspace(WS, link_quota=0)
    with pytest.raises(PlanLimitError, match='creation of recording link "Help" failed: 403 PLAN_LIMIT_EXCEEDED'):
        client.create_link(WS, domain_id="dom_help", label="Help")
    server.fault(answer="status", status=503, code="SERVICE_UNAVAILABLE", times=None)
    with pytest.raises(ServerError, match="creation of a recording link in workspace ws_demo failed: 503"):
        client.create_link(WS, domain_id="dom_help")


@pytest.mark.parametrize(
    ("search_type", "q", "expected"),
    [
        ("members", "ines", (Member, "mem_owner")),
        ("projects", "onb", (Project, "prj_onboarding")),
        ("domains", "help.", (Domain, "dom_help")),
        ("links", "inv", (LinkHit, "lnk_1")),
    ],
)
def test_search_returns_objects_of_the_requested_type(
    server: Emulator, client: Client, search_type: SearchType, q: str, expected: tuple[type, str]
) -> None:
    server.add_link(linkId="lnk_1", domainId="dom_help", linkTitle="Broken invoice")
    (hit,) = client.search(WS, q, search_type)
    assert (type(hit), next(iter(hit.model_dump().values()))) == expected


def test_search_returns_fewer_hits_when_limited(server: Emulator, client: Client) -> None:
    assert len(client.search(WS, "acme", "domains")) == 3
    assert len(client.search(WS, "acme", "domains", limit=1)) == 1
    server.add_link(linkId="lnk_1", domainId="dom_help")
    with pytest.raises(APIError, match="search of links of workspace ws_demo failed: 400"):
        client.search(WS, "", "links")


def test_search_raises_when_response_has_no_results(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_request", lambda *_args, **_kwargs: {"results": None})
    with pytest.raises(InvalidResponseError, match="no results"):
        client.search(WS, "a", "links")


@pytest.mark.parametrize("value", ["", ".", "..", "a\nb", " a", "a\x00"])
def test_client_sends_nothing_when_id_leads_elsewhere(server: Emulator, client: Client, value: str) -> None:
    for call in (
        lambda: client.get_link(WS, value),
        lambda: client.get_link(value, "lnk_1"),
        lambda: client.delete_link(WS, value),
        lambda: client.update_link(WS, value, link_title="T"),
        lambda: client.get_project(WS, value),
        lambda: client.get_workspace(value),
        lambda: list(client.list_links(value)),
    ):
        with pytest.raises(ConfigurationError, match="id is empty, a dot path, or holds control characters"):
            call()
    assert server.requests == []


@pytest.mark.parametrize("value", ["a/b", "../lnk_1", "a?b=c#d", "%2e%2e", "ä b"])
def test_client_keeps_id_in_one_path_segment(client: Client, value: str) -> None:
    paths: list[str] = []
    session = client._transport._session()
    session.hooks["response"] = [lambda response, **_: paths.append(response.request.path_url)]
    with pytest.raises(UserplaneError):
        client.get_link(WS, value)
    (path,) = paths
    assert path.count("/") == "/api/v1/public/workspace/ws_demo/links/x".count("/")
    assert not path.endswith("..")
