"""Where Python looks for modules: a program's folder comes last in a provider host, and stays first elsewhere."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from pulumi_userplane.program.program_folder import search_program_folder_last

PROGRAM = str(Path.cwd())


@pytest.mark.parametrize(
    ("main", "path", "after"),
    [
        ("pulumi.dynamic.__main__", [PROGRAM, "lib"], ["lib", PROGRAM]),
        # PYTHONPATH may name it again.
        ("pulumi.dynamic.__main__", [PROGRAM, PROGRAM, "lib"], ["lib", PROGRAM]),
        ("pulumi.dynamic.__main__", [PROGRAM, "", "lib", "."], ["lib", PROGRAM]),
        ("pulumi.dynamic.__main__", ["lib", f"{PROGRAM}/tests/..", "tests"], ["lib", "tests", f"{PROGRAM}/tests/.."]),
        # Python leaves it out with PYTHONSAFEPATH.
        ("pulumi.dynamic.__main__", ["lib", PROGRAM], ["lib", PROGRAM]),
        ("pulumi.dynamic.__main__", [], []),
        ("pytest.__main__", [PROGRAM, "lib"], [PROGRAM, "lib"]),
        (None, [PROGRAM, "lib"], [PROGRAM, "lib"]),
    ],
)
def test_only_the_host_looks_for_modules_in_the_programs_folder_last(
    monkeypatch: pytest.MonkeyPatch, main: str | None, path: list[str], after: list[str]
) -> None:
    module = ModuleType("__main__")
    module.__spec__ = ModuleSpec(main, None) if main else None
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "__main__", module)
        patched.setattr(sys, "path", path)
        search_program_folder_last()
        found = sys.path
    assert found == after
