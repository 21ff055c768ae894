"""The site as it is built: strict, complete, with tabs, and without anything from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from scripts import site
from scripts.site import SiteError
from scripts.site.accessibility import MENDED
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a front page only."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Front\n\n## Heading\n")
    return tmp_path


@pytest.mark.needs_sphinx
@pytest.mark.slow
def test_each_link_of_the_site_leads_somewhere(built_site: Path) -> None:
    site.check_links(built_site)


@pytest.mark.needs_sphinx
@pytest.mark.slow
def test_site_takes_nothing_from_elsewhere(built_site: Path) -> None:
    for page in built_site.rglob("*.html"):
        text = page.read_text("utf-8")
        taken = re.findall(r'<(?:script|img|iframe|source|video)\b[^>]*\bsrc(?:set)?="([^"]+)"', text)
        taken += re.findall(r'<link\b[^>]*\brel="(?:stylesheet|icon|preload|preconnect)"[^>]*\bhref="([^"]+)"', text)
        assert taken
        for one in taken:
            assert (page.parent / one.partition("?")[0]).is_file(), f"{page.name} takes {one}"
    for style in built_site.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", style.read_text("utf-8")), style.name


@pytest.mark.needs_sphinx
@pytest.mark.slow
def test_what_is_mended_is_what_the_theme_writes(built_site: Path) -> None:
    text = "".join(page.read_text("utf-8") for page in built_site.rglob("*.html"))
    for old, new in MENDED.items():
        assert new in text
        assert old in new or old not in text


@pytest.mark.needs_sphinx
@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("[gone](#gone)", "index.md:5: WARNING: 'myst' cross-reference target not found: 'gone'"),
        ("[gone](index.md#gone)", "index.md:5: WARNING: local id not found"),
        ("#### Too deep", "index.md:5: WARNING: Non-consecutive header level increase"),
        ("```json\n{1: …}\n```", "index.md:5: WARNING: Lexing literal_block"),
    ],
)
def test_warning_is_an_error(repository: Path, text: str, warning: str) -> None:
    (repository / "docs" / "index.md").write_text(f"# Front\n\n## Heading\n\n{text}\n")
    with pytest.raises(SiteError, match=re.escape(warning)):
        site.build(repository / "site", repository)


@pytest.mark.slow
def test_broken_links_are_errors(tmp_path: Path) -> None:
    (tmp_path / "good.html").write_text('<h1 id="here">x</h1><a href="#here">x</a>')
    site.check_links(tmp_path)
    for broken in (
        '<a href="no.html">',
        '<a href="good.html#no">',
        '<a href="#no">',
        '<img src="no.png">',
        '<a href=".">',
    ):
        (tmp_path / "bad.html").write_text(broken)
        with pytest.raises(SiteError, match=r"\[ERROR\]"):
            site.check_links(tmp_path)


def test_without_sphinx_one_line_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.site.building.find_spec", lambda _: None)
    with pytest.raises(SiteError, match=r"^Sphinx is missing.*`make venv PYTHON=python3\.11`\.$"):
        site.build(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.needs_sphinx
@pytest.mark.slow
def test_tabs_are_made_of_titles_in_a_row(repository: Path) -> None:
    (repository / "docs" / "index.md").write_text(
        "# Front\n\n"
        "**Python**\n\n```python\nprint()\n```\n\n**C#**\n\n| a |\n| --- |\n| b |\n\nA paragraph.\n\n"
        "**Alone**\n\n```sh\ntrue\n```\n\n**No code**\n\nText.\n\n"
        "- item\n\n  **Go**\n\n  ```go\n  x\n  ```\n\n  **Java**\n\n  ```java\n  x\n  ```\n\n"
        "<details open><summary>Python</summary>\n\nOne.\n\nTwo.\n\n</details>\n\n"
        "<details><summary>C#</summary>\n\nThree.\n\n</details>\n\nA paragraph.\n\n"
        "<details><summary>Alone</summary>\n\nFour.\n\n</details>\n"
    )
    site.build(repository / "site", repository)
    page = (repository / "site" / "index.html").read_text("utf-8")
    labels = re.findall(r'<label\b[^>]*data-sync-id="([^"]+)"[^>]*>\s*([^<]+)</label>', page)
    assert labels == [(name, name) for name in ("Python", "C#", "Go", "Java", "Python", "C#")]
    assert page.count('class="sd-tab-set docutils') == 3
    assert "<strong>Alone</strong>" in page
    assert "<strong>No code</strong>" in page
    assert "<details><summary>Alone</summary>" in page


def test_command_ends_with_the_problem(repository: Path) -> None:
    script = (
        "import scripts.site.building as b, scripts.site.__main__ as m\n"
        "from scripts.site import SiteError\n"
        "def build(folder): raise SiteError('a problem')\n"
        "m.build = build\nm.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (1, "site: a problem\n")
