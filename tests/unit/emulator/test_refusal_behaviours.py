"""Each behaviour of what is refused, in all its settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import LINKS, WORKSPACE, Api, status_and_code

TEMPLATE = {"ok": False, "problems": [{"text": "…", "code": 7}, "…", "… and more"], "…": None}


def send_refused_input(api: Api) -> list[requests.Response]:
    """Sends refused input of each kind: a query, a list's page, a body, a value, a filter, and no JSON."""
    path = f"{LINKS}/{api.create_link()['linkId']}"
    return [
        api.get(LINKS, page=0),
        api.get(LINKS, per_page=21),
        api.get(f"{LINKS}?created_by=a"),
        api.get(f"{WORKSPACE}/search", q="x" * 101, type="links"),
        api.post(LINKS, {}),
        api.post(LINKS, {"domainId": "dom_none"}),
        api.put(path, {"linkTitle": "x" * 256}),
        api.put(path, {"linkTitle": 5}),
        api.send("PUT", path, data="{", headers={"Content-Type": "application/json"}),
    ]


@pytest.mark.parametrize("status", [400, 422, 499])
def test_refused_input_has_status_and_envelope_when_refused_status_says_so(
    emulator: Emulator, api: Api, status: int
) -> None:
    emulator.set_behaviours(refused_status=status)
    assert {status_and_code(response) for response in send_refused_input(api)} == {(status, "BAD_REQUEST")}


@pytest.mark.parametrize("status", [400, 422])
def test_refused_input_has_shape_of_framework_when_refused_input_says_so(
    emulator: Emulator, api: Api, status: int
) -> None:
    emulator.set_behaviours(refused_input="framework", refused_status=status)
    for response in send_refused_input(api):
        content = response.json()
        issues = content.pop("data")["issues"]
        assert response.status_code == status
        assert content == {
            "defined": False,
            "code": "BAD_REQUEST",
            "status": status,
            "message": "Input validation failed",
        }
        assert len(issues) == 1
    assert status_and_code(api.get(f"{LINKS}/lnk_none")) == (404, "LINK_NOT_FOUND")


