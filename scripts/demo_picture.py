"""Draws what the demo shows of a deleted link, as it was printed in a real run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from scripts.pulumi_cli import CliError
from scripts.screenshots import compute_fingerprint
from scripts.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scripts.screenshots import Theme

FILES = (
    "Pulumi.yaml",
    "examples/quickstart/__main__.py",
    "scripts/demo.py",
    "scripts/demo_ending.py",
    "scripts/demo_stage.py",
)
"""What the demo needs to run elsewhere."""

SHOWN = (
    r"Somebody deletes `minimal`",
    r"\$ curl -X GET .+/links/",
    r" +-H 'Authorization: ",
    r" +HTTP 410 ",
    r"A refresh takes it out",
    r"\$ pulumi refresh ",
    r" +- .+RecordingLink minimal deleted",
    r" +warning: recording link .+ LINK_GONE",
    r" +- 1 deleted",
    r"The program still declares it",
    r"\$ pulumi up ",
    r" +\+ .+RecordingLink minimal created",
    r" +~ minimal ",
    r" +\+ 1 created",
    r"✓ Checked: lnk_\w+ is gone",
)
"""How the lines begin that are shown; the other lines of the last step are left out."""

FIRST, LAST = SHOWN[0], SHOWN[-1]
COLUMNS, MOST_ROWS = 104, 30
MARGIN_BELOW = 24

VARYING = {
    r"(?<=127\.0\.0\.1:)\d+": "PORT",
    r"lnk_[0-9a-f]{20}": "LINK",
    r"(?<=session=)[\w-]{43}": "ADDRESS",
    r"\([\d.]+s\)": "",
}
"""What differs from run to run, in a text without spaces."""

THEMES: dict[Theme, str] = {
    # Background, text, frame, then black, red, green, yellow, blue, magenta, cyan and white.
    "light": "#ffffff #1f2328 #d1d9e0 #24292f #cf222e #116329 #7d4e00 #0969da #8250df #1b6f78 #59636e",
    "dark": "#0d1117 #e6edf3 #3d444d #9198a1 #ff7b72 #3fb950 #d29922 #58a6ff #bc8cff #39c5cf #f0f6fc",
}

FORMAT = """\
<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc" xmlns="http://www.w3.org/2000/svg">
<title id="title">A deleted link comes back: a part of what `make demo` prints</title>
<desc id="desc">Userplane responds with 410 LINK_GONE for a link that was deleted outside Pulumi. `pulumi refresh` \
drops it from the stack and says why; `pulumi up` makes it again, with a new address.</desc>
<metadata>$fingerprint</metadata>
<style>
.demo-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  font-size: {char_height}px;
}}
.demo-title {{ font-family: system-ui, sans-serif; font-size: 18px; }}
.demo-window > rect {{ stroke: $frame; }}
{styles}
</style>
<defs>
{lines}
</defs>
<g class="demo-window">{chrome}</g>
<g transform="translate({terminal_x}, {terminal_y})">{backgrounds}<g class="demo-matrix">
{matrix}
</g></g>
</svg>
"""
"""Rich's own brings a font from elsewhere."""


def copy_demo(folder: Path) -> Path:
    """Copies the files that the demo needs, so that it changes nothing in the checkout."""
    for path in FILES:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, folder / path)
    return folder


def record_demo() -> list[Text]:
    """Returns the lines that the demo prints, with their colours.

    Raises:
        CliError: It failed, or prints other lines than those that are shown.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = copy_demo(Path(name))
        env = {name: text for name, text in os.environ.items() if name != "NO_COLOR"} | {"FORCE_COLOR": "1"}
        command = [sys.executable, "-m", "scripts.demo"]
        done = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise CliError(done.stderr.decode(errors="replace").strip())
    return list(AnsiDecoder().decode(done.stdout.decode()))


def choose_lines(printed: Iterable[Text]) -> list[Text]:
    """Returns the lines that are shown, with the empty lines above them.

    Raises:
        CliError: One of them is not among those that were printed.
    """
    chosen: list[Text] = []
    missing = set(SHOWN)
    above = Text()
    for line in printed:
        fits = next((begin for begin in SHOWN if re.match(begin, line.plain)), None)
        if fits and (chosen or fits == FIRST):
            chosen += [line] if above.plain.strip() or not chosen else [Text(), line]
            missing.discard(fits)
        above = line
    if missing:
        raise CliError(
            f"the demo prints no line that begins as {sorted(missing)}: look at SHOWN in {Path(__file__).name}."
        )
    return chosen


def draw(lines: Iterable[Text], theme: Theme) -> str:
    """Returns the picture.

    Raises:
        CliError: It has more rows than a reader sees at once.
    """
    rows = [row for line in lines for row in _wrap(line)]
    if len(rows) > MOST_ROWS:
        raise CliError(f"the picture of the demo would have {len(rows)} rows, more than {MOST_ROWS}.")
    console = Console(record=True, width=COLUMNS, file=StringIO(), color_system="truecolor", force_terminal=True)
    for row in rows:
        console.print(row, highlight=False)
    background, text, frame, *colours = THEMES[theme].split()
    code_format = Template(FORMAT).substitute(fingerprint=fingerprint_looks(theme), frame=frame)
    svg = console.export_svg(
        title="make demo (a part of it)",
        theme=TerminalTheme(_parse_colour(background), _parse_colour(text), [*map(_parse_colour, colours)]),
        code_format=code_format,
        unique_id="demo",
    )
    # On the code host, what is below a picture would touch it.
    return re.sub(r'(?<=viewBox="0 0 )(\S+) ([\d.]+)', lambda box: f"{box[1]} {float(box[2]) + MARGIN_BELOW:g}", svg)


def fingerprint_looks(theme: Theme) -> str:
    """Returns what changes when the picture has to be drawn anew for how it looks."""
    return compute_fingerprint(FORMAT, THEMES[theme], str((COLUMNS, MARGIN_BELOW)), *SHOWN)


def is_current(picture: Path, lines: Iterable[Text], theme: Theme) -> bool:
    """Returns whether a picture shows these lines already, apart from what differs from run to run."""
    if not picture.exists():
        return False
    svg = picture.read_text("utf-8")
    return fingerprint_looks(theme) in svg and read_text(svg) == mask("".join(line.plain for line in lines))


def read_text(svg: str) -> str:
    """Returns what a picture shows, as `mask` does."""
    [matrix] = [part for part in ET.fromstring(svg).iter() if part.get("class") == "demo-matrix"]
    return mask("".join(matrix.itertext()))


def mask(text: str) -> str:
    """Returns a text without spaces, as rows are broken elsewhere, and without what differs from run to run."""
    masked = re.sub(r"\s", "", text)
    for pattern, word in VARYING.items():
        masked = re.sub(pattern, word, masked)
    return masked


def _wrap(line: Text) -> Iterator[Text]:
    body = line.copy()
    body.rstrip()
    indent = len(body.plain) - len(body.plain.lstrip())
    for number, row in enumerate(body[indent:].wrap(Console(width=COLUMNS), COLUMNS - indent - 2)):
        yield Text(" " * (indent if number == 0 else indent + 2)) + row


def _parse_colour(word: str) -> tuple[int, int, int]:
    return int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16)
