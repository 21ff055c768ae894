"""Takes pictures of pages with Chromium, as far as it can the same on each machine, and writes them as small PNGs."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, Error, sync_playwright

from scripts.chromium import WHY_NOT, find_chromium, launch_chromium
from scripts.pulumi_cli import CliError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
SCALE = 2
COLOURS = 64
FINGERPRINT = "Fingerprint"

_OPTIONS = [
    # The same pixels on each machine.
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    # A page that asks for something elsewhere must not get it.
    "--host-resolver-rules=MAP * ~NOTFOUND,EXCLUDE 127.0.0.1",
]


@dataclass(frozen=True)
class Picture:
    """A picture that a browser takes.

    Attributes:
        path: Where it is.
        compute_fingerprint: Returns what changes with all that shapes the picture.
        take: Returns it as PNG.
    """

    path: Path
    compute_fingerprint: Callable[[], str]
    take: Callable[[Browser], bytes]


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """Runs Chromium until the block ends.

    Raises:
        CliError: There is none, or it fails.
    """
    if not (program := find_chromium()):
        raise CliError(f"pictures are taken by Chromium; {WHY_NOT}.")
    try:
        with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
            browser = launch_chromium(playwright, Path(home), _OPTIONS)
            yield browser
            browser.close()
    except Error as error:
        raise CliError(f"taking a picture with {program} failed: {error.message.strip().splitlines()[0]}") from error


def take_picture(browser: Browser, address: str, *, theme: Theme, width: int, style: str = "") -> bytes:
    """Returns what the browser shows of a page, from its top to its end, as PNG.

    Args:
        browser: The browser.
        address: The page's address.
        theme: What the machine would be set to.
        width: The window's width.
        style: A style sheet to add, whatever the page itself allows.
    """
    page = browser.new_page(
        viewport={"width": width, "height": 100},
        device_scale_factor=SCALE,
        color_scheme=theme,
        locale="en-GB",
        bypass_csp=True,
    )
    page.goto(address)
    if style:
        page.add_style_tag(content=style)
    page.evaluate("document.fonts.ready")
    png = page.screenshot(full_page=True)
    page.close()
    return png


def compute_fingerprint(*shaped_by: str) -> str:
    """Returns what differs when one of these texts does."""
    return hashlib.sha256("\0".join(shaped_by).encode()).hexdigest()


def write_picture(png: bytes, picture: Path, fingerprint: str) -> None:
    """Writes a picture in few colours, with the fingerprint of what it shows."""
    text = PngInfo()
    text.add_text(FINGERPRINT, fingerprint)
    with Image.open(io.BytesIO(png)) as image:
        # This method keeps the colours of what is small, and one more round those of what is large.
        few = image.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
        )
    few.save(picture, optimize=True, pnginfo=text)


def read_fingerprint(picture: Path) -> str | None:
    """Returns the fingerprint of what a picture shows; None where there is no picture."""
    if not picture.exists():
        return None
    with Image.open(picture) as image:
        return str(image.info[FINGERPRINT])
