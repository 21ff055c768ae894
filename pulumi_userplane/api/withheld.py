"""Keeps what a link holds out of the server's words: a title may be a secret, and a refusal may quote it."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from itertools import takewhile
from typing import Any

_FIELDS = ("link_title", "link_provider_id", "link_provider_ref", "meta")
_SHORTEST = 4
_LONG = 8

_WITHHELD: ContextVar[tuple[Mapping[str, Any], ...]] = ContextVar("withheld", default=())


@contextlib.contextmanager
def withheld(*links: Mapping[str, Any]) -> Iterator[None]:
    """Strikes the values of these links out of what the server says to this thread's requests inside.

    Args:
        links: Fields of a link by their names, as declared or as recorded.
    """
    token = _WITHHELD.set((*_WITHHELD.get(), *links))
    try:
        yield
    finally:
        _WITHHELD.reset(token)


def struck_out(words: str) -> str:
    """Returns the words with the field's name in place of each value that is withheld.

    A text of fewer than 4 characters tells nothing and stays. Of one that the server cuts off, the beginning is struck
    out, if that is 8 characters or longer.
    """
    fields = {form: field for field, text in _texts() for form in _forms(text) if len(form) >= _SHORTEST}
    if not fields:
        return words
    any_beginning = re.compile("|".join(map(_beginning, sorted(fields, key=len, reverse=True))))
    said, at = "", 0
    while found := any_beginning.search(words, at):
        lengths = {value: _alike(value, words[found.start() :]) for value in fields}
        quoted = max(lengths, key=lengths.__getitem__)
        said += f"{words[at : found.start()]}[{fields[quoted]}]"
        at = found.start() + lengths[quoted]
    return said + words[at:]


def _beginning(value: str) -> str:
    escaped = re.escape(value[:_LONG])
    return escaped if len(value) >= _LONG else rf"(?<!\w){escaped}(?!\w)"


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


def _forms(text: str) -> set[str]:
    """How a server may write a text: without outer blanks, with none twice, or as JSON has it."""
    plain = {text.strip(), " ".join(text.split())}
    return plain | {json.dumps(form, ensure_ascii=False)[1:-1] for form in plain}
