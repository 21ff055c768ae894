"""The pages of the site: which there are, where they are, and what their links and pictures become."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import pytest

from scripts.site import SiteError
from scripts.site.markdown import fence, part_themes, rewrite_links
from scripts.site.pages import list_pages, locate_page, locate_source, read_sections
from scripts.site.staging import Staging
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a front page and two pages."""
    root = tmp_path / "repository"
    write(root, "docs/index.md", front("one.md", "../README.md"))
    write(root, "docs/one.md", "# One\n")
    write(root, "README.md", "# Two\n")
    return root


def front(*pages: str) -> str:
    rows = "".join(f"| [The {page}]({page}) | what it is |\n" for page in pages)
    return f"# Front\n\n## All\n\n| page | what |\n| --- | --- |\n{rows}\n## Nothing\n\nWords.\n"


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "utf-8")


def stage(root: Path, name: str) -> str:
    """Returns what Sphinx gets to read, under a name."""
    folder = root.parent / "staged"
    Staging(root, folder).write()
    return (folder / name).read_text("utf-8")


def test_front_page_lists_each_page_of_this_repository() -> None:
    sections = read_sections(ROOT)
    assert len(sections) >= 5
    assert {"docs/adopt.md", "README.md", "examples/adopt/README.md"} < set(list_pages(ROOT))


@pytest.mark.parametrize(
    ("pages", "problem"),
    [
        (["one.md"], "does not list: README.md."),
        (["one.md", "../README.md", "none.md"], "lists what is not a page: docs/none.md."),
        (["one.md", "../README.md", "one.md"], "lists twice: docs/one.md."),
    ],
)
def test_front_page_lists_each_page_once(repository: Path, pages: list[str], problem: str) -> None:
    write(repository, "docs/index.md", front(*pages))
    with pytest.raises(SiteError, match=problem):
        read_sections(repository)


def test_front_page_ends_with_the_lists_of_its_sections(repository: Path) -> None:
    toctree = "```{toctree}\n:hidden:\n:caption: All\n\nThe one.md <one>\nThe ../README.md <readme>\n```\n"
    assert stage(repository, "index.md").endswith(f"Words.\n\n{toctree}")


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("docs/adopt.md", "adopt"),
        ("docs/errors/gone.md", "errors/gone"),
        ("README.md", "readme"),
        ("examples/adopt/README.md", "examples/adopt"),
    ],
)
def test_page_has_its_place(file: str, place: str) -> None:
    assert locate_page(file) == place


def test_each_page_has_a_place_of_its_own() -> None:
    places = [locate_page(file) for file in list_pages(ROOT)]
    assert len(set(places)) == len(places)


def test_no_place_of_a_file_is_hidden() -> None:
    assert locate_source(".github/workflows/ci.yml") == "source/github/workflows/ci.yml"


@pytest.mark.parametrize(
    ("page", "target", "leads_to"),
    [
        ("docs/one.md", "../README.md#two", "readme.md#two"),
        ("docs/one.md", "index.md", "index.md"),
        ("README.md", "docs/one.md", "one.md"),
        ("README.md", "examples/a", "examples/a.md"),
        ("examples/a/README.md", "../../docs/one.md#one", "one.md#one"),
        ("examples/a/README.md", "main.py", "source/examples/a/main.py.md"),
        ("examples/a/README.md", ".", "examples/a.md"),
        ("README.md", "examples/b", "source/examples/b.md"),
        ("docs/one.md", "pictures/p.png", "pictures/p.png"),
        ("docs/one.md", "../more/p.svg", "more/p.svg"),
    ],
)
def test_link_leads_to_the_same_as_in_the_repository(repository: Path, page: str, target: str, leads_to: str) -> None:
    write(repository, "examples/a/README.md", "# A\n")
    write(repository, "examples/a/main.py", "print()\n")
    write(repository, "examples/b/main.py", "print()\n")
    for picture in ("docs/pictures/p.png", "more/p.svg"):
        write(repository, picture, "a picture")
    write(repository, "docs/index.md", front("one.md", "../README.md", "../examples/a/README.md"))
    write(repository, page, f"# A\n\n[link]({target})\n")

    place = f"{locate_page(page)}.md"
    text = stage(repository, place)

    found = text.partition("](")[2].partition(")")[0]
    path, hash_, fragment = found.partition("#")
    assert posixpath.normpath(posixpath.join(posixpath.dirname(place), path)) + hash_ + fragment == leads_to
    assert (repository.parent / "staged" / leads_to.partition("#")[0]).is_file()


