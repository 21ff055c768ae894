"""Writes an untrusted comment anew: what stands in the report of a job that ran the program.

The program, its packages and whoever wrote the branch can put any text there, and the job that comments posts it as our
own bot. So nothing is searched for what harms. What `review` itself writes has few forms: tables, parts that fold,
headings, quotes, code and plain words. What has one of these is written again; everything else becomes code, in which
GitHub and GitLab link nothing, mention nobody and obey nothing.
"""

from __future__ import annotations

import html
import re
import unicodedata
from enum import Enum, auto
from itertools import accumulate
from typing import TYPE_CHECKING

from pulumi_userplane.api.advice import DASHBOARD_KEYS
from pulumi_userplane.cli.review.safe_text import code_tag, isolate_bidi, mask_keys, tag_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

_BREAK = "<br>"
_FOLD_END = "</details>"
_CUT = "**The rest did not fit.** The log of the run has it."

_LINE_BREAK = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_MARKER = re.compile(r"<!-- pulumi-userplane .*-->")
_FOLD = re.compile(r"<details><summary>(.*)</summary>")
_ROW = re.compile(r"\|(.+)\|")
_RULE = re.compile(r"\|(?: ?:?-{3,}:? ?\|)+")
_HEADINGS = ("### ", "#### ")
_STARTS = (*_HEADINGS, "> ", "")
_OUR_HEADING = re.compile(r"\W*what\b.*\blets\W+die\W*|.*links\W*may\W*die.*", re.IGNORECASE)
"""The heading above the list that an approval is about: nothing of a report may look like it."""

_PIECE = re.compile(
    r"(?<!`)`(?P<ticks>[^`]+)`(?!`)|<code>(?P<entities>(?:[^\W_]| |&#\d{1,7};|<!-- -->|<wbr>)*)</code>"
    r"|(?P<tag><br>|<details><summary>|</summary>|</details>)"
)
"""The two forms in which `review` shows the text of others, and the tags of a cell."""

_TAG = re.compile(r"<[^>]*>|_")
_CELL_FOLD = ["<details><summary>", "</summary>", _FOLD_END]
_WORD = re.compile(r"[^ ]+")
_HARMLESS = re.compile(
    # Seven hexadecimal digits name a commit, and an address may begin with www.
    r"(?!.*(?:[0-9a-f]{7}|www|\*{3}))"
    r"(?:\*\*)?[(\"]{0,2}"
    rf"(?:(?:--)?[a-z]+(?:['-][a-z]+)*|\d+%?|[→·]|docs/review\.md|pyproject\.toml|{re.escape(DASHBOARD_KEYS)})?"
    r"['\"]?(?:\*\*)?[.,;!?)\"]{0,3}:?(?:\*\*)?",
    re.IGNORECASE | re.ASCII,
)


class _Kind(Enum):
    """What a line is."""

    BLANK = auto()
    FOLD = auto()
    TABLE = auto()
    TEXT = auto()


class _Place(Enum):
    """Where a part of a line stands."""

    TEXT = auto()
    CELL = auto()
    HTML = auto()


def clean_comment(text: str, most: int) -> str:
    """Returns what may be posted of a text.

    Args:
        text: The text.
        most: The most bytes that are wanted.
    """
    visible = mask_keys(_drop_invisible(_LINE_BREAK.sub("\n", text).replace("\t", " ")))
    lines: list[str] = []
    before = _Kind.BLANK
    is_folded = False
    for line in map(str.strip, visible.split("\n")):
        if _MARKER.fullmatch(line):
            continue
        kind, cleaned = _clean_line(line, is_folded=is_folded)
        if _must_part(before, kind):
            lines.append("")
        lines.append(cleaned)
        is_folded ^= kind is _Kind.FOLD
        before = kind
    return _fit([*lines, *(["", _FOLD_END] if is_folded else [])], most)


def _drop_invisible(text: str) -> str:
    return "".join(
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
    )


