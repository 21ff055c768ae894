"""The API's routes of links: create, get, list, update, delete, and all that they refuse."""

from typing import Any

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS, WORKSPACE, Api, status_and_code
from tests.unit.emulator.conftest import Connect


def test_create_link_fills_in_defaults_when_only_domain_is_given(api: Api) -> None:
    link = api.create_link()
    assert link["linkURL"].startswith("https://help.acme.example/")
    assert {name: link[name] for name in link if name not in {"linkId", "linkURL", "createdAt"}} == {
        "linkTitle": None,
        "linkType": "recording",
        "linkReusable": False,
        "linkProviderType": "web",
        "linkProviderId": None,
        "linkProviderReference": None,
        "meta": None,
        "project": {"projectId": "prj_default", "title": "Acme Support"},
        "creator": {"workspaceMemberId": "mem_owner", "name": "Ines Calder"},
        "domain": {"domainId": "dom_help", "url": "help.acme.example", "status": "verified"},
    }
    assert api.get(f"{LINKS}/{link['linkId']}").json()["data"] == {"workspaceId": "ws_demo", "link": link}


def test_create_link_stores_every_field_when_given(api: Api) -> None:
    link = api.create_link(
        projectId="prj_onboarding", linkReference="ref", linkReusable=True, meta={"team": "eu", "n": [1]}
    )
    assert link["project"] == {"projectId": "prj_onboarding", "title": "Onboarding"}
    assert (link["linkProviderReference"], link["linkReusable"], link["meta"]) == (
        "ref",
        True,
        {"team": "eu", "n": [1]},
    )


def test_create_link_ignores_keys_when_they_are_unknown(api: Api) -> None:
    link = api.create_link(linkTitle="no", linkProviderType="zendesk", linkMeta={"a": "b"}, somethingElse=1)
    assert (link["linkTitle"], link["linkProviderType"], link["meta"]) == (None, "web", None)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "domainId"),
        ({"domainId": ""}, "domainId"),
        ({"domainId": 5}, "domainId"),
        ({"domainId": "dom_none"}, "dom_none"),
        ({"domainId": "dom_other"}, "dom_other"),
        ({"domainId": "dom_new"}, "pending"),
        ({"domainId": "dom_help", "projectId": ""}, "projectId"),
        ({"domainId": "dom_help", "linkReusable": "true"}, "linkReusable"),
        ({"domainId": "dom_help", "linkReference": "x" * 2049}, "linkReference"),
        ({"domainId": None}, "domainId"),
        ({"domainId": "dom_help", "projectId": None}, "projectId"),
        ({"domainId": "dom_help", "linkReference": None}, "linkReference"),
        ({"domainId": "dom_help", "linkReusable": None}, "linkReusable"),
        ({"domainId": "dom_help", "meta": []}, "meta"),
        ([], "body"),
    ],
)
def test_create_link_answers_400_when_body_is_invalid(emulator: Emulator, api: Api, body: object, word: str) -> None:
    response = api.post(LINKS, body)
    assert status_and_code(response) == (400, "BAD_REQUEST")
    assert word in response.json()["message"]
    assert emulator.links == []


@pytest.mark.parametrize("text", ["{", "", '{"domainId": "dom_help", "meta": {"n": NaN}}'])
def test_create_link_answers_400_when_body_is_not_json(api: Api, text: str) -> None:
    response = api.send("POST", LINKS, data=text, headers={"Content-Type": "application/json"})
    assert status_and_code(response) == (400, "BAD_REQUEST")


def test_create_link_does_not_crash_when_utf_8_cannot_encode_text(api: Api) -> None:
    def body(field: str) -> str:
        return f'{{"domainId": "dom_help", {field}}}'

    for field in ('"linkReference": "\\ud800"', '"meta": {"a": "\\ud800"}'):
        response = api.send("POST", LINKS, data=body(field), headers={"Content-Type": "application/json"})
        assert response.status_code in {200, 400}


def test_create_link_is_refused_when_project_is_unknown_or_deleted(emulator: Emulator, api: Api) -> None:
    def create_in(**project: str) -> tuple[int, str]:
        return status_and_code(api.post(LINKS, {"domainId": "dom_help", **project}))

    assert create_in(projectId="prj_none") == (404, "PROJECT_NOT_FOUND")
    assert create_in(projectId="prj_other") == (404, "PROJECT_NOT_FOUND")
    emulator.delete_project("prj_default")
    assert create_in(projectId="prj_default") == (410, "LINK_PROJECT_DELETED")
    assert create_in() == (404, "LINK_DEFAULT_PROJECT_NOT_FOUND")


def test_create_link_is_refused_when_deleted_links_used_up_the_plan(emulator: Emulator, api: Api) -> None:
    emulator.set_workspace("ws_demo", link_quota=1)
    api.delete(f"{LINKS}/{api.create_link()['linkId']}")
    assert status_and_code(api.post(LINKS, {"domainId": "dom_help"})) == (403, "PLAN_LIMIT_EXCEEDED")
    emulator.set_workspace("ws_demo", link_quota=None)
    api.create_link()


