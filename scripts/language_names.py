"""How each language spells names and types: the others than Python use the plugin's package, made of its schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_userplane.property_names import to_camel_case
from scripts.schema import build_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = build_schema()


class Language(NamedTuple):
    """A language: its name, the file with its program, Markdown's word for it, and what differs in it."""

    name: str
    snippet: str
    markup: str
    remark: str


LANGUAGES = (
    Language("Python", "program.py", "python", "`get_domain` returns at once, and `get_domain_output` an Output."),
    Language("TypeScript", "index.ts", "typescript", "A look-up that runs at once returns a promise."),
    Language(
        "Go",
        "main.go",
        "go",
        "The function `getRecordingLink` is `LookupRecordingLink`: `GetRecordingLink` is the resource's.",
    ),
    Language("C#", "Program.cs", "csharp", "`Output<T>.Apply` takes a field out of what a look-up returns."),
    Language(
        "Java",
        "App.java",
        "java",
        "The argument `default` of `getProject` is `default_`, since `default` is a word of the language.",
    ),
    Language(
        "YAML",
        "Pulumi.yaml",
        "yaml",
        "In `get:` the link's `id` is required; `workspaceId` is in its `state:`.",
    ),
)
OTHERS = LANGUAGES[1:]
"""The languages whose programs use the plugin."""

NAMES = (
    (
        "package",
        "`pulumi_userplane`",
        "`pulumi-userplane`",
        "`example.com/pulumi-userplane/sdk/go/userplane`",
        "`Pulumi.Userplane`",
        "`com.pulumi.userplane`",
        "none",
    ),
    (
        "an argument, an output",
        "`link_title`",
        "`linkTitle`",
        "`LinkTitle`",
        "`LinkTitle`",
        "`linkTitle(...)`",
        "`linkTitle`",
    ),
    (
        "a look-up",
        "`get_domain_output`",
        "`getDomainOutput`",
        "`GetDomainOutput`",
        "`GetDomain.Invoke`",
        "`UserplaneFunctions.getDomain`",
        "`userplane:getDomain`",
    ),
    (
        "the same at once, without outputs as arguments",
        "`get_domain`",
        "`getDomain`",
        "`GetDomain`",
        "`GetDomain.InvokeAsync`",
        "`UserplaneFunctions.getDomainPlain`",
        "none",
    ),
    (
        "a link that the program does not manage",
        "`RecordingLink.get`",
        "`RecordingLink.get`",
        "`GetRecordingLink`",
        "`RecordingLink.Get`",
        "`RecordingLink.get`",
        "`get:`",
    ),
    (
        "an account of its own",
        "`Provider`",
        "`Provider`",
        "`NewProvider`",
        "`Provider`",
        "`Provider`",
        "`pulumi:providers:userplane`",
    ),
    (
        "a word of `link_provider_type`",
        '`"zoho_desk"`',
        "`LinkProviderType.ZohoDesk`",
        "`LinkProviderTypeZohoDesk`",
        "`LinkProviderType.ZohoDesk`",
        "`LinkProviderType.ZohoDesk`",
        "`zoho_desk`",
    ),
    ("text", "`str`", "`string`", "`pulumi.String`", "`string`", "`String`", "text"),
    ("true or false", "`bool`", "`boolean`", "`pulumi.Bool`", "`bool`", "`Boolean`", "`true`, `false`"),
    ("whole number", "`int`", "`number`", "`pulumi.Int`", "`int`", "`Integer`", "number"),
    (
        "list of texts",
        "`Sequence[str]`",
        "`string[]`",
        "`pulumi.StringArray`",
        "list of `string`",
        "`List<String>`",
        "list",
    ),
    (
        "map",
        "`Mapping[str, Any]`",
        "`{[key: string]: any}`",
        "`pulumi.Map`",
        "dictionary of `object`",
        "`Map<String, Object>`",
        "map",
    ),
)
"""How the languages spell names and types, in the order of `LANGUAGES`."""

CALLS = ("a look-up", "the same at once, without outputs as arguments")
"""The rows that say how a look-up is called."""

