"""Keeps what a link holds out of the server's words: a title may be a secret, and a refusal may quote it."""

from __future__ import annotations

import contextlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from itertools import takewhile
from typing import Any
from urllib.parse import unquote

_FIELDS = ("link_title", "link_provider_id", "link_provider_ref", "meta")
_SHORTEST = 4
_BEGINNING = 8
_LONG = 10
_MARK = r"[\"'`\u2018-\u201e«»=:]"
_LETTER = re.compile(".", re.DOTALL)
_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\.|(?:%[0-9a-fA-F]{2})+|&#?\w+;", re.DOTALL)
_ESCAPE_OR_LETTER = re.compile(f"{_ESCAPE.pattern}|.", re.DOTALL)

_WITHHELD: ContextVar[tuple[Mapping[str, Any], ...]] = ContextVar("withheld", default=())


@contextlib.contextmanager
def redact_values(*links: Mapping[str, Any]) -> Iterator[None]:
    """Strikes the values of these links out of what the server says to this thread's requests inside.

    Args:
        links: Fields of a link by their names, as declared or as recorded.
    """
    token = _WITHHELD.set((*_WITHHELD.get(), *links))
    try:
        yield
    finally:
        _WITHHELD.reset(token)


def redact(words: str) -> str:
    """Returns the words with the field's name in place of each value that is withheld.

    Upper and lower case, blanks and the escapes of JSON, HTML and URLs make no difference. Of a value that the server
    cuts off, the beginning is struck out, if that is 8 characters or longer. A value of fewer than 10 may be a word of
    the server's own: it is struck out after a quotation mark, `=` or `:`. Fewer than 4 tell nothing and stay.
    """
    fields = {form: field for field, text in _texts() for form in _forms(text) if len(form) >= _SHORTEST}
    if not fields:
        return words
    any_value = re.compile("|".join(map(_pattern, sorted(fields, key=len, reverse=True))))
    # The second look is for a value whose beginning makes an escape of what stands before it.
    for pieces in (_ESCAPE_OR_LETTER, _LETTER):
        read, places = _read(words, pieces)
        said, at, after = "", 0, 0
        while found := any_value.search(read, at):
            lengths = {value: _alike(value, read[found.start() :]) for value in fields if value.startswith(found[0])}
            quoted = max(lengths, key=lengths.__getitem__)
            at = found.start() + lengths[quoted]
            said += f"{words[after : places[found.start()][0]]}[{fields[quoted]}]"
            after = places[at - 1][1]
        words = said + words[after:]
    return words


def _forms(text: str) -> set[str]:
    """How a text reads: as it is, and without escapes, for it may hold what looks like one."""
    unescaped = _ESCAPE.sub(lambda piece: _unescaped(piece[0]), text)
    return {" ".join(form.casefold().replace("+", " ").split()) for form in (text, unescaped)}


def _pattern(value: str) -> str:
    if len(value) >= _LONG:
        return re.escape(value[:_BEGINNING])
    return rf"(?:(?<={_MARK})|(?<=[=:] )){re.escape(value)}(?!\w)"


def _read(words: str, pieces: re.Pattern[str]) -> tuple[str, list[tuple[int, int]]]:
    """Folds the words as values are, and tells where each letter of the result stands in them."""
    read, places = "", []
    for piece in pieces.finditer(words):
        for letter in _unescaped(piece[0]).casefold():
            blank = letter.isspace() or letter == "+"
            if not (blank and read.endswith(" ")):
                read += " " if blank else letter
                places.append(piece.span())
    return read, places


def _unescaped(piece: str) -> str:
    if len(piece) > 1 and piece.startswith("\\"):
        with contextlib.suppress(ValueError):
            return str(json.loads(f'"{piece}"'))
    return html.unescape(unquote(piece))


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common from their beginning on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _texts() -> Iterator[tuple[str, str]]:
    for link in _WITHHELD.get():
        for field in _FIELDS:
            for text in _leaves(link.get(field)):
                yield field, text


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif not isinstance(value, (bool, type(None))):
        # Pulumi brings 5 as 5.0.
        yield value if isinstance(value, str) else str(value).removesuffix(".0")
