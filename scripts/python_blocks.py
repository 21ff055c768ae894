"""Type-checks the Python blocks of the documentation, and runs the programs among them on the emulator."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pulumi_userplane
from pulumi_userplane.emulator import Emulator
from scripts.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from scripts.code_blocks import Block

SDK = "pulumi_userplane_sdk"
"""What Pulumi generates of the plugin's schema; tests/sdks checks the blocks that import it."""

_HEAD = "import pulumi; import pulumi_userplane as userplane"
_SIGNATURE_HEAD = (
    "from collections.abc import *; from typing import Any, Literal, Protocol; from typing_extensions import Unpack; "
    "from pulumi import Input, Output, ResourceOptions; import {module}; from {module} import *"
)
_CLIENT = "from pulumi_userplane.api.client_base import *; from pulumi_userplane.api.client import *"
_CONFIG = """\
[mypy]
strict = true
python_version = 3.10
hide_error_context = true
error_summary = false
# Pulumi's decorator of tests has no types.
disallow_untyped_decorators = false

[mypy-pulumi_userplane.api.client,pulumi_userplane.api.client_base]
# The reference shows signatures with names that these modules import.
implicit_reexport = true
"""
_SAID = re.compile(r"(.+?):(\d+): error: (.*)")

_ACCOUNT: dict[str, object] = {
    "domains": [
        {"domainId": "dom_help", "domainUrl": "help.acme.example"},
        {"domainId": "dom_app", "domainUrl": "app.acme.example"},
        {"domainId": "dom_example", "domainUrl": "help.example.com"},
    ],
    "links": [{"linkId": "lnk_1", "domainId": "dom_help", "linkTitle": "Made in the dashboard"}],
}
"""What the programs of the pages take for granted at Userplane."""


class Program(NamedTuple):
    """Blocks that a reader types one below the other: the first imports, and the others continue."""

    page: str
    name: str
    text: str
    """Each line has the number that it has on the page."""
    file: str = ""


def imports_sdk(block: Block) -> bool:
    """Returns whether a block is written with the SDK that Pulumi generates."""
    return bool(re.search(rf"^(import|from) {SDK}\b", block.text, re.MULTILINE))


def build_programs(blocks: Iterable[Block]) -> list[Program]:
    """Joins blocks to programs, page by page; a block that imports begins one, and so does a file."""
    programs: list[Program] = []
    for block in blocks:
        text = "\n" * (block.line - 1) + block.text
        last = programs[-1] if programs else None
        if block.file:
            programs.append(Program(block.page, block.file.removesuffix(".py"), text, block.file))
        elif _is_signature(block.text):
            programs.append(_build_signature(block))
        elif last and last.page == block.page and _continues(block) and not last.file and last.name.startswith("page"):
            gap = "\n" * (block.line - 1 - last.text.count("\n"))
            programs[-1] = last._replace(text=last.text + gap + block.text)
        else:
            head = _HEAD if _continues(block) else ""
            programs.append(Program(block.page, f"page_{_slug(block)}_{block.line}", head + text))
    return programs


def find_type_errors(programs: Sequence[Program], folder: Path) -> Iterator[str]:
    """Yields what mypy says, with the places on the pages.

    Args:
        programs: What it looks at.
        folder: Where they are written.
    """
    # Files of two pages may have the same name, so each page with files is looked at alone.
    pages = [program.page for program in programs if program.file]
    for group in ["", *dict.fromkeys(pages)]:
        chosen = [program for program in programs if (program.page if program.page in pages else "") == group]
        if chosen:
            yield from _run_mypy(chosen, folder / f"types-{_slug(chosen[0])}", folder / "cache")


def find_run_errors(programs: Sequence[Program], folder: Path) -> Iterator[str]:
    """Runs programs with an emulated Userplane, and yields how those fail that do.

    Args:
        programs: What runs. Files don't: the tests that name them run them.
        folder: Where they are written.
    """
    pages = {}
    for program in programs:
        (folder / f"{program.name}.py").write_text(program.text, "utf-8")
        pages[f"{program.name}.py"] = program.page
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("USERPLANE_", "PULUMI_"))}
    command = [sys.executable, "-m", "scripts.run_on_emulator", *(str(folder / name) for name in pages)]
    with Emulator(seed=_ACCOUNT) as userplane:
        env = {**inherited, **userplane.environ(), "XDG_CACHE_HOME": str(folder)}
        done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=False)
    for said in done.stdout.splitlines():
        name, _, error = said.partition(":")
        yield f"{pages[name]}:{error}"
    if done.returncode:
        yield f"scripts.run_on_emulator ended with {done.returncode}"


def can_run(program: Program) -> bool:
    """Returns whether a program is one that runs by itself."""
    return program.name.startswith("page")


def _run_mypy(programs: Sequence[Program], folder: Path, cache: Path) -> Iterator[str]:
    folder.mkdir()
    places = {}
    for program in programs:
        path = folder / f"{program.name}.py"
        path.write_text(program.text, "utf-8")
        places[path.name] = program.page
    (folder / "mypy.ini").write_text(_CONFIG, "utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file=mypy.ini", f"--cache-dir={cache}", *places]
    env = {**os.environ, "MYPYPATH": f"{folder}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    said = [match for match in map(_SAID.fullmatch, done.stdout.splitlines()) if match]
    yield from (f"{places.get(path, path)}:{line}: {text}" for path, line, text in (one.groups() for one in said))
    if done.returncode and not said:
        yield f"mypy failed: {done.stdout}{done.stderr}"


def _continues(block: Block) -> bool:
    """Whether a block has no import at its top, so that it goes on with the block before it."""
    try:
        return not any(isinstance(one, (ast.Import, ast.ImportFrom)) for one in ast.parse(block.text).body)
    except SyntaxError:
        return False


def _is_signature(text: str) -> bool:
    """Whether a block shows how something is called, as the reference does: no statement, but a head without `def`."""
    return not _parses(text) and _parses("def " + re.sub(r"^[\w.]+", "f", text.strip()) + ": ...")


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _build_signature(block: Block) -> Program:
    """A program that is only type-checked: what the block names can be called as it says."""
    called, _, arguments = block.text.strip().partition("(")
    root, _, method = called.partition(".")
    module = "pulumi_userplane" if root in pulumi_userplane.__all__ else "pulumi_userplane.api"
    head = _SIGNATURE_HEAD.format(module=module) + ("; " + _CLIENT) * (module != "pulumi_userplane")
    if "->" not in arguments.rpartition(")")[2]:
        arguments += f" -> {root}"
    # The class stands on the line of the fence, and the test on that of the next.
    text = "\n".join(
        [
            head + "\n" * (block.line - 3),
            "class Shown(Protocol):",
            "    def __call__(self, " + re.sub(r"\bSelf\b", root, arguments) + ": ...",
            f"def get(of: {module}.{root}) -> Shown: return of.{method}"
            if method
            else f"shown: Shown = {module}.{root}",
        ]
    )
    return Program(block.page, f"signature_{_slug(block)}_{block.line}", text + "\n")


def _slug(of: Block | Program) -> str:
    return re.sub(r"\W+", "_", of.page.removesuffix(".md")).lower()
