"""What the plugin answers to the engine, against the emulator: what each call sends and returns."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as protocol

from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from tests.unit.plugin.conftest import SIGNATURE, UNKNOWN, URN, Aborted, secret

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.request_log import Sent
    from tests.unit.plugin.conftest import Plugin

MINIMAL: dict[str, Any] = {"domainId": "dom_help"}
TITLED: dict[str, Any] = {**MINIMAL, "linkTitle": "Help", "meta": {"team": "a", "n": 5}}


def _up(plugin: Plugin, news: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    inputs = plugin.check(news)["inputs"]
    return *plugin.create(news), inputs


def test_handshake_and_configuration_agree_on_secrets_and_previews(plugin: Plugin) -> None:
    handshake = plugin.call("Handshake", protocol.ProviderHandshakeRequest())
    assert handshake == {"accept_secrets": True}
    configured = plugin.call("Configure", protocol.ConfigureRequest())
    assert configured == {"acceptSecrets": True, "supportsPreview": True}


def test_plugin_tells_its_version_and_schema(plugin: Plugin) -> None:
    assert plugin.call("GetPluginInfo", Empty()) == {"version": version("pulumi-userplane")}
    schema = json.loads(plugin.call("GetSchema", protocol.GetSchemaRequest())["schema"])
    assert schema["name"] == "userplane"


def test_check_fills_in_mark_and_workspace_without_a_request(plugin: Plugin, sent: Sent) -> None:
    assert plugin.check(MINIMAL)["inputs"] == {**MINIMAL, "mark": "pulumi:proj/dev/help", "workspaceId": "ws_demo"}
    assert plugin.check({**MINIMAL, "mark": ""})["inputs"] == {**MINIMAL, "workspaceId": "ws_demo"}
    assert sent() == []


def test_form_that_the_server_has_stored_is_a_change_only_if_declared_anew(
    plugin: Plugin, server: Emulator, sent: Sent
) -> None:
    server.set_behaviours(trim_text=True)
    blank = {**MINIMAL, "linkTitle": " Help "}
    link_id, outputs, inputs = _up(plugin, blank)
    assert outputs["linkTitle"] == "Help"
    assert plugin.diff(link_id, outputs, inputs, inputs)["changes"] == "DIFF_NONE"
    reusable = {**inputs, "linkReusable": True}
    assert plugin.diff(link_id, outputs, reusable, inputs)["detailedDiff"].keys() == {"linkReusable", "linkTitle"}
    read = plugin.read(link_id, outputs, inputs)
    assert plugin.diff(link_id, read["properties"], inputs, read["inputs"])["changes"] == "DIFF_SOME"
    assert [method for method, _ in sent()] == ["POST", "PUT", "GET"]


def test_check_names_every_wrong_input_as_the_caller_spells_it(plugin: Plugin) -> None:
    problems = plugin.problems({"link_title": "x", "linkTitle": "a" * 256, "linkTitel": "x", "workspaceId": ""})
    assert problems == [
        "'link_title': is not an argument of RecordingLink; did you mean 'linkTitle'?",
        "domainId: is missing; it names the verified domain of the link's address",
        "workspaceId: is not an id: it is empty, '.' or '..', or has blanks around it or control characters",
        "linkTitle: is 256 characters long; the limit is 255",
        "'linkTitel': is not an argument of RecordingLink; did you mean 'linkTitle'?",
    ]


def test_check_takes_a_misspelt_argument_as_given(plugin: Plugin) -> None:
    assert plugin.problems({"domain_id": "dom_help"}) == [
        "'domain_id': is not an argument of RecordingLink; did you mean 'domainId'?"
    ]


@pytest.mark.parametrize("name", ["linkUrl", "link_url", "linkId", "createdAt", "created_at", "linkType"])
def test_check_names_an_output_as_the_caller_spells_it(plugin: Plugin, name: str) -> None:
    problem = f"{name!r}: is an output of RecordingLink, not an argument; remove it"
    assert plugin.problems({**MINIMAL, name: "x"}) == [problem]


def test_check_takes_what_the_engine_declares_from_a_state_of_the_dynamic_provider(plugin: Plugin) -> None:
    # `ignoreChanges: ["*"]` declares the whole state, and the name of one property what the program doesn't declare.
    olds = {"domain_id": "dom_help", "link_title": secret("Old"), "__provider": "pickle", "workspace_id": "ws_demo"}
    rest = {"mark": "pulumi:proj/dev/help", "workspaceId": "ws_demo"}
    checked = plugin.check(olds, olds)
    assert checked == {"inputs": {"domainId": "dom_help", "linkTitle": secret("Old"), **rest}}
    for news in ({"link_title": "Old", **TITLED}, {**TITLED, "link_title": "Old"}):
        assert plugin.check(news, olds) == {"inputs": {**TITLED, **rest}}
    [failure] = plugin.check({**MINIMAL, "project_id": "prj_default"}, olds)["failures"]
    assert failure["reason"] == "'project_id': is not an argument of RecordingLink; did you mean 'projectId'?"


def test_check_names_a_name_that_is_too_long_for_its_mark(plugin: Plugin) -> None:
    urn = f"urn:pulumi:dev::proj::userplane:index:RecordingLink::{'n' * 2100}"
    [problem] = plugin.problems(MINIMAL, urn)
    assert problem.startswith("the resource's name is 2100 characters long, and at most 2023 fit into its mark")
    assert plugin.problems({**MINIMAL, "mark": "short"}, urn) == []


def test_check_refuses_what_another_link_of_the_program_has(plugin: Plugin) -> None:
    other = URN.replace("help", "other")
    declared = {**MINIMAL, "mark": "mine", "adopt": "lnk_1"}
    assert plugin.problems(declared) == plugin.problems(declared) == []
    assert plugin.problems(declared, other) == [
        "mark: another link of this program, help, already has this value; give one of the two a mark of its own",
        "adopt: another link of this program, help, already has this value; declare the link once",
    ]
    assert plugin.problems({**MINIMAL, "adopt": UNKNOWN}, other) == []


def test_check_knows_a_domain_that_a_look_up_saw_unverified(plugin: Plugin) -> None:
    plugin.invoke("getDomain", url="new.acme.example")
    [problem] = plugin.problems({"domainId": "dom_new"})
    assert problem.startswith("domainId: domain new.acme.example (dom_new) is pending")


def test_preview_of_a_creation_sends_nothing(plugin: Plugin, sent: Sent) -> None:
    id_, outputs = plugin.create({**TITLED, "adopt": "lnk_1"}, preview=True)
    assert id_ == ""
    assert outputs == {
        **TITLED,
        "mark": "pulumi:proj/dev/help",
        "workspaceId": "ws_demo",
        **dict.fromkeys(("linkId", "linkUrl", "linkType", "createdAt", "creator", "project", "domain"), UNKNOWN),
        **dict.fromkeys(("linkReusable", "linkProviderType", "linkProviderId", "linkProviderRef"), UNKNOWN),
    }
    assert sent() == []


def test_life_of_a_link(plugin: Plugin, server: Emulator, sent: Sent) -> None:
    id_, outputs, inputs = _up(plugin, TITLED)
    assert [method for method, _ in sent()] == ["POST", "PUT"]
    assert outputs["linkId"] == id_
    assert outputs["project"] == {"projectId": "prj_default", "title": "Acme Support"}
    assert plugin.diff(id_, outputs, inputs, inputs) == {"changes": "DIFF_NONE"}

    news = {**inputs, "linkTitle": "Other", "meta": {"team": "b", "n": 5}}
    assert plugin.diff(id_, outputs, news, inputs) == {
        "changes": "DIFF_SOME",
        "hasDetailedDiff": True,
        "diffs": ["linkTitle", "meta"],
        "detailedDiff": {
            "linkTitle": {"kind": "UPDATE", "inputDiff": True},
            "meta.team": {"kind": "UPDATE", "inputDiff": True},
        },
    }
    previewed = plugin.update(id_, outputs, news, preview=True)
    assert sent() == []
    assert plugin.update(id_, outputs, news) == previewed
    assert [(method, sorted(body or {})) for method, body in sent()] == [("PUT", ["linkTitle", "meta"])]

    fresh = plugin.read(id_, previewed, news)
    assert (fresh["id"], fresh["properties"], fresh["inputs"]) == (id_, previewed, news)
    plugin.delete(id_, previewed)
    assert [link["live"] for link in server.links if link["linkId"] == id_] == [False]
    with pytest.raises(Aborted, match="UNKNOWN"):
        plugin.update(id_, outputs, news)
    assert plugin.read(id_, previewed, news) == {}


def test_another_location_replaces(plugin: Plugin) -> None:
    id_, outputs, inputs = _up(plugin, MINIMAL)
    difference = plugin.diff(id_, outputs, {**inputs, "domainId": "dom_app"}, inputs)
    assert (difference["replaces"], difference["diffs"]) == (["domainId"], ["domainId"])
    assert difference["detailedDiff"]["domainId"]["kind"] == "UPDATE_REPLACE"


def test_state_of_the_dynamic_provider_is_written_anew_without_a_request(plugin: Plugin, sent: Sent) -> None:
    id_, outputs, inputs = _up(plugin, TITLED)
    sent()
    names = {"linkTitle": "link_title", "domainId": "domain_id", "workspaceId": "workspace_id", "linkId": "link_id"}
    old_outputs = {names.get(key, key): value for key, value in outputs.items()} | {"__provider": "pickle"}
    old_inputs = {names.get(key, key): value for key, value in inputs.items()} | {"__provider": "pickle"}
    assert plugin.diff(id_, old_outputs, inputs, old_inputs) == {"changes": "DIFF_SOME", "hasDetailedDiff": True}
    assert plugin.update(id_, old_outputs, inputs) == outputs
    assert sent() == []


def test_import_and_look_up_read_the_whole_link_and_manage_nothing_yet(plugin: Plugin, clock: Clock) -> None:
    id_, outputs, _ = _up(plugin, TITLED)
    run_state.reset(RunState(plugin.servicer._log, clock))
    found = plugin.read(id_, {}, {})
    assert found["inputs"] == {
        **TITLED,
        "linkProviderRef": outputs["linkProviderRef"],
        "linkProviderType": "web",
        "linkReusable": False,
        "projectId": "prj_default",
        "workspaceId": "ws_demo",
    }
    refreshed = plugin.read(id_, found["properties"], {})
    assert (refreshed["properties"], refreshed["inputs"]) == (found["properties"], {})
    with pytest.raises(Aborted, match="LINK_NOT_FOUND"):
        plugin.read("lnk_missing", {}, {})
    assert not run_state.this_run_state(plugin.servicer._log).held.is_managed(id_)


def test_look_up_of_a_link_that_is_gone_now_warns_at_its_resource(plugin: Plugin) -> None:
    id_, _, _ = _up(plugin, MINIMAL)
    found = plugin.read(id_, {}, {})
    plugin.delete(id_, found["properties"])
    assert plugin.read(id_, found["properties"], {"workspaceId": "ws_demo"}) == {}
    [(_, urn, message)] = plugin.logged
    assert urn == URN
    assert "since the program still looks it up" in message


def test_secrets_stay_secret_through_a_life(plugin: Plugin) -> None:
    declared = {**MINIMAL, "linkTitle": secret("Top secret"), "meta": {"open": "a", "token": secret("hidden")}}
    inputs = plugin.check(declared)["inputs"]
    assert (inputs["linkTitle"], inputs["meta"]) == (declared["linkTitle"], declared["meta"])
    id_, outputs = plugin.create(declared)
    assert (outputs["linkTitle"], outputs["meta"]) == (declared["linkTitle"], declared["meta"])
    fresh = plugin.read(id_, outputs, inputs)
    assert (fresh["inputs"]["linkTitle"], fresh["properties"]["meta"]) == (declared["linkTitle"], declared["meta"])
    # The title is no longer managed and keeps its value; meta is no longer a secret.
    rest = {**MINIMAL, "workspaceId": "ws_demo", "meta": {"open": "a", "token": "hidden"}}
    after = plugin.update(id_, outputs, rest)
    assert (after["linkTitle"], after["meta"]) == (secret("Top secret"), rest["meta"])


def test_error_is_one_line_without_secrets(plugin: Plugin, server: Emulator) -> None:
    words = "the title 'Top secret' of pulumi:secret/mark is bad"
    server.fault(method="PUT", answer="status", status=400, code="VALIDATION_ERROR", message=words)
    declared = {**MINIMAL, "linkTitle": secret("Top secret"), "mark": secret("pulumi:secret/mark")}
    with pytest.raises(Aborted) as caught:
        plugin.create(declared)
    code, line = caught.value.args
    assert code == "UNKNOWN"
    assert "\n" not in line
    assert "[link_title]" in line or "[linkTitle]" in line
    assert "Top secret" not in line
    assert "pulumi:secret/mark" not in line


def test_error_in_the_plugin_itself_shows_its_traceback_only_on_request(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin.servicer._cache = None  # type: ignore[assignment]  # breaks it
    with pytest.raises(Aborted) as caught:
        plugin.invoke("getUser")
    code, line = caught.value.args
    assert code == "INTERNAL"
    assert line.startswith("an error in pulumi-userplane itself (AttributeError)")
    monkeypatch.setenv("USERPLANE_TRACEBACK", "1")
    with pytest.raises(AttributeError):
        plugin.invoke("getUser")


def test_text_that_pulumi_reserves_reaches_it_with_a_prefix(plugin: Plugin, server: Emulator) -> None:
    id_, outputs, inputs = _up(plugin, MINIMAL)
    client = run_state.this_run_state(plugin.servicer._log).client(plugin.servicer._settings)
    client.update_link("ws_demo", id_, meta={"a": UNKNOWN, SIGNATURE: "x"})
    escaped = {"a": f"text:{UNKNOWN}", f"text:{SIGNATURE}": "x"}
    assert plugin.read(id_, outputs, inputs)["properties"]["meta"] == escaped
    assert plugin.invoke("getRecordingLink", linkId=id_)["meta"] == escaped


def test_value_that_pulumi_can_not_hold_does_not_fail_the_refresh(plugin: Plugin, server: Emulator) -> None:
    id_, outputs, inputs = _up(plugin, MINIMAL)
    client = run_state.this_run_state(plugin.servicer._log).client(plugin.servicer._settings)
    client.update_link("ws_demo", id_, meta={"large": 10**400, "half": "a\ud800b"})
    meta = plugin.read(id_, outputs, inputs)["properties"]["meta"]
    assert meta == {"large": f"text:1{'0' * 400}", "half": "a?b"}


def test_secret_map_is_described_as_a_whole(plugin: Plugin) -> None:
    id_, outputs, inputs = _up(plugin, {**MINIMAL, "meta": secret({"hidden": "a"})})
    changed = {**inputs, "meta": secret({"hidden": "b"})}
    assert plugin.diff(id_, outputs, changed, inputs)["detailedDiff"].keys() == {"meta"}


def test_every_other_type_of_the_package_is_refused(plugin: Plugin, sent: Sent) -> None:
    wrong = URN.replace("RecordingLink", "RecordingLnk")
    requests: dict[str, Any] = {
        "Check": protocol.CheckRequest(urn=wrong),
        "Diff": protocol.DiffRequest(urn=wrong),
        "Create": protocol.CreateRequest(urn=wrong),
        "Read": protocol.ReadRequest(urn=wrong, id="lnk_1"),
        "Update": protocol.UpdateRequest(urn=wrong, id="lnk_1"),
        "Delete": protocol.DeleteRequest(urn=wrong, id="lnk_1"),
    }
    for method, request in requests.items():
        with pytest.raises(Aborted, match="there is no resource type userplane:index:RecordingLnk; did you mean"):
            plugin.call(method, request)
    assert sent() == []
