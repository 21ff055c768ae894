"""An environment as `pip install` of the wheel makes it for a user: the wheel, what it declares, and nothing else.

No index is asked: what is needed is linked from the environment that the tests run in. So a package that is imported
but not declared is missing there, though the tests have it.
"""

from __future__ import annotations

import venv
import zipfile
from collections import Counter
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SCRIPT = """#!{python}
import sys
from {module} import {function}
sys.exit({function}())
"""


def make_environment(folder: Path, wheel: Path, extras: Iterable[str] = ()) -> Path:
    """Makes a virtual environment with a wheel of this package and the packages that it declares.

    Args:
        folder: Where to make it; `pip` is there too, as in any that `python -m venv` makes.
        wheel: The wheel.
        extras: Names of its extras.

    Returns:
        The folder of its programs: `python`, and the commands of the wheel. Put it first on PATH to activate it.
    """
    venv.create(folder, symlinks=True)
    [site_packages] = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site_packages)
    [metadata] = site_packages.glob("*.dist-info")
    installed = Distribution.at(metadata)
    for command in installed.entry_points.select(group="console_scripts"):
        script = folder / "bin" / command.name
        text = _SCRIPT.format(python=script.with_name("python"), module=command.module, function=command.attr)
        script.write_text(text, encoding="utf-8")
        script.chmod(0o755)
    owners = _owners()
    for package in [distribution("pip"), *_needed(installed, extras)]:
        _link(package, site_packages, owners)
    return folder / "bin"


def _needed(by: Distribution, extras: Iterable[str]) -> list[Distribution]:
    """What a distribution requires, what that requires, and so on."""
    found: dict[str, Distribution] = {}
    asked = list(_requirements(by, extras))
    seen: set[str] = set()
    while asked:
        requirement = asked.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        there = distribution(requirement.name)
        if not requirement.specifier.contains(there.version, prereleases=True):
            raise ValueError(f"{requirement} is required, and the tests have {there.version}")
        found[canonicalize_name(requirement.name)] = there
        asked += _requirements(there, requirement.extras)
    return list(found.values())


def _requirements(of: Distribution, extras: Iterable[str]) -> Iterator[Requirement]:
    environments = [{"extra": extra} for extra in ("", *extras)]
    for requirement in map(Requirement, of.requires or ()):
        marker = requirement.marker
        if marker is None or any(marker.evaluate(environment) for environment in environments):
            yield requirement


def _link(package: Distribution, site_packages: Path, owners: Mapping[str, int]) -> None:
    files = package.files
    if not files:
        raise ValueError(f"{package.name} {package.version} does not say which files it has")
    where = Path(str(package.locate_file(""))).resolve()
    for top in {file.parts[0] for file in files} - {".."}:  # Commands lie beside the packages: ../../../bin.
        # A folder that several packages share is linked file by file: one of them may not be needed.
        if owners[top] == 1:
            (site_packages / top).symlink_to(where / top)
            continue
        for file in files:
            if file.parts[0] == top:
                link = site_packages / file
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(where / file)


def _owners() -> Mapping[str, int]:
    """How many packages of the tests' environment have files in each of its folders."""
    return Counter(top for package in distributions() for top in {file.parts[0] for file in package.files or ()})