def _must_part(before: _Kind, kind: _Kind) -> bool:
    """Tells whether an empty line has to come between two lines.

    Without it, what follows a tag is HTML, in which backticks are no code, and what is next to a row is another one, of
    which a `|` in code makes two cells.
    """
    if _Kind.BLANK in (before, kind):
        return False
    return _Kind.FOLD in (before, kind) or (_Kind.TABLE in (before, kind) and before is not kind)


def _clean_line(line: str, *, is_folded: bool) -> tuple[_Kind, str]:
    if not line:
        return _Kind.BLANK, ""
    # One part that folds stands in no other, so its end is ours to know.
    if is_folded and line == _FOLD_END:
        return _Kind.FOLD, line
    if not is_folded and (fold := _FOLD.fullmatch(line)):
        return _Kind.FOLD, f"<details><summary>{_clean_inline(fold[1], _Place.HTML)}</summary>"
    if _RULE.fullmatch(line):
        return _Kind.TABLE, line
    if row := _ROW.fullmatch(line):
        cells = [_clean_inline(cell.strip(), _Place.CELL) for cell in row[1].split("|")]
        return _Kind.TABLE, f"| {' | '.join(cells)} |"
    start = next(start for start in _STARTS if line.startswith(start))
    cleaned = _clean_inline(line[len(start) :].strip(), _Place.TEXT)
    is_ours = start in _HEADINGS and _OUR_HEADING.fullmatch(html.unescape(_TAG.sub("", cleaned)))
    return _Kind.TEXT, cleaned if is_ours else start + cleaned


def _clean_inline(text: str, place: _Place) -> str:
    """Returns a part of a line in which all is code but harmless words and, in a cell, its tags."""
    pieces = [*_PIECE.finditer(text)]
    tags = [piece["tag"] for piece in pieces if piece["tag"]]
    folds = [tag for tag in tags if tag != _BREAK]
    keeps_tags = place is _Place.CELL and folds == _CELL_FOLD * (len(folds) // len(_CELL_FOLD))
    parts, end = [], 0
    for piece in pieces:
        cleaned = piece[0] if piece["tag"] and keeps_tags else _clean_piece(piece, place)
        parts += [_clean_words(text[end : piece.start()]), cleaned]
        end = piece.end()
    return "".join([*parts, _clean_words(text[end:])])


def _clean_piece(piece: re.Match[str], place: _Place) -> str:
    """Returns code as code, and a tag that may not stand there, too."""
    if piece["tag"]:
        return code_tag(piece["tag"])
    if piece["ticks"] is None:
        pieces = piece["entities"].replace("<!-- -->", "").split("<wbr>")
        return _clean_pieces([_drop_invisible(html.unescape(text)) for text in pieces])
    # Scripts look for our comments by their markers.
    if place is _Place.HTML or "<!--" in piece["ticks"]:
        return code_tag(piece["ticks"])
    return isolate_bidi(piece["ticks"], piece[0])


def _clean_pieces(pieces: Sequence[str]) -> str:
    text = "".join(pieces)
    masked = mask_keys(text)
    return tag_pieces(pieces) if masked == text else code_tag(masked)


def _clean_words(text: str) -> str:
    # Several blanks could make a line one of code, in which `<code>` tags nothing.
    words = re.sub(" +", " ", text)
    return _WORD.sub(lambda word: word[0] if _HARMLESS.fullmatch(word[0]) else code_tag(word[0]), words)


def _fit(lines: Sequence[str], most: int) -> str:
    """Returns the lines that have room, with an end for the part that folds, or what follows would be folded, too."""
    whole = "\n".join(lines).strip()
    if len(whole.encode()) <= most:
        return whole
    room = most - len(f"\n{_FOLD_END}\n\n{_CUT}")
    sizes = accumulate(len(line.encode()) + 1 for line in lines)
    kept = [line for line, size in zip(lines, sizes, strict=True) if size <= room]
    is_folded = sum(map(bool, map(_FOLD.fullmatch, kept))) > kept.count(_FOLD_END)
    return "\n".join([*kept, *([_FOLD_END] if is_folded else []), "", _CUT]).strip()
