"""What only the plugin does, in its process: previews, secrets, messages at the resource, settings, look-ups."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pulumi.runtime.proto.engine_pb2 import LogSeverity

from pulumi_userplane.emulator import Emulator
from tests.host.conftest import Host
from tests.host.doors import Door
from tests.support.operations import UNKNOWN, HostError, Properties, State
from tests.support.plugin_host import PluginHost, secret, urn_of
from tests.support.request_log import Sent

MINIMAL: Properties = {"domainId": "dom_help", "mark": "pulumi:p/s/minimal"}
TITLE, PIN, MARK = "A title to hide", "pin 0451-7788", "pulumi:p/s/hidden"
SECRETS: Properties = {
    "domainId": "dom_help",
    "linkTitle": secret(TITLE),
    "meta": {"team": "support", "door": {"pin": secret(PIN), "floor": 2}},
    "mark": secret(MARK),
}
COMPUTED = {
    "linkId",
    "linkUrl",
    "linkType",
    "linkTitle",
    "linkReusable",
    "linkProviderType",
    "linkProviderId",
    "linkProviderRef",
    "meta",
    "createdAt",
    "creator",
    "project",
    "domain",
}


@pytest.fixture
def plugin(userplane: Emulator, one_of_each: Mapping[Door, Host]) -> PluginHost:
    """The plugin; its properties have the names that all languages but Python use."""
    process = one_of_each["plugin"].process
    assert isinstance(process, PluginHost)
    return process.with_own_names()


def create(plugin: PluginHost, declared: Properties) -> State:
    """Checks and creates, as the engine does."""
    inputs, failures = plugin.check(declared, {})
    assert failures == []
    return plugin.create(inputs)


def find_plaintext(value: Any) -> Iterator[str]:
    """Returns the texts that are not marked as secrets."""
    if isinstance(value, dict) and value.keys() == secret("").keys():
        return
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from find_plaintext(inner)


def assert_hidden(*shown: Any) -> None:
    """Fails where the secrets can be read."""
    for text in (text for value in shown for text in find_plaintext(value)):
        assert not [hidden for hidden in (TITLE, PIN, MARK) if hidden in text], text


def test_previews_send_nothing_and_show_what_is_declared(plugin: PluginHost, sent: Sent) -> None:
    inputs = plugin.check({**MINIMAL, "linkTitle": "Help"}, {}).inputs
    foreseen = plugin.preview_create(inputs)
    assert foreseen == {**dict.fromkeys(COMPUTED, UNKNOWN), **inputs}
    assert sent() == []

    made = plugin.create(inputs)
    sent()
    news = plugin.check({**MINIMAL, "linkTitle": "Other", "meta": {"n": 5}}, made.inputs).inputs
    assert plugin.diff(made, news).details == {"linkTitle": "UPDATE", "meta": "ADD"}
    foreseen = plugin.preview_update(made, news)
    assert {key: foreseen[key] for key in news} == news
    assert (foreseen["linkId"], foreseen["linkUrl"]) == (made.id, made.outputs["linkUrl"])
    assert sent() == []
    assert {key: value for key, value in plugin.update(made, news).outputs.items() if foreseen[key] != value} == {}
    assert [method for method, _ in sent()] == ["PUT"]


def test_previews_of_adoption_and_replacement_send_nothing(userplane: Emulator, plugin: PluginHost, sent: Sent) -> None:
    there = userplane.add_link(domainId="dom_help")["linkId"]
    made = create(plugin, MINIMAL)
    sent()

    adopting = plugin.check({**MINIMAL, "mark": "pulumi:p/s/adopting", "adopt": there}, {}).inputs
    assert "adopt" not in plugin.preview_create(adopting)
    elsewhere = plugin.check({**MINIMAL, "domainId": "dom_app"}, made.inputs).inputs
    difference = plugin.diff(made, elsewhere)
    assert (difference.replaces, difference.details) == (["domainId"], {"domainId": "UPDATE_REPLACE"})
    again = plugin.check({**MINIMAL, "domainId": "dom_app"}, {}).inputs
    assert plugin.preview_create(again)["domainId"] == "dom_app"

    assert sent() == []


def test_previews_take_and_show_unknown_values(plugin: PluginHost, sent: Sent) -> None:
    unknown = {
        "domainId": UNKNOWN,
        "linkTitle": secret(UNKNOWN),
        "meta": {"team": UNKNOWN, "list": [1, {"deep": UNKNOWN}], "pin": secret(PIN)},
        "mark": "pulumi:p/s/unknown",
    }
    inputs, failures = plugin.check(unknown, {})
    assert failures == []
    assert {key: inputs[key] for key in unknown} == unknown
    foreseen = plugin.preview_create(inputs)
    assert {key: foreseen[key] for key in unknown} == unknown

    made = create(plugin, MINIMAL)
    sent()
    news = plugin.check({**MINIMAL, **unknown, "mark": MINIMAL["mark"], "domainId": "dom_help"}, made.inputs).inputs
    assert plugin.diff(made, news).details == {"linkTitle": "ADD", "meta": "ADD"}
    foreseen = plugin.preview_update(made, news)
    assert (foreseen["linkTitle"], foreseen["meta"]) == (unknown["linkTitle"], unknown["meta"])
    assert sent() == []


def test_mark_is_made_of_the_urn_and_names_the_posts_reference(plugin: PluginHost, sent: Sent) -> None:
    made = create(plugin, {"domainId": "dom_help"})

    assert made.inputs == {"domainId": "dom_help", "workspaceId": "ws_demo", "mark": "pulumi:p/s/link"}
    [(_, body)] = sent()
    assert body["linkReference"].startswith("pulumi:p/s/link#")
    plugin.delete(made)


def test_secrets_stay_secret_through_a_life(userplane: Emulator, plugin: PluginHost) -> None:
    inputs = plugin.check(SECRETS, {}).inputs
    assert {key: inputs[key] for key in SECRETS} == SECRETS
    made = plugin.create(inputs)
    assert made.outputs["linkTitle"] == secret(TITLE)
    assert made.outputs["meta"] == SECRETS["meta"]
    # It begins with the mark.
    assert made.outputs["linkProviderRef"].keys() == secret("").keys()
    assert_hidden(plugin.preview_create(inputs), made.outputs)

    userplane.edit_link(made.id, linkTitle=f"{TITLE}!", meta={"team": "sales", "door": {"pin": PIN, "floor": 2}})
    read = plugin.read(made)
    assert (read.inputs["linkTitle"], read.outputs["linkTitle"]) == (secret(f"{TITLE}!"), secret(f"{TITLE}!"))
    assert read.outputs["meta"] == read.inputs["meta"] == {"team": "sales", "door": SECRETS["meta"]["door"]}
    assert_hidden(read.inputs, read.outputs)

    difference = plugin.diff(read, inputs)
    assert difference.details == {"linkTitle": "UPDATE", "meta.team": "UPDATE"}
    repaired = plugin.update(read, inputs)
    assert repaired.outputs == made.outputs
    assert_hidden(plugin.preview_update(read, inputs), repaired.outputs)


def test_value_that_becomes_a_secret_leaves_the_state_without_a_request(plugin: PluginHost, sent: Sent) -> None:
    shown = {**SECRETS, "linkTitle": TITLE, "meta": {"door": {"pin": PIN, "floor": 2}}}
    made = create(plugin, shown)
    sent()

    for hidden in ({"linkTitle": SECRETS["linkTitle"]}, {"meta": {"door": SECRETS["meta"]["door"]}}):
        inputs = plugin.check({**shown, **hidden}, made.inputs).inputs
        assert plugin.diff(made, inputs).changes
        made = plugin.update(made, inputs)
        assert not plugin.diff(made, inputs).changes
        shown.update(hidden)

    assert_hidden(made.inputs, made.outputs)
    assert plugin.diff(made, plugin.check({**shown, "linkTitle": TITLE}, made.inputs).inputs).changes is False
    assert sent() == []


def test_field_is_as_secret_as_it_is_declared_last(plugin: PluginHost) -> None:
    made = create(plugin, SECRETS)
    shown = {**SECRETS, "linkTitle": "Other", "mark": MARK}
    inputs = plugin.check(shown, made.inputs).inputs
    assert (inputs["linkTitle"], inputs["mark"]) == ("Other", MARK)
    assert plugin.update(made, inputs).outputs["linkTitle"] == "Other"

    undeclared = {key: value for key, value in SECRETS.items() if key != "linkTitle"}
    inputs = plugin.check(undeclared, made.inputs).inputs
    left = plugin.update(made, inputs)
    assert left.outputs["linkTitle"] == secret(TITLE)
    assert_hidden(inputs, left.outputs)


@pytest.mark.parametrize("message", [f"title {TITLE!r}", f"{PIN} in meta", f"reference {MARK}#0", "key uspl_demo_key"])
def test_error_is_one_line_without_secrets_when_the_servers_words_repeat_them(
    userplane: Emulator, plugin: PluginHost, message: str
) -> None:
    message = message.replace("uspl_demo_key", userplane.api_key)
    made = create(plugin, SECRETS)
    changed = plugin.check({**SECRETS, "linkReusable": True}, made.inputs).inputs
    again = plugin.check(SECRETS, {}).inputs
    attempts: dict[str, Callable[[], object]] = {
        "POST": lambda: plugin.create(again),
        "GET": lambda: plugin.read(made),
        "PUT": lambda: plugin.update(made, changed),
        "DELETE": lambda: plugin.delete(made),
    }
    for method, attempt in attempts.items():
        userplane.fault(method=method, path="links", answer="status", status=422, code="ODD", message=message)
        with pytest.raises(HostError, match="failed: 422 ODD") as failed:
            attempt()
        line = str(failed.value)
        assert "\n" not in line
        assert userplane.api_key not in line
        assert_hidden(line)
    assert_hidden(*(request.message for request in plugin.shown if urn_of(SECRETS) == request.urn))


def test_messages_stand_at_their_resource(userplane: Emulator, plugin: PluginHost) -> None:
    userplane.set_behaviours(trim_text=True)
    before = len(plugin.shown)

    def make(number: int) -> State:
        return create(plugin, {**MINIMAL, "mark": f"pulumi:p/s/{number}", "linkTitle": f" {number} "})

    with ThreadPoolExecutor(8) as engine:
        made = list(engine.map(make, range(8)))

    said = {request.urn: request for request in plugin.shown[before:]}
    assert said.keys() == {urn_of(link.inputs) for link in made}
    for link in made:
        warning = said[urn_of(link.inputs)]
        assert warning.severity == LogSeverity.WARNING
        assert link.id in warning.message
        assert "the server stored linkTitle in another form" in warning.message


def test_key_and_store_come_back_secret_however_they_are_given(plugin: PluginHost) -> None:
    given = {"apiKey": "uspl_canary", "limitStore": "redis://user:pa55w0rd@127.0.0.1/0", "workspaceId": "ws_demo"}

    for settings in (given, {**given, "apiKey": secret("uspl_canary")}):
        checked, problems = plugin.check_config(settings)
        assert problems == []
        assert checked == {**given, "apiKey": secret("uspl_canary"), "limitStore": secret(given["limitStore"])}


@pytest.mark.parametrize(("provider", "prefix"), [("mine", ""), ("default_1_0_0", "userplane:")])
def test_wrong_settings_are_named_all_at_once(plugin: PluginHost, provider: str, prefix: str) -> None:
    wrong = {
        "apiKey": secret("uspl canary"),
        "baseUrl": "http://api.userplane.io/api/v1",
        "markLinks": "perhaps",
        "requestsPerMinute": "99999999999",
        "workspace": "ws_demo",
    }

    _, problems = plugin.check_config(wrong, provider)

    assert len(problems) == len(wrong)
    for name in wrong:
        [line] = [line for line in problems if f"{prefix}{name}" in line]
        assert "\n" not in line
    assert "uspl canary" not in json.dumps(problems)


def test_wrong_inputs_are_named_all_at_once_in_camel_case(plugin: PluginHost) -> None:
    wrong = {
        "link_title": "x",
        "linkReusable": "yes",
        "linkProviderType": "zendesc",
        "meta": [],
        "linkTitle": 256 * "x",
    }

    _, failures = plugin.check(wrong, {})

    assert {place for place, _ in failures} == {""}
    assert [reason.split(":")[0] for _, reason in failures] == [
        "'link_title'",
        "domainId",
        "linkReusable",
        "linkProviderType",
        "meta",
        "linkTitle",
    ]


def test_look_ups_return_camel_case_and_fail_with_one_line(userplane: Emulator, plugin: PluginHost) -> None:
    link_id = userplane.add_link(domainId="dom_help", linkTitle="Help", meta={"snake_case": 1})["linkId"]

    found = plugin.invoke("getRecordingLink", linkId=link_id)
    assert (found["linkId"], found["linkTitle"], found["meta"]) == (link_id, "Help", {"snake_case": 1})
    assert found["creator"].keys() == {"workspaceMemberId", "name"}
    assert plugin.invoke("getDomain", url="help.acme.example")["domainId"] == "dom_help"

    for function, arguments in (("getDomain", {"url": "nope.example"}), ("getRecordingLink", {"linkId": "lnk_nope"})):
        with pytest.raises(HostError) as failed:
            plugin.invoke(function, **arguments)
        assert "\n" not in str(failed.value)