@pytest.mark.parametrize("target", ["none.md", "../none.py", "../../outside.md", "pictures/none.png"])
def test_link_to_nothing_is_an_error(repository: Path, target: str) -> None:
    write(repository.parent, "outside.md", "# Outside\n")
    write(repository, "docs/one.md", f"[link]({target})\n")
    with pytest.raises(SiteError, match=r"docs/one\.md leads to .* not there"):
        stage(repository, "one.md")


def test_file_that_a_page_links_to_is_shown(repository: Path) -> None:
    write(repository, "docs/one.md", "[file](../data.json), [folder](../folder)\n")
    write(repository, "data.json", "{}\n")
    write(repository, "folder/a.py", 'print("```")\n')
    write(repository, "folder/b.unknown", "b\n")
    write(repository, "folder/below/c.py", "c\n")
    assert stage(repository, "source/data.json.md").endswith("# `data.json`\n\n```json\n{}\n```\n")
    assert stage(repository, "source/folder.md").endswith(
        '# `folder`\n\n## `a.py`\n\n````python\nprint("```")\n````\n\n## `b.unknown`\n\n```text\nb\n```\n'
    )


def test_readme_has_a_title_of_its_own(repository: Path) -> None:
    write(repository, "README.md", "# The project\n\n## Two\n\n```sh\n# The project\n```\n")
    assert stage(repository, "readme.md") == "# README\n\n## Two\n\n```sh\n# The project\n```\n"


def test_changelog_says_that_nothing_is_released_until_it_has_a_release(repository: Path) -> None:
    write(repository, "docs/index.md", front("one.md", "../README.md", "../CHANGELOG.md"))
    write(repository, "changelog.d/+one.added.md", "A change.\n")
    write(repository, "CHANGELOG.md", "# Changelog\n\nWords.\n")
    assert stage(repository, "changelog.md") == (
        "# Changelog\n\nWords.\n\nNothing is released yet. What changes until then is in "
        "[changelog.d](source/changelog.d.md), a file for each change.\n"
    )
    assert "A change." in stage(repository, "source/changelog.d.md")
    write(repository, "CHANGELOG.md", "# Changelog\n\n## 0.1.0\n")
    assert stage(repository, "changelog.md") == "# Changelog\n\n## 0.1.0\n"


def test_large_file_is_shown_without_colours(repository: Path) -> None:
    write(repository, "docs/one.md", "[file](../data.json)\n")
    write(repository, "data.json", f'"{"x" * 50_000}"')
    assert "```text\n" in stage(repository, "source/data.json.md")


def test_only_targets_within_the_repository_are_rewritten() -> None:
    text = (
        "[a](a.md) [`b](x)`](b.md#c) ![d](d.png) [e](#e) [f](https://f.example) [g](mailto:g@g.example)\n"
        "`[h](h.md)` ``[`i`](i.md)`` <!-- [j](j.md) -->\n"
        "```\n[k](k.md)\n```\n"
        "- item\n\n  ````md\n  ```\n  [l](l.md)\n  ```\n  ````\n\n  [m](m.md)\n"
        '<img src="n.png"> <img src="https://o.example/o.png">\n'
    )
    found: list[str] = []

    def rewrite(target: str) -> str:
        found.append(target)
        return f"new/{target}"

    rewritten = rewrite_links(text, rewrite)

    assert found == ["a.md", "b.md#c", "d.png", "m.md", "n.png"]
    assert rewritten.replace("new/", "") == text
    assert all(f"new/{target}" in rewritten for target in found)


def test_picture_for_two_themes_follows_the_theme_of_the_site() -> None:
    text = (
        '<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="p-dark.png">\n'
        '  <img src="p-light.png" width="8" alt="A picture.">\n</picture>'
    )
    assert part_themes(f"Before\n\n{text}\n\nAfter") == (
        'Before\n\n<img class="only-light" src="p-light.png" width="8" alt="A picture.">\n'
        '<img class="only-dark" src="p-dark.png" width="8" alt="A picture.">\n\nAfter'
    )


def test_block_of_code_is_longer_than_any_in_it() -> None:
    assert fence("````\n", "md") == "`````md\n````\n`````\n"
