"""Chromium is the one that the variable names, or else the first on PATH."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts import chromium
from scripts.chromium import PROGRAMS, VARIABLE, WHY_NOT
from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


def add_program(folder: Path, name: str) -> str:
    program = folder / name
    program.touch(mode=0o755)
    return str(program)


def test_command_prints_the_first_on_path(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    *_, first = [add_program(folder, name) for name in reversed(PROGRAMS)]
    chromium.main()
    assert capsys.readouterr().out == f"{first}\n"


def test_command_prints_what_the_variable_names(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_program(folder, PROGRAMS[0])
    monkeypatch.setenv(VARIABLE, named := add_program(folder, "own-build"))
    chromium.main()
    assert capsys.readouterr().out == f"{named}\n"


@pytest.mark.parametrize("named", [None, "nothing"])
def test_command_fails_where_there_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch, named: str | None) -> None:
    if named:
        add_program(folder, PROGRAMS[0])
        monkeypatch.setenv(VARIABLE, named)
    with pytest.raises(SystemExit) as ended:
        chromium.main()
    assert ended.value.code == WHY_NOT


def test_ci_asks_this_command_and_keeps_no_list_of_programs() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert ".venv/bin/python -m scripts.chromium >/dev/null 2>&1 || missing+=(chromium)\n" in script
    assert [name for name in PROGRAMS[1:] if name in script] == []
