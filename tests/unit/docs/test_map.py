"""The map in CONTRIBUTING.md and the paths in docs/architecture.md are those of the tree."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.unit.docs.page import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "pulumi_userplane"
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_map_names_each_folder_and_module_once() -> None:
    named = re.findall(r"^(?:(?:  )?- |### )`([\w/]+(?:\.py|/))`:", CONTRIBUTING, re.MULTILINE)
    assert Counter(named) == Counter(_list_paths(PACKAGE))


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md", "docs/reliability.md"])
def test_page_names_only_paths_that_exist(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    paths = set(re.findall(r"`((?:[\w.-]+/)+(?:[\w-]+\.\w+)?|\w+\.py)`", text)) - {"command.py"}
    assert len(paths) > 1
    assert [path for path in sorted(paths) if not any((base / path).exists() for base in (ROOT, PACKAGE))] == []


def test_one_test_of_each_kind_exists() -> None:
    commands = re.findall(r"(tests/(\w+)/\S+\.py) -k (\w+)", CONTRIBUTING)
    assert {kind for _, kind, _ in commands} == {"unit", "host", "property", "contract", "faults", "engine", "browser"}
    for path, _, words in commands:
        names = re.findall(r"^ *def (test_\w+)", (ROOT / path).read_text("utf-8"), re.MULTILINE)
        assert [name for name in names if words in name] != [], f"{path} -k {words}"


def _list_paths(folder: Path, prefix: str = "") -> Iterator[str]:
    for path in folder.iterdir():
        if path.is_dir() and any(path.glob("*.py")):
            yield f"{prefix}{path.name}/"
            yield from _list_paths(path, f"{prefix}{path.name}/")
        elif path.suffix == ".py" and path.name != "__init__.py":
            yield f"{prefix}{path.name}"
