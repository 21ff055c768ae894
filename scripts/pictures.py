"""Writes the pictures of the review's comment: from a recorded one, as GitHub shows it, in a real browser.

The comment and everything that shapes it has a fingerprint, which each picture carries: a test finds a picture that no
longer shows today's comment.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from string import Template

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from scripts.chromium import WHY_NOT, find_chromium
from scripts.comment_html import render_html
from scripts.npm_packages import find_or_install
from scripts.pulumi_cli import CACHE, CliError
from scripts.source import ROOT

SOURCES = Path(__file__).parent / "comment-page"
RECORDED = ROOT / "tests" / "unit" / "cli" / "review"
COMMENTS = {
    "comment": RECORDED / "pictured" / "new-domain" / "comment.md",
    "result": RECORDED / "applied" / "02-new-addresses" / "comment.md",
}
"""What is shown, by the beginning of the pictures' names."""

PICTURES = ROOT / "docs" / "pictures"
THEMES = {"light": ("#ffffff", "#d1d9e0"), "dark": ("#0d1117", "#3d444d")}
"""Background and frame on the code host, next to what its style sheet has."""

WIDTH, TALLEST, SCALE = 820, 4000, 2
COLOURS = 64
FINGERPRINT = "Fingerprint"


def list_pictures() -> dict[Path, tuple[Path, str]]:
    """Returns the comment and the theme of each picture."""
    return {PICTURES / f"{name}-{theme}.png": (path, theme) for name, path in COMMENTS.items() for theme in THEMES}


def compute_fingerprint(comment: Path, theme: str) -> str:
    """Returns what changes when the picture has to be made anew."""
    lock = (SOURCES / "package-lock.json").read_text("utf-8")
    return hashlib.sha256("\0".join([_render_page(comment, theme, "packages"), lock]).encode()).hexdigest()


def take_picture(page: Path, picture: Path) -> None:
    """Writes what the browser shows of a page, as it is.

    Raises:
        CliError: There is no browser, or it wrote no picture.
    """
    browser = find_chromium()
    if not browser:
        raise CliError(f"pictures are taken by Chromium; {WHY_NOT}.")
    options = [
        "--headless",
        "--hide-scrollbars",
        "--disable-gpu",
        # The same pixels on each machine, as far as a browser can.
        "--disable-lcd-text",
        "--font-render-hinting=none",
        "--force-color-profile=srgb",
        f"--force-device-scale-factor={SCALE}",
        f"--window-size={WIDTH},{TALLEST}",
        # A page that asks for something else must not get it.
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ]
    # Its sandbox does not work for root; the page is ours.
    options += ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [browser, *options, f"--screenshot={picture}", page.as_uri()]
    # It keeps a profile in the user's folder otherwise.
    env = {name: text for name, text in os.environ.items() if not name.startswith("XDG_")} | {"HOME": str(page.parent)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode or not picture.exists():
        last_line = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise CliError(f"taking a picture with {browser} failed: {last_line}")


def shrink(taken: Path, picture: Path, background: str, fingerprint: str) -> None:
    """Writes the picture without what is empty below the comment, in few colours, with its fingerprint.

    Raises:
        CliError: The comment is longer than the browser's window.
    """
    with Image.open(taken) as image:
        whole = image.convert("RGB")
    content = ImageChops.difference(whole, Image.new("RGB", whole.size, background)).getbbox()
    if content is None or content[3] >= whole.height:
        raise CliError(f"the comment does not fit into {TALLEST} pixels, or the page is empty: look at {SOURCES}.")
    text = PngInfo()
    text.add_text(FINGERPRINT, fingerprint)
    few = whole.crop((0, 0, whole.width, content[3])).quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(picture, optimize=True, pnginfo=text)


def _render_page(comment: Path, theme: str, packages: str) -> str:
    background, frame = THEMES[theme]
    template = Template((SOURCES / "page.html").read_text("utf-8"))
    html = render_html(comment.read_text("utf-8"))
    return template.substitute(
        packages=packages, theme=theme, background=background, frame=frame, width=WIDTH, comment=html
    )


def main() -> None:
    """Writes all pictures; exits with 1 and one sentence when one can't be made."""
    try:
        packages = find_or_install(
            SOURCES,
            CACHE,
            "GitHub's style sheet and two fonts",
            needed_for="a comment is shown with GitHub's style sheet, which npm has",
            takes="a few seconds and 9 MB of disk",
        )
        PICTURES.mkdir(exist_ok=True)
        for picture, (comment, theme) in list_pictures().items():
            with tempfile.TemporaryDirectory() as folder:
                page, taken = Path(folder) / "page.html", Path(folder) / "taken.png"
                page.write_text(_render_page(comment, theme, packages.as_uri()), "utf-8")
                take_picture(page, taken)
                shrink(taken, picture, THEMES[theme][0], compute_fingerprint(comment, theme))
            print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size // 1000} kB")
    except CliError as error:
        sys.exit(f"pictures: {error}")


if __name__ == "__main__":
    main()
