"""The provider's methods against the emulator: what each sends and returns."""

from __future__ import annotations

import base64
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_userplane.api.errors import APIError, ConfigurationError, UserplaneError
from pulumi_userplane.api.transport import Transport
from pulumi_userplane.property_names import to_camel_case_names
from pulumi_userplane.provider import RecordingLinkProvider
from pulumi_userplane.recovery import journal
from tests.support.journal_rows import interrupt_run
from tests.support.operations import Difference, InProcess, State
from tests.unit.conftest import forget_run

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:proj/dev/help"
MINIMAL: dict[str, Any] = {"domain_id": "dom_help", "mark": MARK}
FULL: dict[str, Any] = {
    **MINIMAL,
    "project_id": "prj_onboarding",
    "link_title": "Help",
    "link_reusable": True,
    "link_provider_type": "zendesk",
    "link_provider_id": "7",
    "link_provider_ref": "ref",
    "meta": {"n": 5, "deep": {"a": [True, None, 1.5]}},
}
OTHER: dict[str, Any] = {
    "link_title": "Other",
    "link_reusable": False,
    "link_provider_type": "slack",
    "link_provider_id": "8",
    "link_provider_ref": "other",
    "meta": {"n": 6},
}
WIRE = {
    "link_title": "linkTitle",
    "link_reusable": "linkReusable",
    "link_provider_type": "linkProviderType",
    "link_provider_id": "linkProviderId",
    "link_provider_ref": "linkProviderRef",
    "meta": "meta",
}


@pytest.mark.parametrize("declared", [MINIMAL, FULL])
def test_diff_shows_nothing_after_create_and_refresh(engine: Engine, sent: Sent, declared: dict[str, Any]) -> None:
    engine.up(**declared)
    sent()
    assert engine.diff(**declared) == (False, [])
    assert sent() == []
    outputs, inputs = engine.outputs, engine.inputs
    engine.refresh()
    assert (engine.outputs, engine.inputs) == (outputs, inputs)
    assert [method for method, _ in sent()] == ["GET"]
    assert engine.diff(**declared) == (False, [])


def test_create_returns_the_link_as_json(engine: Engine, server: Emulator) -> None:
    engine.up(**FULL)
    (link,) = server.links
    assert engine.id == engine.outputs["link_id"] == link["linkId"]
    assert engine.outputs["link_url"] == link["linkURL"]
    assert engine.outputs["creator"] == {"workspace_member_id": "mem_owner", "name": "Ines Calder"}
    assert engine.outputs["domain"] == {"domain_id": "dom_help", "url": "help.acme.example", "status": "verified"}
    assert engine.outputs["project"] == {"project_id": "prj_onboarding", "title": "Onboarding"}
    assert engine.outputs["__server"] == server.base_url
    made = engine.provider.create(engine.inputs)
    assert json.loads(json.dumps(made.outs)) == made.outs


@pytest.mark.parametrize("field", WIRE)
def test_update_sends_one_put_with_only_the_changed_field(engine: Engine, sent: Sent, field: str) -> None:
    engine.up(**FULL)
    sent()
    changed = {**FULL, field: OTHER[field]}
    assert engine.diff(**changed) == (True, [])
    engine.up(**changed)
    assert sent() == [("PUT", {WIRE[field]: OTHER[field]})]
    assert engine.outputs[field] == OTHER[field]
    assert engine.diff(**changed) == (False, [])
    engine.refresh()
    assert engine.diff(**changed) == (False, [])


@pytest.mark.parametrize("field", WIRE)
def test_update_sends_nothing_when_an_argument_is_removed(
    engine: Engine, server: Emulator, sent: Sent, field: str
) -> None:
    engine.up(**FULL)
    before = server.links
    sent()
    removed = {key: value for key, value in FULL.items() if key != field}
    assert engine.diff(**removed) == (True, [])
    engine.up(**removed)
    assert sent() == []
    assert engine.outputs["__managed"] == sorted(set(WIRE) - {field})
    assert engine.outputs[field] is not None
    engine.refresh()
    assert field not in engine.inputs
    assert engine.diff(**removed) == (False, [])
    assert server.links == before