_GET = "a link that the program does not manage"
_PROVIDER = "an account of its own"
_PARAMETERS = {
    _GET: {
        "TypeScript": "name, id, state, opts",
        "Go": "ctx, name, id, state, opts...",
        "C#": "name, id, state, options",
        "Java": "name, id, state, options",
    },
    _PROVIDER: {
        "TypeScript": "name, args, opts",
        "Go": "ctx, name, args, opts...",
        "C#": "name, args, options",
        "Java": "name, args, options",
    },
}
_OF_API = {"metaField"}
"""Settings whose words are the API's names, the same in every language."""
_KINDS = {
    "string": "text",
    "boolean": "true or false",
    "integer": "whole number",
    "array": "list of texts",
    "object": "map",
}
COLUMNS = [language.name for language in LANGUAGES]
_TYPES = {row[0]: dict(zip(COLUMNS, row[1:], strict=True)) for row in NAMES}
_PROPERTIES = {
    *SCHEMA["config"]["variables"],
    *(
        name
        for spec in SCHEMA["resources"].values()
        for kind in ("properties", "inputProperties")
        for name in spec[kind]
    ),
    *(name for spec in SCHEMA["types"].values() for name in spec.get("properties", ())),
    *(name for spec in SCHEMA["functions"].values() for name in spec.get("inputs", {}).get("properties", ())),
}


def spell_call(row: str, name: str, language: str) -> str:
    """Returns how a look-up is written, by the example of `get_domain`."""
    camel = to_camel_case(name)
    pascal = camel[0].upper() + camel[1:]
    if language == "Go" and name == "get_recording_link":
        pascal = "LookupRecordingLink"
    return _TYPES[row][language].replace("getDomain", camel).replace("GetDomain", pascal)


def spell_get(language: str) -> str:
    """Returns how a link is read that the program does not manage."""
    return "`get: {id: …, state: {…}}`" if language == "YAML" else _spell_parameters(_GET, language)


def spell_provider(language: str) -> str:
    """Returns how an account is declared."""
    if language == "YAML":
        return f"`type: {_TYPES[_PROVIDER][language].strip('`')}`"
    called = _spell_parameters(_PROVIDER, language)
    return called if language == "Go" else f"`new {called[1:]}"


def spell_id_type(language: str) -> str:
    """Returns the type of the id by which a link is read."""
    return {"Go": "`pulumi.ID`", "Java": "`Output<String>`"}.get(language, _TYPES["text"][language])


def _spell_parameters(row: str, language: str) -> str:
    return f"{_TYPES[row][language][:-1]}({_PARAMETERS[row][language]})`"


def spell_type(spec: Mapping[str, Any], language: str) -> str:
    """Returns the type of an argument, as a program gives it."""
    return _TYPES["text" if "oneOf" in spec else _KINDS[spec["type"]]][language]


def spell_output_type(spec: Mapping[str, Any], language: str, *, is_optional: bool) -> str:
    """Returns the type of an output; in Go that is a type of its own."""
    kind = f"`{spec['$ref'].rpartition(':')[2]}`" if "$ref" in spec else spell_type(spec, language)
    if language == "Go":
        pointer = "Ptr" if is_optional and spec.get("type") != "object" else ""
        return f"{kind[:-1]}{pointer}Output`"
    if is_optional and "`" in kind:
        optional = {"TypeScript": "`{} | undefined`", "C#": "`{}?`", "Java": "`Optional<{}>`"}
        if spec.get("type") != "object" or language != "C#":
            return optional.get(language, "`{}`").format(kind.strip("`"))
    return kind


def spell(name: str, language: str) -> str:
    """Returns the name of a property in a language, as code."""
    if language in {"Go", "C#"}:
        name = name[0].upper() + name[1:]
    elif language == "Java" and name == "default":
        name = "default_"
    return f"`{name}`"


def respell(text: str, language: str, *, of: str = "") -> str:
    """Returns a description with the names of its language.

    Args:
        text: The description; it may have Python's names.
        language: The language.
        of: What is described.
    """
    if to_camel_case(of) in _OF_API:
        return text
    text = re.sub(r"`([a-z]+(?:_[a-z]+)+)`", lambda found: f"`{to_camel_case(found[1])}`", text)
    return re.sub(r"`(\w+)`", lambda found: spell(found[1], language) if found[1] in _PROPERTIES else found[0], text)
