"""The picture of the demo is a self-contained drawing that can be read in both themes; tests/engine knows its text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from rich.text import Text

from scripts import demo_picture, pictures
from scripts.pulumi_cli import CliError
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.screenshots import Theme

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = {theme: path for path, theme in pictures.list_drawings().items()}
LINK, ADDRESS = "lnk_0123456789abcdef0123", "A-b_" * 10 + "Abc"
RUN = [
    "4  A link is deleted outside Pulumi",
    "",
    "Somebody deletes `minimal` outside Pulumi.",
    "",
    "$ curl -X DELETE http://127.0.0.1:1234/_control/links/…",
    "",
    f"$ curl -X GET http://127.0.0.1:1234/api/v1/links/{LINK} \\",
    "    -H 'Authorization: Bearer uspl_demo'",
    '  HTTP 410  {"error": "LINK_GONE"}',
    "A refresh takes it out of the stack.",
    "$ pulumi refresh --yes",
    "   ~ …:RecordingLink minimal refreshing (0s)",
    "   - …:RecordingLink minimal deleted (0.20s)",
    "      warning: recording link … was deleted outside Pulumi (410 LINK_GONE)",
    "      - 1 deleted",
    "The program still declares it",
    "$ pulumi up --yes",
    "   + …:RecordingLink minimal created (0.16s)",
    f'    ~ minimal : "https://help.acme.example/record?session={ADDRESS}" => "…"',
    "      + 1 created",
    f"✓ Checked: {LINK} is gone",
]


@pytest.fixture(params=PICTURES.values(), ids=lambda path: path.name)
def svg(request: pytest.FixtureRequest) -> str:
    text: str = request.param.read_text("utf-8")
    return text


@pytest.mark.parametrize("theme", PICTURES)
def test_picture_looks_as_it_is_drawn_today(theme: Theme) -> None:
    found = re.findall(r"<metadata>(\w+)</metadata>", PICTURES[theme].read_text("utf-8"))
    assert found == [demo_picture.fingerprint_looks(theme)], "the picture is stale: run `make pictures`"


def test_picture_says_what_it_shows_and_takes_nothing_from_elsewhere(svg: str) -> None:
    root = ET.fromstring(svg)
    assert [len(root.findtext(f"{SVG}{name}") or "") > 30 for name in ("title", "desc")] == [True, True]
    assert root.get("aria-labelledby") == "title desc"
    assert {part.tag.removeprefix(SVG) for part in root.iter()} == {
        *("svg", "title", "desc", "metadata", "style", "defs", "clipPath"),
        *("g", "rect", "circle", "text"),
    }
    named = [value for part in root.iter() for name, value in part.items() if "url(" in value or "href" in name]
    assert {re.sub(r"\d+", "0", value) for value in named} == {"url(#demo-line-0)"}
    assert not re.search(r"url|@import|@font-face", root.findtext(f"{SVG}style") or "")
    assert not any(name.startswith("on") for part in root.iter() for name in part.attrib)


def test_picture_fits_on_a_first_screen_and_names_no_path_of_a_machine(svg: str) -> None:
    rows = {part.get("y") for part in ET.fromstring(svg).iter(f"{SVG}text") if part.get("clip-path")}
    assert len(rows) <= demo_picture.MOST_ROWS
    assert not re.search(rf"{re.escape(str(ROOT))}|/(home|root|tmp|Users|dev)/", svg)
    assert "410 LINK_GONE" in svg.replace("&#160;", " ")


@pytest.mark.parametrize("theme", PICTURES)
def test_colours_can_be_told_from_the_background(theme: Theme) -> None:
    background, text, _frame, *colours = demo_picture.THEMES[theme].split()
    contrasts = {colour: contrast(background, colour) for colour in [text, *colours]}
    assert {colour: ratio for colour, ratio in contrasts.items() if ratio < 4.5} == {}


def contrast(one: str, other: str) -> float:
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_lines_are_those_of_the_last_step_with_the_space_above_them() -> None:
    chosen = [line.plain for line in demo_picture.choose_lines(map(Text, RUN))]
    assert chosen == [*RUN[2:4], *RUN[6:11], *RUN[12:]]


def test_missing_line_is_an_error() -> None:
    with pytest.raises(CliError, match=r"prints no line that begins as .*1 deleted"):
        demo_picture.choose_lines(Text(line) for line in RUN if "1 deleted" not in line)


def test_picture_is_stale_when_its_text_or_its_looks_differ_but_not_for_ids_and_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "demo-dark.svg"
    lines = demo_picture.choose_lines(map(Text, RUN))
    assert not demo_picture.is_current(picture, lines, "dark")
    picture.write_text(demo_picture.draw(lines, "dark"), "utf-8")

    varied = "\n".join(RUN)
    for one, other in {LINK: "lnk_" + "9" * 20, ADDRESS: "_" * 43, ":1234/": ":65535/", "(0.20s)": "(1s)"}.items():
        varied = varied.replace(one, other)
    assert demo_picture.is_current(picture, demo_picture.choose_lines(map(Text, varied.splitlines())), "dark")

    assert not demo_picture.is_current(picture, [*lines[:-1], Text("✓ Checked: something else")], "dark")
    assert not demo_picture.is_current(picture, lines, "light")
    monkeypatch.setattr(demo_picture, "FORMAT", demo_picture.FORMAT + "<!-- other -->")
    assert not demo_picture.is_current(picture, lines, "dark")


def test_long_picture_is_an_error() -> None:
    with pytest.raises(CliError, match="the picture of the demo would have 31 rows, more than 30"):
        demo_picture.draw([Text("row")] * 31, "light")


def test_long_line_is_wrapped_below_its_own_beginning() -> None:
    svg = demo_picture.draw([Text("  $ " + "word " * 30)], "light")
    rows = [part.text or "" for part in ET.fromstring(svg).iter(f"{SVG}text") if part.get("clip-path")]
    assert [len(row) - len(row.lstrip()) for row in rows if row.strip()] == [2, 4]