@pytest.mark.parametrize("empty_text", ["clear", "keep"])
def test_update_clears_fields_when_their_values_are_empty(
    engine: Engine, server: Emulator, sent: Sent, empty_text: Any
) -> None:
    server.set_behaviours(empty_text=empty_text)
    engine.up(**FULL)
    sent()
    emptied = {**FULL, "link_title": "", "link_provider_id": "", "link_provider_ref": "", "meta": {}}
    engine.up(**emptied)
    assert sent() == [("PUT", {"linkTitle": "", "linkProviderId": "", "linkProviderRef": "", "meta": {}})]
    assert engine.diff(**emptied) == (False, [])
    engine.refresh()
    assert engine.diff(**emptied) == (False, [])


def test_update_fails_when_the_server_does_not_clear_a_field(engine: Engine, server: Emulator) -> None:
    server.set_behaviours(empty_text="ignore")
    engine.up(**FULL)
    with pytest.raises(UserplaneError, match="did not apply link_title"):
        engine.up(**{**FULL, "link_title": ""})


@pytest.mark.parametrize("meta_key", ["meta", "linkMeta"])
def test_meta_travels_under_the_configured_name(
    make_engine: MakeEngine, server: Emulator, sent: Sent, meta_key: Any
) -> None:
    server.set_behaviours(meta_key=meta_key)
    engine = make_engine(metaField=meta_key)
    engine.up(**MINIMAL, meta={"a": "1"})
    engine.up(**MINIMAL, meta={"a": "2"})
    (_, post), put = sent()
    assert post[meta_key] == {"a": "1"}
    assert put == ("PUT", {meta_key: {"a": "2"}})
    engine.refresh()
    assert engine.inputs["meta"] == {"a": "2"}


@pytest.mark.parametrize(("meta_key", "configured"), [("meta", "linkMeta"), ("linkMeta", "meta")])
def test_create_rolls_back_when_meta_has_the_wrong_name(
    make_engine: MakeEngine, server: Emulator, meta_key: Any, configured: str
) -> None:
    server.set_behaviours(meta_key=meta_key)
    engine = make_engine(metaField=configured)
    with pytest.raises(UserplaneError, match=r"did not apply meta; .*pulumi config set userplane:metaField"):
        engine.up(**MINIMAL, meta={"a": "1"})
    assert [link["live"] for link in server.links] == [False]
    engine.up(**MINIMAL)
    with pytest.raises(UserplaneError, match="did not apply meta"):
        engine.up(**MINIMAL, meta={"a": "1"})


def test_update_warns_when_old_keys_of_meta_survive(engine: Engine, server: Emulator, warned: list[str]) -> None:
    server.set_behaviours(meta_update="merge")
    engine.up(**MINIMAL, meta={"a": "1"})
    engine.up(**MINIMAL, meta={"b": "2"})
    (text,) = warned
    assert "meta in another form" in text
    assert engine.outputs["meta"] == {"a": "1", "b": "2"}


def test_numbers_of_meta_are_sent_and_compared_as_the_program_has_them(engine: Engine, sent: Sent) -> None:
    engine.up(**MINIMAL, meta={"n": 5, "b": True})
    ((_, post),) = sent()
    assert repr(post["meta"]) == "{'n': 5, 'b': True}"
    assert engine.diff(**MINIMAL, meta={"n": 5.0, "b": True}) == (False, [])
    assert engine.diff(**MINIMAL, meta={"n": 5, "b": 1}) == (True, [])


@pytest.mark.parametrize("key", ["domain_id", "project_id"])
def test_diff_replaces_link_when_domain_or_project_changes(engine: Engine, key: str) -> None:
    engine.up(**FULL)
    assert engine.diff(**{**FULL, key: "elsewhere"}) == (True, [key])


def test_diff_shows_nothing_when_the_links_own_project_is_declared_or_not(engine: Engine, sent: Sent) -> None:
    engine.up(**MINIMAL)
    sent()
    for declared in ({**MINIMAL, "project_id": "prj_default"}, MINIMAL):
        assert engine.diff(**declared) == (False, [])
        engine.up(**declared)
        engine.refresh()
        assert engine.diff(**declared) == (False, [])
    assert [method for method, _ in sent()] == ["GET", "GET"]


def test_update_repairs_drift_with_one_put(engine: Engine, server: Emulator, sent: Sent) -> None:
    engine.up(**FULL)
    server.edit_link(engine.id, linkTitle="by hand", linkReusable=False, meta=None)
    engine.refresh()
    assert (engine.inputs["link_title"], engine.inputs["link_reusable"], engine.inputs["meta"]) == (
        "by hand",
        False,
        {},
    )
    sent()
    engine.up(**FULL)
    assert sent() == [("PUT", {"linkTitle": "Help", "linkReusable": True, "meta": FULL["meta"]})]


