"""What must be true of a command in the documentation, program by program."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import typer
from fastapi import FastAPI
from starlette.routing import Match

from pulumi_userplane.cli.app import app
from pulumi_userplane.emulator.admin_routes import router
from pulumi_userplane.settings import SETTINGS
from scripts.code_blocks import find_files
from scripts.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scripts.code_blocks import Block

VARIABLES = frozenset(setting.variable for setting in SETTINGS)
"""The settings of the environment."""

UNCHECKED = {
    **dict.fromkeys(
        (".", "cat", "cd", "cp", "exit", "grep", "ls", "mkdir", "mktemp", "mv", "rm"),
        "a tool that each system has; shellcheck and bash have read the line",
    ),
    **dict.fromkeys(("fetch", "keep", "post_comment"), "stands for a program of the reader's; the line says so"),
}
"""Programs that no rule checks, each with the reason."""


def _check_own_command(arguments: list[str], _block: Block) -> Iterator[str]:
    """The command and its options exist, and their values are of the right kind."""
    command: Any = typer.main.get_command(app)
    name, rest, parent = "pulumi-userplane", arguments, None
    try:
        while True:
            context = command.make_context(name, list(rest), parent=parent)
            if not hasattr(command, "resolve_command"):
                return
            name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])  # noqa: SLF001 - click's name for it
            parent = context
    except typer.Exit:
        return
    except Exception as error:  # noqa: BLE001 - typer keeps the classes of its errors to itself
        yield getattr(error, "message", None) or f"{type(error).__name__}: {error}"


def _check_pulumi(arguments: list[str], _block: Block) -> Iterator[str]:
    """Settings exist; tests/engine asks the CLI for its commands and options."""
    known = {setting.config_key for setting in SETTINGS}
    for word in arguments:
        if arguments[0] == "config" and word.startswith("userplane:") and word not in known:
            yield f"there is no setting {word}"


def _check_make(arguments: list[str], _block: Block) -> Iterator[str]:
    """Targets and variables are in the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for word in arguments:
        name, assigns, _ = word.partition("=")
        pattern = rf"\$\({name}\)" if assigns else rf"^{re.escape(name)}:"
        if not re.search(pattern, makefile, re.MULTILINE):
            yield f"the Makefile has no {'variable' if assigns else 'target'} {name}"


def _check_pip(arguments: list[str], block: Block) -> Iterator[str]:
    """It installs this package, with extras that exist, or a file that is there."""
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    extras = set(re.findall(r"^(\w+) = \[", pyproject.partition("[project.optional-dependencies]")[2], re.MULTILINE))
    if arguments[:1] != ["install"]:
        yield "pip has only `install` here"
    words = iter(arguments[1:])
    for word in words:
        if word == "-r":
            name = next(words, "")
            yield from _require(_find(name, block), name)
            continue
        target = re.fullmatch(r"(?:pulumi-userplane|/path/to/checkout|\.\./\.\.)(?:\[([\w,]+)\])?(?: @ .+)?", word)
        if not target:
            yield f"it installs {word}, which is not this package"
        elif unknown := set((target[1] or "").split(",")) - extras - {""}:
            yield f"pyproject.toml has no extra {unknown.pop()}"


def _check_python(arguments: list[str], block: Block) -> Iterator[str]:
    """The module or file is there; of pytest the paths, and a test with the name after -k."""
    match arguments:
        case ["-m", "venv", _folder]:
            return
        case ["-m", "pytest", *rest]:
            yield from _check_pytest(rest)
        case ["-m", module] if module.startswith("scripts."):
            yield from _require(ROOT / (module.replace(".", "/") + ".py"), module)
        case [name] if name.endswith(".py"):
            yield from _require(_find(name, block), name)
        case _:
            yield "no rule checks this use of Python: add one to scripts/command_rules.py"


def _check_pytest(arguments: list[str]) -> Iterator[str]:
    words = iter(arguments)
    tests: list[str] = []
    for word in words:
        if word == "-k":
            name = next(words, "")
            if not any(name in test for test in tests):
                yield f"no test there has {name} in its name"
        else:
            path = ROOT / word
            yield from _require(path, word)
            files = [path] if path.is_file() else sorted(path.rglob("*.py"))
            tests += [name for file in files for name in re.findall(r"\bdef (test\w+)", file.read_text("utf-8"))]


def _check_plugin(_arguments: list[str], _block: Block) -> Iterator[str]:
    """The package installs it."""
    if "\npulumi-resource-userplane = " not in (ROOT / "pyproject.toml").read_text("utf-8"):
        yield "the package has no such program"


def _check_curl(arguments: list[str], _block: Block) -> Iterator[str]:
    """The emulator has the route, and the body is JSON."""
    options = {"-X": "GET", "-H": "", "-d": "{}", "-w": ""}
    [address, *_] = [word for word in arguments if word.startswith("http")]
    words = iter(word for word in arguments if word not in {address, "-sS", "-s"})
    for word in words:
        if word not in options:
            yield f"no rule checks the option {word} of curl: add one to scripts/command_rules.py"
            return
        options[word] = next(words, "")
    path = address.removeprefix("http://127.0.0.1:8787")
    served = FastAPI()
    served.include_router(router)
    scope = {"type": "http", "path": path, "method": options["-X"], "headers": []}
    if not any(route.matches(scope)[0] is Match.FULL for route in served.routes):
        yield f"the emulator has no {options['-X']} {path}"
    try:
        json.loads(options["-d"])
    except ValueError as error:
        yield f"the body is not JSON: {error}"


def _check_sed(arguments: list[str], block: Block) -> Iterator[str]:
    """The file is there, and has what is replaced or deleted."""
    match arguments:
        case ["-i.old", edit, name] if found := re.fullmatch(r"s/([^/]+)/[^/]*/|/([^/]+)/d", edit):
            shown = find_files(block.page).get(name)
            path = _find(name, block)
            if shown is None and not path.exists():
                yield f"there is no {name}"
            elif not re.search(found[1] or found[2], path.read_text("utf-8") if shown is None else shown):
                yield f"{name} has no {found[1] or found[2]}"
        case _:
            yield "write it as `sed -i.old 's/this/that/' FILE`: the `sed` of each system takes that"


def _find(name: str, block: Block) -> Path:
    """A file that is named where an example runs, or the same without the folder that its README copies it into."""
    page = ROOT / block.page
    if page.parent.parent.name == "examples":
        return page.parent / name.removeprefix(f"{page.parent.name}/")
    return ROOT / name


def _require(path: Path, name: str) -> Iterator[str]:
    if not path.exists():
        yield f"there is no {name}"


RULES: dict[str, Callable[[list[str], Block], Iterator[str]]] = {
    "pulumi-userplane": _check_own_command,
    "pulumi": _check_pulumi,
    "pulumi-resource-userplane": _check_plugin,
    "make": _check_make,
    "pip": _check_pip,
    "python": _check_python,
    "python3": _check_python,
    "curl": _check_curl,
    "sed": _check_sed,
}
