"""Writes what Sphinx reads: each page where the site has it, and a page for each file that pages link to."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from scripts.site.errors import SiteError
from scripts.site.markdown import fence, part_themes, rewrite_links
from scripts.site.pages import FRONT_PAGE, Section, list_pages, locate_page, locate_source, read_sections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PICTURES = {".png", ".svg", ".jpg", ".gif", ".webp"}
LANGUAGES = {
    ".go": "go",
    ".json": "json",
    ".md": "markdown",
    ".py": "python",
    ".toml": "toml",
    ".ts": "typescript",
    ".yaml": "yaml",
    ".yml": "yaml",
}
README, CHANGELOG = "README.md", "CHANGELOG.md"
NO_RELEASE = """
Nothing is released yet. What changes until then is in [changelog.d](changelog.d), a file for each change.
"""
LARGE = 50_000
"""A file of more characters is shown without colours."""


class Staging:
    """Pages on their way from the repository to Sphinx."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder
        self._pages = {file: locate_page(file) for file in list_pages(root)}
        self._shown: dict[str, str] = {}

    def write(self) -> None:
        """Writes all of them.

        Raises:
            SiteError: A link leads to nothing, or the front page does not list each page once.
        """
        sections = read_sections(self._root)
        for file, place in self._pages.items():
            text = self._rewrite(file, _complete(file, (self._root / file).read_text("utf-8")))
            if file == FRONT_PAGE:
                text += "\n" + "\n".join(self._list_pages(sections))
            self._write(place, text)
        for file, place in self._shown.items():
            self._write(place, "\n".join(self._show(file)))

    def _rewrite(self, file: str, text: str) -> str:
        return part_themes(rewrite_links(text, lambda target: self._lead(file, target)))

    def _lead(self, file: str, target: str) -> str:
        """Returns where a link of a page leads on the site, seen from the page."""
        path, hash_, fragment = target.partition("#")
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
        if wanted.startswith("../") or not (self._root / wanted).exists():
            raise SiteError(f"{file} leads to {target}, which is not there.")
        found = os.path.relpath(self._place(wanted), posixpath.dirname(self._pages[file]) or ".")
        return f"{found}{hash_}{fragment}"

    def _place(self, wanted: str) -> str:
        """Returns the file on the site for one of the repository; from now on it is there."""
        if PurePosixPath(wanted).suffix in PICTURES:
            place = wanted.removeprefix("docs/")
            self._make_folder(place)
            shutil.copyfile(self._root / wanted, self._folder / place)
            return place
        if f"{wanted}/README.md" in self._pages:
            wanted += "/README.md"
        place = self._pages.get(wanted) or self._shown.setdefault(wanted, locate_source(wanted))
        return f"{place}.md"

    def _show(self, file: str) -> Iterator[str]:
        """Yields the parts of a page that shows a file, or all those of a folder."""
        yield f"---\norphan: true\nnosearch: true\n---\n\n# `{file}`\n"
        path = self._root / file
        if path.is_file():
            yield _show_file(path)
        for one in sorted(path.iterdir()) if path.is_dir() else ():
            if one.is_file():
                yield f"## `{one.name}`\n"
                yield _show_file(one)

    def _list_pages(self, sections: Iterable[Section]) -> Iterator[str]:
        """Yields the lists of pages that the site has at its side, for the end of the front page."""
        for section in sections:
            yield f"```{{toctree}}\n:hidden:\n:caption: {section.title}\n"
            yield from (f"{page.title} <{self._pages[page.file]}>" for page in section.pages)
            yield "```\n"

    def _write(self, place: str, text: str) -> None:
        self._make_folder(place)
        (self._folder / f"{place}.md").write_text(text, "utf-8")

    def _make_folder(self, place: str) -> None:
        (self._folder / place).parent.mkdir(parents=True, exist_ok=True)


def _complete(file: str, text: str) -> str:
    """Returns a page with what only the site needs."""
    if file == README:
        # The front page has the name of the project, and a search would show two pages of one name.
        return re.sub(r"^# .+", "# README", text, count=1, flags=re.MULTILINE)
    if file == CHANGELOG and "\n## " not in text:
        return text + NO_RELEASE
    return text


def _show_file(path: Path) -> str:
    text = path.read_text("utf-8")
    return fence(text, LANGUAGES.get(path.suffix, "text") if len(text) < LARGE else "text")