def test_diff_shows_nothing_when_an_unmanaged_field_drifted(engine: Engine, server: Emulator) -> None:
    engine.up(**MINIMAL)
    inputs = engine.inputs
    server.edit_link(engine.id, linkTitle="by hand", linkProviderType="slack")
    engine.refresh()
    assert engine.inputs == inputs
    assert engine.outputs["link_title"] == "by hand"
    assert engine.diff(**MINIMAL) == (False, [])


def test_read_returns_every_settable_field_when_the_import_has_no_values(engine: Engine, server: Emulator) -> None:
    link_id = server.add_link(domainId="dom_help", linkTitle="T", meta={"a": "1"})["linkId"]
    result = engine.provider.read(link_id, {"__provider": "x"})
    assert result.id == link_id
    assert result.outs is not None
    assert result.inputs is not None
    assert result.outs["link_url"]
    assert result.inputs == {
        "workspace_id": "ws_demo",
        "domain_id": "dom_help",
        "project_id": "prj_default",
        "link_title": "T",
        "link_reusable": False,
        "link_provider_type": "web",
        "meta": {"a": "1"},
    }
    assert engine.provider.diff(link_id, result.outs, result.inputs).changes is False


def test_read_of_a_look_up_declares_nothing_and_warns_when_the_link_is_deleted(
    engine: Engine, server: Emulator, warned: list[str]
) -> None:
    link_id = server.add_link(domainId="dom_help", linkTitle="T")["linkId"]
    first = engine.provider.read(link_id, {"__provider": "x", "__lookup": True})
    assert first.outs is not None
    again = engine.provider.read(link_id, first.outs)
    assert (first.inputs, again.inputs) == (None, None)
    assert again.outs == first.outs
    assert (first.outs["__managed"], first.outs["workspace_id"]) == ([], "ws_demo")

    server.delete_link(link_id)
    assert engine.provider.read(link_id, first.outs).id == ""
    [warning] = warned
    assert warning.endswith(
        "a refresh drops it from the state, and `pulumi up` then fails, since the program still looks it up"
    )


@pytest.mark.parametrize("deleted", [True, False])
def test_read_of_a_look_up_fails_when_the_link_is_not_there(engine: Engine, server: Emulator, deleted: bool) -> None:
    link_id = server.add_link(domainId="dom_help", deleted=True)["linkId"] if deleted else "lnk_none"
    with pytest.raises(APIError, match="410 LINK_GONE" if deleted else "404 LINK_NOT_FOUND"):
        engine.provider.read(link_id, {"workspace_id": "ws_demo"})


@pytest.mark.parametrize("method", ["read", "delete"])
def test_operation_fails_without_a_request_when_no_workspace_is_known(
    make_engine: MakeEngine, server: Emulator, method: str
) -> None:
    with pytest.raises(ConfigurationError, match="no workspace"):
        getattr(make_engine(workspaceId=None).provider, method)("lnk_1", {})
    assert server.requests == []


