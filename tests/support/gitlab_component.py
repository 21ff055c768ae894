"""Reads the component as GitLab does: fills in its inputs, and decides by its rules which jobs run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

COMPONENT = Path(__file__).parents[2] / "templates" / "links" / "template.yml"
_INPUT = re.compile(r"\$\[\[ inputs\.([\w-]+) \]\]")
_TOKEN = re.compile(r'\$\w+|"[^"]*"|==|&&|\|\||[()]')


def read_component(given: Mapping[str, str | bool]) -> dict[str, dict[str, Any]]:
    """Returns the component's jobs by their names, with the inputs filled in as GitLab does it."""
    header, content = yaml.safe_load_all(COMPONENT.read_text("utf-8"))
    declared = header["spec"]["inputs"]
    assert set(given) <= set(declared), "GitLab refuses an input that the component does not declare"
    values = {}
    for name, spec in declared.items():
        assert name in given or "default" in spec, f"GitLab refuses a use without the input {name}"
        values[name] = given.get(name, spec.get("default"))
        assert isinstance(values[name], {"boolean": bool}.get(spec.get("type", "string"), str))
        assert re.search(spec.get("regex", ""), str(values[name])), f"GitLab refuses {name}"
    filled: dict[str, dict[str, Any]] = _fill_in(content, values)
    return filled


def _fill_in(node: Any, values: Mapping[str, str | bool]) -> Any:
    if isinstance(node, dict):
        return {_fill_in(key, values): _fill_in(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill_in(entry, values) for entry in node]
    if not isinstance(node, str):
        return node
    if whole := _INPUT.fullmatch(node):
        return values[whole[1]]

    def text(found: re.Match[str]) -> str:
        value = values[found[1]]
        return str(value).lower() if isinstance(value, bool) else value

    return _INPUT.sub(text, node)


def holds(condition: str, variables: Mapping[str, str]) -> bool:
    """Returns whether a rule's `if` holds; && binds more than ||, and a variable that is not set equals nothing."""
    tokens = _TOKEN.findall(condition)
    assert "".join(tokens) == condition.replace(" ", "")

    def read_or() -> bool:
        value = read_and()
        while tokens and tokens[0] == "||":
            tokens.pop(0)
            other = read_and()
            value = value or other
        return value

    def read_and() -> bool:
        value = read_comparison()
        while tokens and tokens[0] == "&&":
            tokens.pop(0)
            other = read_comparison()
            value = value and other
        return value

    def read_comparison() -> bool:
        if tokens[0] == "(":
            tokens.pop(0)
            value = read_or()
            assert tokens.pop(0) == ")"
            return value
        left = read_value()
        assert tokens.pop(0) == "=="
        return left is not None and left == read_value()

    def read_value() -> str | None:
        token = tokens.pop(0)
        return variables.get(token[1:]) if token.startswith("$") else token.strip('"')

    return read_or()
