"""Programs whose files have the names of modules that the provider needs.

The host of Python's dynamic providers looks for modules in the program's folder first, and has to find the program's
own providers there. The plugin is a program of its own: only PYTHONPATH can lead it there.
"""

import json
import subprocess
import sys
from importlib.machinery import PathFinder
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_userplane.emulator import Emulator
from tests.host.conftest import Host, StartHost
from tests.host.doors import only
from tests.host.links import FULL, MINIMAL

LOADED = """
import json, runpy, sys, threading
threading.Event.wait = lambda *_: None
runpy.run_module("pulumi.dynamic", run_name="__main__")
print(json.dumps(list(sys.modules)))
"""
IN_THE_WAY = "raise RuntimeError(__file__)"
MY_PROVIDER = """
from pulumi.dynamic import CheckResult, ResourceProvider

class Mine(ResourceProvider):
    def check(self, olds, news):
        import pulumi_userplane
        import helper
        return CheckResult({"said": helper.SAID}, [])
"""


@pytest.fixture(scope="module")
def shadowing() -> set[str]:
    """Names of all modules that Python and this environment have and that the host has not loaded when it starts.

    The others are Pulumi's own need: with such a file no program runs.
    """
    printed = subprocess.check_output([sys.executable, "-c", LOADED], text=True)
    loaded = set(json.loads(printed.splitlines()[-1]))
    names = {*sys.stdlib_module_names, *packages_distributions()} - loaded - {"pulumi_userplane"}
    return {name for name in names if PathFinder.find_spec(name)}


@pytest.fixture
def program(tmp_path: Path, shadowing: set[str]) -> Path:
    """The folder of a program whose files have all these names."""
    assert {"secrets", "requests", "difflib", "netrc", "_strptime"} <= shadowing
    folder = tmp_path / "program"
    folder.mkdir()
    for name in shadowing:
        (folder / f"{name}.py").write_text(IN_THE_WAY)
    return folder


DYNAMIC = only("dynamic", "the plugin looks for no module in the program's folder")
SPELLINGS = ["", ":", ".", "{program}", "{program}/", "{link}"]


@DYNAMIC
@pytest.mark.parametrize(
    "python_path",
    [None, *(pytest.param(spelling, marks=pytest.mark.slow) for spelling in SPELLINGS), "{link}:.:{program}"],
)
def test_provider_imports_its_modules_when_program_files_have_their_names(
    userplane: Emulator, start_host: StartHost, tmp_path: Path, program: Path, python_path: str | None
) -> None:
    (tmp_path / "link").symlink_to(program)
    more = {} if python_path is None else {"PYTHONPATH": python_path.format(program=program, link=tmp_path / "link")}
    host = start_host({}, {**userplane.environ(), **more}, program=program)
    use(host)
    assert str(program) not in host.output


@only("plugin", "the same with PYTHONPATH is above")
def test_plugin_imports_its_modules_when_program_files_have_their_names(
    userplane: Emulator, start_host: StartHost, program: Path
) -> None:
    host = start_host({}, userplane.environ(), program=program)
    use(host)
    assert str(program) not in host.output


@DYNAMIC
def test_provider_of_the_program_is_still_found(
    userplane: Emulator, start_host: StartHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_provider.py").write_text(MY_PROVIDER)
    (tmp_path / "helper.py").write_text("SAID = 'mine'")
    monkeypatch.syspath_prepend(tmp_path)
    from my_provider import Mine  # type: ignore[import-not-found]

    host = start_host({}, userplane.environ(), blob=serialize_provider(Mine()), program=tmp_path)
    assert host.check(MINIMAL)[0]["said"] == "mine"


def use(host: Host) -> None:
    """Lets the provider load whatever it needs."""
    made = host.create(FULL)
    changed = host.up(made, {**FULL, "link_title": "Other"})
    fresh, _ = host.refresh(changed)
    assert fresh is not None
    host.delete(fresh)
    assert len(host.check({**MINIMAL, "link_provider_type": "zendesc"})[1]) == 1
