"""A stack on a file backend of its own, driven by the real CLI, with an emulated Userplane."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.request_log import RequestLog
from tests.support.states import resources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Asked

LINK_TYPE = "pulumi-python:dynamic/userplane:RecordingLink"
PLUGIN_LINK_TYPE = "userplane:index:RecordingLink"
CANARY = "uspl_canary_0f5c"
HOST_TRACEBACK = "pulumi/dynamic/"
"""Part of what the host itself prints of a failure. (Failed runs may show a traceback of Pulumi as well.)"""

DEADLINE = 60

STATE = "pulumi-state"
"""The folder of the backend, next to the project's."""

_HEADER = "import pulumi\nimport pulumi_userplane as userplane\n"


_LINKS = "links.sqlite"


class Templates:
    """Folders to copy instead of starting the CLI again, each as the real CLI left it."""

    def __init__(self, folder: Path) -> None:
        self.empty = folder / "empty"
        self._folder = folder

    def find(self, *texts: str) -> Path:
        """Returns the path of the template that belongs to these texts."""
        return self._folder / hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


class Stack:
    """A project with one stack; its account comes from the environment, as the emulator prints it."""

    link_type = LINK_TYPE
    program_file = "__main__.py"

    def __init__(self, folder: Path, env: Mapping[str, str], userplane: Emulator, templates: Templates) -> None:
        self.folder = folder / "p"
        self.env = {**env, **userplane.environ()}
        self.userplane = userplane
        self.log = RequestLog(userplane)
        self.printed: list[str] = []
        self._templates = templates
        shutil.copytree(templates.empty, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("pulumi-home"))
        self.select("dev")

    def select(self, name: str) -> None:
        """Selects a stack, as `pulumi stack select` does."""
        project = self.folder / "Pulumi.yaml"
        file = f"{self._project}-{hashlib.sha1(bytes(project)).hexdigest()}-workspace.json"
        workspaces = Path(self.env["PULUMI_HOME"]) / "workspaces"
        workspaces.mkdir(parents=True, exist_ok=True)
        stack = f"organization/{self._project}/{name}"
        # The oldest CLI knows one stack for all backends.
        selected = {"stack": stack, "stacks": {self.env["PULUMI_BACKEND_URL"]: stack}}
        (workspaces / file).write_text(json.dumps(selected), encoding="utf-8")
        self._name = name

    def change_machine(self, name: str) -> None:
        """Goes on on another machine: its home and cache know nothing of the runs so far; all else is the same.

        No stack is selected there: as on many runners, a variable names it.
        """
        home = self.folder.parent / name
        folders = {"HOME": home, "XDG_CACHE_HOME": home / "cache", "PULUMI_HOME": home / "pulumi"}
        self.env.update({variable: str(folder) for variable, folder in folders.items()})
        self.env["PULUMI_STACK"] = self._name

    def init(self, name: str) -> None:
        """Creates and selects a stack of the project in this folder, as `pulumi stack init` does."""
        stacks = Path(self.env["PULUMI_BACKEND_URL"].removeprefix("file://")) / ".pulumi" / "stacks"
        empty = (stacks / "p" / "dev.json").read_text(encoding="utf-8")
        (stacks / self._project).mkdir(exist_ok=True)
        made = empty.replace("organization/p/dev", f"organization/{self._project}/{name}")
        (stacks / self._project / f"{name}.json").write_text(made, encoding="utf-8")
        shutil.copy(self.folder.parent / "p" / "Pulumi.dev.yaml", self.folder / f"Pulumi.{name}.yaml")
        self.select(name)

    def deploy(self, secrets: Mapping[str, str] | None = None, then: Mapping[str, str] | None = None) -> None:
        """Creates what the program declares; a copy of an earlier `up` of the same program will do.

        The copy holds state, configuration, journal and links, so that nothing can tell it from a run of its own.

        Args:
            secrets: What is configured before, as secrets.
            then: What is configured afterwards, as secrets.
        """
        program = (self.folder / self.program_file).read_text(encoding="utf-8")

        def deploy() -> None:
            self.configure(secrets or {})
            self.up()
            self.configure(then or {})

        self.begin_with(deploy, program, json.dumps([secrets, then]))

    def begin_with(self, work: Callable[[], None], *texts: str) -> None:
        """Does what a test begins with; a copy of what an earlier test began with alike will do.

        Args:
            work: Does it.
            texts: What it depends on, next to the account and the links that there are.
        """
        account = {name: value for name, value in self.env.items() if name.startswith("USERPLANE_")}
        before = [link["linkId"] for link in self.userplane.links]
        template = self._templates.find(*texts, json.dumps([account, before], sort_keys=True))
        links = template / _LINKS
        if not links.exists():
            work()
            shutil.copytree(self.folder.parent, template, ignore=shutil.ignore_patterns("pulumi-home"))
            copy_links(self.userplane, links, back=False)
        else:
            shutil.copytree(template, self.folder.parent, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_LINKS))
            copy_links(self.userplane, links, back=True)
        self.log.forget()

    def configure(self, secrets: Mapping[str, str], **plain: str) -> None:
        """Sets secrets by their keys, and settings of this provider by their names, with one start of the CLI."""
        values = [part for key, value in secrets.items() for part in ("--secret", f"{key}={value}")]
        values += [part for key, value in plain.items() for part in ("--plaintext", f"userplane:{key}={value}")]
        if values:
            self.pulumi("config", "set-all", *values)

    @property
    def state(self) -> str:
        """Returns the state of the selected stack as the backend keeps it, without starting the CLI."""
        return self.state_file.read_text(encoding="utf-8")

    @property
    def state_file(self) -> Path:
        """Returns the file that holds the state."""
        backend = Path(self.env["PULUMI_BACKEND_URL"].removeprefix("file://"))
        return backend / ".pulumi" / "stacks" / self._project / f"{self._name}.json"

    @property
    def _project(self) -> str:
        return str(yaml.safe_load((self.folder / "Pulumi.yaml").read_text(encoding="utf-8"))["name"])

    def program(self, text: str) -> None:
        """Writes the program, which has `pulumi` and `userplane` imported."""
        (self.folder / "__main__.py").write_text(_HEADER + dedent(text), encoding="utf-8")

    def declare(self, opts: str = "None", /, **links: Mapping[str, Any]) -> None:
        """Writes a program with only these links, all with the same options."""
        calls = [f"userplane.RecordingLink({name!r}, {dict(fields)!r}, {opts})" for name, fields in links.items()]
        self.program("\n".join(calls))

    def pulumi(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Runs a command, which has to end with that code, and returns what it printed.

        Args:
            arguments: The command.
            code: 0 for success, 7 for "changes were not expected", 1 for any other failure.
            environ: Variables for this command alone.
        """
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],
            cwd=self.folder,
            env={**self.env, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        self.printed.append(done.stdout)
        assert done.returncode == code, done.stdout
        return done.stdout

    def command(
        self, *arguments: str, code: int = 0, folder: Path | None = None, **environ: str | None
    ) -> tuple[str, str]:
        """Runs `pulumi-userplane`, which has to end with that code, and returns both things that it printed.

        Args:
            arguments: The command.
            code: How it has to end.
            folder: Where it is run; the project's when left out.
            environ: Variables for this command alone; None takes one out of the environment.
        """
        done = subprocess.run(
            ["pulumi-userplane", *arguments],
            cwd=folder or self.folder,
            env={name: value for name, value in {**self.env, **environ}.items() if value is not None},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        self.printed.append(done.stdout + done.stderr)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout, done.stderr

    def up(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Updates without showing a preview first."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, code=code, **environ)

    def preview(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Previews, with old and new values."""
        return self.pulumi("preview", "--diff", *arguments, code=code, **environ)

    def refresh(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Refreshes without showing a preview first."""
        return self.pulumi("refresh", "--yes", "--skip-preview", *arguments, code=code, **environ)

    def sent(self) -> list[Asked]:
        """Returns method and body of each request for links since the last call, and forgets all requests."""
        return self.log.take("/links")

    def resources(self) -> list[dict[str, Any]]:
        """Returns the resources in the state of the selected stack."""
        return resources_of(self.state)

    def links(self) -> dict[str, dict[str, Any]]:
        """Returns the links in the state by their names."""
        return {
            resource["urn"].split("::")[-1]: resource
            for resource in self.resources()
            if resource["type"] == self.link_type
        }

    def live(self) -> dict[str, Any]:
        """Returns the live links by their ids."""
        return {link["linkId"]: link for link in self.userplane.links if link["live"]}


def check_key(folder: Path, printed: list[str]) -> None:
    """Asserts that the canary is in nothing that was printed, or is written in the folder."""
    assert CANARY not in "\n".join(printed)
    written = [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]
    assert [file for file in written if CANARY.encode() in file.read_bytes()] == []


def copy_links(userplane: Emulator, file: Path, *, back: bool) -> None:
    """Copies the links of a Userplane to a file, or back."""
    held = userplane._backend.database._connection
    with contextlib.closing(sqlite3.connect(file)) as copied:
        if back:
            copied.backup(held)
        else:
            held.backup(copied)


def list_diffs(preview: str) -> dict[str, list[str]]:
    """Returns what `--diff` shows of each link by its name, block for block, without ids and columns."""
    blocks: dict[str, list[str]] = {}
    details, _, _ = preview.partition("\nResources:")
    for block in re.split(r"\n *(?=\S* ?[\w-]+:[\w/-]+:\w+: \()", details):
        if re.search(rf"({LINK_TYPE}|{PLUGIN_LINK_TYPE}): ", block):
            [name] = re.findall(r"\[urn=.*::(.+)\]", block)
            bare = re.sub(rf"\[(id|urn|provider)=.*\]|--outputs:--|({LINK_TYPE}|{PLUGIN_LINK_TYPE}):", " ", block)
            blocks.setdefault(name, []).append(" ".join(bare.split()).replace(" : ", ": "))
    return blocks
