"""What tests do to the emulator from outside the API, in process and over the control routes."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from pulumi_userplane.emulator import Behaviours, Emulator, EmulatorError
from tests.unit.emulator.client import LINKS, Api, status_and_code

Control = Callable[..., requests.Response]


@pytest.fixture
def control(emulator: Emulator) -> Control:
    """Sends to the control plane, without a key."""

    def send(method: str, path: str, body: object = None) -> requests.Response:
        return requests.request(method, f"{emulator.control_url}{path}", json=body, timeout=10)

    return send


def test_requests_show_all_but_the_key_when_api_is_called(emulator: Emulator, api: Api, control: Control) -> None:
    link_id = api.create_link(meta={"a": "1"})["linkId"]
    api.get(LINKS, page=2, sort_by="created_at")
    api.send("PUT", f"{LINKS}/{link_id}", data=b"\xff")
    Api(emulator, None).get("/me")
    log = control("GET", "/requests").json()
    path = "/api/v1/public/workspace/ws_demo/links"
    assert [[entry[name] for name in ("method", "path", "query", "body", "status", "user")] for entry in log] == [
        ["POST", path, "", {"domainId": "dom_help", "meta": {"a": "1"}}, 200, "usr_owner"],
        ["GET", path, "page=2&sort_by=created_at", None, 200, "usr_owner"],
        ["PUT", f"{path}/{link_id}", "", "\ufffd", 400, "usr_owner"],
        ["GET", "/api/v1/public/me", "", None, 401, None],
    ]
    assert "uspl_demo" not in str(log)
    assert [entry.time for entry in emulator.requests] == [entry["time"] for entry in log]
    assert control("DELETE", "/requests").json() == {"done": True}
    assert emulator.requests == []


def test_edit_link_changes_every_field_when_given(emulator: Emulator, api: Api, control: Control) -> None:
    link = api.create_link(linkReusable=True)
    fields = {
        "linkTitle": "Outside",
        "linkType": "session",
        "linkProviderType": "not_known_yet",
        "linkProviderId": "7",
        "linkProviderReference": "r",
        "linkURL": "https://help.acme.example/other",
        "meta": {"n": 5},
        "createdAt": "2020-01-01T00:00:00.000Z",
    }
    edited = control("PATCH", f"/links/{link['linkId']}", fields).json()
    assert edited == {**link, **fields, "deletedAt": None, "live": True}
    assert api.get(f"{LINKS}/{link['linkId']}").json()["data"]["link"] == {**link, **fields}
    moved = emulator.edit_link(
        link["linkId"], projectId="prj_onboarding", domainId="dom_app", workspaceMemberId="mem_admin", meta=None
    )
    assert (moved["project"]["title"], moved["domain"]["url"], moved["creator"]["name"], moved["meta"]) == (
        "Onboarding",
        "app.acme.example",
        "Tomas Wren",
        None,
    )
    assert [entry.method for entry in emulator.requests] == ["POST", "GET"]


def test_link_follows_admin_when_added_deleted_and_restored(emulator: Emulator, api: Api, control: Control) -> None:
    link = control("POST", "/links", {"domainId": "dom_new", "linkTitle": "Outside"}).json()
    path = f"/links/{link['linkId']}"
    assert (link["linkTitle"], link["domain"]["status"], link["live"]) == ("Outside", "pending", True)
    assert control("DELETE", path).json()["live"] is False
    assert status_and_code(api.get(f"/workspace/ws_demo{path}")) == (410, "LINK_GONE")
    assert [link["deletedAt"] is None for link in control("GET", "/links").json()] == [False]
    assert status_and_code(control("DELETE", path)) == (404, "NOT_FOUND")
    assert control("POST", f"{path}/restore").json()["live"] is True
    emulator.delete_link(link["linkId"])
    emulator.restore_link(link["linkId"])
    assert emulator.add_link(domainId="dom_help", deleted=True)["live"] is False


def test_link_is_not_live_when_its_project_is_deleted(emulator: Emulator, api: Api, control: Control) -> None:
    api.create_link(projectId="prj_onboarding")
    control("DELETE", "/projects/prj_onboarding")
    assert (emulator.links[0]["live"], emulator.links[0]["deletedAt"]) == (False, None)
    control("POST", "/projects/prj_onboarding/restore")
    assert emulator.links[0]["live"]


def test_api_follows_admin_when_domain_plan_or_key_changes(api: Api, control: Control) -> None:
    assert control("PATCH", "/domains/dom_new", {"status": "verified"}).json() == {"done": True}
    api.create_link(domainId="dom_new")
    control("PATCH", "/workspaces/ws_demo", {"link_quota": 1})
    assert status_and_code(api.post(LINKS, {"domainId": "dom_new"})) == (403, "PLAN_LIMIT_EXCEEDED")
    control("PATCH", "/keys/uspl_demo", {"state": "expired"})
    assert status_and_code(api.get("/me")) == (401, "API_KEY_EXPIRED")


def test_api_follows_admin_when_behaviours_or_faults_change(emulator: Emulator, api: Api, control: Control) -> None:
    changed = control("PATCH", "/switches", {"meta_key": "linkMeta", "ignored_fields": ["linkTitle"]}).json()
    assert control("GET", "/switches").json() == changed
    assert (emulator.behaviours.meta_key, emulator.behaviours.ignored_fields) == ("linkMeta", frozenset({"linkTitle"}))
    fault = control("POST", "/faults", {"answer": "status", "status": 502, "times": None}).json()
    assert control("GET", "/faults").json() == [fault]
    assert api.get("/me").status_code == 502
    assert control("DELETE", "/faults").json() == {"done": True}
    assert api.get("/me").status_code == 200


def test_reset_returns_to_latest_seed_when_another_was_loaded(emulator: Emulator, api: Api, control: Control) -> None:
    seed = {"workspaceName": "Initech", "links": [{"domainId": "dom_app", "linkTitle": "Seeded"}]}
    assert control("POST", "/seed", seed).json() == {"done": True}
    api.create_link()
    emulator.set_behaviours(meta_key="linkMeta")
    emulator.fault(answer="drop", times=None)
    control("POST", "/reset")
    assert [link["linkTitle"] for link in emulator.links] == ["Seeded"]
    assert (emulator.behaviours.meta_key, emulator.faults, emulator.requests) == ("meta", [], [])
    assert api.get("/workspace/ws_demo").json()["data"]["workspace"]["workspaceName"] == "Initech"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/links/lnk_none", {"linkTitle": "a"}),
        ("POST", "/links/lnk_none/restore", None),
        ("DELETE", "/links/lnk_none", None),
        ("DELETE", "/projects/prj_none", None),
        ("POST", "/projects/prj_none/restore", None),
        ("PATCH", "/domains/dom_none", {"status": "verified"}),
        ("PATCH", "/keys/uspl_none", {"state": "valid"}),
        ("PATCH", "/workspaces/ws_none", {"gone": True}),
        ("GET", "/nothing", None),
    ],
)
def test_control_route_answers_404_when_id_is_unknown(control: Control, method: str, path: str, body: object) -> None:
    response = control(method, path, body)
    assert status_and_code(response) == (404, "NOT_FOUND")
    assert "uspl_none" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/links", {"linkTitle": "no domain"}),
        ("POST", "/links", {"domainId": "dom_none"}),
        ("POST", "/links", {"domainId": "dom_help", "link_id": "a", "linkId": "a"}),
        ("PATCH", "/links/{link}", {"linkTitle": 5}),
        ("PATCH", "/links/{link}", {"title": "a"}),
        ("PATCH", "/links/{link}", {"createdAt": "yesterday"}),
        ("PATCH", "/links/{link}", {"projectId": "prj_none"}),
        ("PATCH", "/links/{link}", ["linkTitle"]),
        ("PATCH", "/domains/dom_new", {"status": "fine"}),
        ("PATCH", "/keys/uspl_demo", {"state": "fine"}),
        ("PATCH", "/workspaces/ws_demo", {"link_quota": -1}),
        ("PATCH", "/workspaces/ws_demo", {"workspace_id": "ws_demo"}),
        ("PATCH", "/switches", {"meta_key": "metadata"}),
        ("POST", "/faults", {"self": 1}),
        ("POST", "/seed", {"links": 5}),
    ],
)
def test_control_route_answers_400_when_input_is_invalid(
    api: Api, control: Control, method: str, path: str, body: object
) -> None:
    assert status_and_code(control(method, path.replace("{link}", api.create_link()["linkId"]), body)) == (
        400,
        "BAD_REQUEST",
    )


HALF = "\ud800"


@pytest.mark.parametrize(
    ("request_line", "body", "place"),
    [
        ("POST /links", {"domainId": "dom_help", "linkTitle": HALF}, "link is wrong at linkTitle"),
        ("POST /links", {"domainId": "dom_help", "linkId": HALF}, "link is wrong at linkId"),
        ("PATCH /links/lnk_1", {"linkURL": f"x{HALF}"}, "link is wrong at linkURL"),
        ("PATCH /workspaces/ws_demo", {"name": HALF}, "workspace is wrong at name"),
        ("POST /seed", {"workspaceName": HALF}, "seed is wrong at workspaceName"),
        (
            *("POST /seed", {"links": [{"domainId": "dom_help", "linkTitle": HALF}]}),
            "seed is wrong at links.0.linkTitle",
        ),
        ("POST /faults", {"answer": "redirect", "target": HALF}, "fault is wrong at target"),
        ("POST /faults", {"answer": "html", "headers": {"X-A": HALF}}, "fault is wrong at headers"),
    ],
)
def test_control_route_answers_400_when_a_text_holds_half_of_a_character(
    emulator: Emulator, control: Control, request_line: str, body: object, place: str
) -> None:
    link = emulator.add_link(domainId="dom_help", linkId="lnk_1")
    response = control(*request_line.split(), body)
    assert status_and_code(response) == (400, "BAD_REQUEST")
    problem = response.json()["message"].rstrip(".")
    assert problem.startswith(f"The {place}: ")
    assert problem.endswith(("U+D800 is half of a character", "unable to parse raw data as a unicode string"))
    assert emulator.links == [link]


def test_control_route_answers_400_when_a_number_is_too_large(emulator: Emulator, control: Control) -> None:
    emulator.set_workspace("ws_demo", link_quota=2**63 - 1)
    response = control("PATCH", "/workspaces/ws_demo", {"link_quota": 2**63})
    assert status_and_code(response) == (400, "BAD_REQUEST")
    assert response.json()["message"].startswith("The workspace is wrong at link_quota: Input should be less than")


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/x-www-form-urlencoded"}])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/switches", '{"meta_key": "linkMeta"}'),
        ("POST", "/faults", "{"),
        ("PATCH", "/domains/dom_new", '{"status": "verified"}'),
    ],
)
def test_control_route_names_the_header_when_a_body_comes_without_it(
    emulator: Emulator, method: str, path: str, body: str, headers: dict[str, str]
) -> None:
    response = requests.request(method, emulator.control_url + path, data=body, headers=headers, timeout=10)
    assert status_and_code(response) == (400, "BAD_REQUEST")
    assert response.json()["message"] == (
        "body: the header Content-Type: application/json is missing, so it was not read as JSON"
    )
    assert emulator.behaviours == Behaviours()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("[]", "body: Input should be an object"),
        ("", "body: Field required"),
        ("{", "body.1: JSON decode error"),
        ('{"meta_key": "metadata"}', "The behaviour is wrong at meta_key: Input should be 'meta' or 'linkMeta'."),
    ],
)
def test_control_route_says_what_is_wrong_with_a_body(emulator: Emulator, body: str, problem: str) -> None:
    headers = {"Content-Type": "application/json"}
    response = requests.patch(f"{emulator.control_url}/switches", data=body, headers=headers, timeout=10)
    assert status_and_code(response) == (400, "BAD_REQUEST")
    assert response.json()["message"] == problem


def test_admin_raises_emulator_error_when_input_is_invalid(emulator: Emulator) -> None:
    wrong: list[Callable[[], Any]] = [
        lambda: emulator.edit_link("lnk_none"),
        lambda: emulator.add_link(domainId="dom_none"),
        lambda: emulator.set_domain_status("dom_new", "fine"),  # type: ignore[arg-type]  # the mistake that is tested
        lambda: emulator.set_behaviours(rate_limit=-1),
    ]
    for mistake in wrong:
        with pytest.raises(EmulatorError):
            mistake()
