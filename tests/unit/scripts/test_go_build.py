"""`scripts/go_build.py` builds a program once; `go` is a stand-in and there is no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.go_build import find_or_build
from scripts.pulumi_cli import CliError

if TYPE_CHECKING:
    from pathlib import Path

# Leaves a module cache that can't be written, as Go does.
GO = """#!/bin/sh
echo "$*" >> "$GO_LOG"
mkdir -p "$GOMODCACHE/module" && touch "$GOMODCACHE/module/file" && chmod 500 "$GOMODCACHE/module"
[ -z "$GO_ERROR" ] || { echo "$GO_ERROR"; exit 1; }
while [ "$1" != -o ]; do shift; done
echo program > "$2" && chmod +x "$2"
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `go` on PATH; returns the file with the commands that it was given."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "go").write_text(GO, "utf-8")
    (tmp_path / "bin" / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("GO_LOG", str(tmp_path / "log"))
    return tmp_path / "log"


def test_find_or_build_builds_once_and_leaves_nothing_else(tmp_path: Path, log: Path) -> None:
    cache = tmp_path / "cache"
    programs = {"linter": (tmp_path, "example.com/linter")}

    for _ in range(2):
        folder = find_or_build(cache / "linter-v1", programs, "the linter", takes="no time")

    assert (folder / "linter").read_text("utf-8") == "program\n"
    [command] = log.read_text("utf-8").splitlines()
    assert command.endswith(" example.com/linter")
    assert {path.name for path in cache.iterdir()} == {"linter-v1", "linter-v1.lock"}


def test_find_or_build_explains_when_go_is_missing_or_the_build_fails(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    programs = {"linter": (tmp_path, "example.com/linter")}
    (tmp_path / "go.mod").write_text("module linter\n\ngo 1.25.7\n", "utf-8")
    monkeypatch.setenv("GO_ERROR", "no such module")
    with pytest.raises(CliError, match=r"building linter failed .*: no such module"):
        find_or_build(cache / "linter-v1", programs, "the linter", takes="no time")
    assert [path.name for path in cache.iterdir()] == ["linter-v1.lock"]

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CliError, match=r"needs Go 1\.25\.7 or newer, and there is no `go` on PATH"):
        find_or_build(cache / "linter-v1", programs, "the linter", takes="no time")
