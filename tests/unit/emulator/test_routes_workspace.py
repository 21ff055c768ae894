"""The API's other routes: user, workspaces, members, domains, projects, recordings, search, paging."""

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS, WORKSPACE, Api, status_and_code
from tests.unit.emulator.conftest import Connect


def test_get_user_counts_only_live_links(api: Api) -> None:
    api.create_link()
    api.delete(f"{LINKS}/{api.create_link()['linkId']}")
    data = api.get("/me").json()["data"]
    assert data["user"]["email"] == "ines@acme.example"
    assert set(data["user"]) == {"id", "name", "email", "emailVerified", "image", "createdAt"}
    assert data["stats"] == {"workspaces": 1, "recordings": 0, "links": 1}


def test_list_workspaces_includes_membership_when_asked(api: Api) -> None:
    plain = api.get("/workspaces").json()["data"]
    assert [workspace["workspaceId"] for workspace in plain["workspaces"]] == ["ws_demo"]
    assert plain["total"] == 1
    assert "workspaceMembership" not in plain["workspaces"][0]
    full = api.get("/workspaces", include_workspace_membership="true").json()["data"]["workspaces"][0]
    assert full["workspaceMembership"]["workspaceRole"] == "owner"
    assert status_and_code(api.get("/workspaces", include_workspace_membership="yes")) == (400, "BAD_REQUEST")


def test_get_workspace_shows_new_name_when_renamed(emulator: Emulator, api: Api) -> None:
    emulator.set_workspace("ws_demo", name="Renamed")
    assert api.get(WORKSPACE).json()["data"]["workspace"]["workspaceName"] == "Renamed"
    assert "ws_demo" in api.get(f"{WORKSPACE}/invite-url").json()["data"]["inviteUrl"]


def test_lists_show_members_domains_and_projects_of_the_demo(api: Api) -> None:
    members = api.get(f"{WORKSPACE}/members").json()["data"]["workspaceMembers"]
    assert [member["workspaceRole"] for member in members] == ["owner", "admin", "member", "member"]
    domains = api.get(f"{WORKSPACE}/domains").json()["data"]["domains"]
    assert {domain["domainId"]: domain["domainStatus"] for domain in domains} == {
        "dom_help": "verified",
        "dom_app": "verified",
        "dom_new": "pending",
    }
    projects = api.get(f"{WORKSPACE}/projects").json()["data"]["projects"]
    assert {project["projectId"]: project["isDefault"] for project in projects} == {
        "prj_default": True,
        "prj_onboarding": False,
    }


def test_list_domains_filters_when_status_is_given(emulator: Emulator, api: Api) -> None:
    emulator.set_domain_status("dom_app", "revoked")
    domains = api.get(f"{WORKSPACE}/domains", status="revoked").json()["data"]["domains"]
    assert [domain["domainId"] for domain in domains] == ["dom_app"]


def test_get_project_answers_410_when_deleted_until_restored(emulator: Emulator, api: Api) -> None:
    project = f"{WORKSPACE}/projects/prj_onboarding"
    assert api.get(project).json()["data"]["project"]["projectTitle"] == "Onboarding"
    emulator.delete_project("prj_onboarding")
    assert status_and_code(api.get(project)) == (410, "PROJECT_GONE")
    assert len(api.get(f"{WORKSPACE}/projects").json()["data"]["projects"]) == 1
    emulator.restore_project("prj_onboarding")
    assert api.get(project).status_code == 200
    assert status_and_code(api.get(f"{WORKSPACE}/projects/prj_other")) == (404, "PROJECT_NOT_FOUND")


def test_recordings_are_empty_and_unknown(api: Api) -> None:
    data = api.get(f"{WORKSPACE}/recordings").json()["data"]
    assert data["recordings"] == []
    assert data["pagination"] == {"page": 1, "perPage": 10, "total": 0, "totalPages": 0, "hasMore": False}
    for send in (api.get, api.delete):
        assert status_and_code(send(f"{WORKSPACE}/recordings/rec_1")) == (404, "RECORDING_NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "default", "maximum"),
    [
        ("/workspaces", 10, 20),
        (LINKS, 10, 20),
        (f"{WORKSPACE}/recordings", 10, 20),
        (f"{WORKSPACE}/projects", 5, 10),
        (f"{WORKSPACE}/members", 10, None),
        (f"{WORKSPACE}/domains", 10, None),
    ],
)
def test_list_answers_400_when_page_is_out_of_range(api: Api, path: str, default: int, maximum: int | None) -> None:
    assert api.get(path).json()["data"]["pagination"]["perPage"] == default
    assert api.get(path, per_page=maximum or 1000).status_code == 200
    if maximum:
        assert status_and_code(api.get(path, per_page=maximum + 1)) == (400, "BAD_REQUEST")
    for wrong in ({"page": 0}, {"page": "one"}, {"per_page": 0}, {"per_page": "1.0"}, {"page": [1, 2]}):
        assert status_and_code(api.get(path, **wrong)) == (400, "BAD_REQUEST")


