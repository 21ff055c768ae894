"""Writes the plugin's schema, pulumi_userplane/plugin/schema.json, from the code; --check fails if it is stale."""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api import PROVIDER_TYPES
from pulumi_userplane.diff import LOCATION_KEYS
from pulumi_userplane.link_types import LINK_TYPE
from pulumi_userplane.property_names import to_camel_case
from pulumi_userplane.settings import SETTINGS
from scripts.generated_file import write_or_check
from scripts.source import (
    LOOK_UPS,
    ROOT,
    Attribute,
    describe_type,
    docstring,
    find_class,
    find_method,
    list_attributes,
    list_look_ups,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

# The same library: from 3.11 on Python brings it.
_toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

SCHEMA = ROOT / "pulumi_userplane" / "plugin" / "schema.json"
MODULE = "userplane:index:"
SIMPLE_TYPES = {"str": "string", "bool": "boolean", "int": "integer"}
ANY_MAP = {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}}

LANGUAGE = {
    "csharp": {"packageReferences": {"Pulumi": "3.*"}, "respectSchemaVersion": True},
    "go": {"generateResourceContainerTypes": True, "respectSchemaVersion": True},
    "nodejs": {"packageName": "pulumi-userplane", "respectSchemaVersion": True},
    "python": {
        "packageName": "pulumi_userplane_sdk",
        "pyproject": {"enabled": True},
        "respectSchemaVersion": True,
    },
}
"""What code generators are told.

By default they would call the package for Python `pulumi_userplane`, which is this one, and put the one for Node.js
into Pulumi's own scope, `@pulumi`. The one for Go has no path: there is no repository to fetch it from.
"""

PROVIDER_SETTINGS = (
    "A setting that is left out comes from the environment, else it has its default. "
    "Changing a setting changes no link."
)
"""How an explicit provider of the plugin takes its settings: unlike a dynamic one, it ignores the stack's."""


def main() -> None:
    """Writes the schema, or says that it is stale."""
    write_or_check(SCHEMA, render_schema, __doc__)


def render_schema() -> str:
    """Returns the text of the schema that today's code has."""
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"


def build_schema() -> dict[str, Any]:
    """Returns the schema that today's code has."""
    project = _toml.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    settings = _settings()
    return {
        "name": "userplane",
        "displayName": "Userplane",
        "version": project["version"],
        "description": project["description"],
        "keywords": ["pulumi", "userplane", "recording link", "kind/native"],
        "license": project["license"],
        "meta": {"moduleFormat": "(.*)"},
        "language": LANGUAGE,
        "config": {"variables": settings},
        "types": dict(_types()),
        "provider": {"description": _provider_description(), "inputProperties": settings},
        "resources": {f"{MODULE}RecordingLink": _resource()},
        "functions": {
            f"{MODULE}{to_camel_case(function.name)}": _function(function)
            for module in LOOK_UPS
            for function in list_look_ups(module)
            if not function.name.endswith("_output")
        },
    }


def _settings() -> dict[str, Any]:
    method = find_method(find_class("program/account", "Provider"), "__init__")
    texts = read_sections(docstring(method))["Args"]
    kinds = {argument.arg: _strip_input(describe_type(argument.annotation)) for argument in method.args.kwonlyargs}
    return {
        to_camel_case(setting.argument): {
            **_type(kinds[setting.argument]),
            "description": _respell(
                f"{texts[setting.argument]} Left out: the environment variable `{setting.variable}`"
                + (f", else `{setting.default}`." if setting.default else ".")
            ),
            **({"secret": True} if setting.is_secret else {}),
        }
        for setting in SETTINGS
    }


def _provider_description() -> str:
    first = docstring(find_class("program/account", "Provider")).partition("\n\n")[0]
    return f"{_one_line(first)}\n\n{PROVIDER_SETTINGS}"


def _resource() -> dict[str, Any]:
    link = find_class("program/recording_link", "RecordingLink")
    arguments = find_class("program/args", "RecordingLinkArgs")
    about_arguments = docstring(arguments).partition("\n\n")[2]
    workspace = read_sections(docstring(find_method(link, "get")))["Args"]["workspace_id"]
    inputs = _object(list_attributes(arguments))
    for key in LOCATION_KEYS:
        inputs["properties"][to_camel_case(key)]["willReplaceOnChanges"] = True
    word = inputs["properties"]["linkProviderType"]
    # Not the words alone: an account can have more of them, and Userplane can get new ones.
    del word["type"]
    word["oneOf"] = [{"type": "string"}, {"$ref": f"#/types/{MODULE}LinkProviderType"}]
    return {
        "description": _respell(f"{docstring(link)}\n\n{about_arguments}"),
        **_object(list_attributes(link)),
        "inputProperties": inputs["properties"],
        "requiredInputs": inputs["required"],
        "stateInputs": {
            "type": "object",
            "properties": {"workspaceId": {"type": "string", "description": _respell(workspace)}},
        },
        # A stack of the dynamic provider keeps its links.
        "aliases": [{"type": LINK_TYPE}],
    }


