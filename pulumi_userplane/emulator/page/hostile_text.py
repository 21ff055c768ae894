"""Text from outside, safe to show: nothing in it is invisible, and none of it changes how the rest is read."""

import json
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import takewhile
from urllib.parse import quote, unquote, urlsplit

from markupsafe import Markup, escape
from pydantic import JsonValue

MAX_SHOWN = 2000
"""How many characters of one text a page shows, those of the numbers of invisible ones included."""

_MAX_LINES = 40
_MAX_ON_ONE_LINE = 100
_MAX_VALUES = 51
"""How many values of one JSON a page can show: more fit neither on one line nor on all lines."""

_MAX_NAME = 80
_JOINERS = set("\u200c\u200d")
_EMOJI_SELECTORS = set("\ufe0e\ufe0f")
_SELECTORS = {*"\u180b\u180c\u180d\u180f", *map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))}
_UNSEEN = {*"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc", *_SELECTORS}
_SYMBOL_CATEGORIES = {"Sm", "So"}
_OTHER_SYMBOLS = set("\u203c\u2049\u2139\u3030")
_KEYS = set("0123456789#*")
_KEYCAP = "\u20e3"


def show(text: str, limit: int = MAX_SHOWN) -> Markup:
    """Returns a text as HTML that ends its own direction, with invisible characters as their numbers.

    Args:
        text: Any text.
        limit: How many characters are shown; then follows how many there are.
    """
    is_blank = bool(text) and not text.strip(" ")
    html, taken, _ = _show_parts([(text, True)] if is_blank else _split(text[:limit]), limit)
    return html if taken == len(text) else html + _show_rest(len(text))


def show_lines(text: str) -> tuple[Markup, bool]:
    """Returns the beginning of a text as HTML, each line as `show` does, and whether the text is longer."""
    lines: list[Markup] = []
    taken, room = -1, MAX_SHOWN
    for line in text[:MAX_SHOWN].split("\n", _MAX_LINES)[:_MAX_LINES]:
        html, taken_here, room = _show_parts(_split(line), room)
        lines.append(html)
        taken += taken_here + 1
        if taken_here < len(line):
            break
    return Markup("\n").join(lines), taken < len(text)


def name(text: str) -> str:
    """Returns a text as a short name on one line, for a heading or a button."""
    line = "".join(f"[{_number(part)}]" if is_special else part for part, is_special in _split(text[: 2 * _MAX_NAME]))
    line = " ".join(line.split())
    return line if len(line) <= _MAX_NAME else f"{line[: _MAX_NAME - 1]}…"


def has_special(text: str) -> bool:
    """Returns whether a text holds a character that can't be seen."""
    return any(is_special for _, is_special in _split(text))


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


def describe_json(value: JsonValue) -> str:
    """Returns the JSON of a value, or its beginning that is more than a page shows."""
    beginning = _Beginning().cut(value)
    line = json.dumps(beginning, ensure_ascii=False)
    return line if len(line) <= _MAX_ON_ONE_LINE else json.dumps(beginning, ensure_ascii=False, indent=2)


def fits_on_one_line(text: str) -> bool:
    """Returns whether a text is short enough to be read at a glance."""
    return len(text) <= _MAX_ON_ONE_LINE and "\n" not in text


class _Beginning:
    """Cuts a value off behind what a page can show of it, so that its size costs nothing."""

    def __init__(self) -> None:
        self._values = _MAX_VALUES
        self._characters = MAX_SHOWN

    def cut(self, value: JsonValue) -> JsonValue:
        self._values -= 1
        if isinstance(value, str):
            return self._cut_text(value)
        if isinstance(value, list):
            return [self.cut(item) for item in takewhile(self._has_room, value)]
        if isinstance(value, dict):
            return {self._cut_text(key): self.cut(item) for key, item in takewhile(self._has_room, value.items())}
        if isinstance(value, int):
            # As many digits as it has at least: of a long one, they are slow to compute.
            self._characters -= value.bit_length() // 4
        return value

    def _cut_text(self, text: str) -> str:
        beginning = text[: max(self._characters, 0) + 1]
        self._characters -= len(beginning)
        return beginning

    def _has_room(self, _: object) -> bool:
        return self._values > 0 and self._characters >= 0


def _show_parts(parts: Iterable[tuple[str, bool]], room: int) -> tuple[Markup, int, int]:
    """Returns parts of a text as HTML, how many of their characters it shows, and the room that remains."""
    html: list[str] = []
    taken = 0
    for part, is_special in parts:
        shown = _number(part) if is_special else part[:room]
        if len(shown) > room:
            break
        html.append(f'<span class="character">{shown}</span>' if is_special else str(escape(shown)))
        room -= len(shown)
        taken += len(part) if is_special else len(shown)
        if not room:
            break
    return Markup(f"<bdi>{''.join(html)}</bdi>"), taken, room  # noqa: S704  # each part is escaped above


def _split(text: str) -> Iterator[tuple[str, bool]]:
    """Returns the parts of a text, and of each whether it is one character that can't be seen, once or repeated."""
    start = 0
    if text.isprintable() and _UNSEEN.isdisjoint(text):
        start = len(text)
        yield text, False
    for index in range(start, len(text)):
        character = text[index]
        if index < start or _can_be_seen(character) or _belongs_to_its_neighbours(text, index):
            continue
        if start < index:
            yield text[start:index], False
        start = len(text) - len(text[index:].lstrip(character))
        yield text[index:start], True
    if start < len(text):
        yield text[start:], False


def _can_be_seen(character: str) -> bool:
    return character.isprintable() and character not in _UNSEEN


def _belongs_to_its_neighbours(text: str, index: int) -> bool:
    """Returns whether an invisible character is part of an emoji, or of a word in which a joiner makes a difference."""
    before, character, after = text[max(index - 1, 0) : index], text[index], text[index + 1 : index + 2]
    if character in _JOINERS:
        follows_emoji = before in _EMOJI_SELECTORS and _belongs_to_its_neighbours(text, index - 1)
        return (follows_emoji or _can_be_joined(before)) and _can_be_joined(after)
    if character in _EMOJI_SELECTORS:
        return _is_symbol(before) or (before in _KEYS and after == _KEYCAP)
    return False


def _can_be_joined(character: str) -> bool:
    return character != "" and not character.isascii() and _can_be_seen(character)


def _is_symbol(character: str) -> bool:
    if not _can_be_joined(character):
        return False
    return character in _OTHER_SYMBOLS or unicodedata.category(character) in _SYMBOL_CATEGORIES


def _number(run: str) -> str:
    number = f"U+{ord(run[0]):04X}"
    return number if len(run) == 1 else f"{number} \xd7 {len(run):,}"


def _show_rest(length: int) -> Markup:
    return Markup(' <span class="rest">… {} characters in all</span>').format(f"{length:,}")
