"""OpenTofu with the generic REST provider mastercard/restapi, in the configuration that suits this API best."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.comparison import opentofu_build
from benchmarks.comparison.peer import CommandResult, Link, Operation, Peer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PLAN = ("plan", "-input=false", "-no-color")
_APPLY = ("apply", "-input=false", "-no-color", "-auto-approve")
_COMMANDS: dict[Operation, tuple[str, ...]] = {
    "preview": _PLAN,
    "look": (*_PLAN, "-detailed-exitcode"),
    "apply": _APPLY,
    "sync": _APPLY,
    "refresh": (*_APPLY, "-refresh-only"),
    "destroy": ("destroy", "-input=false", "-no-color", "-auto-approve"),
}
# The folder stands in for a registry: nothing is downloaded.
_SETTINGS = """\
provider_installation {
  dev_overrides {
    "mastercard/restapi" = "PLUGINS"
  }
  direct {}
}
disable_checkpoint = true
"""


class OpenTofu(Peer):
    """A configuration with its state in a file next to it."""

    name = "OpenTofu + restapi"
    sees_changes = 2

    def __init__(self, folder: Path, account: Mapping[str, str]) -> None:
        """Copies the configuration and builds the programs if they are missing.

        Raises:
            CliError: They can't be built here.
        """
        super().__init__(folder, account)
        programs = opentofu_build.find()
        self._tofu = str(programs / "tofu")
        settings = folder / "settings.tfrc"
        settings.write_text(_SETTINGS.replace("PLUGINS", str(programs / "plugins")), "utf-8")
        self.env |= {"TF_CLI_CONFIG_FILE": str(settings), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        self._copy("opentofu", "main.tf", "link/main.tf")
        ran = self._run([self._tofu, "get", "-no-color"])
        assert ran.code == 0, ran.said

    def use(self, account: Mapping[str, str]) -> None:
        """Takes these settings from the next run on."""
        self.env |= {
            "TF_VAR_uri": account["USERPLANE_BASE_URL"],
            "TF_VAR_api_key": account["USERPLANE_API_KEY"],
            "TF_VAR_workspace_id": account["USERPLANE_WORKSPACE_ID"],
        }

    def declare(self, links: Mapping[str, Link]) -> None:
        """Declares these links and no others."""
        self._write_json("links.auto.tfvars.json", {"links": links})

    def command(self, operation: Operation) -> list[str]:
        """Returns the command, to be run in `folder` with `env`."""
        return [self._tofu, *_COMMANDS[operation]]

    def list_recorded(self) -> dict[str, str]:
        """Returns the ids of the links in the state, by their names; a title has no id of its own."""
        there = self.state_file.exists()
        resources = json.loads(self.state_file.read_text("utf-8"))["resources"] if there else []
        return {
            resource["module"].split('"')[1]: resource["instances"][0]["attributes"]["id"]
            for resource in resources
            if resource["mode"] == "managed" and resource["name"] == "link"
        }

    @property
    def state_file(self) -> Path:
        """The present state."""
        return self.folder / "terraform.tfstate"

    def state_files(self) -> list[Path]:
        """Returns the state and its copies."""
        return list(self.folder.glob("*.tfstate*"))

    def save_plan(self) -> tuple[CommandResult, Path]:
        """Writes a plan."""
        plan = self.folder / "saved.plan"
        return self.run("preview", f"-out={plan}"), plan

    def run_verbosely(self, operation: Operation) -> CommandResult:
        """Runs it with the log of both programs."""
        return self.run(operation, environ={"TF_LOG": "TRACE"})

    def has_warned(self, said: str) -> bool:
        """Whether the configuration's check has failed."""
        return "Edited in the dashboard" in said

    def unlock(self) -> None:
        """Does nothing: the operating system takes its lock back."""