def test_update_link_changes_only_given_fields(api: Api) -> None:
    link = api.create_link(meta={"a": "1"}, linkReference="ref")
    fields = {
        "linkTitle": "Checkout",
        "linkReusable": True,
        "linkProviderType": "jira_service_management",
        "linkProviderId": "42",
        "linkProviderRef": "new ref",
        "meta": {"b": "2"},
    }
    wire = {**fields, "linkProviderReference": "new ref"}
    del wire["linkProviderRef"]
    for name, value in fields.items():
        response = api.put(f"{LINKS}/{link['linkId']}", {name: value, "domainId": "dom_app", "unknown": 1})
        link = {**link, "linkProviderReference" if name == "linkProviderRef" else name: value}
        assert response.json()["data"] == {"workspaceId": "ws_demo", "link": link}
    assert wire.items() <= link.items()
    assert api.put(f"{LINKS}/{link['linkId']}", {}).json()["data"]["link"] == link


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("linkTitle", "x" * 256),
        ("linkTitle", None),
        ("linkProviderId", "x" * 256),
        ("linkProviderId", None),
        ("linkProviderRef", "x" * 2049),
        ("linkProviderRef", None),
        ("linkProviderType", "fax"),
        ("linkProviderType", None),
        ("linkReusable", 1),
        ("linkReusable", None),
        ("meta", None),
        ("meta", "a"),
    ],
)
def test_update_link_names_key_and_changes_nothing_when_value_is_invalid(api: Api, name: str, value: object) -> None:
    link = api.create_link()
    response = api.put(f"{LINKS}/{link['linkId']}", {name: value})
    assert status_and_code(response) == (400, "BAD_REQUEST")
    assert response.json()["message"].startswith(f"{name}: ")
    assert api.get(f"{LINKS}/{link['linkId']}").json()["data"]["link"] == link


def test_link_routes_answer_410_when_link_is_deleted_and_404_when_unknown(api: Api) -> None:
    link_id = api.create_link()["linkId"]
    response = api.delete(f"{LINKS}/{link_id}")
    assert response.json()["data"] == {"workspaceId": "ws_demo", "linkId": link_id}
    for path, expected in ((link_id, (410, "LINK_GONE")), ("lnk_none", (404, "LINK_NOT_FOUND"))):
        assert status_and_code(api.get(f"{LINKS}/{path}")) == expected
        assert status_and_code(api.put(f"{LINKS}/{path}", {"linkTitle": 5})) == expected
        assert status_and_code(api.delete(f"{LINKS}/{path}")) == expected
    assert api.get(LINKS).json()["data"]["links"] == []


def test_links_are_gone_when_their_project_is_deleted_until_restored(emulator: Emulator, api: Api) -> None:
    kept, deleted = (api.create_link(projectId="prj_onboarding")["linkId"] for _ in range(2))
    elsewhere = api.create_link()["linkId"]
    api.delete(f"{LINKS}/{deleted}")
    emulator.delete_project("prj_onboarding")
    assert status_and_code(api.get(f"{LINKS}/{kept}")) == (410, "LINK_GONE")
    assert [link["linkId"] for link in api.get(LINKS).json()["data"]["links"]] == [elsewhere]
    emulator.restore_project("prj_onboarding")
    assert api.get(f"{LINKS}/{kept}").status_code == 200
    assert status_and_code(api.get(f"{LINKS}/{deleted}")) == (410, "LINK_GONE")


def _titles(api: Api, **query: Any) -> list[str]:
    return [link["linkTitle"] for link in api.get(LINKS, **query).json()["data"]["links"]]


def test_list_links_sorts_and_pages_when_asked(api: Api) -> None:
    for title in ("b", "a", "c"):
        api.put(f"{LINKS}/{api.create_link()['linkId']}", {"linkTitle": title})
    assert _titles(api) == ["c", "a", "b"]
    assert _titles(api, sort_by="created_at", sort_direction="asc") == ["b", "a", "c"]
    assert _titles(api, sort_by="link_title", sort_direction="asc") == ["a", "b", "c"]
    assert _titles(api, sort_by="link_title", sort_direction="desc") == ["c", "b", "a"]
    assert _titles(api, sort_by="link_title", sort_direction="asc", per_page=2, page=2) == ["c"]
    assert api.get(LINKS, per_page=2).json()["data"]["pagination"] == {
        "page": 1,
        "perPage": 2,
        "total": 3,
        "totalPages": 2,
        "hasMore": True,
    }
    for wrong in ({"sort_by": "title"}, {"sort_direction": "up"}):
        assert status_and_code(api.get(LINKS, **wrong)) == (400, "BAD_REQUEST")


def test_list_links_filters_when_arrays_have_indexes(connect: Connect) -> None:
    owner, member = connect("uspl_demo"), connect("uspl_demo_member")
    for client, fields in ((owner, {}), (owner, {"domainId": "dom_app"}), (member, {"projectId": "prj_onboarding"})):
        link = client.create_link(**fields)
        client.put(f"{LINKS}/{link['linkId']}", {"linkTitle": "/".join(fields.values()) or "plain"})
    assert _titles(owner, **{"created_by[0]": "mem_member"}) == ["prj_onboarding"]
    assert _titles(owner, **{"domain_id[0]": "dom_app"}) == ["dom_app"]
    assert _titles(owner, **{"project_id[0]": "prj_default", "project_id[1]": "prj_none"}) == ["dom_app", "plain"]
    assert _titles(owner, **{"project_id[0]": "prj_default", "domain_id[0]": "dom_help"}) == ["plain"]
    assert len(_titles(owner, other="1")) == 3


@pytest.mark.parametrize("query", ["created_by=a", "created_by=a&created_by=b", "domain_id[]=a", "project_id[0]="])
def test_list_links_answers_400_when_array_has_no_index(api: Api, query: str) -> None:
    assert status_and_code(api.get(f"{LINKS}?{query}")) == (400, "BAD_REQUEST")


def test_created_at_increases_when_links_are_created(api: Api) -> None:
    moments = [api.create_link()["createdAt"] for _ in range(20)]
    assert moments == sorted(set(moments))


def test_link_is_not_found_when_id_looks_like_a_path(api: Api) -> None:
    assert status_and_code(api.get(f"{LINKS}/{'lnk%20%25'}")) == (404, "LINK_NOT_FOUND")
    assert status_and_code(api.get(f"{WORKSPACE}/links/")) == (404, "NOT_FOUND")
