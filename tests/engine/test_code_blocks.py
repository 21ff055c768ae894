"""The CLI has the commands and options that the documentation's code blocks give it."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from scripts.code_blocks import list_blocks
from scripts.shell_blocks import LANGUAGES, read_commands
from tests.engine.conftest import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_OPTION = re.compile(r"^ +(?:(-\w), )?(--[\w-]+)(?: (\S+))? {2,}\S", re.MULTILINE)
_ALIAS = re.compile(r"^  - /docs/(?:iac/cli/commands|reference/cli)/(pulumi_\S+?)/$", re.MULTILINE)
_VALUES = ("string", "int", "file")


class Help(NamedTuple):
    """What the CLI says of one of its commands: its options, whether a value follows each, and how many words."""

    options: Mapping[str, bool]
    words: float


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Help]:
    """All commands of the CLI; it writes a page about each with one start."""
    folder = tmp_path_factory.mktemp("cli")
    (pages := folder / "pages").mkdir()
    subprocess.run(["pulumi", "gen-markdown", str(pages)], env=environment(folder), check=True, timeout=60)
    return dict(command for page in pages.glob("*.md") for command in _read_help(page))


def _read_help(page: Path) -> Iterator[tuple[str, Help]]:
    text = page.read_text("utf-8")
    options = {
        name: bool(kind) and kind.startswith(_VALUES) and "[=" not in kind
        for short, long, kind in _OPTION.findall(text)
        for name in (short, long)
        if name
    }
    usage = re.search(rf"^{page.stem.replace('_', ' ')}\b(.*)", text, re.MULTILINE)
    words = re.sub(r"\[flags\]|\[--\]", "", usage[1]) if usage else ""
    count = float("inf") if "..." in words else len(re.findall(r"[\w|-]+", words))
    for name in (page.stem, *_ALIAS.findall(text)):
        yield name.replace("_", " "), Help(options, count)


def find_error(words: list[str], commands: Mapping[str, Help]) -> str:
    """Returns what the CLI would refuse in a command line, or nothing."""
    length = max(at for at in range(1, len(words) + 1) if " ".join(words[:at]) in commands)
    name, rest = " ".join(words[:length]), iter(words[length:])
    given = 0
    for word in rest:
        option, _, value = word.partition("=")
        if word.startswith("-"):
            if option not in commands[name].options:
                return f"`{name}` has no option {option}"
            if commands[name].options[option] and not value and not next(rest, ""):
                return f"`{name}` wants a value for {option}"
        else:
            given += 1
    return f"`{name}` takes fewer words than {given}" if given > commands[name].words else ""


def test_cli_has_all_commands_and_options_of_the_pages(commands: dict[str, Help]) -> None:
    shown = [command for block in list_blocks() if block.language in LANGUAGES for command in read_commands(block)[0]]
    shown = [command for command in shown if command.words[0] == "pulumi"]
    assert len(shown) > 50
    errors = [(command.block.place, find_error([*command.words], commands)) for command in shown]
    assert [f"{place}: {error}" for place, error in errors if error] == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("pulumi up --refresh --yes", ""),
        ("pulumi stack export --file state.json", ""),
        ("pulumi import --file=left.json --generate-code=false", ""),
        ("pulumi state mv --source a --dest b urn:one urn:two", ""),
        ("pulumi upp", "`pulumi` takes fewer words than 1"),
        ("pulumi stack exprot", "`pulumi stack` takes fewer words than 1"),
        ("pulumi up --refersh", "`pulumi up` has no option --refersh"),
        ("pulumi stack export --file", "`pulumi stack export` wants a value for --file"),
        ("pulumi stack rename a b", "`pulumi stack rename` takes fewer words than 2"),
    ],
)
def test_wrong_line_is_an_error(line: str, error: str, commands: dict[str, Help]) -> None:
    assert find_error(line.split(), commands) == error
