"""Compares output that a page shows with what was really printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.code_blocks import Block

_VARYING = (
    (re.compile(r"\blnk_[0-9a-f]{10,}\b"), "lnk_ID"),
    (re.compile(r"\bsession=[\w-]+…?"), "session=ADDRESS"),
    (re.compile(r"\(\d+(\.\d+)?m?s\)"), "(TIME)"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC, \d+ \w+ ago"), "MOMENT"),
    # A terminal shows a spinner where other output gets a line now and then.
    (re.compile(r"^@ \w+ing( \w+)?\.+$", re.MULTILINE), ""),
)
"""What each run prints anew."""

_LEFT_OUT = re.compile(r"^\s*…$", re.MULTILINE)
_TYPED = re.compile(r"^[$>] .*\n", re.MULTILINE)


def assert_shown(block: Block, printed: str) -> None:
    """Asserts that a block's words were printed in its order, and between two lines of `…` without others in between.

    Lines may be broken elsewhere, and columns may have another width.
    """
    rest = _normalise(printed)
    for part in filter(str.strip, _LEFT_OUT.split(_TYPED.sub("", block.text))):
        _, found, after = rest.partition(_normalise(part))
        rest = f" {after}"
        assert found, f"{block.place} shows what was not printed there:\n{part}\n--- printed:\n{printed}"


def _normalise(text: str) -> str:
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return f" {' '.join(text.split())} "
