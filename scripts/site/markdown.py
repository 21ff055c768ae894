"""Markdown as the code host shows it, made ready for the site: its links and its pictures for two themes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LINK = re.compile(
    # What shows links and does not have them: blocks of code, code in a line, and comments.
    r"(?P<code>^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^(?P=indent)(?P=fence)`*[ \t]*$"
    r"|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|<!--.*?-->)"
    r"|\]\((?P<target>[^()\s]+)\)"
    r'|(?P<attribute>\bsrc(?:set)?=")(?P<source>[^"]+)"',
    re.MULTILINE | re.DOTALL,
)
_PICTURE = re.compile(
    r'^<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="(?P<dark>[^"]+)">'
    r'\s*<img src="(?P<light>[^"]+)"(?P<rest>[^>]*)>\s*</picture>$',
    re.MULTILINE,
)


def rewrite_links(text: str, rewrite: Callable[[str], str]) -> str:
    """Returns a page with other targets of links and pictures; those of other sites stay.

    Args:
        text: The page.
        rewrite: Returns what a target becomes.
    """

    def replace(match: re.Match[str]) -> str:
        target = match["target"] or match["source"]
        if match["code"] or target.startswith("#") or re.match(r"[a-z]+:", target):
            return match[0]
        new = rewrite(target)
        return f"]({new})" if match["target"] else f'{match["attribute"]}{new}"'

    return _LINK.sub(replace, text)


def part_themes(text: str) -> str:
    """Returns a page in which a picture for two themes is two: the theme that the reader chose shows one of them."""
    return _PICTURE.sub(
        r'<img class="only-light" src="\g<light>"\g<rest>>\n<img class="only-dark" src="\g<dark>"\g<rest>>', text
    )


def fence(text: str, language: str) -> str:
    """Returns a block of code, whatever is in it."""
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}{language}\n{text.rstrip()}\n{marks}\n"
