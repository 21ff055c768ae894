"""The public names of the package and of its API client."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import pulumi_userplane
from pulumi_userplane import api


def as_ruff_sorts(name: str) -> tuple[bool, bool, str]:
    return not name.isupper(), name.islower(), name


@pytest.mark.parametrize("module", ["pulumi_userplane", "pulumi_userplane.api"])
def test_all_is_sorted_and_names_exist(module: str) -> None:
    loaded = importlib.import_module(module)
    assert sorted(loaded.__all__, key=as_ruff_sorts) == list(loaded.__all__)
    assert len(set(loaded.__all__)) == len(loaded.__all__)
    assert all(getattr(loaded, name).__class__ for name in loaded.__all__)


def test_package_has_only_the_public_names_of_all() -> None:
    modules = {module.name for module in pkgutil.iter_modules(pulumi_userplane.__path__)}
    assert {name for name in vars(pulumi_userplane) if name[0].isalpha()} - modules == set(pulumi_userplane.__all__)


def test_api_loads_each_name_from_the_module_that_it_lists() -> None:
    assert sorted(api._MODULE_OF) == sorted(api.__all__)
    for name, home in api._MODULE_OF.items():
        assert getattr(importlib.import_module(f"pulumi_userplane.api.{home}"), name) is getattr(api, name)


def test_every_error_of_the_tree_is_exported() -> None:
    def tree(kind: type[api.UserplaneError]) -> set[str]:
        return {kind.__name__}.union(*(tree(child) for child in kind.__subclasses__()))

    # Programs catch a look-up's MatchError as a ProgramError, which stands among the package's own names.
    public = {name for name in tree(api.UserplaneError) if not name.startswith("_")}
    assert public - {"ProgramError", "MatchError"} <= set(api.__all__)


def test_api_raises_attribute_error_when_name_is_unknown() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Clint'"):
        _ = api.Clint  # type: ignore[attr-defined]


def test_import_loads_no_client_when_program_only_declares_links() -> None:
    loaded = "import sys, pulumi_userplane; print({'requests', 'pydantic', 'urllib3', 'fastapi'} & {*sys.modules})"
    result = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True)
    assert result.stdout == "set()\n"
