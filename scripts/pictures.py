"""Writes the pictures of the docs anew: of the demo, of the review's comment and of the emulator's page.

All that shapes a picture has a fingerprint, which the picture carries. A picture with today's fingerprint remains as it
is; a test finds one with an older one.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from scripts import comment_pictures, demo_picture, page_pictures
from scripts.pulumi_cli import CliError
from scripts.screenshots import THEMES, open_browser, read_fingerprint, write_picture
from scripts.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.screenshots import Picture, Theme

FOLDER = ROOT / "docs" / "pictures"


def list_screenshots() -> list[Picture]:
    """Returns the pictures that a browser takes."""
    return [*comment_pictures.list_pictures(FOLDER), *page_pictures.list_pictures(FOLDER)]


def list_drawings() -> dict[Path, Theme]:
    """Returns the theme of each picture that is drawn."""
    return {FOLDER / f"demo-{theme}.svg": theme for theme in THEMES}


def _take_screenshots() -> None:
    today = {picture: picture.compute_fingerprint() for picture in list_screenshots()}
    stale = [picture for picture in today if read_fingerprint(picture.path) != today[picture]]
    if not stale:
        return
    with open_browser() as browser:
        for picture in stale:
            write_picture(picture.take(browser), picture.path, today[picture])
            _report(picture.path)


def _draw_demo() -> None:
    lines = demo_picture.choose_lines(demo_picture.record_demo())
    for path, theme in list_drawings().items():
        if not demo_picture.is_current(path, lines, theme):
            path.write_text(demo_picture.draw(lines, theme), "utf-8")
            _report(path)


def _report(path: Path) -> None:
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")


def main() -> None:
    """Writes all pictures that are stale; exits with 1 and one sentence when one can't be made."""
    try:
        FOLDER.mkdir(exist_ok=True)
        _take_screenshots()
        _draw_demo()
    except CliError as error:
        sys.exit(f"pictures: {error}")
    print(f"The pictures in {FOLDER.relative_to(ROOT)} are those of today.")


if __name__ == "__main__":
    main()
