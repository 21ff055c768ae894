"""What the reference says for each language: programs, arguments, outputs and look-ups, in tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane.property_names import to_camel_case
from scripts.docstring_markdown import render_table
from scripts.language_names import (
    CALLS,
    COLUMNS,
    LANGUAGES,
    NAMES,
    OTHERS,
    SCHEMA,
    respell,
    spell,
    spell_call,
    spell_get,
    spell_id_type,
    spell_output_type,
    spell_provider,
    spell_type,
)
from scripts.schema import MODULE
from scripts.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SNIPPETS = ROOT / "docs" / "snippets"
BOLD = "The one in bold is required."


def make_tabs(contents: Mapping[str, str]) -> str:
    """Returns what the code host shows as folds, and the site as tabs; the first is open."""
    folds = (
        f"<details{'' if at else ' open'}><summary>{title}</summary>\n\n{text.strip()}\n\n</details>"
        for at, (title, text) in enumerate(contents.items())
    )
    return "\n\n".join(folds)


def render_names() -> str:
    """Returns the table of names and types."""
    rows = (("", *COLUMNS), ("---",) * (1 + len(LANGUAGES)), *NAMES)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def render_programs() -> str:
    """Returns the same program in each language."""
    return make_tabs(
        {
            one.name: f"{one.remark}\n\n```{one.markup}\n{(SNIPPETS / one.snippet).read_text('utf-8')}```"
            for one in LANGUAGES
        }
    )


def render_arguments(facts: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Returns the arguments of a link for the languages other than Python.

    Args:
        facts: Of each argument its limit and what a change does, by Python's names.
    """
    link = SCHEMA["resources"][f"{MODULE}RecordingLink"]
    by_name = {to_camel_case(name): fact for name, fact in facts.items()}
    found = {}
    for language in _names_of_others():
        rows = [
            (
                mark_required(spell(name, language), is_required=name in link["requiredInputs"]),
                spell_type(spec, language),
                *by_name[name],
                text,
            )
            for name, spec in link["inputProperties"].items()
            for text in [respell(spec["description"], language)]
        ]
        found[language] = render_table(("argument", "type", "limit", "a change", "what it is"), rows) + f"\n\n{BOLD}"
    return found


def mark_required(name: str, *, is_required: bool) -> str:
    """Returns the name of an argument, in bold if it is required."""
    return f"**{name}**" if is_required else name


def render_get(about_id: str) -> dict[str, str]:
    """Returns how a link is read that the program does not manage, for the languages other than Python.

    Args:
        about_id: What the link's id is.
    """
    state = SCHEMA["resources"][f"{MODULE}RecordingLink"]["stateInputs"]["properties"]
    found = {}
    for language in _names_of_others():
        rows = [
            (mark_required("`id`", is_required=True), spell_id_type(language), about_id),
            *_describe_inputs(state, language),
        ]
        names = _list_names(state, language)
        where = f"{names} is in `state`" + ("." if language == "YAML" else ", a `RecordingLinkState`.")
        table = render_table(("argument", "type", "what it is"), rows)
        found[language] = f"{spell_get(language)}\n\n{table}\n\n{BOLD} {where}"
    return found


def render_provider() -> dict[str, str]:
    """Returns the arguments of an account for the languages other than Python."""
    provider = SCHEMA["provider"]
    _, about = provider["description"].split("\n\n")
    return {
        language: f"{spell_provider(language)}\n\n{about} No argument is required.\n\n"
        + render_table(("argument", "type", "what it is"), _describe_inputs(provider["inputProperties"], language))
        for language in _names_of_others()
    }


def _describe_inputs(properties: Mapping[str, Any], language: str) -> list[tuple[str, ...]]:
    return [
        (spell(name, language), spell_type(spec, language), respell(spec["description"], language, of=name))
        for name, spec in properties.items()
    ]


def list_provider_types() -> str:
    """Returns the documented words of the argument."""
    words = SCHEMA["types"][f"{MODULE}LinkProviderType"]["enum"]
    return ", ".join(f"`{word['value']}`" for word in words)


def render_outputs() -> dict[str, str]:
    """Returns the outputs of a link for the languages other than Python."""
    link = SCHEMA["resources"][f"{MODULE}RecordingLink"]
    return {
        language: "\n\n".join(
            [
                render_table(("output", "type", "what it is"), _output_rows(link, language)),
                *(_describe_object(name, language) for name in ("LinkCreator", "LinkProject", "LinkDomain")),
            ]
        )
        for language in _names_of_others()
    }


def render_function(name: str) -> dict[str, str]:
    """Returns how a look-up is called, and what it returns, for the languages other than Python."""
    function = SCHEMA["functions"][MODULE + to_camel_case(name)]
    return {language: "\n\n".join(_function(name, function, language)) for language in _names_of_others()}


def _function(name: str, function: Mapping[str, Any], language: str) -> Iterator[str]:
    called, at_once = (spell_call(row, name, language) for row in CALLS)
    yield f"{called}, at once {at_once}." if at_once != "none" else f"{called}."
    if inputs := function.get("inputs"):
        required = inputs.get("required", ())
        yield render_table(
            ("argument", "type", "what it is"),
            [
                (
                    mark_required(spell(one, language), is_required=one in required),
                    spell_type(spec, language),
                    respell(spec["description"], language),
                )
                for one, spec in inputs["properties"].items()
            ],
        )
        if required:
            yield BOLD
    outputs = function["outputs"]["properties"]
    [(first, spec), *others] = outputs.items()
    if others:
        yield f"Returns {_list_names(outputs, language)}."
    else:
        fields = _resolve(spec["items"])["properties"]
        yield f"Returns {spell(first, language)}, a list. Each element has {_list_names(fields, language)}."


def _output_rows(link: Mapping[str, Any], language: str) -> Iterator[tuple[str, ...]]:
    for name, spec in link["properties"].items():
        kind = spell_output_type(spec, language, is_optional=name not in link["required"])
        yield spell(name, language), kind, respell(spec["description"], language)


def _describe_object(name: str, language: str) -> str:
    spec = SCHEMA["types"][MODULE + name]
    fields = (
        f"- {spell(field, language)}: {respell(one['description'], language)}"
        for field, one in spec["properties"].items()
    )
    return f"`{name}`: {spec['description']}\n\n" + "\n".join(fields)


def _resolve(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = SCHEMA["types"][spec["$ref"].removeprefix("#/types/")]
    return found


def _list_names(names: Mapping[str, Any], language: str) -> str:
    *first, last = (spell(name, language) for name in names)
    return f"{', '.join(first)} and {last}" if first else last


def _names_of_others() -> Iterator[str]:
    return (language.name for language in OTHERS)
