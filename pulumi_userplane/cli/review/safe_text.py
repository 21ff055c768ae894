"""Somebody else's words, made harmless: as one line that shows what it holds, and as Markdown that stays text."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from typing import Any

from pulumi_userplane.cli.review.model import Mask

LONGEST_VALUE = 80
LONGEST_ADDRESS = 300

_CONTEXT = 20
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_BREAKS = frozenset("\n\r\v\f\x85\u2028\u2029")
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_LEFT_TO_RIGHT_MARK = "\u200e"
_COMMANDS = re.compile(rf"^([\s{_LEFT_TO_RIGHT_MARK}]*)(:)(?=:)|(#)(?=#\[)", re.MULTILINE)
_WORDS = {Mask.ABSENT: "nothing", Mask.SECRET: "a secret", Mask.UNKNOWN: "known after `up`"}


def visible(text: str) -> str:
    """Returns the text with an escape for all that has no shape of its own or turns the line's direction."""
    return "".join(map(_visible, text))


@lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in _HIDDEN or (category == "Zs" and character != " "):
        code = ord(character)
        return _SHORT.get(character) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return character


def hidden(text: str) -> str | None:
    """Returns in words what a text holds that a reader would not see, or None."""
    breaks = ["a line break"] if _BREAKS.intersection(text) else []
    rest = "".join(each for each in text if each not in _BREAKS)
    return " and ".join([*breaks, *(["hidden characters"] if visible(rest) != rest else [])]) or None


def cut(text: str, most: int = LONGEST_VALUE) -> str:
    """Returns a text, or its beginning and an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def shown(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Returns a value as JSON, masks as words; a long one is cut."""
    return visible(cut(_as_json(value)))


def shown_pair(one: Any, other: Any) -> tuple[str, str]:  # noqa: ANN401 - any JSON
    """Returns two values as JSON, long ones cut so that their first difference shows."""
    texts = _as_json(one), _as_json(other)
    common = next((at for at, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1]), min(map(len, texts)))
    if max(map(len, texts)) > LONGEST_VALUE and common >= LONGEST_VALUE - _CONTEXT:
        start = common - _CONTEXT
        texts = f"…{texts[0][start:]}", f"…{texts[1][start:]}"
    return visible(cut(texts[0])), visible(cut(texts[1]))


def _as_json(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, Mask):
        return _WORDS[value]
    return json.dumps(value, ensure_ascii=False, default=lambda mask: f"({_WORDS[mask]})")


def isolated(text: str, inner: str) -> str:
    """Returns what is written for a text, closed off if it runs from right to left: what follows keeps its order."""
    if any(unicodedata.bidirectional(each) in _RIGHT_TO_LEFT for each in text):
        return f"{_LEFT_TO_RIGHT_MARK}{inner}{_LEFT_TO_RIGHT_MARK}"
    return inner


def code(text: str) -> str:
    """Returns Markdown, good in a table too, that shows the text and nothing else.

    Only what is code mentions nobody on GitHub: a backslash or an entity before an @ does not help.
    """
    if not text:
        return "(empty)"
    if not text.strip():
        return f"<code>{'&#32;' * len(text)}</code>"
    if "`" in text or "|" in text or "##[" in text:
        return isolated(text, f"<code>{''.join(map(_entity, text))}</code>")
    # One space on either side belongs to the marks.
    padded = f" {text} " if text[0] == " " or text[-1] == " " else text
    return isolated(text, f"`{padded}`")


@lru_cache(maxsize=4096)
def _entity(character: str) -> str:
    if character == "@":
        # GitHub makes a link to write a mail of name@host in a text, inside of such tags too; a comment parts the text.
        return "<!-- -->&#64;"
    return character if character.isalnum() or character == " " else f"&#{ord(character)};"


def without_commands(text: str) -> str:
    r"""Returns the text without what GitHub's runner obeys in a log: `::` where a line begins, `##[` anywhere.

    The characters are spelt out as `visible` does it: `\u003a:error::`.
    """
    return _COMMANDS.sub(_spelt_out, text)


def _spelt_out(found: re.Match[str]) -> str:
    return f"{found[1] or ''}\\u{ord(found[2] or found[3]):04x}"
