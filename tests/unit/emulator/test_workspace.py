"""What surrounds the links: user, workspaces, members, domains, projects, recordings, search, paging."""

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS, WORKSPACE, Api, outcome
from tests.unit.emulator.conftest import Connect


def test_me_counts_what_is_live(api: Api) -> None:
    api.make()
    api.delete(f"{LINKS}/{api.make()['linkId']}")
    data = api.get("/me").json()["data"]
    assert data["user"]["email"] == "ines@acme.example"
    assert set(data["user"]) == {"id", "name", "email", "emailVerified", "image", "createdAt"}
    assert data["stats"] == {"workspaces": 1, "recordings": 0, "links": 1}


def test_workspaces_with_and_without_membership(api: Api) -> None:
    plain = api.get("/workspaces").json()["data"]
    assert [one["workspaceId"] for one in plain["workspaces"]] == ["ws_demo"]
    assert plain["total"] == 1
    assert "workspaceMembership" not in plain["workspaces"][0]
    full = api.get("/workspaces", include_workspace_membership="true").json()["data"]["workspaces"][0]
    assert full["workspaceMembership"]["workspaceRole"] == "owner"
    assert outcome(api.get("/workspaces", include_workspace_membership="yes")) == (400, "BAD_REQUEST")


def test_one_workspace_and_its_invitation(emulator: Emulator, api: Api) -> None:
    emulator.set_workspace("ws_demo", name="Renamed")
    assert api.get(WORKSPACE).json()["data"]["workspace"]["workspaceName"] == "Renamed"
    assert "ws_demo" in api.get(f"{WORKSPACE}/invite-url").json()["data"]["inviteUrl"]


def test_members_domains_and_projects_of_the_demo(api: Api) -> None:
    members = api.get(f"{WORKSPACE}/members").json()["data"]["workspaceMembers"]
    assert [one["workspaceRole"] for one in members] == ["owner", "admin", "member", "member"]
    domains = api.get(f"{WORKSPACE}/domains").json()["data"]["domains"]
    assert {one["domainId"]: one["domainStatus"] for one in domains} == {
        "dom_help": "verified",
        "dom_app": "verified",
        "dom_new": "pending",
    }
    projects = api.get(f"{WORKSPACE}/projects").json()["data"]["projects"]
    assert {one["projectId"]: one["isDefault"] for one in projects} == {"prj_default": True, "prj_onboarding": False}


def test_domains_of_one_status(emulator: Emulator, api: Api) -> None:
    emulator.set_domain_status("dom_app", "revoked")
    domains = api.get(f"{WORKSPACE}/domains", status="revoked").json()["data"]["domains"]
    assert [one["domainId"] for one in domains] == ["dom_app"]


def test_a_project_is_there_gone_and_there_again(emulator: Emulator, api: Api) -> None:
    project = f"{WORKSPACE}/projects/prj_onboarding"
    assert api.get(project).json()["data"]["project"]["projectTitle"] == "Onboarding"
    emulator.delete_project("prj_onboarding")
    assert outcome(api.get(project)) == (410, "PROJECT_GONE")
    assert len(api.get(f"{WORKSPACE}/projects").json()["data"]["projects"]) == 1
    emulator.restore_project("prj_onboarding")
    assert api.get(project).status_code == 200
    assert outcome(api.get(f"{WORKSPACE}/projects/prj_other")) == (404, "PROJECT_NOT_FOUND")


def test_there_are_no_recordings(api: Api) -> None:
    data = api.get(f"{WORKSPACE}/recordings").json()["data"]
    assert data["recordings"] == []
    assert data["pagination"] == {"page": 1, "perPage": 10, "total": 0, "totalPages": 0, "hasMore": False}
    for ask in (api.get, api.delete):
        assert outcome(ask(f"{WORKSPACE}/recordings/rec_1")) == (404, "RECORDING_NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "default", "most"),
    [
        ("/workspaces", 10, 20),
        (LINKS, 10, 20),
        (f"{WORKSPACE}/recordings", 10, 20),
        (f"{WORKSPACE}/projects", 5, 10),
        (f"{WORKSPACE}/members", 10, None),
        (f"{WORKSPACE}/domains", 10, None),
    ],
)
def test_paging_limits(api: Api, path: str, default: int, most: int | None) -> None:
    assert api.get(path).json()["data"]["pagination"]["perPage"] == default
    assert api.get(path, per_page=most or 1000).status_code == 200
    if most:
        assert outcome(api.get(path, per_page=most + 1)) == (400, "BAD_REQUEST")
    for wrong in ({"page": 0}, {"page": "one"}, {"per_page": 0}, {"per_page": "1.0"}, {"page": [1, 2]}):
        assert outcome(api.get(path, **wrong)) == (400, "BAD_REQUEST")


def test_pages_of_a_short_list(api: Api) -> None:
    first = api.get(f"{WORKSPACE}/members", per_page=3).json()["data"]
    last = api.get(f"{WORKSPACE}/members", per_page=3, page=2).json()["data"]
    assert first["pagination"] == {"page": 1, "perPage": 3, "total": 4, "totalPages": 2, "hasMore": True}
    assert last["pagination"] == {"page": 2, "perPage": 3, "total": 4, "totalPages": 2, "hasMore": False}
    ids = [one["workspaceMemberId"] for one in first["workspaceMembers"] + last["workspaceMembers"]]
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
def test_search(api: Api, kind: str, term: str, key: str, expected: list[str]) -> None:
    for title in ("Checkout fails", "Checkout is slow", "Sign in"):
        api.put(f"{LINKS}/{api.make()['linkId']}", {"linkTitle": title})
    api.make()
    data = api.get(f"{WORKSPACE}/search", q=term, type=kind).json()["data"]
    assert data["type"] == kind
    assert [hit[key] for hit in data["results"]] == expected
    assert len(api.get(f"{WORKSPACE}/search", q=term, type=kind, limit=1).json()["data"]["results"]) <= 1


def test_search_that_is_refused(api: Api) -> None:
    search = f"{WORKSPACE}/search"
    assert outcome(api.get(search, type="links")) == (400, "WORKSPACE_SEARCH_TERM_REQUIRED")
    assert outcome(api.get(search, q="a")) == (400, "WORKSPACE_SEARCH_TYPE_INVALID")
    assert outcome(api.get(search, q="a", type="recordings")) == (400, "WORKSPACE_SEARCH_TYPE_INVALID")
    assert outcome(api.get(search, q="a" * 101, type="links")) == (400, "BAD_REQUEST")


def test_other_paths_and_methods_have_the_envelope(api: Api) -> None:
    assert outcome(api.get("/nothing")) == (404, "NOT_FOUND")
    refused = api.send("PATCH", LINKS)
    assert outcome(refused) == (405, "METHOD_NOT_ALLOWED")
    assert refused.headers["Allow"]


def test_the_second_workspace_is_another_world(connect: Connect) -> None:
    stranger = connect("uspl_demo_stranger")
    made = stranger.post("/workspace/ws_other/links", {"domainId": "dom_other"}).json()["data"]["link"]
    assert made["project"]["projectId"] == "prj_other"
    assert stranger.get("/me").json()["data"]["stats"]["links"] == 1
    assert outcome(connect("uspl_demo").get(f"{LINKS}/{made['linkId']}")) == (404, "LINK_NOT_FOUND")
