"""Writes docs/reference-languages.md, the reference for all languages but Python, from the plugin's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from scripts.generated_file import write_or_check
from scripts.schema import MODULE, build_schema
from scripts.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PAGE = ROOT / "docs" / "reference-languages.md"
SNIPPETS = ROOT / "docs" / "snippets"

HEAD = """\
# Reference for TypeScript, Go, C#, Java and YAML

Look up arguments, outputs, look-ups and settings for programs in TypeScript, Go, C#, Java and YAML; Python has a
[reference of its own](reference.md).

Made from the code by `make docs`; change the code, not this page.

The tables spell names as TypeScript and YAML do. [Names and types](#names-and-types) says how each language spells
them, and has a program in each. Other pages, such as [what happens when](what-happens-when.md), use Python's names:
`link_title` there is `linkTitle` here.
"""

SETTINGS_HEAD = """\
For a whole stack: `pulumi config set userplane:<name>`, with `--secret` for `apiKey` and `limitStore`. For some links
and look-ups: an explicit provider, `userplane.Provider`, with the same names as arguments. An explicit provider ignores
the stack's configuration.
"""

NAMES = (
    (
        "package",
        "`pulumi-userplane`",
        "`example.com/pulumi-userplane/sdk/go/userplane`",
        "`Pulumi.Userplane`",
        "`com.pulumi.userplane`",
        "none",
    ),
    ("`linkTitle`", "`linkTitle`", "`LinkTitle`", "`LinkTitle`", "`linkTitle(...)`", "`linkTitle`"),
    (
        "`getDomain`",
        "`getDomainOutput`",
        "`GetDomainOutput`",
        "`GetDomain.Invoke`",
        "`UserplaneFunctions.getDomain`",
        "`userplane:getDomain`",
    ),
    (
        "the same at once, without outputs as arguments",
        "`getDomain`",
        "`GetDomain`",
        "`GetDomain.InvokeAsync`",
        "`UserplaneFunctions.getDomainPlain`",
        "none",
    ),
    (
        "a link that the program does not manage",
        "`RecordingLink.get`",
        "`GetRecordingLink`",
        "`RecordingLink.Get`",
        "`RecordingLink.get`",
        "`get:`",
    ),
    (
        "a word of `linkProviderType`",
        "`LinkProviderType.ZohoDesk`",
        "`LinkProviderTypeZohoDesk`",
        "`LinkProviderType.ZohoDesk`",
        "`LinkProviderType.ZohoDesk`",
        "`zoho_desk`",
    ),
    ("text", "`string`", "`pulumi.String`", "`string`", "`String`", "text"),
    ("true or false", "`boolean`", "`pulumi.Bool`", "`bool`", "`Boolean`", "`true`, `false`"),
    ("whole number", "`number`", "`pulumi.Int`", "`int`", "`Integer`", "number"),
    ("list of texts", "`string[]`", "`pulumi.StringArray`", "list of `string`", "`List<String>`", "list"),
    ("map", "object", "`pulumi.Map`", "dictionary of `object`", "`Map<String, Object>`", "map"),
)
"""How the languages spell names and types, in the order of `LANGUAGES`."""

PACKAGES = """\
`pulumi package add` generates the package in the program's folder; YAML needs none. A `linkProviderType` can also be
given as text. For a Python program the package is `pulumi_userplane_sdk`. Its look-ups take the explicit
provider in `opts`, and those of lists return an object with one list.
"""


class Language(NamedTuple):
    """A language: its name, the file with its program, Markdown's word for it, and what differs in it."""

    name: str
    snippet: str
    markup: str
    remark: str


LANGUAGES = (
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


def main() -> None:
    """Writes the page, or says that it is stale."""
    write_or_check(PAGE, render_page, __doc__)


def render_page() -> str:
    """Returns the text of the page that today's code has."""
    schema = build_schema()
    link = schema["resources"][f"{MODULE}RecordingLink"]
    types = {token.removeprefix(MODULE): spec for token, spec in schema["types"].items()}
    parts = [
        HEAD,
        "## RecordingLink",
        f"Its type is `{MODULE}RecordingLink`.",
        link["description"],
        "### Arguments",
        _properties("argument", link["inputProperties"], link["requiredInputs"]),
        f"The documented words of `linkProviderType`: {_words(types['LinkProviderType'])}.",
        "### Outputs",
        "The resource's `id` is the link's id. In the preview of an update, only outputs that are arguments are known.",
        _properties("output", link["properties"]),
        *(_describe_object(name, types[name]) for name in ("LinkCreator", "LinkProject", "LinkDomain")),
        "## Look-ups",
        "A look-up is a function of the package. It takes an explicit provider in its options, as a link does.",
        *(part for token, function in schema["functions"].items() for part in _function(token, function, types)),
        "## Settings",
        SETTINGS_HEAD,
        _properties("setting", schema["config"]["variables"]),
        "## Names and types",
        _names_and_types(),
        PACKAGES,
        *(part for language in LANGUAGES for part in _language(language)),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _names_and_types() -> str:
    head = ("", *(language.name for language in LANGUAGES))
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *NAMES))


def _language(language: Language) -> Iterator[str]:
    yield f"### {language.name}"
    yield language.remark
    yield f"```{language.markup}\n{(SNIPPETS / language.snippet).read_text('utf-8')}```"


def _function(token: str, function: Mapping[str, Any], types: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {token.removeprefix(MODULE)}"
    yield function["description"]
    if inputs := function.get("inputs"):
        yield _properties("argument", inputs["properties"], inputs.get("required", ()))
    outputs = function["outputs"]["properties"]
    [(first, spec), *others] = outputs.items()
    if others:
        yield f"Returns {_names(outputs)}."
    else:
        element = types[spec["items"]["$ref"].removeprefix(f"#/types/{MODULE}")]
        yield f"Returns `{first}`, a list. Each element has {_names(element['properties'])}."


def _describe_object(name: str, spec: Mapping[str, Any]) -> str:
    rows = "\n".join(f"- `{field}`: {one['description']}" for field, one in spec["properties"].items())
    return f"`{name}`: {spec['description']}\n\n{rows}"


def _properties(heading: str, properties: Mapping[str, Any], required: Iterable[str] = ()) -> str:
    """Returns a table of properties, those that must be given in bold."""
    rows = [f"| {heading} | type | what it is |", "| --- | --- | --- |"]
    for name, spec in properties.items():
        replaces = " A change creates a new link, with a new address." if spec.get("willReplaceOnChanges") else ""
        shown = f"**`{name}`**" if name in required else f"`{name}`"
        rows.append(f"| {shown} | {_type(spec)} | {spec['description']}{replaces} |")
    needed = "" if not required else "\n\nThe one in bold is required."
    return "\n".join(rows) + needed


def _type(spec: Mapping[str, Any]) -> str:
    if "$ref" in spec:
        return f"`{spec['$ref'].rpartition(':')[2]}`"
    kind = "text" if "oneOf" in spec else spec["type"]
    named = {"string": "text", "boolean": "true or false", "integer": "whole number", "array": "list of texts"}
    return named.get(kind, "map" if kind == "object" else kind)


def _words(spec: Mapping[str, Any]) -> str:
    return ", ".join(f"`{value['value']}`" for value in spec["enum"])


def _names(properties: Iterable[str]) -> str:
    *first, last = (f"`{name}`" for name in properties)
    return f"{', '.join(first)} and {last}"


if __name__ == "__main__":
    main()
