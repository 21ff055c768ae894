"""Text from outside, safe to show: nothing in it is invisible, and none of it changes how the rest is read."""

import json
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from markupsafe import Markup, escape
from pydantic import JsonValue

MAX_SHOWN = 2000
"""How many characters of one text a page shows."""

_MAX_NAME = 80
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_INVISIBLE_LETTERS = set("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_JOINERS = set("\u200c\u200d")


def show(text: str, limit: int = MAX_SHOWN) -> Markup:
    """Returns a text as HTML that ends its own direction, with invisible characters as their numbers.

    Args:
        text: Any text.
        limit: How many characters are shown; then follows how many there are.
    """
    html = Markup("").join(
        Markup('<span class="character">{}</span>').format(_number(part)) if is_special else escape(part)
        for part, is_special in _split(text[:limit])
    )
    return Markup("<bdi>{}</bdi>{}").format(html, _show_rest(len(text), limit))


def show_lines(text: str) -> Markup:
    """Returns a text of several lines as HTML, each line as `show` does; what is cut off has been announced already."""
    return Markup("\n").join(show(line) for line in text[:MAX_SHOWN].split("\n"))


def name(text: str) -> str:
    """Returns a text as a short name on one line, for a heading or a button."""
    line = "".join(f"[{_number(part)}]" if is_special else part for part, is_special in _split(text[: 2 * _MAX_NAME]))
    line = " ".join(line.split())
    return line if len(line) <= _MAX_NAME else f"{line[: _MAX_NAME - 1]}…"


def is_https(address: str) -> bool:
    """Returns whether an address can be a link: https, a host, and nothing that hides where it leads."""
    if any(is_special or " " in part or "\\" in part for part, is_special in _split(address)):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc


def to_key(link_id: str) -> str:
    """Returns an id as a form can hold it: some characters would not come back from a browser as they were."""
    return quote(link_id, safe="")


def from_key(key: str) -> str:
    """Returns the id that `to_key` was given; of anything else, an id that no link has."""
    return unquote(key)


def dump_json(value: JsonValue, indent: int | None = None) -> str:
    """Returns the JSON of a value, or its beginning that is more than a page shows."""
    encoder = json.JSONEncoder(indent=indent, ensure_ascii=False)
    parts: list[str] = []
    length = 0
    try:
        for part in encoder.iterencode(value):
            parts.append(part)
            length += len(part)
            if length > MAX_SHOWN:
                break
    except RecursionError:
        return "(nested too deeply to be shown)"
    return "".join(parts)


def _split(text: str) -> Iterable[tuple[str, bool]]:
    """Returns the parts of a text, and of each whether it is one character that can't be seen."""
    start = 0
    if text.isprintable() and _INVISIBLE_LETTERS.isdisjoint(text):
        yield text, False
        return
    for index, character in enumerate(text):
        if _is_special(text, index, character):
            yield from ((text[start:index], False), (character, True))
            start = index + 1
    yield text[start:], False


def _is_special(text: str, index: int, character: str) -> bool:
    if character in _JOINERS:
        # Between other characters than ASCII they make emoji, and words of several languages.
        neighbours = text[index - 1 : index], text[index + 1 : index + 2]
        return not all(neighbour and not neighbour.isascii() for neighbour in neighbours)
    return character in _INVISIBLE_LETTERS or unicodedata.category(character) in _INVISIBLE_CATEGORIES


def _number(character: str) -> str:
    return f"U+{ord(character):04X}"


def _show_rest(length: int, limit: int) -> Markup:
    if length <= limit:
        return Markup("")
    return Markup(' <span class="rest">… {} characters in all</span>').format(f"{length:,}")
