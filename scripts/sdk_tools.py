"""Generates the SDKs of a schema and looks for errors in them, in TypeScript and Go; gets what that takes, once.

There is no language host for it here: Pulumi's own generators are linked into the program `sdks`, see `pulumi-cli`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.go_build import find_or_build
from scripts.npm_packages import find_or_install
from scripts.pulumi_cli import CACHE, NEWEST, CliError
from scripts.pulumi_cli import SOURCES as CLI_SOURCES
from scripts.source import ROOT

SOURCES = Path(__file__).parent / "sdks"
SCHEMA = ROOT / "pulumi_userplane" / "plugin" / "schema.json"
PROGRAMS = ROOT / "docs" / "snippets"


def generate(schema: Path, folder: Path) -> str:
    """Writes the SDKs into the folder: go, nodejs and python. Returns what is wrong with the schema.

    Raises:
        CliError: There is no generator to be had.
    """
    return _run([_find_program(), "generate", schema, folder], folder=ROOT)


def check_typescript(sdk: Path, *programs: Path) -> str:
    """Returns what `tsc` says about the SDK and the programs that use it; nothing when all is well.

    Raises:
        CliError: There is no Node.js, or what the programs import can't be had.
    """
    modules = _find_node_modules()
    with _workplace("typescript", sdk, programs) as folder:
        (Path(folder) / "node_modules").symlink_to(modules)
        return _run(["node", modules / "typescript" / "bin" / "tsc"], folder=Path(folder))


def check_go(sdk: Path, *programs: Path) -> str:
    """Returns what Go's type checker says about the SDK and the programs that use it; nothing when all is well.

    Raises:
        CliError: There is no Go.
    """
    if not shutil.which("go"):
        raise CliError("an SDK for Go is checked with Go's own files, and there is no `go` on PATH.")
    with _workplace("go", sdk, ()) as folder:
        for program in programs:
            # Each is a package of its own.
            package = Path(folder) / f"{program.parent.name}-{program.stem}"
            package.mkdir()
            shutil.copy(program, package)
        env = {
            "GOMODCACHE": str(CACHE / "go-modules"),
            "GOCACHE": str(CACHE / "go-build"),
            # Otherwise `make clean-cache` can't remove the modules.
            "GOFLAGS": "-mod=readonly -buildvcs=false -modcacherw",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "CGO_ENABLED": "0",
        }
        return _run([_find_program(), "check-go", folder], folder=Path(folder), env=env)


def _workplace(language: str, sdk: Path, programs: tuple[Path, ...]) -> tempfile.TemporaryDirectory[str]:
    """A folder with the settings of the language, the programs, and the SDK in `sdk`."""
    folder = tempfile.TemporaryDirectory()
    shutil.copytree(SOURCES / language, folder.name, dirs_exist_ok=True)
    shutil.copytree(sdk, Path(folder.name) / "sdk")
    for program in programs:
        shutil.copy(program, Path(folder.name) / f"{program.parent.name}-{program.name}")
    return folder


def _find_program() -> Path:
    """The one that was built with the CLI, else one of its own."""
    if os.access(NEWEST.folder / "sdks", os.X_OK):
        return NEWEST.folder / "sdks"
    programs = {"sdks": (CLI_SOURCES / NEWEST.module, "./sdks")}
    kept = CACHE / f"sdks-v{NEWEST.version}"
    return find_or_build(kept, programs, "the generator of SDKs", takes="two minutes and 2 GB of disk") / "sdks"


def _find_node_modules() -> Path:
    return find_or_install(
        SOURCES / "typescript",
        CACHE,
        "TypeScript and Pulumi's SDK for Node.js",
        needed_for="an SDK for TypeScript is checked with Node.js",
        takes="half a minute and 110 MB of disk",
    )


def _run(command: list[str | Path], *, folder: Path, env: dict[str, str] | None = None) -> str:
    """What a program says when it fails, else nothing."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout.strip() or f"exit code {done.returncode}" if done.returncode else ""


def main() -> None:
    """Gets all that the checks take, by checking the programs of the documentation."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            problems = [
                generate(SCHEMA, Path(folder)),
                check_typescript(Path(folder) / "nodejs", PROGRAMS / "index.ts"),
                check_go(Path(folder) / "go", PROGRAMS / "main.go"),
            ]
    except CliError as error:
        sys.exit(f"sdk_tools: {error}")
    if any(problems):
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
