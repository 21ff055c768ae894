"""Checks the names in C# and Java blocks of the documentation against the plugin's schema; no compiler is at hand."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from scripts.sdk_tools import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.code_blocks import Block

LANGUAGES = frozenset({"csharp", "java"})

_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*')
_PAIRS = {")": "(", "]": "[", "}": "{"}
_USED = {
    # What the package's namespace has, what an initializer sets, and what is asked of an object.
    "csharp": (r"\bUserplane\.(\w+)", r"^\s+(\w+) = ", r"\w\)?\.([A-Z]\w*)"),
    "java": (r"\bcom\.pulumi\.userplane\.(?:\w+\.)?([A-Z]\w*)", r"\.([a-z]\w*)\("),
}
_PULUMI = {
    "csharp": "Apply Collections Config Generic Invoke InvokeAsync Provider Require RequireSecret RunAsync Userplane",
    "java": "applyValue build builder config export get of provider require requireSecret run",
}
"""Names of Pulumi and of the language itself in those places; another one that is right is added here."""


class _Names(NamedTuple):
    types: set[str]
    functions: set[str]
    properties: set[str]


def find_name_errors(block: Block) -> Iterator[str]:
    """Yields the names in a block that the package does not have, and brackets without their other half."""
    code = _TEXT.sub('""', block.text)
    if problem := _find_open_bracket(code):
        yield f"{block.place}: {problem}"
    known = {*_PULUMI[block.language].split(), *_spell(_read_schema(), block.language)}
    for pattern in _USED[block.language]:
        for found in re.finditer(pattern, code, re.MULTILINE):
            if found[1] not in known:
                line = block.line + code[: found.start(1)].count("\n")
                yield f"{block.page}:{line}: the package has no {found[1]}; see scripts/compiled_blocks.py"


def _read_schema() -> _Names:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    resources, functions = schema["resources"].values(), schema["functions"]
    groups = [
        *(one[part] for one in resources for part in ("properties", "inputProperties")),
        *(one.get(part, {}).get("properties", {}) for one in functions.values() for part in ("inputs", "outputs")),
        *(one.get("properties", {}) for one in schema["types"].values()),
        schema["config"]["variables"],
    ]
    types = {token.rpartition(":")[2] for token in (*schema["resources"], *schema["types"])} | {"Provider"}
    return _Names(
        types, {token.rpartition(":")[2] for token in functions}, {name for group in groups for name in group}
    )


def _spell(names: _Names, language: str) -> set[str]:
    """The names as the generated package of a language spells them."""
    types = {*names.types, *(f"{name}Args" for name in names.types)}
    if language == "csharp":
        return types | {name[0].upper() + name[1:] for name in (*names.functions, *names.properties)}
    arguments = {f"{name[0].upper()}{name[1:]}Args" for name in names.functions}
    return {"UserplaneFunctions", "default_"} | types | arguments | names.functions | names.properties - {"default"}


def _find_open_bracket(code: str) -> str:
    opened: list[str] = []
    for sign in re.findall(r"[()\[\]{}]", code):
        if sign not in _PAIRS:
            opened.append(sign)
        elif not opened or opened.pop() != _PAIRS[sign]:
            return f"nothing opens a {sign}"
    return f"nothing closes a {opened[-1]}" if opened else ""
