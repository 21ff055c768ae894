"""Removes what a link holds from the server's own words: a title may be a secret, and a refusal may quote it."""

from __future__ import annotations

import contextlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from itertools import takewhile
from typing import Any, NamedTuple
from urllib.parse import unquote

REDACTED_FIELDS = ("link_title", "link_provider_id", "link_provider_ref", "meta")

MIN_LENGTH = 4
"""A value of fewer characters tells nothing and stays."""

MIN_LONG = 10
"""A value of fewer characters may be a word of the server's own: it is removed only where it is quoted."""

_PREFIX = 8
"""How many characters of a long value are enough to know it by: the server may cut off the rest."""

_QUOTATION = r"[\"'`\u2018-\u201e«»=:]"
_CHARACTER = re.compile(".", re.DOTALL)
_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\.|(?:%[0-9a-fA-F]{2})+|&#?\w+;", re.DOTALL)
_ESCAPE_OR_CHARACTER = re.compile(f"{_ESCAPE.pattern}|.", re.DOTALL)

_REDACTED_LINKS: ContextVar[tuple[Mapping[str, Any], ...]] = ContextVar("redacted_links", default=())


@contextlib.contextmanager
def redact_values(*links: Mapping[str, Any]) -> Iterator[None]:
    """Redacts the values of these links in whatever the server says to this thread's requests inside.

    Args:
        links: The fields of a link by their names, as declared or as recorded.
    """
    token = _REDACTED_LINKS.set((*_REDACTED_LINKS.get(), *links))
    try:
        yield
    finally:
        _REDACTED_LINKS.reset(token)


def redact(text: str) -> str:
    """Returns the text with the field's name in place of each value of the links above.

    Case, white space, and the escapes of JSON, HTML and URLs make no difference. If the server cuts a long value off,
    its beginning is removed, from 8 characters on. A value of fewer than 10 characters is removed only after a
    quotation mark, `=` or `:`. A value of fewer than 4 stays.
    """
    fields = {form: field for field, value in _values() for form in _forms(value) if len(form) >= MIN_LENGTH}
    if not fields:
        return text
    # The second pass is for a value whose beginning turns what stands before it into an escape.
    for unit in (_ESCAPE_OR_CHARACTER, _CHARACTER):
        text = _replace_values(text, unit, fields)
    return text


class _Folded(NamedTuple):
    """A text as values are compared: unescaped, without case, each white space one blank.

    Attributes:
        text: The folded text.
        spans: For each of its characters, where that stands in the original.
    """

    text: str
    spans: list[tuple[int, int]]


def _replace_values(text: str, unit: re.Pattern[str], fields: Mapping[str, str]) -> str:
    any_value = re.compile("|".join(map(_pattern, sorted(fields, key=len, reverse=True))))
    folded = _fold(text, unit)
    result, copied, position = "", 0, 0
    while match := any_value.search(folded.text, position):
        start = match.start()
        rest = folded.text[start:]
        lengths = {value: _common_length(value, rest) for value in fields if value.startswith(match[0])}
        value = max(lengths, key=lengths.__getitem__)
        position = start + lengths[value]
        result += f"{text[copied : folded.spans[start][0]]}[{fields[value]}]"
        copied = folded.spans[position - 1][1]
    return result + text[copied:]


def _fold(text: str, unit: re.Pattern[str]) -> _Folded:
    folded, spans = "", []
    for piece in unit.finditer(text):
        for character in _unescape(piece[0]).casefold():
            is_blank = character.isspace() or character == "+"
            if not (is_blank and folded.endswith(" ")):
                folded += " " if is_blank else character
                spans.append(piece.span())
    return _Folded(folded, spans)


def _forms(value: str) -> set[str]:
    """Returns a value folded, with its escapes and without: it may hold what only looks like one."""
    unescaped = _ESCAPE.sub(lambda escape: _unescape(escape[0]), value)
    return {" ".join(form.casefold().replace("+", " ").split()) for form in (value, unescaped)}


def _pattern(value: str) -> str:
    if len(value) >= MIN_LONG:
        return re.escape(value[:_PREFIX])
    return rf"(?:(?<={_QUOTATION})|(?<=[=:] )){re.escape(value)}(?!\w)"


def _unescape(piece: str) -> str:
    if len(piece) > 1 and piece.startswith("\\"):
        with contextlib.suppress(ValueError):
            return str(json.loads(f'"{piece}"'))
    return html.unescape(unquote(piece))


def _common_length(value: str, text: str) -> int:
    """Returns how many characters two texts have in common from their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(value, text, strict=False)))


def _values() -> Iterator[tuple[str, str]]:
    for link in _REDACTED_LINKS.get():
        for field in REDACTED_FIELDS:
            for value in _leaves(link.get(field)):
                yield field, value


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif not isinstance(value, (bool, type(None))):
        # Pulumi brings 5 as 5.0.
        yield value if isinstance(value, str) else str(value).removesuffix(".0")
