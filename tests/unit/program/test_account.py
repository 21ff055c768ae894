"""What an explicit account sends to the engine, and what it takes from the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from pulumi_userplane import ProgramError, Provider

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.conftest import Program


def test_provider_sends_settings_as_text_and_secrets_as_such(program: Program) -> None:
    def declare() -> None:
        acct = Provider(
            "acct",
            api_key="uspl_a",
            workspace_id="ws_a",
            base_url="https://a",
            refresh="single",
            mark_links=False,
            meta_field="linkMeta",
            limit_store="rediss://:hunter22@cache",
            limit_store_required=False,
            extra_provider_types=["fax", "telex"],
        )
        assert acct.get_settings()["userplane:apiKey"] == "uspl_a"
        acct.get_settings().clear()
        assert acct.get_settings()

    program.run(declare)
    assert program.resource("acct").typ == "pulumi:providers:pulumi-python"
    assert program.inputs("acct") == {
        "userplane:apiKey": "uspl_a",
        "userplane:workspaceId": "ws_a",
        "userplane:baseUrl": "https://a",
        "userplane:refresh": "single",
        "userplane:markLinks": "false",
        "userplane:metaField": "linkMeta",
        "userplane:limitStore": "rediss://:hunter22@cache",
        "userplane:limitStoreRequired": "false",
        "userplane:extraProviderTypes": '["fax", "telex"]',
    }
    assert program.secrets("acct") == {"userplane:apiKey", "userplane:limitStore"}


@pytest.mark.parametrize(
    ("argument", "value", "key", "text"),
    [
        ("mark_links", False, "userplane:markLinks", "false"),
        ("extra_provider_types", ["fax"], "userplane:extraProviderTypes", '["fax"]'),
        ("meta_field", "meta", "userplane:metaField", "meta"),
    ],
)
def test_provider_sends_setting_as_text_when_it_is_output(
    program: Program, argument: str, value: Any, key: str, text: str
) -> None:
    def declare() -> None:
        settings: dict[str, Any] = {argument: pulumi.Output.from_input(value)}
        Provider("acct", **settings)

    program.run(declare)
    assert program.inputs("acct") == {key: text}


@pytest.mark.parametrize("output", [pulumi.Output.from_input, pulumi.Output.secret])
def test_provider_sends_key_as_secret_when_it_is_output(
    program: Program, output: Callable[[str], pulumi.Output[str]]
) -> None:
    program.run(lambda: Provider("acct", api_key=output("uspl_a")))
    assert program.inputs("acct") == {"userplane:apiKey": "uspl_a"}
    assert program.secrets("acct") == {"userplane:apiKey"}


def test_provider_uses_stack_configuration_when_setting_is_left_out(program: Program) -> None:
    stack = {"userplane:apiKey": "uspl_stack", "userplane:workspaceId": "ws_stack", "userplane:markLinks": "false"}
    program.run(lambda: Provider("acct", api_key="uspl_own", mark_links=True), config=stack)
    assert program.inputs("acct") == {
        "userplane:apiKey": "uspl_own",
        "userplane:workspaceId": "ws_stack",
        "userplane:markLinks": "true",
    }


@pytest.mark.parametrize("given", [lambda text: text, pulumi.Output.from_input, pulumi.Output.secret])
def test_provider_sends_limit_store_as_secret_however_it_is_given(
    program: Program, given: Callable[[str], pulumi.Input[str]]
) -> None:
    program.run(lambda: Provider("acct", limit_store=given("redis://:hunter22@cache")))
    assert program.secrets("acct") == {"userplane:limitStore"}


def test_provider_sends_limit_store_of_stack_as_secret(program: Program) -> None:
    program.run(lambda: Provider("acct"), config={"userplane:limitStore": "redis://:hunter22@cache"})
    assert program.secrets("acct") == {"userplane:limitStore"}


def test_provider_shows_nothing_of_limit_store_when_it_is_malformed(program: Program) -> None:
    with pytest.raises(ProgramError) as refused:
        program.run(lambda: Provider("acct", limit_store="redis://:hunter22@cache:port"))
    assert str(refused.value).startswith("provider 'acct': limit_store is malformed: it is not an address of Redis")
    assert "hunter" not in str(refused.value)


def test_provider_sends_nothing_when_nothing_is_set(program: Program) -> None:
    program.run(lambda: Provider("acct"))
    assert program.inputs("acct") == {}
    assert program.secrets("acct") == set()


@pytest.mark.parametrize("given", [lambda value: value, pulumi.Output.from_input])
def test_provider_sends_whole_number_when_it_is_float(program: Program, given: Callable[[Any], Any]) -> None:
    # The engine's numbers are floats.
    program.run(lambda: Provider("acct", requests_per_minute=given(6000.0), requests_per_day=given(1_000_000)))
    assert program.inputs("acct") == {"userplane:requestsPerMinute": "6000", "userplane:requestsPerDay": "1000000"}


def test_provider_takes_output_as_not_set_when_its_value_is_none(program: Program) -> None:
    program.run(lambda: Provider("acct", api_key="uspl_a", workspace_id=pulumi.Output.from_input(None)))  # type: ignore[arg-type] # what an untyped program may do
    assert program.inputs("acct")["userplane:workspaceId"] == ""


TEXTS = ["api_key", "workspace_id", "base_url", "refresh", "meta_field", "extra_provider_types"]


@pytest.mark.parametrize("argument", TEXTS)
@pytest.mark.parametrize("empty", ["", " \n"])
def test_provider_fails_when_text_is_empty(program: Program, argument: str, empty: str) -> None:
    settings: dict[str, Any] = {argument: empty}
    configured = {"userplane:apiKey": "uspl_stack", "userplane:workspaceId": "ws_stack"}
    with pytest.raises(ProgramError) as refused:
        program.run(lambda: Provider("acme", **settings), config=configured)
    assert str(refused.value) == (
        f"provider 'acme': {argument} is empty; give it a value, or leave it out to use the stack's configuration or "
        "the environment"
    )
    assert program.registered == []


@pytest.mark.parametrize("output", [pulumi.Output.from_input, pulumi.Output.secret])
def test_provider_fails_when_value_of_output_is_empty(
    program: Program, output: Callable[[str], pulumi.Output[str]]
) -> None:
    with pytest.raises(ProgramError, match="provider 'acme': api_key is empty"):
        program.run(lambda: Provider("acme", api_key=output("")), config={"userplane:apiKey": "uspl_stack"})
    assert program.registered == []


@pytest.mark.parametrize(
    ("argument", "value", "says"),
    [
        ("api_key", "uspl hunter22", "the API key is empty or holds characters that no key has: copy it again"),
        ("base_url", "http://api.example", "the base URL must begin with https://"),
        ("refresh", "hunter22", "it must be auto or single"),
        ("requests_per_minute", 100_001, "it must be at most 100,000, 0 for no limit"),
        pytest.param("requests_per_minute", 10**5000, "it must be at most 100,000, 0 for no limit", id="huge"),
        pytest.param("requests_per_day", 10**5000, "it must be at most 10,000,000, 0 for no limit", id="huge a day"),
        ("requests_per_day", 1e300, "it must be at most 10,000,000, 0 for no limit"),
        pytest.param(
            "requests_per_day", -(10**5000), "it must be a whole number, 0 for no limit", id="hugely negative"
        ),
        ("requests_per_day", 60.5, "it must be a whole number, 0 for no limit"),
        ("requests_per_day", float("inf"), "it must be a whole number, 0 for no limit"),
        ("requests_per_day", float("nan"), "it must be a whole number, 0 for no limit"),
        ("requests_per_day", True, "it must be a whole number, 0 for no limit"),
    ],
)
@pytest.mark.parametrize("given", [lambda value: value, pulumi.Output.from_input])
def test_provider_fails_when_setting_is_malformed(
    program: Program, argument: str, value: Any, says: str, given: Callable[[str], Any]
) -> None:
    with pytest.raises(ProgramError) as refused:
        program.run(lambda: Provider("acme", **{argument: given(value)}))
    assert f"provider 'acme': {argument} is malformed: {says}" in str(refused.value)
    assert str(refused.value).endswith(f"; correct {argument}= of this Provider")
    assert "hunter22" not in str(refused.value)
    assert program.registered == []


def test_provider_uses_stack_configuration_when_value_of_output_is_none(program: Program) -> None:
    stack = {"userplane:workspaceId": "ws_stack", "userplane:apiKey": ""}
    none: Any = pulumi.Output.from_input(None)
    program.run(lambda: Provider("acct", workspace_id=none, base_url=None), config=stack)
    assert program.inputs("acct") == {"userplane:workspaceId": "ws_stack", "userplane:apiKey": ""}


def test_provider_keeps_mappings_when_options_change_later(program: Program) -> None:
    mappings = {"ACME_KEY": "USERPLANE_API_KEY"}

    def declare() -> None:
        account = Provider("acct", opts=pulumi.ResourceOptions(env_var_mappings=mappings))
        mappings.clear()
        assert account.map_environ({"ACME_KEY": "uspl_a", "OTHER": "b"}) == {
            "ACME_KEY": "uspl_a",
            "OTHER": "b",
            "USERPLANE_API_KEY": "uspl_a",
        }
        assert Provider("bare").map_environ({"ACME_KEY": "uspl_a"}) == {"ACME_KEY": "uspl_a"}

    program.run(declare)
