"""Cleans Markdown of which nobody knows who wrote it: what stands in the report of a job that ran the program.

The program, its packages and whoever wrote the branch can put any text there, and the job that comments posts it as our
own bot. Afterwards the text hides nothing, marks no comment, mentions nobody and commands nothing.
What `review` itself writes looks as before, apart from its markers.
"""

from __future__ import annotations

import re
import unicodedata

from pulumi_userplane.cli.review.safe_text import mask_keys, neutralize_quick_actions, to_entity

_LEFT_TO_RIGHT_MARK = "\u200e"
_LINE_BREAK = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_MARKER = re.compile(r"<!-- pulumi-userplane [^\n]*-->[ \t]*(?:\n|\Z)")
_CODE = re.compile(r"(?<![`\\])`(?P<ticks>[^`]+)`(?!`)|<code>(?:[^\W_]| |&#\d+;|<!-- -->|<wbr>)*</code>")
"""Text of others, in the two forms in which `review` shows it."""

_OTHER_MARKUP = re.compile(
    r"(?P<tag><!-- -->|</?(?:details|summary|b|br)>)|(?P<less><)|(?P<at>@|&(?:#0*64|#[xX]0*40|commat);?)|!\[|\][(:]"
)
_FENCE = re.compile(r"((?:[\s>*+\-|]|\d+[.)])*)~(?=~~)")
_DETAILS = re.compile("<(/?)details>")


def clean_comment(text: str, most: int) -> str:
    """Returns what may be posted of a text.

    Args:
        text: The text.
        most: The most bytes that are wanted.
    """
    plain = mask_keys("".join(map(_drop_invisible, _LINE_BREAK.sub("\n", text))))
    # Only whole lines: what remains of a line that was cut could be a marker again.
    without_markers = "".join(line for line in plain.splitlines(keepends=True) if not _MARKER.fullmatch(line))
    lines = map(_clean_line, without_markers.strip().split("\n"))
    return _close_details(_cut("\n".join(map(_clean_line_start, lines)), most))


def _drop_invisible(character: str) -> str:
    if character in {"\n", "\t", _LEFT_TO_RIGHT_MARK}:
        return character
    return "" if unicodedata.category(character) in {"Cc", "Cf", "Cs"} else character


def _clean_line(line: str) -> str:
    """Returns a line in which nothing but code is code, and no markup but ours is markup.

    A backtick without its other half could make code of what follows, or show as text what is code here.
    """
    if "`" in _CODE.sub("", line):
        line = line.replace("`", "&#96;")
    parts = []
    end = 0
    for code in _CODE.finditer(line):
        parts += [_OTHER_MARKUP.sub(_escape_markup, line[end : code.start()]), _clean_code(code)]
        end = code.end()
    return "".join([*parts, _OTHER_MARKUP.sub(_escape_markup, line[end:])])


def _clean_line_start(line: str) -> str:
    """Returns a line that gives GitLab no command, and makes no code of what follows."""
    line = neutralize_quick_actions(line)
    if found := _FENCE.match(line):
        return f"{found[1]}&#126;{line[found.end() :]}"
    return line


def _clean_code(code: re.Match[str]) -> str:
    # Within HTML, what stands between backticks is not code.
    if code["ticks"] is None or {"<", "@"}.isdisjoint(code["ticks"]):
        return code[0]
    return f"<code>{''.join(map(to_entity, code['ticks']))}</code>"


def _escape_markup(found: re.Match[str]) -> str:
    if found["tag"]:
        return found[0]
    if found["at"]:
        # Only what is code mentions nobody.
        return "<code>&#64;</code>"
    return "&lt;" if found["less"] else f"{found[0][0]}&#{ord(found[0][1])};"


def _cut(text: str, most: int) -> str:
    if len(text.encode()) <= most:
        return text
    ending = "\n\n**The rest did not fit.** The log of the run has it."
    kept = text.encode()[: max(most - len(ending), 0)].decode(errors="ignore")
    # Half a row, or half a tag, is worse than none.
    return kept.rpartition("\n")[0] + ending


def _close_details(text: str) -> str:
    """Returns the text with an end for each part that folds, or what follows would be folded, too."""
    depth = 0
    for tag in _DETAILS.finditer(text):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
    return text + "\n\n</details>" * depth
