"""The reference has each property and look-up in each language, and its programs use names that the schema has."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from pulumi_userplane.property_names import to_camel_case
from scripts.language_names import LANGUAGES, NAMES, respell, spell, spell_call, spell_output_type
from scripts.language_reference import SNIPPETS
from scripts.schema import build_schema
from tests.unit.docs.page import ROOT

SCHEMA = build_schema()
RESOURCE = SCHEMA["resources"]["userplane:index:RecordingLink"]
PAGE = (ROOT / "docs" / "reference.md").read_text("utf-8")


def find_tabs(heading: str) -> dict[str, str]:
    """Returns what stands below a heading, by language."""
    section = re.split(r"^##+ ", PAGE.partition(f"\n{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"<details(?: open)?><summary>(.+?)</summary>\n\n(.*?)\n\n</details>", section, re.DOTALL))


def test_page_has_a_program_for_each_language() -> None:
    assert {path.name for path in SNIPPETS.iterdir()} == {language.snippet for language in LANGUAGES}
    programs = find_tabs("## A program")
    assert list(programs) == [language.name for language in LANGUAGES]
    for language in LANGUAGES:
        assert (SNIPPETS / language.snippet).read_text("utf-8") in programs[language.name]


def test_table_of_names_has_a_column_for_each_language() -> None:
    assert {len(row) for row in NAMES} == {1 + len(LANGUAGES)}


@pytest.mark.parametrize(
    "heading",
    [
        "### Arguments",
        "### Outputs",
        "### RecordingLink.get",
        "## Provider",
        "## Settings",
        *[f"### {name}" for name in ("get_domain", "get_user")],
    ],
)
def test_each_part_has_a_tab_for_each_language(heading: str) -> None:
    assert list(find_tabs(heading)) == [language.name for language in LANGUAGES]


@pytest.mark.parametrize("language", [language.name for language in LANGUAGES[1:]])
def test_tabs_have_each_property(language: str) -> None:
    for heading, properties in (
        ("### Arguments", RESOURCE["inputProperties"]),
        ("### Outputs", RESOURCE["properties"]),
        ("### RecordingLink.get", {"id": {}, **RESOURCE["stateInputs"]["properties"]}),
        ("## Provider", SCHEMA["provider"]["inputProperties"]),
    ):
        listed = re.findall(r"^\| (?:\*\*)?(`\w+`)(?:\*\*)? \| ", find_tabs(heading)[language], re.MULTILINE)
        assert listed == ["`id`" if name == "id" else spell(name, language) for name in properties]


@pytest.mark.parametrize("language", [language.name for language in LANGUAGES])
def test_arguments_say_what_is_required(language: str) -> None:
    text = find_tabs("### Arguments")[language]
    required = re.findall(r"^\| \*\*`(\w+)`\*\* \| ", text, re.MULTILINE)
    assert [to_camel_case(name[0].lower() + name[1:]) for name in required] == RESOURCE["requiredInputs"]
    assert "The one in bold is required." in text


@pytest.mark.parametrize("language", [language.name for language in LANGUAGES])
def test_table_of_settings_has_each_setting_of_the_schema(language: str) -> None:
    table = find_tabs("## Settings")[language]
    rows = re.findall(r"^\| .+ \| `(\w+)` \| `userplane:(\w+)` \| `USERPLANE_\w+` \| ", table, re.MULTILINE)
    expected = {name: name if language == "Python" else spell(name, language).strip("`") for _, name in rows}
    shown = {name: to_camel_case(argument) if language == "Python" else argument for argument, name in rows}
    assert shown == expected
    assert list(shown) == list(SCHEMA["config"]["variables"])
    assert "`meta` or `linkMeta`" in table


@pytest.mark.parametrize("token", SCHEMA["functions"])
def test_each_look_up_has_its_arguments_in_each_language(token: str) -> None:
    camel = token.removeprefix("userplane:index:")
    [heading] = [line for line in PAGE.splitlines() if line.startswith("### get_") and to_camel_case(line[4:]) == camel]
    inputs = SCHEMA["functions"][token].get("inputs", {"properties": {}})["properties"]
    tabs = find_tabs(heading)
    for language in LANGUAGES[1:]:
        listed = re.findall(r"^\| (?:\*\*)?(`\w+`)(?:\*\*)? \| ", tabs[language.name], re.MULTILINE)
        assert listed == [spell(name, language.name) for name in inputs]


@pytest.mark.parametrize(
    ("language", "name", "output", "call", "text"),
    [
        ("TypeScript", "`linkTitle`", "`string | undefined`", "`getDomainOutput`", "`linkTitle`"),
        ("Go", "`LinkTitle`", "`pulumi.StringPtrOutput`", "`GetDomainOutput`", "`LinkTitle`"),
        ("C#", "`LinkTitle`", "`string?`", "`GetDomain.Invoke`", "`LinkTitle`"),
        ("Java", "`linkTitle`", "`Optional<String>`", "`UserplaneFunctions.getDomain`", "`linkTitle`"),
        ("YAML", "`linkTitle`", "text", "`userplane:getDomain`", "`linkTitle`"),
    ],
)
def test_names_are_spelled_as_the_language_does(language: str, name: str, output: str, call: str, text: str) -> None:
    assert spell("linkTitle", language) == name
    assert spell_output_type({"type": "string"}, language, is_optional=True) == output
    assert spell_call("a look-up", "get_domain", language) == call
    assert respell("see `linkTitle` and `pending`", language) == f"see {text} and `pending`"


@pytest.mark.parametrize(
    ("spec", "is_optional", "types"),
    [
        ({"type": "boolean"}, False, {"Go": "`pulumi.BoolOutput`", "C#": "`bool`", "Java": "`Boolean`"}),
        (
            {"$ref": "#/types/userplane:index:LinkCreator"},
            False,
            {"Go": "`LinkCreatorOutput`", "Java": "`LinkCreator`"},
        ),
        (
            {"type": "object"},
            True,
            {
                "TypeScript": "`{[key: string]: any} | undefined`",
                "Go": "`pulumi.MapOutput`",
                "C#": "dictionary of `object`",
                "Java": "`Optional<Map<String, Object>>`",
                "YAML": "map",
            },
        ),
    ],
)
def test_types_of_outputs(spec: dict[str, str], is_optional: bool, types: dict[str, str]) -> None:
    for language, expected in types.items():
        assert spell_output_type(spec, language, is_optional=is_optional) == expected


def test_words_that_a_language_keeps_for_itself_are_spelled_otherwise() -> None:
    assert spell("default", "Java") == "`default_`"
    assert spell_call("a look-up", "get_recording_link", "Go") == "`LookupRecordingLinkOutput`"
    assert spell_call("a look-up", "get_recording_links", "Go") == "`GetRecordingLinksOutput`"


def test_program_in_yaml_uses_names_of_the_schema() -> None:
    program: dict[str, Any] = yaml.safe_load((SNIPPETS / "Pulumi.yaml").read_text("utf-8"))
    link, account = program["resources"]["help"], program["resources"]["acme"]
    assert link["type"] == "userplane:RecordingLink"
    assert set(link["properties"]) <= set(RESOURCE["inputProperties"])
    assert set(account["properties"]) <= set(SCHEMA["provider"]["inputProperties"])
    call = program["variables"]["domain"]["fn::invoke"]
    function = SCHEMA["functions"][call["function"].replace(":", ":index:")]
    assert set(call["arguments"]) <= set(function["inputs"]["properties"])


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language.name != "YAML"])
def test_programs_declare_the_same_link(language: Any) -> None:
    program = (SNIPPETS / language.snippet).read_text("utf-8").lower()
    for name in ("domain_id", "link_title", "link_reusable", "link_provider_type", "link_url", "api_key", "get_domain"):
        assert (name if language.name == "Python" else to_camel_case(name).lower()) in program
