"""The CLI finds the plugin where the docs say, and asks nobody for a plugin that does not exist."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.engine.fresh_machine import CHECKOUT, Machine, Proxy

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator

PLUGIN = "pulumi-resource-userplane"
EXAMPLE = CHECKOUT / "examples" / "yaml" / "Pulumi.yaml"


@pytest.fixture
def yaml_project(machine: Machine, one_userplane: Emulator) -> Machine:
    """A machine with the project of the example, and with the package in an environment that is not active."""
    machine.env.update(one_userplane.environ())
    # It would ask for a newer CLI where it also asks for packages.
    machine.env["PULUMI_SKIP_UPDATE_CHECK"] = "true"
    machine.env["PATH"] = machine.env["PATH"].partition(os.pathsep)[2]
    machine.run("pulumi", "login", machine.home.as_uri())
    machine.run("cp", EXAMPLE, machine.folder)
    machine.install()
    machine.run("pulumi", "stack", "init", "dev")
    return machine


def test_plugin_that_project_names_is_not_downloaded(
    yaml_project: Machine, one_userplane: Emulator, proxy: Proxy
) -> None:
    machine = yaml_project
    assert machine.run("pulumi", "install", "--no-plugins") == ""
    assert "3 created" in machine.run("pulumi", "up", "--yes")
    assert "3 unchanged" in machine.run("pulumi", "refresh", "--yes")
    assert "3 unchanged" in machine.run("pulumi", "preview", "--expect-no-changes")
    assert "userplane" not in machine.run("pulumi", "plugin", "ls")
    assert "userplane" in machine.run("pulumi", "plugin", "ls", "--project")
    machine.run("pulumi", "destroy", "--yes")
    assert [link for link in one_userplane.links if link["live"]] == []
    assert "$PATH" not in "".join(machine.output)
    assert proxy.hosts == set()

    # Why the pages say `--no-plugins`.
    assert "could not find latest version for provider userplane" in machine.run("pulumi", "install", code=1)
    assert proxy.hosts == {"api.github.com"}


def test_plugin_on_path_is_used_with_a_warning(yaml_project: Machine, proxy: Proxy) -> None:
    machine = yaml_project
    _change_project(machine, plugins=None)
    machine.env["PATH"] += f"{os.pathsep}{machine.programs}"
    output = machine.run("pulumi", "preview")
    assert f"warning: using {PLUGIN} from $PATH at {machine.programs / PLUGIN}" in output
    assert "3 to create" in output
    assert proxy.hosts == set()


def test_plugin_that_was_installed_from_its_file_serves_all_commands(
    yaml_project: Machine, one_userplane: Emulator, proxy: Proxy
) -> None:
    machine = yaml_project
    _change_project(machine, plugins=None)
    version = machine.run(machine.programs / "python", "-c", _PRINT_VERSION).strip()
    machine.run("pulumi", "plugin", "install", "resource", "userplane", version, "--file", machine.programs / PLUGIN)
    [installed] = json.loads(machine.run("pulumi", "plugin", "ls", "--json"))
    assert (installed["name"], installed["kind"], installed["version"]) == ("userplane", "resource", version)

    assert json.loads(machine.run("pulumi", "package", "get-schema", "userplane"))["version"] == version
    machine.run("pulumi", "package", "add", "userplane")
    assert _project(machine)["packages"] == {"userplane": f"userplane@{version}"}
    [sdk] = (machine.folder / "sdks").rglob("*.yaml")
    assert yaml.safe_load(sdk.read_text("utf-8"))["version"] == version
    machine.run("pulumi", "install")
    assert "3 created" in machine.run("pulumi", "up", "--yes", "--skip-preview")
    assert "3 unchanged" in machine.run("pulumi", "preview", "--expect-no-changes")
    machine.run("pulumi", "destroy", "--yes", "--skip-preview")
    assert [link for link in one_userplane.links if link["live"]] == []
    assert proxy.hosts == set()


_PRINT_VERSION = "import importlib.metadata; print(importlib.metadata.version('pulumi-userplane'))"


def _project(machine: Machine) -> dict[str, Any]:
    project: dict[str, Any] = yaml.safe_load((machine.folder / "Pulumi.yaml").read_text("utf-8"))
    return project


def _change_project(machine: Machine, **sections: Any) -> None:
    """Writes sections of Pulumi.yaml anew; None takes one out."""
    project = {name: section for name, section in {**_project(machine), **sections}.items() if section is not None}
    (machine.folder / "Pulumi.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")
