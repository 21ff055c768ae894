"""Where Python looks for the modules of a program: last in a provider host, first elsewhere."""

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
def test_program_folder_is_searched_last_in_provider_host_only(
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