def _types() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in ("LinkCreator", "LinkProject", "LinkDomain"):
        yield f"{MODULE}{name}", _object_of_class(find_class("program/recording_link", name))
    yield (
        f"{MODULE}LinkProviderType",
        {
            "type": "string",
            "description": "The tools that Userplane knows.",
            "enum": [
                {"name": word.replace("_", " ").title().replace(" ", ""), "value": word} for word in PROVIDER_TYPES
            ],
        },
    )
    for module, classes in LOOK_UPS.items():
        for function in list_look_ups(module):
            if element := re.fullmatch(r"list\[(\w+)\]", describe_type(function.returns)):
                found = find_class(classes[element[1]], element[1])
                yield f"{MODULE}{_element_name(function.name, element[1])}", _object_of_class(found)


def _element_name(function: str, element: str) -> str:
    """Returns the name of the type of a list's elements; no resource can ever have such a name."""
    name = to_camel_case(function)
    return f"{name[0].upper()}{name[1:]}{element}"


def _function(function: ast.FunctionDef) -> dict[str, Any]:
    sections = read_sections(docstring(function))
    inputs = list(_function_inputs(function, sections["Args"]))
    error = sections["Raises"]["ProgramError"]
    described = f"{sections['']['']}\n\nIt is an error if {error[0].lower()}{error[1:]}"
    return {
        "description": _respell(described),
        **({"inputs": _object(inputs)} if inputs else {}),
        "outputs": _function_outputs(function),
    }


def _function_inputs(function: ast.FunctionDef, texts: dict[str, str]) -> Iterator[Attribute]:
    plain = function.args.args
    defaults = [*[None] * (len(plain) - len(function.args.defaults)), *function.args.defaults]
    keywords = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    for argument, _ in [*zip(plain, defaults, strict=True), *keywords]:
        if argument.arg != "provider":
            yield Attribute(argument.arg, describe_type(argument.annotation), texts[argument.arg])


def _function_outputs(function: ast.FunctionDef) -> dict[str, Any]:
    kind = describe_type(function.returns)
    [(name, home)] = [(name, home) for classes in LOOK_UPS.values() for name, home in classes.items() if name in kind]
    if kind == name:
        return _object_of_class(find_class(home, name))
    several = f"{name.lower()}s"
    element = {"$ref": f"#/types/{MODULE}{_element_name(function.name, name)}"}
    listed = {"type": "array", "items": element, "description": f"The {several}."}
    return {"type": "object", "properties": {several: listed}, "required": [several]}


def _object_of_class(of: ast.ClassDef) -> dict[str, Any]:
    """Returns the type of a class. A field without a docstring is described as the output of a link of that name."""
    outputs = {one.name: one.text for one in list_attributes(find_class("program/recording_link", "RecordingLink"))}
    fields = [one._replace(text=one.text or outputs[one.name]) for one in list_attributes(of)]
    return {"description": _respell(docstring(of)), **_object(fields)}


def _object(attributes: Iterable[Attribute]) -> dict[str, Any]:
    attributes = list(attributes)
    required = [to_camel_case(one.name) for one in attributes if not one.kind.endswith("| None")]
    properties = {to_camel_case(one.name): {**_type(one.kind), "description": _respell(one.text)} for one in attributes}
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _type(kind: str) -> dict[str, Any]:
    """Returns a type of Python as the schema has it."""
    kind = _strip_input(kind)
    if kind in SIMPLE_TYPES:
        return {"type": SIMPLE_TYPES[kind]}
    if re.fullmatch(r"(Mapping|dict)\[str, Any\]", kind):
        return dict(ANY_MAP)
    if element := re.fullmatch(r"Sequence\[(.*)\]", kind):
        return {"type": "array", "items": _type(element[1])}
    return {"$ref": f"#/types/{MODULE}{kind}"}


def _strip_input(kind: str) -> str:
    return re.sub(r"^Input\[(.*)\]$", r"\1", kind.removesuffix(" | None"))


def _respell(text: str) -> str:
    """Returns a text of Python for all languages: with their names, and without the paths of modules."""
    text = re.sub(r" \(`pulumi_userplane\.[\w.]+`\)", "", text)
    text = re.sub(r"`([a-z]+(?:_[a-z]+)+)`", lambda name: f"`{to_camel_case(name[1])}`", text)
    return "\n\n".join(_one_line(paragraph) for paragraph in text.split("\n\n"))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def read_sections(text: str) -> dict[str, dict[str, str]]:
    """Returns the sections of a docstring: for each what it says of which name; of its first part under no name."""
    sections: dict[str, dict[str, str]] = {"": {"": ""}}
    section, name = "", ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"(Args|Raises|Attributes):", line):
            section, name = heading[1], ""
            sections[section] = {}
        elif section and (entry := re.fullmatch(r"    (\w+): (.*)", line)):
            name = entry[1]
            sections[section][name] = entry[2]
        elif line or not section:
            sections[section][name] = f"{sections[section][name]}\n{line.strip()}".strip(" ")
    return {of: {name: said.strip() for name, said in texts.items()} for of, texts in sections.items()}


if __name__ == "__main__":
    main()
