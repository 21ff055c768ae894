"""The plugin's schema is that of today's code, and fit for every language."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

import pulumi_userplane
from pulumi_userplane.api import PROVIDER_TYPES
from pulumi_userplane.lifecycle.validation import validate
from pulumi_userplane.program.args import RecordingLinkArgs
from pulumi_userplane.program.recording_link import RecordingLink
from pulumi_userplane.property_names import to_camel_case, to_camel_case_names
from pulumi_userplane.settings import SETTINGS
from scripts import schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA: dict[str, Any] = json.loads(schema.SCHEMA.read_text("utf-8"))
RESOURCE = SCHEMA["resources"]["userplane:index:RecordingLink"]
FUNCTIONS = {token.removeprefix("userplane:index:"): function for token, function in SCHEMA["functions"].items()}


def walk(value: Any) -> Iterator[Any]:
    """Yields all objects and lists of the schema, and what is in them."""
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


OBJECTS = [value for value in walk(SCHEMA) if isinstance(value, dict)]
TEXTS = [value["description"] for value in OBJECTS if isinstance(value.get("description"), str)]


def run(monkeypatch: pytest.MonkeyPatch, path: Path, *arguments: str) -> None:
    monkeypatch.setattr(schema, "SCHEMA", path)
    monkeypatch.setattr("sys.argv", ["schema", *arguments])
    schema.main()


def test_schema_is_up_to_date() -> None:
    assert schema.SCHEMA.read_text("utf-8") == schema.render_schema()


def test_schema_is_written_again_when_it_is_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    for stale in (None, "{}\n"):
        if stale is not None:
            path.write_text(stale)
        with pytest.raises(SystemExit, match=r"schema\.json is stale; run `make docs`"):
            run(monkeypatch, path, "--check")
        assert (path.read_text() if path.exists() else None) == stale
        run(monkeypatch, path)
        run(monkeypatch, path, "--check")
        assert path.read_text("utf-8") == schema.render_schema()


def test_link_has_the_inputs_and_outputs_of_the_python_class() -> None:
    arguments = [field.name for field in fields(RecordingLinkArgs)]
    assert list(RESOURCE["inputProperties"]) == list(to_camel_case_names(dict.fromkeys(arguments)))
    assert list(RESOURCE["properties"]) == list(to_camel_case_names(dict.fromkeys(RecordingLink.__annotations__)))
    assert RESOURCE["requiredInputs"] == ["domainId"]
    optional = {"projectId", "linkTitle", "linkProviderId", "linkProviderRef", "meta", "mark"}
    assert set(RESOURCE["required"]) == RESOURCE["properties"].keys() - optional
    assert RESOURCE["aliases"] == [{"type": "pulumi-python:dynamic/userplane:RecordingLink"}]


def test_places_are_said_to_replace_but_no_property_makes_the_engine_replace() -> None:
    replacing = {name for name, one in RESOURCE["inputProperties"].items() if one.get("willReplaceOnChanges")}
    assert replacing == {"workspaceId", "domainId", "projectId"}
    assert [one for one in OBJECTS if "replaceOnChanges" in one] == []


def test_limit_is_in_the_text_of_each_argument_that_has_one() -> None:
    limited = set()
    for name in (field.name for field in fields(RecordingLinkArgs)):
        said = " ".join(validate({"domain_id": "d", name: "x" * 100_000}, {}, ()))
        if (limit := re.search(r"the limit is (\d+)", said)) and name != "mark":
            limited.add(name)
            assert f"At most {limit[1]} characters." in RESOURCE["inputProperties"][to_camel_case(name)]["description"]
    assert limited == {"link_title", "link_provider_id", "link_provider_ref"}


def test_provider_type_is_any_text_and_the_documented_words_have_names() -> None:
    word = SCHEMA["types"]["userplane:index:LinkProviderType"]
    assert [value["value"] for value in word["enum"]] == list(PROVIDER_TYPES)
    assert len({value["name"] for value in word["enum"]}) == len(PROVIDER_TYPES)
    assert all(re.fullmatch(r"([A-Z][a-z]+)+", value["name"]) for value in word["enum"])
    either = [{"type": "string"}, {"$ref": "#/types/userplane:index:LinkProviderType"}]
    assert RESOURCE["inputProperties"]["linkProviderType"]["oneOf"] == either


def test_provider_has_all_settings_and_only_the_plugin_reads_the_environment() -> None:
    settings = SCHEMA["provider"]["inputProperties"]
    assert [f"userplane:{name}" for name in settings] == [setting.config_key for setting in SETTINGS]
    assert SCHEMA["config"]["variables"] == settings
    assert {name for name, one in settings.items() if one.get("secret")} == {"apiKey", "limitStore"}
    # A generated package would read the variable and put its text into the inputs, so into the state.
    assert [one for one in OBJECTS if {"default", "defaultInfo"} & one.keys() and "type" in one] == []
    for setting, one in zip(SETTINGS, settings.values(), strict=True):
        assert f"`{setting.variable}`" in one["description"]
        assert (f"else `{setting.default}`." in one["description"]) == bool(setting.default)


def test_functions_are_the_look_ups_of_the_package() -> None:
    names = [name for name in pulumi_userplane.__all__ if re.fullmatch(r"get_\w+(?<!_output)", name)]
    assert set(FUNCTIONS) == set(map(to_camel_case, names))
    required = {
        name: one["inputs"]["required"] for name, one in FUNCTIONS.items() if "required" in one.get("inputs", {})
    }
    assert required == {"getRecordingLink": ["linkId"]}
    assert {name for name, one in FUNCTIONS.items() if "inputs" not in one} == {"getWorkspaces", "getUser"}


def test_list_is_in_one_property_of_a_result() -> None:
    listed = {name: [*one["outputs"]["properties"]] for name, one in FUNCTIONS.items() if name.endswith("s")}
    assert listed == {
        "getDomains": ["domains"],
        "getProjects": ["projects"],
        "getRecordingLinks": ["links"],
        "getWorkspaces": ["workspaces"],
        "getMembers": ["members"],
    }


def test_element_of_a_list_is_the_same_as_the_single_result() -> None:
    for name in ("Domain", "Project"):
        assert SCHEMA["types"][f"userplane:index:Get{name}s{name}"] == FUNCTIONS[f"get{name}"]["outputs"]


def test_each_reference_is_to_a_type_of_the_schema() -> None:
    named = {one["$ref"] for one in OBJECTS if isinstance(one.get("$ref"), str)} - {"pulumi.json#/Any"}
    # Results of functions are not shared; the words of an enum and the elements of a list are.
    assert named == {f"#/types/{token}" for token in SCHEMA["types"]}


def test_each_property_is_described() -> None:
    properties = [
        one
        for holder in OBJECTS
        for kind in ("properties", "inputProperties", "variables")
        for one in holder.get(kind, {}).values()
    ]
    assert len(properties) > 100
    assert [one for one in properties if not re.fullmatch(r"\S.*[.!]", one.get("description", ""), re.DOTALL)] == []


@pytest.mark.parametrize("word", [r"`\w+_\w*`", r"\bNone\b", r"\bOutputs?\b", "pulumi_userplane", "=True", r"\w+=`"])
def test_texts_hold_nothing_of_python_alone(word: str) -> None:
    variables = {setting.variable for setting in SETTINGS}
    found = [match[0] for text in TEXTS for match in re.finditer(word, text)]
    assert {text.strip("`") for text in found} - variables == set()


def test_version_is_one_that_pulumi_takes() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", SCHEMA["version"])


def test_name_of_the_generated_python_package_is_not_that_of_this_one() -> None:
    assert SCHEMA["language"]["python"]["packageName"] != pulumi_userplane.__name__
