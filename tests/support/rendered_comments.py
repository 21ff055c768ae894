"""Looks at a comment as its readers see it: as the HTML that GitHub's own renderer makes of the Markdown."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

from scripts.comment_html import render_html

DASHBOARD = "https://dash.userplane.io/"
"""Where links may lead: addresses of others are code."""

_INLINE = ["a", "br", "code", "em", "strong", "wbr"]
_BLOCKS = ["blockquote", "details", "h1", "h2", "h3", "h4", "li", "ol", "p", "summary", "ul"]
_TABLES = ["table", "tbody", "td", "th", "thead", "tr"]
KEPT = frozenset([*_INLINE, *_BLOCKS, *_TABLES])
"""What a comment may consist of: GitHub and GitLab keep these tags."""

MOST_IN_A_ROW = 100
"""How many characters of unbroken words fit next to each other; a table that needs more hides its last columns."""

BREAK = re.compile(r"\s|(?<=[/?-])(?=[A-Za-z])|(?=[\u3400-\u9fff])")
"""Where a browser may begin a line."""

MARKDOWN = re.compile(r"\||\*\*|`|\]\(|^#+ |^>|:?---+:?|</?\w|&#?\w+;|<!--", re.MULTILINE)
"""What a reader must not see, except in code."""


class Text(NamedTuple):
    """A piece of text and the tags around it."""

    text: str
    tags: tuple[str, ...]


class RenderedComment(HTMLParser):
    """A comment as its readers see it.

    Attributes:
        problems: What is wrong with it, a line each.
        texts: Its texts, those of the folded parts too.
        rows: How many cells each row of its tables has, a list for each table.
    """

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.texts: list[Text] = []
        self.rows: list[list[int]] = []
        self._open: list[str] = []
        self._unbroken = 0
        self._widths: list[int] = []
        self.feed(render_html(markdown))
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self._open]

    @property
    def seen(self) -> str:
        """What is seen without unfolding anything."""
        return " ".join(text for text, tags in self.texts if "details" not in tags or "summary" in tags)

    @property
    def folded(self) -> str:
        """What is seen only after unfolding."""
        return " ".join(text for text, tags in self.texts if "details" in tags and "summary" not in tags)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and not str(dict(attrs)["href"]).startswith(DASHBOARD):
            self.problems.append(f"a link leads to {dict(attrs)['href']}")
        elif tag not in KEPT:
            self.problems.append(f"<{tag}> is not kept")
        if tag == "details" and self._open[-1:] not in ([], ["details"], ["td"]):
            self.problems.append(f"<details> begins within <{self._open[-1]}>")
        if tag == "table":
            self.rows.append([])
            self._widths = []
        elif tag == "tr":
            self.rows[-1].append(0)
        elif tag in ("td", "th"):
            self.rows[-1][-1] += 1
            self._widths += [0] * (self.rows[-1][-1] - len(self._widths))
        if tag not in ("code", "strong"):
            self._unbroken = 0
        if tag not in ("br", "wbr"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and (width := sum(self._widths) + 4 * len(self._widths)) > MOST_IN_A_ROW:
            self.problems.append(f"a table needs {width} characters next to each other")
        if self._open[-1:] == [tag]:
            self._open.pop()
        else:
            self.problems.append(f"</{tag}> comes where {' '.join(self._open) or 'nothing'} is open")

    def handle_data(self, data: str) -> None:
        if {"td", "th"}.intersection(self._open):
            self._measure(data)
        if not data.strip():
            return
        self.texts.append(Text(data.strip(), tuple(self._open)))
        if "code" not in self._open and (found := MARKDOWN.search(data)):
            self.problems.append(f"{found[0]!r} is seen in {data.strip()!r}")

    def _measure(self, text: str) -> None:
        column = self.rows[-1][-1] - 1
        for index, word in enumerate(BREAK.split(text)):
            self._unbroken = len(word) + (0 if index else self._unbroken)
            self._widths[column] = max(self._widths[column], self._unbroken)


def without_markers(comment: str) -> str:
    """Returns a comment of ours as it is before its hidden lines are added."""
    return "\n".join(line for line in comment.split("\n") if not line.startswith("<!-- pulumi-userplane ")).strip()