@pytest.mark.parametrize("operation", ["update", "delete", "read"])
def test_requests_of_an_operation_share_one_deadline(
    engine: Engine, server: Emulator, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    engine.up(**MINIMAL)
    server.delete_link(engine.id)
    totals: list[object] = []
    send = Transport.send

    def noted(*given: Any) -> Any:
        totals.append(given[-1])
        return send(*given)

    monkeypatch.setattr(Transport, "send", noted)
    if operation == "update":
        with pytest.raises(APIError, match="LINK_GONE"):
            engine.up(**MINIMAL, link_title="Other")
    elif operation == "delete":
        engine.destroy()
    else:
        engine.refresh()
    assert len(totals) == 2
    assert totals[0] is totals[1]


def test_diff_refuses_a_replacement_when_another_server_knows_the_link(engine: Engine, server: Emulator) -> None:
    engine.up(**MINIMAL)
    engine.outputs["__server"] = "https://api.userplane.io/api/v1"
    with pytest.raises(UserplaneError, match="the new link would be on another server; set the base URL back"):
        engine.diff(**{**MINIMAL, "domain_id": "dom_app"})
    assert engine.diff(**{**MINIMAL, "link_reusable": True})[1] == []


def test_provider_is_pickled_by_its_name_alone(engine: Engine, server: Emulator) -> None:
    engine.up(**MINIMAL)
    blob = serialize_provider(engine.provider)
    assert blob == serialize_provider(RecordingLinkProvider())
    assert isinstance(blob, str)
    assert len(blob) < 100
    raw = base64.b64decode(blob)
    assert b"pulumi_userplane.provider" in raw
    assert server.api_key.encode() not in raw
    restored = pickle.loads(raw)
    assert type(restored) is RecordingLinkProvider
    assert vars(restored) == {}


def test_provider_is_pickled_alike_for_thousands_of_links(engine: Engine) -> None:
    engine.check(**MINIMAL)
    assert len({serialize_provider(engine.provider) for _ in range(3000)}) == 1


def test_update_needs_no_server_when_nothing_is_sent(engine: Engine, server: Emulator, sent: Sent) -> None:
    engine.up(**FULL)
    sent()
    engine.up(**MINIMAL)
    assert (engine.outputs["__managed"], engine.outputs["__server"], sent()) == ([], server.base_url, [])


def test_delete_sends_one_request(engine: Engine, server: Emulator, sent: Sent) -> None:
    engine.up(**MINIMAL)
    sent()
    engine.destroy()
    assert sent() == [("DELETE", None)]
    assert [link["live"] for link in server.links] == [False]


def interrupt(engine: Engine) -> list[journal.JournalEntry]:
    """Makes the journal entries those of a process that has ended, and returns them."""
    file = engine.file
    interrupt_run(file)
    forget_run()
    return journal.Journal(file).find_interrupted(MARK)


def new_run(engine: Engine, make_engine: MakeEngine) -> Engine:
    """The same stack in a new process."""
    forget_run()
    fresh = make_engine()
    fresh.id, fresh.inputs, fresh.outputs = engine.id, engine.inputs, engine.outputs
    return fresh


@pytest.mark.parametrize("seen", ["diff", "check"])
def test_replacement_does_not_resume_the_link_that_it_replaces(
    engine: Engine, make_engine: MakeEngine, seen: str
) -> None:
    engine.up(**MINIMAL)
    assert [entry.link_id for entry in interrupt(engine)] == [engine.id]
    engine = new_run(engine, make_engine)
    if seen == "diff":
        engine.diff(**MINIMAL)
    else:
        engine.check(**MINIMAL)  # with --target-replace the engine asks for no diff
    made = engine.provider.create(engine.check(**MINIMAL))
    assert made.id != engine.id


@pytest.mark.parametrize("operation", ["diff", "refresh", "update", "destroy"])
def test_operation_on_a_recorded_link_removes_its_journal_entry(
    engine: Engine, make_engine: MakeEngine, operation: str
) -> None:
    engine.up(**MINIMAL)
    interrupt(engine)
    engine = new_run(engine, make_engine)
    if operation == "diff":
        engine.diff(**MINIMAL)
    elif operation == "update":
        engine.provider.update(engine.id, engine.outputs, {**engine.inputs, "link_title": "T"})
    else:
        getattr(engine, operation)()
    assert interrupt(engine) == []


def test_create_resumes_no_link_of_an_equal_name_under_another_parent(engine: Engine, make_engine: MakeEngine) -> None:
    under_parents = [{**MINIMAL, "mark": f"pulumi:proj/dev/{parent}help"} for parent in ("a$", "b$", "")]
    ids = set()
    for declared in under_parents:
        one = make_engine()
        one.up(**declared)
        ids.add(one.id)
        interrupt(engine)
        forget_run()
    assert len(ids) == 3


@pytest.mark.parametrize("method", ["read", "delete"])
def test_operation_fails_when_the_workspace_is_an_empty_text(
    make_engine: MakeEngine, server: Emulator, method: str
) -> None:
    with pytest.raises(ConfigurationError, match="the workspace id is empty"):
        getattr(make_engine().provider, method)("lnk_1", {"workspace_id": ""})
    assert server.requests == []


@pytest.mark.usefixtures("account_of_server")
def test_provider_takes_the_environment_when_nobody_configured_it(server: Emulator) -> None:
    class Mute(RecordingLinkProvider):
        def configure(self, req: ConfigureRequest) -> None:
            """Takes nothing."""

    configured_by_nobody = Mute()
    configured_by_nobody.configure(ConfigureRequest(Config({}, "project")))
    for provider in (RecordingLinkProvider(), configured_by_nobody):
        checked = provider.check({}, {"domain_id": "dom_help", "mark": ""})
        assert checked.failures == []
        made = provider.create(checked.inputs)
        assert made.outs is not None
        assert provider.diff(made.id, made.outs, checked.inputs).changes is False
        assert provider.read(made.id, made.outs).id == made.id
        provider.delete(made.id, made.outs)
    assert pickle.loads(pickle.dumps(RecordingLinkProvider()))._settings.api_key == server.api_key


def test_check_names_the_ways_to_set_when_there_are_no_settings() -> None:
    checked = RecordingLinkProvider().check({}, {"domain_id": "dom_help"})
    assert [failure.reason.split("; ")[0] for failure in checked.failures] == [
        "no workspace is set",
        "no API key is set",
    ]


def recorded_by_plugin(state: State) -> State:
    """Returns a state as the plugin would have written it."""
    return State(state.id, to_camel_case_names(state.inputs), to_camel_case_names(state.outputs))


@pytest.mark.parametrize("declared", [MINIMAL, FULL])
def test_state_of_plugin_is_written_anew_without_a_request(
    engine: Engine, sent: Sent, declared: dict[str, Any]
) -> None:
    engine.up(**declared)
    sent()
    made = State(engine.id, engine.inputs, engine.outputs)
    operations, plugins = InProcess(engine.provider), recorded_by_plugin(made)

    checked = operations.check(declared, plugins.inputs)
    # Not None: the engine would compare names, and `replace_on_changes` would then replace the link.
    assert operations.diff(plugins, checked.inputs) == Difference(True, [])
    assert operations.update(plugins, checked.inputs) == made
    assert checked.failures == []
    assert sent() == []
    assert operations.diff(made, checked.inputs) == Difference(False, [])


def test_check_takes_what_the_engine_declares_from_plugins_state(engine: Engine) -> None:
    olds = to_camel_case_names({**MINIMAL, "link_title": "Old", "workspace_id": "ws_demo"})
    checked = engine.provider.check(olds, olds)
    assert checked.inputs == {**MINIMAL, "link_title": "Old", "workspace_id": "ws_demo"}
    assert checked.failures == []
    for news in ({"linkTitle": "Old", **FULL}, {**FULL, "linkTitle": "Old"}):
        checked = engine.provider.check(olds, news)
        assert (checked.inputs, checked.failures) == ({**FULL, "workspace_id": "ws_demo"}, [])
    [failure] = engine.provider.check(olds, {**MINIMAL, "projectId": "prj_default"}).failures
    assert failure.reason == "'projectId': is not an argument of RecordingLink; did you mean 'project_id'?"


def test_link_of_plugins_state_stays_in_its_workspace(engine: Engine, make_engine: MakeEngine) -> None:
    engine.up(**MINIMAL)
    plugins = recorded_by_plugin(State(engine.id, engine.inputs, engine.outputs))
    checked = InProcess(make_engine(workspaceId=None).provider).check(MINIMAL, plugins.inputs)
    assert (checked.inputs["workspace_id"], checked.failures) == ("ws_demo", [])


def test_link_of_plugins_state_is_updated_and_replaced_as_any_other(engine: Engine, sent: Sent) -> None:
    engine.up(**FULL)
    sent()
    operations = InProcess(engine.provider)
    plugins = recorded_by_plugin(State(engine.id, engine.inputs, engine.outputs))
    edited = operations.check({**FULL, "link_title": "Other"}, plugins.inputs).inputs
    assert operations.diff(plugins, edited) == Difference(True, [])
    assert operations.update(plugins, edited).outputs["link_title"] == "Other"
    assert sent() == [("PUT", {"linkTitle": "Other"})]
    moved = operations.check({**FULL, "domain_id": "dom_app"}, plugins.inputs).inputs
    assert operations.diff(plugins, moved) == Difference(True, ["domain_id"])


def test_link_of_plugins_state_is_read_and_deleted_as_any_other(
    engine: Engine, make_engine: MakeEngine, sent: Sent
) -> None:
    engine.up(**FULL)
    sent()
    # The state alone names the workspace.
    operations = InProcess(make_engine(workspaceId=None).provider)
    made = State(engine.id, engine.inputs, engine.outputs)
    assert operations.read(recorded_by_plugin(made)) == made
    operations.delete(recorded_by_plugin(made))
    assert [method for method, _ in sent()] == ["GET", "DELETE"]