def test_refused_input_is_plain_text_when_refused_input_says_so(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(refused_input="text")
    for response in send_refused_input(api):
        assert response.status_code == 400
        assert response.headers["Content-Type"].startswith("text/plain")
    assert api.put(f"{LINKS}/{emulator.links[0]['linkId']}", {"linkTitle": 5}).text.startswith("linkTitle: ")
    assert status_and_code(api.get(f"{LINKS}/lnk_none")) == (404, "LINK_NOT_FOUND")


def test_refused_input_fills_in_template_when_refused_input_is_an_object(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(refused_input=TEMPLATE, refused_status=422)
    for response in send_refused_input(api):
        problem = response.json()["problems"][1]
        assert len(problem) > 10
        assert response.status_code == 422
        assert response.json() == {
            "ok": False,
            "problems": [{"text": problem, "code": 7}, problem, "… and more"],
            "…": None,
        }


def test_refused_input_is_answered_when_its_words_have_no_utf_8(emulator: Emulator, api: Api) -> None:
    path = f"{LINKS}/{api.create_link()['linkId']}"
    emulator.set_behaviours(unknown_fields="refuse")
    bodies: list[Any] = ["envelope", "framework", "text", TEMPLATE]
    for body in bodies:
        emulator.set_behaviours(refused_input=body)
        response = api.send("PUT", path, data='{"\\ud800": 1}', headers={"Content-Type": "application/json"})
        assert response.status_code == 400


@pytest.mark.parametrize("body", ["text", "framework", {"only": "…"}])
def test_control_routes_answer_with_envelope_when_refused_input_says_otherwise(emulator: Emulator, body: Any) -> None:
    emulator.set_behaviours(refused_input=body, refused_status=422)
    address = f"{emulator.control_url}/domains/dom_help"
    response = requests.patch(address, json={"status": "lost"}, timeout=10)
    assert status_and_code(response) == (400, "BAD_REQUEST")


REFUSALS = [("input", 400, "BAD_REQUEST"), ("403", 403, "BAD_REQUEST"), ("503 NO_LUCK", 503, "NO_LUCK")]


@contextmanager
def unchanged(emulator: Emulator) -> Iterator[None]:
    before = emulator.links
    yield
    assert emulator.links == before


@pytest.mark.parametrize(("outcome", "status", "code"), REFUSALS)
@pytest.mark.parametrize(
    ("behaviour", "body"),
    [
        ("unverified_domain", {"domainId": "dom_new"}),
        ("unknown_domain", {"domainId": "dom_none"}),
        ("unknown_domain", {"domainId": "dom_other"}),
        ("unknown_project", {"domainId": "dom_help", "projectId": "prj_none"}),
        ("unknown_project", {"domainId": "dom_help", "projectId": "prj_other"}),
    ],
)
def test_create_link_is_refused_as_the_behaviour_says_when_place_is_wrong(
    *, emulator: Emulator, api: Api, behaviour: str, body: dict[str, str], outcome: str, status: int, code: str
) -> None:
    emulator.set_behaviours(**{behaviour: outcome})  # type: ignore[arg-type]  # parametrised over fields
    with unchanged(emulator):
        assert status_and_code(api.post(LINKS, body)) == (status, code)


@pytest.mark.parametrize(("outcome", "status", "code"), REFUSALS)
def test_second_delete_is_refused_as_the_behaviour_says(
    emulator: Emulator, api: Api, outcome: str, status: int, code: str
) -> None:
    path = f"{LINKS}/{api.create_link()['linkId']}"
    api.delete(path)
    emulator.set_behaviours(second_delete=outcome)
    assert status_and_code(api.delete(path)) == (status, code)
    assert status_and_code(api.get(path)) == status_and_code(api.put(path, {})) == (410, "LINK_GONE")


def test_refusal_without_code_has_body_of_refused_input(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(unknown_project="404", refused_input="framework", refused_status=422)
    response = api.post(LINKS, {"domainId": "dom_help", "projectId": "prj_none"})
    assert (response.status_code, response.json()["status"]) == (404, 404)
    emulator.set_behaviours(unknown_project="input")
    response = api.post(LINKS, {"domainId": "dom_help", "projectId": "prj_none"})
    assert (response.status_code, response.json()["status"]) == (422, 422)


def test_create_link_uses_wrong_domain_or_project_when_it_is_taken(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(unverified_domain="taken", unknown_domain="taken", unknown_project="taken")
    assert api.create_link(domainId="dom_new")["domain"]["status"] == "pending"
    emulator.set_domain_status("dom_help", "revoked")
    assert api.create_link(domainId="dom_none")["domain"]["domainId"] == "dom_app"
    assert api.create_link(projectId="prj_none")["project"]["projectId"] == "prj_default"


def test_create_link_is_refused_when_nothing_can_be_taken_instead(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(unknown_domain="taken", unknown_project="taken")
    emulator.delete_project("prj_default")
    wrong_project = api.post(LINKS, {"domainId": "dom_help", "projectId": "prj_none"})
    assert status_and_code(wrong_project) == (404, "LINK_DEFAULT_PROJECT_NOT_FOUND")
    for domain_id in ("dom_help", "dom_app"):
        emulator.set_domain_status(domain_id, "revoked")
    assert status_and_code(api.post(LINKS, {"domainId": "dom_none"})) == (400, "BAD_REQUEST")


def test_second_delete_answers_as_the_first_when_it_is_taken(emulator: Emulator, api: Api) -> None:
    emulator.set_behaviours(second_delete="taken")
    path = f"{LINKS}/{api.create_link(projectId='prj_onboarding')['linkId']}"
    first, second = api.delete(path), api.delete(path)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    link = emulator.restore_link(path.rpartition("/")[2])
    assert link["live"]
    # Its project's deletion is another thing.
    emulator.delete_project("prj_onboarding")
    assert status_and_code(api.delete(path)) == (410, "LINK_GONE")
