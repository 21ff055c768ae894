"""Docstrings and signatures of the package as Markdown, for the reference."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from scripts.schema import read_sections
from scripts.source import describe_type, docstring, find_class, list_attributes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def describe_class(name: str, module: str = "program/recording_link") -> str:
    """Returns what a class is, with its fields."""
    found = find_class(module, name)
    about = read_sections(docstring(found))
    texts = about.get("Attributes", {})
    lines = []
    for field in list_attributes(found):
        text = " ".join((field.text or texts.get(field.name, "")).split())
        lines.append(f"- `{field.name}` `{field.kind}`" + (f": {text}" if text else ""))
    return f"`{name}`: {about['']['']} Fields:\n\n" + "\n".join(lines)


def describe_function(function: ast.FunctionDef, heading: str, prefix: str = "") -> str:
    """Returns a heading, how a function is called, and its docstring."""
    signature = render_signature(function, prefix + function.name)
    text = render_docstring(function)
    return f"{heading}{prefix}{function.name}\n\n```python\n{signature}\n```\n\n{text}"


def render_signature(function: ast.FunctionDef, name: str, constants: Mapping[str, object] | None = None) -> str:
    """Returns the call with one argument a line, as the formatter would break it.

    Args:
        function: The function.
        name: What it is called by.
        constants: The values of names that are defaults; a reader could not look these names up.
    """
    values = constants or {}
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    without = [None] * (len(plain) - len(given.defaults))
    lines = [_argument(one, default, values) for one, default in zip(plain, [*without, *given.defaults], strict=True)]
    lines = [line for line in lines if line not in {"self", "cls"}]
    if given.kwonlyargs:
        keywords = zip(given.kwonlyargs, given.kw_defaults, strict=True)
        lines += ["*", *(_argument(one, default, values) for one, default in keywords)]
    if given.kwarg:
        lines.append(f"**{_argument(given.kwarg, None, values)}")
    returns = "" if function.name == "__init__" else f" -> {describe_type(function.returns)}"
    in_one = f"{name}({', '.join(lines)}){returns}"
    broken = "".join(f"\n    {line}," for line in lines)
    return in_one if len(in_one) <= 100 else f"{name}({broken}\n){returns}"


def _argument(argument: ast.arg, default: ast.expr | None, values: Mapping[str, object]) -> str:
    if argument.annotation is None:
        return argument.arg
    if isinstance(default, ast.Name):
        default = ast.parse(repr(values[default.id]), mode="eval").body
    value = f" = {ast.unparse(default)}".replace("'", '"') if default else ""
    return f"{argument.arg}: {describe_type(argument.annotation)}{value}"


def attribute_rows(of: ast.ClassDef) -> list[tuple[str, str, str]]:
    """Returns the name, the type and the docstring of each attribute of a class."""
    return [(f"`{one.name}`", f"`{one.kind}`", one.text) for one in list_attributes(of)]


def render_docstring(of: ast.ClassDef | ast.FunctionDef) -> str:
    """Returns the docstring of a class or function as Markdown."""
    return _text(docstring(of))


def _text(docstring: str) -> str:
    """Returns a docstring as Markdown: its sections become lists."""
    lines: list[str] = []
    in_section = False
    for line in docstring.splitlines():
        if re.fullmatch(r"(Args|Raises|Attributes):", line):
            in_section = True
            lines.append({"Args:": "Arguments:"}.get(line, line) + "\n")
        elif in_section and re.match(r"    \S", line):
            name, _, rest = line.strip().partition(": ")
            lines.append(f"- `{name}`: {rest}")
        else:
            in_section = in_section and (not line or line.startswith(" "))
            lines.append(f"  {line.strip()}" if in_section and line else line)
    return "\n".join(lines)


def render_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Returns a table; its cells may have several lines and bars."""
    cells = [head, ("---",) * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in row) + " |" for row in cells
    )
