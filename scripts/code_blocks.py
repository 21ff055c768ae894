"""Finds the code blocks of the documentation, wherever on a page they stand."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt

from scripts.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

_FILE = re.compile(r"<!-- file: (\S+) -->")
_DIRECTIVE = re.compile(r"\{([\w:-]+)\}\s*(.*)")
_OPTIONS = re.compile(r"(?::[\w-]+:.*\n)*\n*")
_COLONS = re.compile(r"^( *)(:{3,})", re.MULTILINE)
_CODE = ("code", "code-block", "sourcecode")


class Block(NamedTuple):
    """A code block: its page, the line of the page on which its text begins, and what it says it is."""

    page: str
    line: int
    language: str
    text: str
    file: str = ""
    """The name of the file that it shows; the comment above the block has it."""

    @property
    def place(self) -> str:
        """The page and the line, as an editor opens them."""
        return f"{self.page}:{self.line}"

    @property
    def first_line(self) -> str:
        """The first line of the text."""
        return self.text.partition("\n")[0].strip()

    def begins_with(self, begin: str) -> bool:
        """Returns whether the text begins so; white space before it does not count."""
        return self.text.lstrip().startswith(begin)


def list_pages() -> list[str]:
    """Returns the pages whose blocks count, as paths in the checkout."""
    found = [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "examples").glob("*/README.md")),
    ]
    return [page.relative_to(ROOT).as_posix() for page in found]


@cache
def list_blocks() -> tuple[Block, ...]:
    """Returns all blocks of all pages, in their order."""
    return tuple(block for page in list_pages() for block in read_blocks((ROOT / page).read_text("utf-8"), page))


def find_block(page: str, begin: str) -> Block:
    """Returns the only block of a page that begins so; a test that calls this checks the block.

    Args:
        page: The page's path in the checkout.
        begin: How the block's text begins, as long as it takes. It is written out where this is called.
    """
    [found] = [block for block in list_blocks() if block.page == page and block.begins_with(begin)]
    return found


def find_blocks(page: str) -> list[Block]:
    """Returns all blocks of a page; a test that calls this checks what no rule of a language checks."""
    return [block for block in list_blocks() if block.page == page]


def list_commands(page: str) -> list[str]:
    """Returns the shell blocks of a page, which a reader runs in their order."""
    return [block.text for block in list_blocks() if (block.page, block.language) == (page, "sh")]


def find_files(page: str) -> dict[str, str]:
    """Returns the files that a page shows by their names; a test that calls this checks their blocks."""
    return {block.file: block.text for block in list_blocks() if block.page == page and block.file}


def read_blocks(text: str, page: str, line: int = 1) -> Iterator[Block]:
    """Yields the blocks of a text, those within directives of the site too.

    Args:
        text: The page, or a part of it.
        page: The name of the page.
        line: Where on the page the text begins.
    """
    # To Markdown a fence of colons is a paragraph, and one of tildes ends alike.
    tokens = MarkdownIt().parse(_COLONS.sub(lambda found: found[1] + "~" * len(found[2]), text))
    above = None
    for token in tokens:
        if token.type in {"fence", "code_block"} or (token.type == "html_block" and "<pre" in token.content):
            yield from _read(token, above, page, line)
        above = token


def _read(token: Token, above: Token | None, page: str, line: int) -> Iterator[Block]:
    assert token.map
    begins = line + token.map[0] + (token.type == "fence")
    directive = _DIRECTIVE.match(token.info)
    if directive and directive[1] not in _CODE:
        within = list(read_blocks(token.content, page, begins))
        # A directive that shows something of its own, such as another file, is a block itself.
        yield from within or _whole(token, directive, page, begins)
        return
    language, text = token.info.strip(), token.content
    if directive:
        options = _OPTIONS.match(text)
        assert options
        language, text = directive[2], text[options.end() :]
        begins += options[0].count("\n")
    named = _FILE.search(above.content) if above and above.type == "html_block" else None
    yield Block(page, begins, language, text, named[1] if named else "")


_PROSE = {
    "admonition", "attention", "card", "caution", "danger", "dropdown", "error", "figure", "grid", "grid-item",
    "grid-item-card", "hint", "image", "important", "include", "seealso", "tab-item", "tab-set", "tip",
    "toctree", "warning",
}  # fmt: skip
"""Directives that show no code themselves; `include` shows a page that is read anyway."""


def _whole(token: Token, directive: re.Match[str], page: str, line: int) -> Iterator[Block]:
    if directive[1] not in _PROSE:
        yield Block(page, line, token.info.strip(), token.content)
