"""Reads what the package's source says of its classes and functions: their attributes, arguments and docstrings."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple, TypeVar

DefinitionT = TypeVar("DefinitionT", ast.ClassDef, ast.FunctionDef)

ROOT = Path(__file__).parent.parent

LOOK_UPS = {
    "domains": {"Domain": "lookups/domains"},
    "projects": {"Project": "lookups/projects"},
    "links": {"Link": "program/functions/links"},
    "workspaces": dict.fromkeys(("Workspace", "Member", "User"), "lookups/workspaces"),
}
"""The modules of look-ups; for each the classes that they return, with their modules."""


class Attribute(NamedTuple):
    """An annotated attribute of a class: its name, its type and its docstring."""

    name: str
    kind: str
    text: str


def find_class(module: str, name: str) -> ast.ClassDef:
    """Returns a class of a module such as `program/args`."""
    return _find_last(_parse(module).body, name, ast.ClassDef)


def find_method(of: ast.ClassDef, name: str) -> ast.FunctionDef:
    """Returns a method of a class: of overloads the implementation."""
    return _find_last(of.body, name, ast.FunctionDef)


def list_look_ups(module: str) -> list[ast.FunctionDef]:
    """Returns the look-ups of a module of `program/functions`, each with its `_output` twin."""
    body = _parse(f"program/functions/{module}").body
    return [one for one in body if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")]


def list_attributes(of: ast.ClassDef) -> list[Attribute]:
    """Returns the annotated attributes of a class."""
    found = []
    for one, following in zip(of.body, [*of.body[1:], None], strict=True):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            documented = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            text = ast.literal_eval(following.value) if documented and isinstance(following, ast.Expr) else ""
            kind = re.sub(r"^Output\[(.*)\]$", r"\1", describe_type(one.annotation))
            found.append(Attribute(one.target.id, kind, text))
    return found


def describe_type(annotation: ast.expr | None) -> str:
    """Returns a type as a program's author would say it, the same on every Python."""
    text = ast.unparse(annotation) if annotation else "None"
    text = text.strip("'").replace("'", '"').replace("pulumi.", "")
    return re.sub(r"Optional\[((?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*)\]", r"\1 | None", text)


def docstring(of: ast.ClassDef | ast.FunctionDef) -> str:
    """Returns the docstring of a class or function, or an empty text."""
    return ast.get_docstring(of) or ""


def _find_last(body: list[ast.stmt], name: str, kind: type[DefinitionT]) -> DefinitionT:
    """Returns the last definition of that name: those before it are overloads."""
    return [one for one in body if isinstance(one, kind) and one.name == name][-1]


def _parse(module: str) -> ast.Module:
    return ast.parse((ROOT / "pulumi_userplane" / f"{module}.py").read_text("utf-8"))
