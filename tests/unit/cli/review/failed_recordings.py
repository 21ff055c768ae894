"""Reads and writes what the real CLI printed when a preview failed, and the comments on that.

`RECORD_REVIEWS=1 python -m pytest tests/engine/test_failed_reviews.py` writes most of it again; with
`tests/unit/cli/review/test_failed_preview.py` after it, also the comments.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.review.comment import render_comment
from pulumi_userplane.cli.review.failed_preview import parse_failed_preview

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.failed_preview import FailedPreview

FOLDER = Path(__file__).parent / "failed"
STACK = ("p", "dev")
RECORDINGS = sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".md")

_REPLACED = (
    (re.compile(r"File (\\?\")[^\"\\]*/(lib/python3|pulumi-language-python-exec)"), r"File \1/usr/\2"),
    (re.compile(r"\(local: [^)]*\)"), "(local: policy)"),
    (re.compile(r"lnk_[0-9a-f]{20}"), "lnk_0123456789abcdef0123"),
    (re.compile(r"(?m)^@ previewing update\.+\n"), ""),
    (re.compile(r"(?s)\ngoroutine .*"), "\ngoroutine 47 [running]:\nmain.main()\n\t/build/main.go:220 +0xe1f\n"),
)


def read(name: str) -> str:
    """Returns what the CLI printed."""
    return (FOLDER / name).read_text(encoding="utf-8")


def parse(name: str) -> FailedPreview:
    """Returns what a recording tells."""
    return parse_failed_preview(read(name), name, STACK)


def render(printed: str) -> str:
    """Returns the comment on what was printed."""
    return render_comment([parse_failed_preview(printed, "it", STACK)])


def write(name: str, printed: str, folder: Path) -> None:
    """Keeps what was printed below a folder, without what differs each time or is not read."""
    (FOLDER / name).write_text(normalize(printed, folder), encoding="utf-8")


def normalize(printed: str, folder: Path) -> str:
    """Returns what was printed as it is kept."""
    begin = printed.find("{\n")
    if begin >= 0:
        content = json.loads(printed[begin:])
        content.pop("duration", None)
        content["steps"] = [_trim_step(step) for step in content.get("steps", [])]
        printed = printed[:begin] + json.dumps(content, indent=2) + "\n"
    printed = printed.replace(str(folder), "/runner")
    for pattern, replacement in _REPLACED:
        printed = pattern.sub(replacement, printed)
    return printed


def _trim_step(step: dict[str, Any]) -> dict[str, Any]:
    states: dict[str, Any] = {key: _trim_state(step[key]) for key in ("oldState", "newState") if key in step}
    return {"op": step["op"], "urn": step["urn"], **states}


def _trim_state(state: dict[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {
        part: {key: text for key, text in state[part].items() if key.endswith("itle")}
        for part in ("inputs", "outputs")
        if part in state
    }
    return {"urn": state["urn"], "type": state["type"], **parts}
