"""Python literals as a formatter would write them."""

from __future__ import annotations

from typing import Any

INDENT = "    "


def literal(value: Any, depth: int = 0) -> str:  # noqa: ANN401 - any JSON
    """Returns the literal of a JSON value, lists and maps an entry a line.

    Args:
        value: A text, number, truth value, None, list or map.
        depth: How far its first line is indented.
    """
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return _block("{}", [f"{text(key)}: {literal(inner, depth + 1)}" for key, inner in value.items()], depth)
    if isinstance(value, list):
        return _block("[]", [literal(inner, depth + 1) for inner in value], depth)
    return repr(value)


def text(value: str) -> str:
    """Returns the literal of a text in double quotes, or in single ones where that takes fewer backslashes."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + "".join(f"\\{quote}" if each == quote else repr(each)[1:-1] for each in value) + quote


def _block(brackets: str, entries: list[str], depth: int) -> str:
    if not entries:
        return brackets
    lines = "".join(f"{INDENT * (depth + 1)}{entry},\n" for entry in entries)
    return f"{brackets[0]}\n{lines}{INDENT * depth}{brackets[1]}"
