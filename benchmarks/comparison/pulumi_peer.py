"""Pulumi with a dynamic provider: this project's, or the naive one out of a tutorial."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchmarks.comparison.peer import CommandResult, Link, Operation, Peer

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUIET = ("--non-interactive", "--color=never")
_COMMANDS: dict[Operation, tuple[str, ...]] = {
    "preview": ("preview",),
    "look": ("preview", "--refresh", "--expect-no-changes"),
    "apply": ("up", "--yes", "--skip-preview"),
    "sync": ("up", "--refresh", "--yes", "--skip-preview"),
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}


class PulumiPeer(Peer):
    """A project with one stack on a file backend; `pulumi` is the first on PATH."""

    source: ClassVar[str]
    sees_changes = 7

    def __init__(self, folder: Path, account: Mapping[str, str]) -> None:
        """Makes the stack."""
        super().__init__(folder, account)
        self._backend = folder / "backend"
        self._backend.mkdir()
        self.env |= {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PULUMI_BACKEND_URL": self._backend.as_uri(),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "peers",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        self._copy(self.source, "Pulumi.yaml", "__main__.py")
        self._pulumi("stack", "init", "dev")

    def use(self, account: Mapping[str, str]) -> None:
        """Takes these settings from the next run on."""
        self.env |= account

    def declare(self, links: Mapping[str, Link]) -> None:
        """Declares these links and no others."""
        self._write_json("links.json", links)

    def command(self, operation: Operation) -> list[str]:
        """Returns the command, to be run in `folder` with `env`."""
        return ["pulumi", *_COMMANDS[operation], *_QUIET]

    def list_recorded(self) -> dict[str, str]:
        """Returns the ids of the links in the state, by their names."""
        state = json.loads(self.state_file.read_text("utf-8"))
        resources = (state["checkpoint"]["latest"] or {}).get("resources", [])
        links = [resource for resource in resources if resource["type"].startswith("pulumi-python:dynamic")]
        return {link["urn"].rpartition("::")[2]: link["id"] for link in links}

    @property
    def state_file(self) -> Path:
        """The present state."""
        return self._backend / ".pulumi/stacks/links/dev.json"

    def state_files(self) -> list[Path]:
        """Returns every file of the backend: states, their copies, the history."""
        return [file for file in self._backend.rglob("*") if file.is_file()]

    def save_plan(self) -> tuple[CommandResult, Path]:
        """Writes an update plan."""
        plan = self.folder / "plan.json"
        return self.run("preview", f"--save-plan={plan}"), plan

    def run_verbosely(self, operation: Operation) -> CommandResult:
        """Runs it with all of the engine's log."""
        return self.run(operation, "-v=9", "--logtostderr")

    def has_warned(self, said: str) -> bool:  # noqa: ARG002 - nothing here warns: a change is shown, or it is not
        """Tells that nothing warns."""
        return False

    def unlock(self) -> None:
        """Removes the lock of an interrupted run."""
        if any((self._backend / ".pulumi/locks").rglob("*.json")):
            self._pulumi("cancel", "--yes")

    def _pulumi(self, *arguments: str) -> None:
        subprocess.run(["pulumi", *arguments, *_QUIET], cwd=self.folder, env=self.env, check=True, capture_output=True)


class Ours(PulumiPeer):
    """This project's provider."""

    name = "pulumi_userplane"
    source = "ours"

    def keep_key_in_configuration(self) -> None:
        """Takes the key from the stack's configuration, where it is a secret, and no longer from the environment."""
        self._pulumi("config", "set", "--secret", "userplane:apiKey", self.env.pop("USERPLANE_API_KEY"))


class Naive(PulumiPeer):
    """The provider of a tutorial, in the program."""

    name = "naive dynamic provider"
    source = "naive"
