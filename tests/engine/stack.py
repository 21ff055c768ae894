"""A stack of its own on a file backend, driven by the real CLI, beside the Userplane that its links are made at."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from pulumi_userplane.emulator import Emulator

LINK_TYPE = "pulumi-python:dynamic/userplane:RecordingLink"
CANARY = "uspl_canary_0f5c"
HOST_TRACEBACK = "pulumi/dynamic/"
"""In what the host prints of a failure by itself. (Failed runs may show a traceback of Pulumi's own as well.)"""

DEADLINE = 60

_HEADER = "import pulumi\nimport pulumi_userplane as userplane\n"


class Stack:
    """One project with one stack; its account comes from the environment, as the emulator prints it."""

    def __init__(self, folder: Path, env: Mapping[str, str], userplane: Emulator) -> None:
        self.folder = folder
        self.env = {**env, **userplane.environ()}
        self.userplane = userplane
        self.said: list[str] = []
        (folder / "Pulumi.yaml").write_text("name: p\nruntime: python\n", encoding="utf-8")
        self.pulumi("stack", "init", "dev")

    def program(self, text: str) -> None:
        """Writes the program, which has `pulumi` and `userplane` imported."""
        (self.folder / "__main__.py").write_text(_HEADER + dedent(text), encoding="utf-8")

    def declare(self, opts: str = "None", **links: Mapping[str, Any]) -> None:
        """Writes a program with these links and nothing else, all with the same options."""
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
        self.said.append(done.stdout)
        assert done.returncode == code, done.stdout
        return done.stdout

    def up(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Updates without showing a preview first."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, code=code, **environ)

    def preview(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Previews, with old and new values."""
        return self.pulumi("preview", "--diff", *arguments, code=code, **environ)

    def refresh(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Refreshes without showing a preview first."""
        return self.pulumi("refresh", "--yes", "--skip-preview", *arguments, code=code, **environ)

    def sent(self) -> list[tuple[str, Any]]:
        """Returns method and body of each request for links since the last call, and forgets all requests."""
        requests = [(request.method, request.body) for request in self.userplane.requests if "/links" in request.path]
        self.userplane.clear_requests()
        return requests

    def resources(self) -> list[dict[str, Any]]:
        """Returns what the state holds."""
        deployment = json.loads(self.pulumi("stack", "export"))["deployment"]
        return list(deployment.get("resources", []))

    def links(self) -> dict[str, dict[str, Any]]:
        """Returns the links in the state by their names."""
        return {each["urn"].split("::")[-1]: each for each in self.resources() if each["type"] == LINK_TYPE}

    def live(self) -> dict[str, Any]:
        """Returns the links that live at Userplane by their ids."""
        return {link["linkId"]: link for link in self.userplane.links if link["live"]}


def shown(preview: str) -> dict[str, list[str]]:
    """Returns what `--diff` shows of each link by its name, block for block, without ids and columns."""
    blocks: dict[str, list[str]] = {}
    details, _, _ = preview.partition("\nResources:")
    for block in re.split(r"\n *(?=\S* ?[\w-]+:[\w/-]+:\w+: \()", details):
        if f"{LINK_TYPE}: " in block:
            [name] = re.findall(r"\[urn=.*::(.+)\]", block)
            bare = re.sub(rf"\[(id|urn|provider)=.*\]|--outputs:--|{LINK_TYPE}:", " ", block)
            blocks.setdefault(name, []).append(" ".join(bare.split()).replace(" : ", ": "))
    return blocks
