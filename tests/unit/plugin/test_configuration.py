"""The settings of a provider of the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pulumi.runtime.proto import provider_pb2 as protocol

from tests.unit.plugin.conftest import DEFAULT_PROVIDER_URN, PROVIDER_URN, SIGNATURE, UNKNOWN, secret, struct

if TYPE_CHECKING:
    from tests.unit.plugin.conftest import Plugin


NO_KEY = (
    "no API key is set; create one at https://dash.userplane.io/_/account?tab=developers and set it with "
    "`pulumi config set --secret userplane:apiKey`, the variable USERPLANE_API_KEY, or apiKey of userplane.Provider"
)
NO_KEY_IN_PROGRAM = (
    "no API key is set; create one at https://dash.userplane.io/_/account?tab=developers and set it with "
    "apiKey of this provider in the program, or the variable USERPLANE_API_KEY"
)
MALFORMED = "refresh is malformed: it must be auto or single; correct it in the program"
MALFORMED_IN_STACK = (
    "userplane:refresh in the stack's configuration is malformed: it must be auto or single; "
    "correct it with `pulumi config set userplane:refresh`"
)


def _check(plugin: Plugin, settings: dict[str, Any], urn: str = PROVIDER_URN) -> dict[str, Any]:
    return plugin.call("CheckConfig", protocol.CheckRequest(urn=urn, news=struct(settings)))


def _problems(plugin: Plugin, settings: dict[str, Any], urn: str = PROVIDER_URN) -> list[str]:
    return [failure["reason"] for failure in _check(plugin, settings, urn).get("failures", [])]


def test_right_settings_of_every_type_pass(plugin: Plugin) -> None:
    settings = {
        "apiKey": secret("uspl_demo"),
        "requestsPerMinute": "60",
        "requestsPerDay": 5.0,
        "markLinks": False,
        "extraProviderTypes": ["one", "two"],
        "limitStoreRequired": "true",
        "refresh": None,
        "version": "0.1.0",
        "__internal": {},
    }
    assert _problems(plugin, settings) == []


def test_every_wrong_setting_of_a_provider_is_named(plugin: Plugin) -> None:
    settings = {
        "apiKey": "uspl_demo",
        "refresh": "nix",
        "requestsPerMinute": "many",
        "workspaceId": " ",
        "apikee": "x",
        "colour": "red",
    }
    assert _problems(plugin, settings) == [
        "'apikee' is not a setting; did you mean 'apiKey'?",
        "'colour' is not a setting; remove it",
        "workspaceId is empty; give it a value, or leave it out to use the environment",
        "requestsPerMinute is malformed: it must be a whole number, 0 for no limit; correct it in the program",
        MALFORMED,
    ]


def test_missing_key_of_a_provider_of_the_program_is_to_be_set_there(plugin: Plugin) -> None:
    assert _problems(plugin, {}) == [NO_KEY_IN_PROGRAM]


def test_file_as_a_setting_is_named(plugin: Plugin) -> None:
    file = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "path": "key.txt"}
    problem = "is malformed: it holds a file, which is not the value of a setting; correct it in the program"
    settings = {"apiKey": file, "extraProviderTypes": ["one", file]}
    assert _problems(plugin, settings) == [f"apiKey {problem}", f"extraProviderTypes {problem}"]


def test_every_wrong_setting_of_a_stack_is_named_with_its_command(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERPLANE_META_FIELD", "x")
    settings = {"refresh": "nix", "workspaceId": "", "requestPerMinute": "5", "api_key": "uspl_demo"}
    assert _problems(plugin, settings, DEFAULT_PROVIDER_URN) == [
        "'userplane:api_key' is not a setting; did you mean 'userplane:apiKey'?",
        "'userplane:requestPerMinute' is not a setting; did you mean 'userplane:requestsPerMinute'?",
        NO_KEY,
        MALFORMED_IN_STACK,
        "USERPLANE_META_FIELD is malformed: it must be meta or linkMeta; correct it",
    ]


@pytest.mark.parametrize("name", ["default-eu", "default_eu", "defaults"])
def test_provider_of_a_program_may_have_a_name_that_begins_with_default(plugin: Plugin, name: str) -> None:
    urn = PROVIDER_URN.replace("mine", name)
    assert _problems(plugin, {"apiKey": "uspl_demo", "refresh": "x"}, urn) == [MALFORMED]
    default = PROVIDER_URN.replace("mine", "default")
    assert _problems(plugin, {"apiKey": "uspl_demo", "refresh": "x"}, default) == [MALFORMED_IN_STACK]


def test_project_called_userplane_may_have_configuration_of_its_own(plugin: Plugin) -> None:
    assert _problems(plugin, {"apiKey": "uspl_demo", "colour": "red", "title": "Help"}, DEFAULT_PROVIDER_URN) == []


def test_key_may_come_from_the_environment_or_be_unknown_yet(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _problems(plugin, {"apiKey": UNKNOWN, "refresh": UNKNOWN, "extraProviderTypes": [UNKNOWN, "x"]}) == []
    monkeypatch.setenv("USERPLANE_API_KEY", "uspl_demo")
    assert _problems(plugin, {}) == []


def test_output_in_a_text_is_named(plugin: Plugin) -> None:
    text = "Calling __str__ on an Output[T] is not supported"
    [problem] = _problems(plugin, {"apiKey": "uspl_demo", "workspaceId": f"ws{text}"})
    assert problem.startswith("the setting workspaceId contains an Output as text")


def test_key_and_store_are_secrets_however_they_were_given(plugin: Plugin) -> None:
    settings = {
        "apiKey": "uspl_demo",
        "limitStore": "redis://127.0.0.1",
        "refresh": secret("auto"),
        "metaField": "meta",
    }
    assert _check(plugin, settings)["inputs"] == {
        **settings,
        "apiKey": secret("uspl_demo"),
        "limitStore": secret("redis://127.0.0.1"),
    }


def test_changed_setting_never_replaces_the_provider(plugin: Plugin) -> None:
    def compare(news: dict[str, Any]) -> dict[str, Any]:
        olds = {"apiKey": secret("uspl_1"), "baseUrl": "https://a.example"}
        return plugin.call("DiffConfig", protocol.DiffRequest(olds=struct(olds), news=struct(news)))

    assert compare({"apiKey": secret("uspl_1"), "baseUrl": "https://a.example"}) == {"changes": "DIFF_NONE"}
    assert compare({"apiKey": secret("uspl_2"), "baseUrl": "https://b.example"}) == {"changes": "DIFF_SOME"}
