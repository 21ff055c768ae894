"""Evaluates the expressions of GitHub's workflows, as far as ours use them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[A-Za-z_][\w-]*(?:\.[\w-]+)*|==|!=|&&|\|\||[!(),])")
_WORDS = {"true": True, "false": False, "null": None}


def render(text: str, contexts: Mapping[str, Any]) -> str:
    """Returns a text with the values of its expressions."""
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: to_text(evaluate(found[1], contexts)), text)


def to_text(value: Any) -> str:
    """Returns a value as GitHub writes it into a text."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def evaluate(expression: str, contexts: Mapping[str, Any]) -> Any:
    """Returns the value of an expression, with or without `${{ }}`.

    Args:
        expression: The expression.
        contexts: The contexts by their names, as nested dictionaries, and the functions. A name that is unknown in a
            nested dictionary is null, as on GitHub; a context that is unknown is a mistake.
    """
    bare = expression.strip().removeprefix("${{").removesuffix("}}").strip()
    tokens = _TOKEN.findall(bare)
    assert "".join(tokens) == re.sub(r"\s(?=(?:[^']*'[^']*')*[^']*$)", "", bare), f"not understood: {bare}"
    parser = _Parser(tokens, contexts)
    value = parser.parse_or()
    assert not parser.tokens, f"not understood: {bare}"
    return value


class _Parser:
    def __init__(self, tokens: list[str], contexts: Mapping[str, Any]) -> None:
        self.tokens = tokens
        self._contexts = contexts

    def parse_or(self) -> Any:
        value = self._parse_and()
        while self._take("||"):
            other = self._parse_and()
            value = value or other
        return value

    def _parse_and(self) -> Any:
        value = self._parse_comparison()
        while self._take("&&"):
            other = self._parse_comparison()
            value = value and other
        return value

    def _parse_comparison(self) -> Any:
        value = self._parse_one()
        if self._take("=="):
            return _fold(value) == _fold(self._parse_one())
        if self._take("!="):
            return _fold(value) != _fold(self._parse_one())
        return value

    def _parse_one(self) -> Any:
        token = self.tokens.pop(0)
        if token == "!":
            return not self._parse_one()
        if token == "(":
            value = self.parse_or()
            assert self._take(")")
            return value
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token in _WORDS:
            return _WORDS[token]
        if self._take("("):
            assert self._take(")"), "the functions of ours take no argument"
            return self._contexts[f"{token}()"]
        context, *names = token.split(".")
        value = self._contexts[context]
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def _take(self, token: str) -> bool:
        if self.tokens[:1] == [token]:
            self.tokens.pop(0)
            return True
        return False


def _fold(value: Any) -> Any:
    return to_text(value).lower()
