"""Makes text of others harmless: one visible line without keys, Markdown that stays text, no command for a runner."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from string import ascii_letters
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from pulumi_userplane.cli.review.model import Mask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAX_VALUE_LENGTH = 80
MAX_ADDRESS_LENGTH = 300
MAX_WORD_LENGTH = 24
"""The longest word of others that stays whole: one fits next to an address into a comment's width."""
_MAX_ADDRESS_WORD_LENGTH = 64
"""More than Userplane's addresses need: they stay whole, so that also the plain text of a comment can be copied."""

_CONTEXT = 20
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_LINE_BREAKS = frozenset("\n\r\v\f\x85\u2028\u2029")
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_LEFT_TO_RIGHT_MARK = "\u200e"
_HASH_COMMAND = r"(#)(?=#\w*\[)"
# A runner ends lines at carriage returns, too.
_WORKFLOW_COMMAND = re.compile(rf"(?:\A|(?<=[\r\n]))((?:[^\S\r\n]|{_LEFT_TO_RIGHT_MARK})*)(:)(?=:)|{_HASH_COMMAND}")
_QUICK_ACTION = re.compile(r"^((?:\d+[.)])?[^\w\n/`<]*)/", re.MULTILINE)
_KEY = re.compile(r"uspl_[^\s\"'`]*")
_MASKED_KEY = "uspl_***"
_MASK_WORDS = {Mask.ABSENT: "nothing", Mask.SECRET: "a secret", Mask.UNKNOWN: "known after `up`"}


@dataclass(frozen=True)
class Code:
    """Text of others, or a word of the program: shown as code."""

    max_word_length: ClassVar[int] = MAX_WORD_LENGTH
    text: str


@dataclass(frozen=True)
class Property(Code):
    """A path to a property of a link or a part of one: shown as code, in the program's spelling."""


@dataclass(frozen=True)
class Address(Code):
    """The address of a link."""

    max_word_length: ClassVar[int] = _MAX_ADDRESS_WORD_LENGTH


@dataclass(frozen=True)
class Bold:
    """What nobody may miss."""

    phrase: Phrase


Phrase: TypeAlias = "tuple[str | Code | Bold, ...]"
"""A sentence or a part of one. Its plain strings are our own words, and nothing else may be one."""


def to_markdown(phrase: Phrase) -> str:
    """Returns a phrase as Markdown in which text of others stays text."""
    return _render(phrase, _to_code_span, lambda bold: f"**{bold}**")


def _to_code_span(code: Code) -> str:
    return code_span(escape_invisible(mask_keys(code.text)), code.max_word_length)


def to_plain_text(phrase: Phrase) -> str:
    """Returns a phrase as text for a terminal; see `neutralize_workflow_commands`."""
    return _render(phrase, lambda code: isolate_bidi(visible := escape_invisible(mask_keys(code.text)), visible), str)


def _render(phrase: Phrase, render_code: Callable[[Code], str], render_bold: Callable[[str], str]) -> str:
    parts = []
    for part in phrase:
        if isinstance(part, Code):
            parts.append(render_code(part))
        elif isinstance(part, Bold):
            parts.append(render_bold(_render(part.phrase, render_code, render_bold)))
        else:
            parts.append(part)
    return "".join(parts)


def mask_keys(text: str) -> str:
    """Returns the text with a mask for each API key, whoever's it is: for all that begins with `uspl_`.

    Mask a text before it is cut or escaped: of a part of a key nothing can tell that it is one.
    """
    return _KEY.sub(_MASKED_KEY, text)


def mask_all_keys(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Returns JSON with a mask for each API key in its texts, at any depth."""
    if isinstance(value, str):
        return mask_keys(value)
    if isinstance(value, dict):
        return {mask_keys(key): mask_all_keys(inner) for key, inner in value.items()}
    return [mask_all_keys(inner) for inner in value] if isinstance(value, list) else value


def escape_invisible(text: str) -> str:
    """Returns the text with an escape for each character that has no shape or turns the direction of the line."""
    return "".join(map(_escape_if_invisible, text))


@lru_cache(maxsize=4096)
def _escape_if_invisible(character: str) -> str:
    category = unicodedata.category(character)
    if category in _INVISIBLE or (category == "Zs" and character != " "):
        code = ord(character)
        return _SHORT_ESCAPES.get(character) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return character


def describe_invisible(text: str) -> str | None:
    """Returns in words what a text holds that a reader would not see, or None."""
    breaks = ["a line break"] if _LINE_BREAKS.intersection(text) else []
    rest = "".join(character for character in text if character not in _LINE_BREAKS)
    return " and ".join([*breaks, *(["hidden characters"] if escape_invisible(rest) != rest else [])]) or None


def truncate(text: str, most: int = MAX_VALUE_LENGTH) -> str:
    """Returns a text without keys, or its beginning and an ellipsis."""
    text = mask_keys(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def format_value(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Returns a value as JSON, masks as words; a long one is truncated."""
    return escape_invisible(truncate(_to_json(value)))


def format_values(one: Any, other: Any) -> tuple[str, str]:  # noqa: ANN401 - any JSON
    """Returns two values as JSON, long ones truncated so that their first difference shows."""
    texts = _to_json(one), _to_json(other)
    common = next((at for at, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1]), min(map(len, texts)))
    if max(map(len, texts)) > MAX_VALUE_LENGTH and common >= MAX_VALUE_LENGTH - _CONTEXT:
        start = common - _CONTEXT
        texts = f"…{texts[0][start:]}", f"…{texts[1][start:]}"
    return escape_invisible(truncate(texts[0])), escape_invisible(truncate(texts[1]))


