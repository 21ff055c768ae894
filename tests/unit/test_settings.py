"""Where settings come from, and what is said about one that is malformed or missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.store_address import StoreAddress
from pulumi_userplane.settings import API_KEY, LIMIT_STORE, SECRETS, SETTINGS, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.setting import Setting

DEFAULTS: dict[str, Any] = {
    "api_key": None,
    "workspace_id": None,
    "base_url": "https://api.userplane.io/api/v1",
    "requests_per_minute": 120,
    "requests_per_day": 10_000,
    "refresh": "auto",
    "mark_links": True,
    "look_for_interrupted": "auto",
    "meta_field": "meta",
    "limit_store": None,
    "limit_store_required": True,
    "extra_provider_types": (),
}
# argument: (config key, variable, text in the config, its value, text in the environment, its value)
WAYS: dict[str, tuple[str, str, str, Any, str, Any]] = {
    "api_key": ("userplane:apiKey", "USERPLANE_API_KEY", " uspl_a\n", "uspl_a", "uspl_b", "uspl_b"),
    "workspace_id": ("userplane:workspaceId", "USERPLANE_WORKSPACE_ID", "ws_a ", "ws_a", "ws_b", "ws_b"),
    "base_url": ("userplane:baseUrl", "USERPLANE_BASE_URL", "https://a/v1/", "https://a/v1", "https://b", "https://b"),
    "requests_per_minute": (
        "userplane:requestsPerMinute",
        "USERPLANE_REQUESTS_PER_MINUTE",
        " 60 ",
        60,
        "0",
        0,
    ),
    "requests_per_day": ("userplane:requestsPerDay", "USERPLANE_REQUESTS_PER_DAY", "5000", 5000, "0", 0),
    "refresh": ("userplane:refresh", "USERPLANE_REFRESH", " single", "single", "single", "single"),
    "mark_links": ("userplane:markLinks", "USERPLANE_MARK_LINKS", "True", True, "false", False),
    "look_for_interrupted": (
        "userplane:lookForInterrupted",
        "USERPLANE_LOOK_FOR_INTERRUPTED",
        "never",
        "never",
        " auto",
        "auto",
    ),
    "meta_field": ("userplane:metaField", "USERPLANE_META_FIELD", "linkMeta", "linkMeta", "meta", "meta"),
    "limit_store": (
        "userplane:limitStore",
        "USERPLANE_LIMIT_STORE",
        " redis://h ",
        StoreAddress("h", 6379),
        "unix:///run/s",
        StoreAddress("", 6379, "/run/s"),
    ),
    "limit_store_required": (
        "userplane:limitStoreRequired",
        "USERPLANE_LIMIT_STORE_REQUIRED",
        "False",
        False,
        "false",
        False,
    ),
    "extra_provider_types": (
        "userplane:extraProviderTypes",
        "USERPLANE_EXTRA_PROVIDER_TYPES",
        '["fax", " telex "]',
        ("fax", "telex"),
        " fax,, telex ",
        ("fax", "telex"),
    ),
}


def read(configured: Mapping[str, str | None], environ: Mapping[str, str] | None = None) -> Settings:
    return Settings.read(configured.get, environ)


def test_settings_are_the_defaults_when_nothing_is_set() -> None:
    assert vars(read({}, {})) == DEFAULTS
    assert [setting.argument for setting in SETTINGS] == list(DEFAULTS) == list(WAYS)


@pytest.mark.parametrize("argument", WAYS)
def test_setting_comes_from_configuration_before_environment_before_default(argument: str) -> None:
    key, variable, configured, configured_value, from_environment, environment_value = WAYS[argument]
    assert vars(read({}, {variable: from_environment})) == {**DEFAULTS, argument: environment_value}
    for environ in ({}, {variable: from_environment}, {variable: "\n"}):
        assert vars(read({key: configured}, environ)) == {**DEFAULTS, argument: configured_value}
    for empty in ({key: ""}, {variable: ""}):
        assert vars(read(empty, empty)) == DEFAULTS


def test_settings_use_environment_of_process_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERPLANE_WORKSPACE_ID", "ws_a")
    assert read({}).workspace_id == "ws_a"


@pytest.mark.parametrize(
    ("argument", "text", "what"),
    [
        ("api_key", "uspl hunter22", "holds characters that no key has"),
        ("api_key", "uspl_hunter22\nX: y", "holds characters that no key has"),
        ("workspace_id", "..", "it is not an id"),
        ("requests_per_minute", "-1", "it must be a whole number, 0 for no limit"),
        ("requests_per_day", "hunter22", "it must be a whole number, 0 for no limit"),
        ("requests_per_minute", "1.5", "it must be a whole number, 0 for no limit"),
        ("requests_per_minute", "100001", "it must be at most 100,000, 0 for no limit"),
        ("requests_per_minute", "99999999999999999999", "it must be at most 100,000, 0 for no limit"),
        pytest.param("requests_per_minute", "9" * 5000, "it must be at most 100,000, 0 for no limit", id="5000 digits"),
        ("requests_per_day", "10000001", "it must be at most 10,000,000, 0 for no limit"),
        ("workspace_id", "a\nhunter22", "it is not an id"),
        ("base_url", "http://hunter22", "must begin with https://"),
        ("base_url", "https://u:hunter22@h", "must not hold a user"),
        ("refresh", "hunter22", "it must be auto or single"),
        ("look_for_interrupted", "hunter22", "it must be auto or never"),
        ("mark_links", "hunter22", "it must be true or false"),
        ("mark_links", "0", "it must be true or false"),
        ("limit_store", "hunter22", "it is not an address of Redis or Valkey"),
        ("limit_store", "redis://:hunter22@host:port", "it is not an address of Redis or Valkey"),
        ("limit_store_required", "hunter22", "it must be true or false"),
        ("meta_field", "hunter22", "it must be meta or linkMeta"),
        ("extra_provider_types", "[hunter22", "it must be"),
        ("extra_provider_types", '["hunter22"', "it must be"),
    ],
)
@pytest.mark.parametrize("configured", [True, False])
def test_malformed_setting_says_where_it_came_from(argument: str, text: str, what: str, configured: bool) -> None:
    key, variable, *_ = WAYS[argument]
    with pytest.raises(ConfigurationError) as caught:
        read({key: text if configured else None}, {variable: text})
    said = str(caught.value)
    origin = f"{key} in the stack's configuration" if configured else variable
    assert said.startswith(f"{origin} is malformed: ")
    assert what in said
    secret = "--secret " if argument in {"api_key", "limit_store"} else ""
    assert said.endswith(f"; correct it with `pulumi config set {secret}{key}`" if configured else "; correct it")
    assert "hunter22" not in said or argument == "base_url"
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


@pytest.mark.parametrize(
    ("argument", "text", "number"),
    [
        ("requests_per_minute", "6000", 6_000),
        ("requests_per_minute", "100000", 100_000),
        pytest.param("requests_per_minute", "0" * 5000 + "60", 60, id="5000 zeros"),
        ("requests_per_minute", "000", 0),
        ("requests_per_day", "1000000", 1_000_000),
        ("requests_per_day", "10000000", 10_000_000),
    ],
)
def test_number_is_read_when_it_is_within_its_bounds(argument: str, text: str, number: int) -> None:
    key, variable, *_ = WAYS[argument]
    assert vars(read({key: text}, {}))[argument] == vars(read({}, {variable: text}))[argument] == number


@pytest.mark.parametrize("argument", WAYS)
def test_setting_says_what_to_write_when_it_contains_output(argument: str) -> None:
    key, *_ = WAYS[argument]
    with pytest.raises(ConfigurationError) as caught:
        read({key: "a Calling __str__ on an Output[T] is not supported.\n\nTo get"})
    assert str(caught.value) == (
        f"the setting {argument} contains an Output as text instead of its value: write the text with "
        "pulumi.Output.format in Python, pulumi.interpolate in TypeScript, pulumi.Sprintf in Go, Output.Format in C#, "
        "or Output.format in Java"
    )


def test_missing_key_says_where_to_create_one_and_how_to_set_it() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read({}, {}).make_client(print)
    assert str(caught.value) == (
        "no API key is set; create one at https://dash.userplane.io/_/account?tab=developers and set it with "
        "`pulumi config set --secret userplane:apiKey`, the variable USERPLANE_API_KEY, "
        "or api_key= of userplane.Provider"
    )


def test_missing_workspace_says_how_to_set_it() -> None:
    with pytest.raises(ConfigurationError, match="no workspace is set; set it with workspace_id= of the link, `pulumi"):
        read({}, {}).require_workspace_id()


def test_repr_of_settings_and_client_hides_secrets() -> None:
    settings = read({"userplane:apiKey": "uspl_canary", "userplane:limitStore": "rediss://u:canary@h"}, {})
    assert "canary" not in repr(settings) + repr(settings.make_client(print))


@pytest.mark.parametrize(
    ("setting", "what"),
    [(API_KEY, "revoke this key"), (LIMIT_STORE, "change its password")],
    ids=lambda value: str(value)[:20],
)
def test_plaintext_secret_says_how_to_make_it_one(setting: Setting, what: str) -> None:
    assert setting in SECRETS
    assert str(setting.plaintext_error) == (
        f"{setting.config_key} is configured in plaintext, and Pulumi would write it into the state unencrypted; "
        f"run `pulumi config set --secret {setting.config_key}`; {what} if a state or repository already holds it"
    )


def test_client_shares_the_limit_store_of_its_settings() -> None:
    configured = {"userplane:apiKey": "uspl_a", "userplane:limitStore": "redis://h"}
    assert read(configured, {}).make_client(print).limit_store is not None
    assert read({"userplane:apiKey": "uspl_a"}, {}).make_client(print).limit_store is None
