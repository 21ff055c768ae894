"""The package loads its names late, and the pytest plugin its emulator."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

import pulumi_userplane.emulator as package
from pulumi_userplane.emulator import Emulator


def test_package_loads_public_name_when_asked_for() -> None:
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn", "yaml"])
def test_package_names_extra_when_it_is_missing(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    def fail(_: str) -> None:
        raise ModuleNotFoundError(name=missing)

    monkeypatch.setattr(package, "import_module", fail)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pulumi-userplane\[emulator\]'"):
        _ = package.Emulator


def test_package_names_module_when_it_is_not_of_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "import_module", lambda _: import_module("no_such_module"))
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        _ = package.Emulator


def test_plugin_and_command_load_no_server_when_imported() -> None:
    code = (
        "import sys, pulumi_userplane.emulator.pytest_plugin, pulumi_userplane.cli\n"
        "print(*{'fastapi', 'uvicorn', 'starlette', 'yaml', 'jinja2'} & set(sys.modules))"
    )
    process = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    # pulumi itself imports yaml
    assert set(process.stdout.split()) <= {"yaml"}


def test_fixture_sets_variables_when_a_test_asks_for_it(userplane: Emulator) -> None:
    assert userplane.environ().items() <= os.environ.items()
    assert userplane.links == []
