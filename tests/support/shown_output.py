"""Compares output that a page shows with what was really printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.code_blocks import Block

LEFT_OUT = "…"
_VARYING = (
    (re.compile(r"\blnk_[0-9a-f]{10,}\b"), "lnk_ID"),
    (re.compile(r"\bsession=[\w-]+"), "session=ADDRESS"),
    (re.compile(r"\(\d+(\.\d+)?m?s\)"), "(TIME)"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC, \d+ \w+ ago"), "MOMENT"),
)
"""What each run prints anew."""


def assert_shown(block: Block, printed: str) -> None:
    """Asserts that the lines of a block were printed in this order; those between two `…` one below the other."""
    lines = _normalise(printed)
    for part in _split(_normalise(re.sub(r"^[$>] .*\n", "", block.text, flags=re.MULTILINE))):
        places = [at for at in range(len(lines)) if lines[at : at + len(part)] == part]
        assert places, "\n".join([f"{block.place} shows what was not printed:", *part, "--- printed:", *lines])
        lines = lines[places[0] + len(part) :]


def _normalise(text: str) -> list[str]:
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    # Columns are as wide as what is in them. A terminal shows a spinner where other output gets a line now and then.
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if not re.fullmatch(r"@ \w+ing( \w+)?\.+", line)]


def _split(lines: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in lines:
        if line == LEFT_OUT:
            parts.append([])
        else:
            parts[-1].append(line)
    return [part for part in parts if part]
