"""Checks the commands in the documentation's shell blocks: bash expands each, and none is started."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from scripts.command_rules import RULES, UNCHECKED, VARIABLES
from scripts.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scripts.code_blocks import Block

LANGUAGES = frozenset({"sh", "console"})

# A program that is not found is handed to this function, and with such a PATH none is found. Each prints a word, which
# stands for what the real one would print.
_RECORD = r"""
PATH=/dev/null
record() { local IFS=$'\037'; printf '%s\036' "$*" >>"$RECORD"; echo printed; return "$STATUS"; }
command_not_found_handle() { record "$@"; }
cd() { record cd "$@"; }
exit() { record exit "$@"; }
.() { record . "$@"; }
command() { record "${@:2}"; }
"""
_BASH = shutil.which("bash") or "bash"
_ENDS = ("0", "1")
# A reader's own folders, and lines that set what the lines before have used, are meant so.
_SHELLCHECK = ("--shell=bash", "--format=gcc", "--exclude=SC1091,SC2034,SC2154,SC2164")
_SAID = re.compile(r"(.+?):(\d+):\d+: \w+: (.*)")


class Command(NamedTuple):
    """A command of a block, as bash would start it."""

    block: Block
    words: tuple[str, ...]


def find_shell_errors(blocks: Sequence[Block]) -> Iterator[str]:
    """Yields what is wrong with the commands of blocks, with their places on the pages."""
    yield from _run_shellcheck(blocks)
    for block in blocks:
        commands, errors = read_commands(block)
        errors += [f"there is no setting {name}" for name in sorted(_find_variables(block.text) - VARIABLES)]
        yield from (f"{block.place}: {error}" for error in errors)
        for command in commands:
            yield from (f"{block.place}: {error}" for error in _check(command))


def read_commands(block: Block) -> tuple[list[Command], list[str]]:
    """Returns the commands of a block, whichever of its branches they are in, and what bash itself says.

    Loops and substitutions are run, with a stand-in for each program: once all succeed, once all fail.
    """
    script = _script(block)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        folder.mkdir()
        for entry in ROOT.iterdir():
            if entry.is_dir():
                (folder / entry.name).mkdir()
        recorded, errors = Path(name) / "recorded", []
        for path in re.findall(r"(?<![\w/.-])(\.?[\w.-]+(?:/[\w.-]+)*/bin/[\w-]+)", script):
            _add_stand_in(folder / path)
        # A variable that may be set is set, too.
        optional = dict.fromkeys(re.findall(r"\$\{(\w+):\+", script), "1")
        for status in _ENDS:
            env = {"RECORD": str(recorded), "STATUS": status, **(optional if status == "1" else {})}
            errors += _run_bash(script, folder, env)
        said = recorded.read_text("utf-8").split("\036")[:-1] if recorded.exists() else []
    return [Command(block, tuple(words.split("\037"))) for words in dict.fromkeys(said)], list(dict.fromkeys(errors))


def _find_variables(text: str) -> set[str]:
    return set(re.findall(r"\bUSERPLANE_\w+", text))


def _script(block: Block) -> str:
    """A block as bash reads it: of a console, what was typed; other lines are empty, so that numbers stay."""
    if block.language == "sh":
        return block.text
    lines, typed = [], False
    for line in block.text.splitlines():
        typed = line.startswith("$ ") or (typed and line.startswith("> "))
        lines.append(line[2:] if typed else "")
    return "\n".join(lines) + "\n"


def _run_bash(script: str, folder: Path, env: dict[str, str]) -> list[str]:
    command = [_BASH, "--noprofile", "--norc", "-c", _RECORD + script]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    try:
        done = subprocess.run(command, cwd=folder, env=env, text=True, timeout=10, check=False, **streams)  # type: ignore[call-overload]
    except subprocess.TimeoutExpired:
        return ["it does not end if all its programs fail" if env["STATUS"] == "1" else "it does not end"]
    return [re.sub(r"^\S*bash: line \d+: ", "", line) for line in done.stderr.splitlines()]


def _add_stand_in(path: Path) -> None:
    """Adds a program that is called by its path, which bash does not look for elsewhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!{_BASH}\n{_RECORD}\nrecord {path.name} "$@"\n', "utf-8")
    path.chmod(0o755)


def _check(command: Command) -> Iterator[str]:
    program, *arguments = command.words
    if program in UNCHECKED:
        return
    rule = RULES.get(program)
    if rule is None:
        yield f"no rule checks the program `{program}`: add one to scripts/command_rules.py"
        return
    for error in rule(arguments, command.block):
        yield f"`{' '.join(command.words)}`: {error}"


def _run_shellcheck(blocks: Iterable[Block]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        pages = {}
        for block in blocks:
            path = Path(folder) / f"{re.sub(r'[^a-z]+', '_', block.page.lower())}_{block.line}.sh"
            path.write_text("\n" * (block.line - 1) + _script(block), "utf-8")
            pages[str(path)] = block.page
        program = Path(sys.executable).parent / "shellcheck"
        done = subprocess.run(
            [program, *_SHELLCHECK, *pages], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    for line in done.stdout.splitlines():
        found = _SAID.fullmatch(line)
        yield f"{pages[found[1]]}:{found[2]}: {found[3]}" if found else line
