"""The wheel and the source archive hold the right files and metadata, and the wheel works alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from importlib import import_module
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.support.environment import make_environment

# The same library: from 3.11 on Python brings it.
_toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = _toml.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]
FULL_NAME = f"pulumi_userplane-{PROJECT['version']}"
INFO = f"{FULL_NAME}.dist-info"

TEMPLATES = (
    *("base", "macros", "error"),
    *("links", "edit_link", "delete_link", "requests", "faults", "limits", "behaviours"),
)

EACH_MODULE = """
import importlib, pkgutil, pulumi_userplane
for module in pkgutil.walk_packages(pulumi_userplane.__path__, "pulumi_userplane."):
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        print(module.name, "misses", error.name)
"""


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command that sees neither the checkout, nor the tests' environment, nor the person's settings."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    env = {**kept, "PATH": "/usr/bin:/bin", "HOME": str(cwd)}
    return subprocess.run(command, cwd=cwd, env=env, check=False, capture_output=True, text=True, timeout=120)


def build(source: Path, folder: Path, *kinds: str) -> None:
    targets = [part for kind in kinds for part in ("--target", kind)]
    done = run(sys.executable, "-m", "hatchling", "build", "--directory", folder, *targets, cwd=source)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both, built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    build(CHECKOUT, folder, "wheel", "sdist")
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    [wheel] = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def sdist(dist: Path) -> Path:
    [sdist] = dist.glob("*.tar.gz")
    return sdist


@pytest.fixture(scope="module")
def package() -> set[str]:
    """The files of the package that git knows, or would show as new: what builds and tests leave is ignored there."""
    asked = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "pulumi_userplane")
    listed = subprocess.run(asked, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout.splitlines()
    files = {name for name in listed if (CHECKOUT / name).exists()}
    strange = {name for name in files if not name.endswith(".py")}
    assert strange == {
        "pulumi_userplane/py.typed",
        "pulumi_userplane/pulumi-plugin.json",
        "pulumi_userplane/cli/explain/codes.md",
        "pulumi_userplane/cli/review/comment.md.j2",
        "pulumi_userplane/plugin/schema.json",
        *(f"pulumi_userplane/emulator/page/{name}" for name in ("page.css", "page.js")),
        *(f"pulumi_userplane/emulator/page/templates/{name}.html" for name in TEMPLATES),
    }
    return files


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and what it declares to need."""
    return make_environment(tmp_path_factory.mktemp("alone"), wheel)


