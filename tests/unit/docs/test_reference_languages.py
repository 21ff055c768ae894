"""docs/reference-languages.md is up to date, and its programs use names that the schema has."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from pulumi_userplane.property_names import to_camel_case
from scripts.language_reference import LANGUAGES, NAMES, PAGE, SNIPPETS, render_page
from scripts.schema import build_schema

SCHEMA = build_schema()
RESOURCE = SCHEMA["resources"]["userplane:index:RecordingLink"]


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == render_page()


def test_page_has_a_program_for_each_language() -> None:
    page = PAGE.read_text("utf-8")
    assert {path.name for path in SNIPPETS.iterdir()} == {language.snippet for language in LANGUAGES}
    for language in LANGUAGES:
        assert f"### {language.name}\n" in page
        assert (SNIPPETS / language.snippet).read_text("utf-8") in page


def test_table_of_names_has_a_column_for_each_language() -> None:
    assert {len(row) for row in NAMES} == {1 + len(LANGUAGES)}


def test_page_has_each_property_and_each_function() -> None:
    page = PAGE.read_text("utf-8")
    for name in (*RESOURCE["inputProperties"], *RESOURCE["properties"], *SCHEMA["config"]["variables"]):
        assert re.search(rf"^\| (\*\*)?`{name}`(\*\*)? \| ", page, re.MULTILINE)
    for token in SCHEMA["functions"]:
        assert f"### {token.removeprefix('userplane:index:')}\n" in page


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
        assert to_camel_case(name).lower() in program
