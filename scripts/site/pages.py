"""The site's sections and pages, as the front page lists them, and where each page is on the site."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from scripts.site.errors import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterator

FRONT_PAGE = "docs/index.md"
_FROM_ROOT = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
_ROW = re.compile(r"^\| \[(?P<title>[^\]]+)\]\((?P<target>[^)]+\.md)\) \|", re.MULTILINE)


class Page(NamedTuple):
    """A page of a section: its file, and what the list of pages calls it."""

    file: str
    title: str


class Section(NamedTuple):
    """A section of the site, and its pages in their order."""

    title: str
    pages: tuple[Page, ...]


def read_sections(root: Path) -> list[Section]:
    """Returns the sections of the front page: its headings, and the pages that begin the rows of their tables.

    Raises:
        SiteError: A page is missing there, is there twice, or does not exist.
    """
    text = (root / FRONT_PAGE).read_text("utf-8")
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    found = [Section(title, tuple(_find_pages(table))) for title, table in zip(parts[::2], parts[1::2], strict=True)]
    sections = [section for section in found if section.pages]
    count = Counter(page.file for section in sections for page in section.pages)
    existing = set(list_pages(root)) - {FRONT_PAGE}
    for problem, files in {
        "does not list": existing - set(count),
        "lists what is not a page": set(count) - existing,
        "lists twice": {file for file, times in count.items() if times > 1},
    }.items():
        if files:
            raise SiteError(f"{FRONT_PAGE} {problem}: {', '.join(sorted(files))}.")
    return sections


def list_pages(root: Path) -> Iterator[str]:
    """Yields the files that are pages of the site, from the root of the repository."""
    yield from (name for name in _FROM_ROOT if (root / name).exists())
    for pattern in ("docs/**/*.md", "examples/*/README.md"):
        yield from (path.relative_to(root).as_posix() for path in sorted(root.glob(pattern)))


def locate_page(file: str) -> str:
    """Returns where a page is on the site, without a suffix: `docs/adopt.md` is at `adopt`."""
    path = PurePosixPath(file)
    if path.parts[0] == "docs":
        return path.relative_to("docs").with_suffix("").as_posix()
    if path.parts[0] == "examples":
        return path.parent.as_posix()
    return path.stem.lower()


def locate_source(file: str) -> str:
    """Returns where the site shows a file that is not a page; no name begins with a dot."""
    return "/".join(("source", *(part.lstrip(".") for part in PurePosixPath(file).parts)))


def _find_pages(table: str) -> Iterator[Page]:
    for row in _ROW.finditer(table):
        yield Page(posixpath.normpath(posixpath.join("docs", row["target"])), row["title"])
