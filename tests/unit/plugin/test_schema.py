"""What the plugin takes and returns is what its schema says."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.runtime.proto import provider_pb2 as protocol

from scripts.schema import build_schema
from tests.unit.plugin.conftest import DEFAULT_PROVIDER_URN, PROVIDER_URN, Aborted, struct

if TYPE_CHECKING:
    from tests.unit.plugin.conftest import Plugin

_jsonschema = import_module("jsonschema_rs")

SCHEMA = build_schema()
LINK = SCHEMA["resources"]["userplane:index:RecordingLink"]
FUNCTIONS = {token.removeprefix("userplane:index:"): function for token, function in SCHEMA["functions"].items()}
ALL_FIELDS = {
    "linkTitle": "Help",
    "linkReusable": False,
    "linkProviderType": "zendesk",
    "linkProviderId": "7",
    "linkProviderRef": "r",
    "meta": {"n": 1},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "getDomain": {"domainId": "dom_help"},
    "getProject": {"default": True},
}


@pytest.mark.parametrize("declared", [{}, ALL_FIELDS])
def test_link_is_recorded_and_imported_as_the_schema_says(plugin: Plugin, declared: dict[str, Any]) -> None:
    link_id, outputs = plugin.create({"domainId": "dom_help", **declared})
    assert find_deviations(outputs, LINK) == []
    imported = plugin.read(link_id, {}, {})
    assert find_deviations(imported["properties"], LINK) == []
    inputs = {"properties": LINK["inputProperties"], "required": LINK["requiredInputs"]}
    assert find_deviations(imported["inputs"], inputs) == []


def test_deviation_is_found_when_there_is_one(plugin: Plugin) -> None:
    _, outputs = plugin.create({"domainId": "dom_help"})
    deviating: list[dict[str, Any]] = [{"linkId": 1}, {"linkUrl": None}, {"creator": {}}, {"new": 1}, {"meta": "text"}]
    for wrong in deviating:
        assert len(find_deviations({**outputs, **wrong}, LINK)) == 1
    assert len(find_deviations({key: value for key, value in outputs.items() if key != "linkUrl"}, LINK)) == 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_returns_what_the_schema_says(plugin: Plugin, name: str) -> None:
    for fields in ({}, ALL_FIELDS):
        link_id, _ = plugin.create({"domainId": "dom_help", "mark": f"mark of {len(fields)} fields", **fields})
        arguments = {"linkId": link_id} if name == "getRecordingLink" else ARGUMENTS.get(name, {})
        found = plugin.invoke(name, **arguments)
        assert find_deviations(found, FUNCTIONS[name]["outputs"]) == []
        assert all(value != [] for value in found.values())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_takes_the_arguments_that_the_schema_says_and_no_others(plugin: Plugin, name: str) -> None:
    for argument in (*FUNCTIONS[name].get("inputs", {}).get("properties", {}), "other"):
        error = ""
        try:
            plugin.invoke(name, **{argument: ["x"]})
        except Aborted as aborted:
            error = str(aborted.args[1])
        assert ("is not an argument" in error) == (argument == "other"), error


@pytest.mark.parametrize("urn", [DEFAULT_PROVIDER_URN, PROVIDER_URN])
def test_provider_takes_the_settings_that_the_schema_says_and_no_others(plugin: Plugin, urn: str) -> None:
    settings = SCHEMA["provider"]["inputProperties"]
    news = struct({name: f"{name} is this" for name in (*settings, "apiKeys")})
    checked = plugin.call("CheckConfig", protocol.CheckRequest(urn=urn, news=news))
    reasons = " ".join(failure["reason"] for failure in checked["failures"])
    assert reasons.count("is not a setting") == 1
    # A secret comes back in an object of its own, and so does each text that holds a secret.
    secret = {name for name, value in checked["inputs"].items() if isinstance(value, dict)}
    assert secret == {name for name, one in settings.items() if one.get("secret")}


def find_deviations(properties: Any, spec: Any) -> list[str]:
    """Returns where properties are not as the schema says; hidden keys of a state are none."""
    shown = {name: value for name, value in properties.items() if not name.startswith("__")}
    errors = _jsonschema.validator_for(_convert({"type": "object", **spec})).iter_errors(shown)
    return [f"{error.instance_path}: {error.message}" for error in errors]


def _convert(spec: Any) -> Any:
    """Returns a type of Pulumi's schema in JSON Schema, where an object may hold nothing else."""
    if "$ref" in spec:
        token = spec["$ref"].removeprefix("#/types/")
        return _convert(SCHEMA["types"][token]) if token in SCHEMA["types"] else {}
    if "oneOf" in spec:
        return {"anyOf": list(map(_convert, spec["oneOf"]))}
    if "enum" in spec:
        return {"enum": [value["value"] for value in spec["enum"]]}
    if spec["type"] == "array":
        return {"type": "array", "items": _convert(spec["items"])}
    if "properties" not in spec:
        return {"type": spec["type"]}
    required = spec.get("required", [])
    properties = {name: _convert(one) for name, one in spec["properties"].items()}
    # Pulumi takes null for a property that has no value.
    return {
        "type": "object",
        "properties": {
            name: one if name in required else {"anyOf": [one, {"type": "null"}]} for name, one in properties.items()
        },
        "required": required,
        "additionalProperties": False,
    }
