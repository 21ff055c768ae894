"""Pure: lays a section out as plain text of at most 80 columns, in which no command is broken."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_userplane.cli.explain.sections import Section

_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_MARKER = re.compile(r"^(?:- |\d+\. )")
_CODE = re.compile(r"`[^`]+`")
_BLANK_IN_CODE = "\N{NO-BREAK SPACE}"


def lay_out(section: Section, width: int) -> Iterator[str]:
    """Yields the lines of a section, without the one that names it.

    Args:
        section: The section.
        width: The greatest width.
    """
    yield section.meaning
    for part in section.markdown.rstrip().split("\n\n"):
        yield ""
        for item in re.split(r"\n(?! )", part):
            yield from _wrap(item, width)
    yield ""
    yield from _wrap(f"In the documentation: Troubleshooting, {section.code}", width)


def _wrap(item: str, width: int) -> list[str]:
    """Returns an item of a list, or a paragraph, as lines."""
    text = _LINK.sub(_name_target, " ".join(item.split())).replace("**", "")
    text = _CODE.sub(lambda code: code[0].replace(" ", _BLANK_IN_CODE), text)
    indent = " " * (len(text) - len(_MARKER.sub("", text)))
    lines = textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_BLANK_IN_CODE, " ") for line in lines]


def _name_target(link: re.Match[str]) -> str:
    """Returns a link's text with its address, or with the page and the heading that it leads to."""
    text, target = link.groups()
    if "://" in target:
        return f"{text} ({target})"
    page, heading = urldefrag(target)
    place = ", ".join(filter(None, (page.removesuffix(".md"), heading)))
    return f"{text} (documentation: {place.replace('-', ' ')})"
