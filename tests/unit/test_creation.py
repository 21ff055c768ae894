"""Making a link, all or nothing: what is sent, and what is left when something fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api import Client
from pulumi_userplane.api.errors import APIError, UserplaneError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.api import Link
    from pulumi_userplane.emulator import Emulator
    from tests.unit.conftest import Engine, MakeEngine

    Sent = Callable[[], list[tuple[str, Any]]]

MARK = "pulumi:proj/dev/help"
LINK = {"domain_id": "dom_help", "mark": MARK}
TITLED = {**LINK, "link_title": "Help"}
REFERENCE = re.compile(re.escape(MARK) + "#[0-9a-f]{8}")


def failed(engine: Engine, **declared: Any) -> str:
    with pytest.raises(UserplaneError) as caught:
        engine.up(**declared)
    return str(caught.value)


@pytest.mark.parametrize(
    ("declared", "posted"),
    [
        ({}, {}),
        ({"project_id": "prj_onboarding"}, {"projectId": "prj_onboarding"}),
        ({"link_reusable": False}, {"linkReusable": False}),
        ({"link_reusable": True, "meta": {"a": 1}}, {"linkReusable": True, "meta": {"a": 1}}),
        ({"meta": {}}, {"meta": {}}),
        ({"link_title": "", "link_provider_type": "web", "link_provider_id": ""}, {}),
    ],
)
def test_what_a_post_takes_and_what_is_so_already_needs_one_request(
    engine: Engine, sent: Sent, declared: dict[str, Any], posted: dict[str, Any]
) -> None:
    engine.up(**LINK, **declared)
    ((method, body),) = sent()
    assert REFERENCE.fullmatch(body.pop("linkReference"))
    assert (method, body) == ("POST", {"domainId": "dom_help", **posted})


@pytest.mark.parametrize(
    ("field", "value", "put"),
    [
        ("link_title", "Help", {"linkTitle": "Help"}),
        ("link_provider_type", "zendesk", {"linkProviderType": "zendesk"}),
        ("link_provider_id", "7", {"linkProviderId": "7"}),
        ("link_provider_ref", "own", {"linkProviderRef": "own"}),
        ("link_provider_ref", "", {"linkProviderRef": ""}),
    ],
)
def test_what_a_post_does_not_take_is_put_afterwards_and_nothing_else(
    engine: Engine, sent: Sent, field: str, value: str, put: dict[str, str]
) -> None:
    engine.up(**LINK, meta={"a": 1}, link_reusable=True, **{field: value})
    (post, second) = sent()
    assert post[0] == "POST"
    assert second == ("PUT", put)
    assert (engine.outputs.get(field) or "") == value


def test_each_link_bears_its_mark_and_a_proof_of_its_own(make_engine: MakeEngine, server: Emulator) -> None:
    for _ in range(2):
        make_engine().up(**LINK)
    references = {str(link["linkProviderReference"]) for link in server.links}
    assert len(references) == 2
    assert all(REFERENCE.fullmatch(reference) for reference in references)


@pytest.mark.parametrize(("mark", "mark_links"), [("", "true"), (MARK, "false")])
@pytest.mark.parametrize("reference", [{}, {"link_provider_ref": "own"}])
def test_without_a_mark_the_reference_is_the_declared_one_if_any(
    make_engine: MakeEngine, sent: Sent, mark: str, mark_links: str, reference: dict[str, str]
) -> None:
    engine = make_engine(markLinks=mark_links)
    engine.up(domain_id="dom_help", mark=mark, **reference)
    assert sent() == [
        ("POST", {"domainId": "dom_help", **({"linkReference": "own"} if reference else {})}),
    ]
    assert "mark" not in engine.outputs


@pytest.mark.parametrize(
    "fault", [{"answer": "drop"}, {"answer": "status", "status": 500, "code": "LINK_UPDATE_FAILED"}]
)
def test_a_failed_put_takes_the_new_link_back(engine: Engine, server: Emulator, sent: Sent, fault: Any) -> None:
    server.fault(method="PUT", **fault)
    text = failed(engine, **TITLED)
    assert "the new link was deleted again, nothing is left" in text
    assert not text.endswith(";")
    assert [method for method, _ in sent()] == ["POST", "PUT", "DELETE"]
    assert [link["live"] for link in server.links] == [False]


def test_when_taking_it_back_fails_too_the_error_names_what_is_left(engine: Engine, server: Emulator) -> None:
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    server.fault(method="DELETE", answer="status", status=500, code="LINK_DELETE_FAILED", message="Sorry.")
    text = failed(engine, **TITLED)
    (link,) = server.links
    assert 'update of recording link "Help"' in text
    assert "403 FORBIDDEN" in text
    assert f"the new link {link['linkId']} ({link['linkURL']}) is left at the server" in text
    assert '500 LINK_DELETE_FAILED "Sorry."' in text
    assert "delete it in the dashboard, the reference pulumi:proj/dev/help#" in text


@pytest.mark.parametrize("field", ["linkReusable", "meta", "linkTitle"])
def test_a_field_that_is_not_applied_takes_the_new_link_back(engine: Engine, server: Emulator, field: str) -> None:
    server.switch(ignored_fields=[field])
    text = failed(engine, **TITLED, link_reusable=True, meta={"a": 1})
    named = f'recording link "Help" ({server.links[0]["linkId"]})'
    assert f"create of {named} failed: the server took the request and did not apply" in text
    assert [link["live"] for link in server.links] == [False]


def test_a_value_stored_in_another_form_is_recorded_as_it_is_with_a_warning(
    engine: Engine, server: Emulator, warned: list[str]
) -> None:
    server.switch(trim_text=True)
    engine.up(**LINK, link_title=" Help ")
    assert engine.outputs["link_title"] == "Help"
    named = f'recording link "Help" ({engine.id})'
    assert warned == [f'create of {named}: the server stored link_title in another form; write link_title="Help"']


def test_a_field_that_the_post_stored_in_another_form_is_not_sent_again(
    engine: Engine, sent: Sent, warned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Client.create_link

    def stored_otherwise(*args: Any, **fields: Any) -> Link:
        return made(*args, **fields).model_copy(update={"meta": {"a": "1", "by": "server"}})

    monkeypatch.setattr(Client, "create_link", stored_otherwise)
    engine.up(**LINK, meta={"a": "1"})
    assert [method for method, _ in sent()] == ["POST"]
    assert engine.outputs["meta"] == {"a": "1", "by": "server"}
    assert len(warned) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"answer": "drop", "after_work": True},
        {"answer": "cut_body"},
        {"answer": "cut_json"},
        {"answer": "html", "after_work": True},
        {"answer": "empty", "after_work": True},
        {"answer": "oversized"},
        {"answer": "redirect"},
        {"answer": "status", "status": 500, "code": "LINK_CREATE_FAILED"},
        {"answer": "status", "status": 502},
        {"answer": "status", "status": 504, "after_work": True},
    ],
)
def test_a_lost_answer_of_the_post_names_the_reference_to_look_for_and_is_not_sent_again(
    engine: Engine, server: Emulator, sent: Sent, fault: Any
) -> None:
    server.fault(method="POST", **fault)
    text = failed(engine, **TITLED)
    ((method, body),) = sent()
    assert method == "POST"
    assert text.startswith('create of recording link "Help" failed: ')
    assert f"a link with the reference {body['linkReference']} may have been made" in text


def test_a_lost_answer_without_a_mark_says_so(engine: Engine, server: Emulator) -> None:
    server.fault(method="POST", answer="drop")
    assert "a link without a mark may have been made" in failed(engine, domain_id="dom_help", mark="")


@pytest.mark.parametrize(("status", "code"), [(503, "SERVICE_UNAVAILABLE"), (429, "RATE_LIMITED"), (403, "FORBIDDEN")])
def test_an_answer_that_says_nothing_was_done_does_not_speak_of_a_link(
    engine: Engine, server: Emulator, status: int, code: str
) -> None:
    server.fault(method="POST", answer="status", status=status, code=code)
    assert "may have been made" not in failed(engine, **LINK)


def test_a_connection_never_made_does_not_speak_of_a_link(make_engine: MakeEngine) -> None:
    text = failed(make_engine(baseUrl="http://127.0.0.1:1"), **LINK)
    assert f'create of recording link "{MARK}" failed: no connection to 127.0.0.1:1' in text
    assert "may have been made" not in text


@pytest.mark.parametrize("shape", ["envelope", "framework"])
@pytest.mark.parametrize("domain_id", ["dom_new", "dom_none"])
def test_a_refused_domain_shows_the_servers_words_and_a_hint(
    engine: Engine, server: Emulator, shape: Any, domain_id: str
) -> None:
    server.switch(refused_input=shape)
    text = failed(engine, **{**TITLED, "domain_id": domain_id})
    assert "not verified" in text or f"no domain {domain_id}" in text
    assert "the domain must be verified, and the project must be one of this workspace" in text


def test_a_used_up_plan_says_that_nothing_was_made(engine: Engine, server: Emulator) -> None:
    server.set_workspace("ws_demo", link_quota=0)
    assert "403 PLAN_LIMIT_EXCEEDED" in (text := failed(engine, **LINK))
    assert "raise the plan or ask Userplane; nothing was made" in text


@pytest.mark.parametrize(
    ("project_id", "said"),
    [("prj_deleted", "410 LINK_PROJECT_DELETED"), ("prj_none", "404 PROJECT_NOT_FOUND")],
)
def test_a_project_that_takes_no_links_is_named(engine: Engine, server: Emulator, project_id: str, said: str) -> None:
    projects = [{"projectId": "prj_deleted", "projectTitle": "Old", "deleted": True}]
    server.seed({"projects": projects})
    text = failed(engine, **LINK, project_id=project_id)
    assert said in text
    assert project_id in text


def test_a_workspace_without_a_default_project_asks_for_one(engine: Engine, server: Emulator) -> None:
    server.seed({"projects": []})
    assert "the workspace has no default project: write project_id=" in failed(engine, **LINK)


def test_a_refused_key_makes_nothing(engine: Engine, server: Emulator) -> None:
    server.set_key_state(server.api_key, "disabled")
    with pytest.raises(APIError, match="403 API_KEY_DISABLED"):
        engine.up(**LINK)
    assert server.links == []