@pytest.fixture(scope="module")
def with_extras(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As above, with the extras."""
    return make_environment(tmp_path_factory.mktemp("extra"), wheel, ["ci", "emulator", "redis"])


def test_wheel_holds_only_the_package_and_its_metadata(wheel: Path, package: set[str]) -> None:
    assert wheel.name == f"{FULL_NAME}-py3-none-any.whl"
    described = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert set(zipfile.ZipFile(wheel).namelist()) == package | {f"{INFO}/{name}" for name in described}


def test_source_archive_holds_only_the_package_and_what_builds_it(sdist: Path, package: set[str]) -> None:
    assert sdist.name == f"{FULL_NAME}.tar.gz"
    # hatchling adds the last two: its own metadata, and what a build from there has to leave out.
    beside = {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "PKG-INFO", ".gitignore"}
    with tarfile.open(sdist) as archive:
        names = {str(PurePosixPath(file.name).relative_to(FULL_NAME)) for file in archive if file.isfile()}
    assert names == package | beside


def test_source_archive_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tmp_path)
    build(tmp_path / FULL_NAME, tmp_path / "again", "wheel")
    assert (tmp_path / "again" / wheel.name).read_bytes() == wheel.read_bytes()


def test_metadata_matches_pyproject(wheel: Path, sdist: Path) -> None:
    in_wheel = zipfile.ZipFile(wheel).read(f"{INFO}/METADATA").decode()
    with tarfile.open(sdist) as archive:
        in_sdist = archive.extractfile(f"{FULL_NAME}/PKG-INFO")
        assert in_sdist is not None
        assert in_sdist.read().decode() == in_wheel
    told = HeaderParser().parsestr(in_wheel)
    assert {name: told[name] for name in ("Name", "Version", "Summary", "Requires-Python", "License-Expression")} == {
        "Name": PROJECT["name"],
        "Version": PROJECT["version"],
        "Summary": PROJECT["description"],
        "Requires-Python": PROJECT["requires-python"],
        "License-Expression": PROJECT["license"],
    }
    assert told.get_all("Classifier") == PROJECT["classifiers"]
    assert told.get_payload() == (CHECKOUT / "README.md").read_text("utf-8")


def test_requirements_and_entry_points_match_pyproject(alone: Path) -> None:
    [info] = alone.parent.glob(f"lib/*/site-packages/{INFO}")
    installed = Distribution.at(info)
    extras = PROJECT["optional-dependencies"]
    needs = [
        *PROJECT["dependencies"],
        *(f"{need}; extra == '{extra}'" for extra, needs in extras.items() for need in needs),
    ]
    assert {Requirement(need) for need in installed.requires or ()} == {Requirement(need) for need in needs}
    assert installed.metadata.get_all("Provides-Extra") == list(extras)
    assert {(entry.group, entry.name, entry.value) for entry in installed.entry_points} == {
        *(("console_scripts", name, value) for name, value in PROJECT["scripts"].items()),
        *(("pytest11", name, value) for name, value in PROJECT["entry-points"]["pytest11"].items()),
    }


OF_LIMIT_STORE = "pulumi_userplane.api.store_rate_limit misses pyrate_limiter"
OF_GITHUB = "pulumi_userplane.cli.ci.github misses github"
OF_GITLAB = "pulumi_userplane.cli.ci.gitlab misses gitlab"


def test_only_modules_of_extras_miss_anything_when_installed_without_extra(alone: Path, tmp_path: Path) -> None:
    done = run(alone / "python", "-c", EACH_MODULE, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    without = [line for line in done.stdout.splitlines() if not line.startswith("pulumi_userplane.emulator.")]
    assert without == [OF_LIMIT_STORE, OF_GITHUB, OF_GITLAB]
    missing = {line.split()[-1] for line in done.stdout.splitlines()}
    assert missing == {"fastapi", "uvicorn", "starlette", "pytest", "pyrate_limiter", "github", "gitlab"}


def test_only_pytest_plugin_misses_anything_when_installed_with_extras(with_extras: Path, tmp_path: Path) -> None:
    done = run(with_extras / "python", "-c", EACH_MODULE, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "pulumi_userplane.emulator.pytest_plugin misses pytest\n"


def test_command_works_when_installed_alone(alone: Path, tmp_path: Path) -> None:
    helped = run(alone / "pulumi-userplane", "--help", cwd=tmp_path)
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "doctor" in helped.stdout

    examined = run(alone / "pulumi-userplane", "doctor", cwd=tmp_path)
    assert examined.stderr == ""
    assert examined.returncode == 1
    assert "no API key is set\n" in examined.stdout
    assert "→ create one at" in examined.stdout

    explained = run(alone / "pulumi-userplane", "explain", "LINK_GONE", cwd=tmp_path)
    assert (explained.returncode, explained.stderr) == (0, "")
    assert explained.stdout.startswith("410 LINK_GONE\n")


def test_emulator_command_names_its_extra_when_it_is_missing(alone: Path, tmp_path: Path) -> None:
    said = "The emulator needs FastAPI, uvicorn and PyYAML: pip install 'pulumi-userplane[emulator]'"
    imported = run(alone / "python", "-c", "from pulumi_userplane.emulator import Emulator", cwd=tmp_path)
    assert imported.returncode == 1
    assert imported.stderr.splitlines()[-1] == f"ModuleNotFoundError: {said}"

    started = run(alone / "pulumi-userplane", "emulator", cwd=tmp_path)
    assert (started.returncode, started.stdout, started.stderr) == (1, "", f"{said}\n")


def test_environment_holds_only_declared_packages(alone: Path, tmp_path: Path) -> None:
    looked = "from importlib.util import find_spec; print([name for name in {!r} if find_spec(name)])"
    mine = ["fastapi", "pytest", "hypothesis", "hatchling", "tests", "pip", "pulumi"]
    assert run(alone / "python", "-c", looked.format(mine), cwd=tmp_path).stdout == "['pip', 'pulumi']\n"


PULUMI_PACKAGES = """
import json
from importlib.metadata import distributions
for one in distributions():
    if one.name.lower().replace("_", "-").startswith("pulumi-"):
        [file] = [file for file in one.files if file.name == "pulumi-plugin.json"]
        print(one.name, json.loads(file.read_text()))
"""


@pytest.mark.parametrize("installed", ["alone", "with_extras"])
def test_environment_holds_no_package_whose_plugin_pulumi_would_download(
    installed: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    programs = request.getfixturevalue(installed)
    done = run(programs / "python", "-c", PULUMI_PACKAGES, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("pulumi-userplane {'resource': False}\n", "")


def test_plugin_starts_when_installed_alone(alone: Path, tmp_path: Path) -> None:
    # Whoever is not the Pulumi CLI is told so, after all imports.
    done = run(alone / "pulumi-resource-userplane", "--help", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "the Pulumi CLI starts it" in done.stderr
