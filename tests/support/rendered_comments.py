"""Looks at a comment as its readers see it: as the HTML that GitHub's own renderer makes of the Markdown."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

from scripts.comment_html import render_html

KEPT = frozenset(
    [
        "blockquote",
        "br",
        "code",
        "details",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "li",
        "ol",
        "p",
        "strong",
        "summary",
        "ul",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
    ]
)
"""What a comment may consist of: GitHub and GitLab keep these tags."""

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
        columns: The heads of each table.
    """

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.texts: list[Text] = []
        self.rows: list[list[int]] = []
        self._open: list[str] = []
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
        if tag not in KEPT:
            self.problems.append(f"<{tag}> is not kept")
        if tag == "details" and self._open[-1:] not in ([], ["details"], ["td"]):
            self.problems.append(f"<details> begins within <{self._open[-1]}>")
        if tag == "table":
            self.rows.append([])
        elif tag == "tr":
            self.rows[-1].append(0)
        elif tag in ("td", "th"):
            self.rows[-1][-1] += 1
        if tag != "br":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1:] == [tag]:
            self._open.pop()
        else:
            self.problems.append(f"</{tag}> comes where {' '.join(self._open) or 'nothing'} is open")

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        self.texts.append(Text(data.strip(), tuple(self._open)))
        if "code" not in self._open and (found := MARKDOWN.search(data)):
            self.problems.append(f"{found[0]!r} is seen in {data.strip()!r}")
