"""The pictures in docs/pictures show what is there today, and pages show the pictures."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from scripts import comment_pictures, demo_picture, page_pictures, pictures, screenshots
from scripts.chromium import VARIABLE
from scripts.comment_pictures import fingerprint_comment
from scripts.pulumi_cli import CliError
from scripts.screenshots import SCALE, Picture
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCREENSHOTS = pictures.list_screenshots()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


@pytest.mark.parametrize("picture", SCREENSHOTS, ids=lambda picture: picture.path.name)
def test_picture_shows_what_is_there_today(picture: Picture) -> None:
    made_of = screenshots.read_fingerprint(picture.path)
    assert made_of == picture.compute_fingerprint(), f"{picture.path.name} is stale: run `make pictures`"


def test_pictures_are_small_and_the_same_size_in_both_themes() -> None:
    assert sorted(pictures.FOLDER.iterdir()) == sorted(
        [picture.path for picture in SCREENSHOTS] + [*pictures.list_drawings()]
    )
    sizes: dict[str, set[tuple[int, int]]] = {}
    for picture in SCREENSHOTS:
        assert picture.path.stat().st_size < 150_000
        with Image.open(picture.path) as image:
            sizes.setdefault(picture.path.stem.rpartition("-")[0], set()).add(image.size)
    assert all(len(of_both) == 1 for of_both in sizes.values())
    assert {width for of_both in sizes.values() for width, _ in of_both} == {
        comment_pictures.WIDTH * SCALE,
        page_pictures.WIDTH * SCALE,
    }


def test_pages_show_each_picture_for_both_themes_and_say_what_is_on_it() -> None:
    shown = set()
    for page in PAGES:
        text = read_prose(page)
        found = re.findall(
            r'<picture>\n  <source media="\(prefers-color-scheme: dark\)" srcset="(\S+)-dark\.(svg|png)">\n'
            r'  <img src="(\S+)-light\.(svg|png)" width="\d+" alt="[^"]{60,}">\n</picture>',
            text,
        )
        assert len(found) == text.count("<img"), page
        for dark, kind, light, kind_of_light in found:
            assert (dark, kind) == (light, kind_of_light)
            shown |= {(page.parent / f"{light}-{theme}.{kind}").resolve() for theme in screenshots.THEMES}
    assert shown == {path.resolve() for path in pictures.FOLDER.iterdir()}


def test_other_pictures_of_pages_exist_and_say_what_is_on_them() -> None:
    found = [(page, *shown) for page in PAGES for shown in re.findall(r"!\[(.*?)\]\(([^)]+)\)", read_prose(page))]
    assert found != []
    for page, words, path in found:
        assert words
        assert (page.parent / path).is_file()


def read_prose(page: Path) -> str:
    """Returns the text of a page without its code."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def test_first_screen_shows_the_demo_and_a_review_and_says_how_to_begin() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:60])
    for shown in ("docs/pictures/demo-light.svg", "docs/pictures/comment-light.png", "\nmake demo ", "\nmake test "):
        assert shown in first_screen


def test_fingerprint_differs_when_anything_that_is_seen_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    comment = tmp_path / "comment.md"
    comment.write_text("one")
    first = fingerprint_comment(comment, "light")
    assert fingerprint_comment(comment, "dark") != first
    comment.write_text("two")
    assert fingerprint_comment(comment, "light") != first
    comment.write_text("one")
    monkeypatch.setattr(comment_pictures, "WIDTH", 400)
    assert fingerprint_comment(comment, "light") != first


def test_fingerprint_of_the_page_is_the_same_in_each_emulator_and_differs_when_the_page_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    links = page_pictures.fingerprint_part("links")
    assert page_pictures.fingerprint_part("links") == links
    assert page_pictures.fingerprint_part("requests") != links
    monkeypatch.setattr(page_pictures, "_LINKS", page_pictures._LINKS[1:])
    assert page_pictures.fingerprint_part("links") != links


def test_pictures_of_today_remain_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # No browser is needed, since no picture is stale; the demo prints what it did.
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    picture = Picture(tmp_path / "a.png", lambda: "abc", lambda _: b"")
    screenshots.write_picture(make_png(), picture.path, "abc")
    monkeypatch.setattr(pictures, "list_screenshots", lambda: [picture])
    monkeypatch.setattr(demo_picture, "record_demo", list)
    monkeypatch.setattr(demo_picture, "choose_lines", list)
    monkeypatch.setattr(demo_picture, "is_current", lambda *_: True)
    paths = [picture.path, *pictures.FOLDER.iterdir()]
    before = [path.stat().st_mtime_ns for path in paths]
    pictures.main()
    assert [path.stat().st_mtime_ns for path in paths] == before


def test_missing_programs_are_named_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(
        pictures, "list_screenshots", lambda: [Picture(tmp_path / "a.png", lambda: "abc", lambda _: b"")]
    )
    with pytest.raises(SystemExit, match=r"^pictures: .* there is no `chromium` on PATH .*\.$"):
        pictures.main()
    with pytest.raises(CliError, match=r"there is no `npm` on PATH\.$"):
        comment_pictures.find_packages()


def test_picture_has_few_colours_and_its_fingerprint(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    assert screenshots.read_fingerprint(picture) is None
    screenshots.write_picture(make_png(), picture, "abc")
    assert screenshots.read_fingerprint(picture) == "abc"
    with Image.open(picture) as image:
        assert (image.size, image.mode, len(image.getcolors() or [])) == ((40, 40), "P", screenshots.COLOURS)


def make_png() -> bytes:
    """Returns a picture of more colours than are kept."""
    taken = io.BytesIO()
    Image.radial_gradient("L").resize((40, 40)).save(taken, "PNG")
    return taken.getvalue()