def test_list_members_returns_parts_when_paged(api: Api) -> None:
    first = api.get(f"{WORKSPACE}/members", per_page=3).json()["data"]
    last = api.get(f"{WORKSPACE}/members", per_page=3, page=2).json()["data"]
    assert first["pagination"] == {"page": 1, "perPage": 3, "total": 4, "totalPages": 2, "hasMore": True}
    assert last["pagination"] == {"page": 2, "perPage": 3, "total": 4, "totalPages": 2, "hasMore": False}
    ids = [member["workspaceMemberId"] for member in first["workspaceMembers"] + last["workspaceMembers"]]
    assert ids == ["mem_owner", "mem_admin", "mem_member", "mem_member2"]
    assert api.get(f"{WORKSPACE}/members", page=10**30).json()["data"]["workspaceMembers"] == []


@pytest.mark.parametrize(
    ("kind", "term", "key", "expected"),
    [
        ("members", "TOMAS", "workspaceMemberId", ["mem_admin"]),
        ("members", "acme", "workspaceMemberId", ["mem_owner", "mem_admin", "mem_member", "mem_member2"]),
        ("projects", "board", "projectId", ["prj_onboarding"]),
        ("domains", "app.", "domainId", ["dom_app"]),
        ("links", "check fai", "linkTitle", ["Checkout fails"]),
        ("links", "ails", "linkTitle", []),
        ("links", "checkout", "linkTitle", ["Checkout fails", "Checkout is slow"]),
    ],
)
def test_search_returns_matches_when_kind_and_term_are_given(
    api: Api, kind: str, term: str, key: str, expected: list[str]
) -> None:
    for title in ("Checkout fails", "Checkout is slow", "Sign in"):
        api.put(f"{LINKS}/{api.create_link()['linkId']}", {"linkTitle": title})
    api.create_link()
    data = api.get(f"{WORKSPACE}/search", q=term, type=kind).json()["data"]
    assert data["type"] == kind
    assert [result[key] for result in data["results"]] == expected
    assert len(api.get(f"{WORKSPACE}/search", q=term, type=kind, limit=1).json()["data"]["results"]) <= 1


def test_search_is_refused_when_term_or_type_is_invalid(api: Api) -> None:
    search = f"{WORKSPACE}/search"
    assert status_and_code(api.get(search, type="links")) == (400, "WORKSPACE_SEARCH_TERM_REQUIRED")
    assert status_and_code(api.get(search, q="a")) == (400, "WORKSPACE_SEARCH_TYPE_INVALID")
    assert status_and_code(api.get(search, q="a", type="recordings")) == (400, "WORKSPACE_SEARCH_TYPE_INVALID")
    assert status_and_code(api.get(search, q="a" * 101, type="links")) == (400, "BAD_REQUEST")


def test_error_has_envelope_when_path_or_method_is_unknown(api: Api) -> None:
    assert status_and_code(api.get("/nothing")) == (404, "NOT_FOUND")
    refused = api.send("PATCH", LINKS)
    assert status_and_code(refused) == (405, "METHOD_NOT_ALLOWED")
    assert refused.headers["Allow"]


def test_link_is_not_found_when_it_is_of_another_workspace(connect: Connect) -> None:
    stranger = connect("uspl_demo_stranger")
    link = stranger.post("/workspace/ws_other/links", {"domainId": "dom_other"}).json()["data"]["link"]
    assert link["project"]["projectId"] == "prj_other"
    assert stranger.get("/me").json()["data"]["stats"]["links"] == 1
    assert status_and_code(connect("uspl_demo").get(f"{LINKS}/{link['linkId']}")) == (404, "LINK_NOT_FOUND")
