"""The sections about Userplane's error codes, which `explain` prints and docs/troubleshooting.md shows.

`codes.md` has their text. The status and the advice in one line come from where the errors take them.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import NamedTuple

from pulumi_userplane.api.constants import ERROR_CODES
from pulumi_userplane.api.errors import Operation, api_error

_STATUS = {code: status for status, codes in ERROR_CODES.items() for code in codes}
_SECTION = re.compile(
    r"^### (?P<code>\w+)\n\n(?P<meaning>.+)\n\n(?P<facts>(?:.+\n)+)(?P<source>- \*\*Source:.+\n)\n(?P<steps>(?:.+\n)+)",
    re.MULTILINE,
)


class Section(NamedTuple):
    """What is to be said about a code.

    Attributes:
        code: The code.
        status: The HTTP status that it comes with.
        meaning: What it means, as one sentence.
        markdown: When it comes, what happens to the state, and what to do; links are as seen from `docs`.
    """

    code: str
    status: int
    meaning: str
    markdown: str


def read_sections() -> dict[str, Section]:
    """Returns the sections by their codes, in the order of the file."""
    text = (files("pulumi_userplane.cli.explain") / "codes.md").read_text("utf-8")
    return {found["code"]: _build(found) for found in _SECTION.finditer(text)}


def _build(found: re.Match[str]) -> Section:
    code = found["code"]
    status = _STATUS[code]
    advice = api_error(Operation("read", "a link"), status, code, "").next_step
    markdown = f"{found['facts']}- **In short:** {advice}.\n{found['source']}\n{found['steps']}"
    return Section(code, status, found["meaning"], markdown)
