"""The pictures in docs/pictures show today's comments, and pages show the pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from scripts import pictures
from scripts.pictures import FINGERPRINT, PICTURES, SCALE, WIDTH
from scripts.pulumi_cli import CliError
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ALL = pictures.list_pictures()


@pytest.mark.parametrize("picture", ALL, ids=lambda picture: picture.name)
def test_picture_shows_what_the_comment_is_today(picture: Path) -> None:
    with Image.open(picture) as image:
        made_of = image.info[FINGERPRINT]
    assert made_of == pictures.compute_fingerprint(*ALL[picture]), f"{picture.name} is stale: run `make pictures`"


def test_pictures_are_small_and_the_same_size_in_both_themes() -> None:
    assert sorted(PICTURES.iterdir()) == sorted(ALL)
    sizes: dict[Path, set[tuple[int, int]]] = {}
    for picture, (comment, _) in ALL.items():
        assert picture.stat().st_size < 150_000
        with Image.open(picture) as image:
            sizes.setdefault(comment, set()).add(image.size)
    assert all(len(of_comment) == 1 for of_comment in sizes.values())
    assert {width for of_comment in sizes.values() for width, _ in of_comment} == {WIDTH * SCALE}


def test_pages_show_pictures_for_both_themes_and_say_what_is_on_them() -> None:
    shown = set()
    for page in (ROOT / "README.md", ROOT / "docs" / "review.md"):
        text = page.read_text("utf-8")
        found = re.findall(
            r'<picture>\n  <source media="\(prefers-color-scheme: dark\)" srcset="(\S+)-dark\.png">\n'
            r'  <img src="(\S+)-light\.png" width="820" alt="[^"]{60,}">\n</picture>',
            text,
        )
        assert len(found) == text.count("<picture>") > 0
        assert [dark for dark, light in found if dark != light] == []
        shown |= {page.parent / f"{name}-{theme}.png" for name, _ in found for theme in pictures.THEMES}
    assert shown == set(ALL)


def test_fingerprint_differs_when_anything_that_is_seen_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    comment = tmp_path / "comment.md"
    comment.write_text("one")
    first = pictures.compute_fingerprint(comment, "light")
    assert pictures.compute_fingerprint(comment, "dark") != first
    comment.write_text("two")
    assert pictures.compute_fingerprint(comment, "light") != first
    comment.write_text("one")
    monkeypatch.setattr(pictures, "WIDTH", 400)
    assert pictures.compute_fingerprint(comment, "light") != first


def test_missing_programs_are_named_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CliError, match=r"there is no `chromium` on PATH"):
        pictures.take_picture(tmp_path / "page.html", tmp_path / "taken.png")
    with pytest.raises(SystemExit, match=r"^pictures: .* there is no `npm` on PATH\.$"):
        pictures.main()


def test_picture_ends_where_the_comment_does(tmp_path: Path) -> None:
    taken, picture = tmp_path / "taken.png", tmp_path / "picture.png"
    page = Image.new("RGB", (20, 100), "#ffffff")
    page.paste("#000000", (2, 1, 18, 40))
    page.save(taken)
    pictures.shrink(taken, picture, "#ffffff", "abc")
    with Image.open(picture) as image:
        assert (image.size, image.mode, image.info[FINGERPRINT]) == ((20, 40), "P", "abc")
    Image.new("RGB", (20, 100), "#000000").save(taken)
    with pytest.raises(CliError, match="does not fit"):
        pictures.shrink(taken, picture, "#ffffff", "abc")