def _to_json(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, Mask):
        return _MASK_WORDS[value]
    return mask_keys(json.dumps(value, ensure_ascii=False, default=lambda mask: f"({_MASK_WORDS[mask]})"))


def isolate_bidi(text: str, rendered: str) -> str:
    """Returns what is rendered for a text, closed off if it runs from right to left: what follows keeps its order."""
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return f"{_LEFT_TO_RIGHT_MARK}{rendered}{_LEFT_TO_RIGHT_MARK}"
    return rendered


def code_span(text: str, max_word_length: int = MAX_WORD_LENGTH) -> str:
    """Returns Markdown, good in a table too, that shows the text and nothing else.

    Only what is code mentions nobody on GitHub: a backslash or an entity before an @ does not help.
    """
    if not text:
        return "(empty)"
    pieces = [*_split_long_words(text, max_word_length)]
    # Scripts look for our comments by their markers.
    is_odd = "`" in text or "|" in text or "<!--" in text or re.search(_HASH_COMMAND, text)
    if is_odd or not text.strip() or len(pieces) > 1:
        return tag_pieces(pieces)
    # One space on either side belongs to the marks.
    padded = f" {text} " if text[0] == " " or text[-1] == " " else text
    return isolate_bidi(text, f"`{padded}`")


def code_tag(text: str) -> str:
    """Returns HTML, good in Markdown too, that shows the text as code and nothing else."""
    return tag_pieces([*_split_long_words(text, MAX_WORD_LENGTH)])


def tag_pieces(pieces: Sequence[str]) -> str:
    """Returns the pieces of a text as `code_tag` does; between two of them a line may end."""
    text = "".join(pieces)
    if not text.strip():
        return f"<code>{'&#32;' * len(text)}</code>"
    return isolate_bidi(text, f"<code>{'<wbr>'.join(''.join(map(to_entity, piece)) for piece in pieces)}</code>")


def _split_long_words(text: str, most: int) -> Iterator[str]:
    """Splits a text where a browser is to be allowed to begin a line.

    One long word would make a table wider than the page, and then the columns to the right of it are out of sight.
    """
    start = unbroken = 0
    for at, (before, character) in enumerate(pairwise(f" {text}")):
        if _may_begin_a_line(before, character):
            unbroken = 1
        elif unbroken >= most and not unicodedata.combining(character):
            yield text[start:at]
            start, unbroken = at, 1
        else:
            unbroken += 1
    yield text[start:]


def _may_begin_a_line(before: str, character: str) -> bool:
    """Tells what browsers do with most letters, after https://www.unicode.org/reports/tr14/."""
    if before in "/?-" and character in ascii_letters:
        return True
    return " " in (before, character) or unicodedata.east_asian_width(character) in {"F", "W"}


@lru_cache(maxsize=4096)
def to_entity(character: str) -> str:
    """Returns a character as Markdown within `<code>`: nothing but a letter, a digit or a blank stays as it is."""
    if character == "@":
        # GitHub makes a link to write a mail of name@host in a text, inside of such tags too; a comment parts the text.
        return "<!-- -->&#64;"
    return character if character.isalnum() or character == " " else f"&#{ord(character)};"


def neutralize_workflow_commands(text: str) -> str:
    r"""Returns the text without what a runner obeys in a log.

    GitHub's obeys `::` where a line begins and `##[` anywhere; those of Azure and TeamCity obey `##vso[` and
    `##teamcity[`. The characters are escaped as `escape_invisible` does it: `\u003a:error::`.
    """
    return _WORKFLOW_COMMAND.sub(_escape_command, text)


def make_loggable(text: str) -> str:
    """Returns text for a terminal or a log: no key is in it, and no line of it is a command.

    GitLab folds and hides what follows `section_start:…` with two control sequences, so none of these remains.
    """
    return neutralize_workflow_commands(mask_keys(text)).replace("\x1b", "\\u001b")


def _escape_command(found: re.Match[str]) -> str:
    return f"{found[1] or ''}\\u{ord(found[2] or found[3]):04x}"


def neutralize_quick_actions(markdown: str) -> str:
    """Returns the Markdown without what GitLab obeys in a comment, as `/close`: a slash becomes an entity.

    GitLab looks for a slash at the very beginning of a line, in paragraphs outside of lists, quotes and code, and
    deletes carriage returns first. Here a slash after marks of Markdown, or after what is not seen, counts too.
    https://docs.gitlab.com/user/project/quick_actions/
    """
    return _QUICK_ACTION.sub(r"\1&#47;", markdown)
