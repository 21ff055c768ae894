"""Runs the jobs of a workflow as GitHub's runner does: shell steps and artifacts."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.engine.github import GitHub

Value = str | bool

_NETWORK = {"install"}
"""Steps that prepare what a test already has."""

_ELSEWHERE = ("actions/checkout@", "actions/setup-python@", "pulumi/actions@")


@dataclass
class Job:
    """One run of a job.

    Attributes:
        github: Where artifacts and comments are.
        folder: The checkout.
        temp: The runner's own folder.
        environ: What the runner's environment holds as well as the workflow's.
        context: What expressions mean, such as `github.event_name`.
        steps: What the steps put out, by `steps.<id>.outputs.<name>`.
    """

    github: GitHub
    folder: Path
    temp: Path
    environ: Mapping[str, str]
    context: Mapping[str, Value]
    steps: dict[str, Value] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    code: int = 0
    log: str = ""

    def run(self, workflow: str, job: str, until: str = "") -> Job:
        """Runs the steps up to the first failure, and those that run nevertheless; or up to the named step."""
        whole = yaml.safe_load((self.folder / ".github" / "workflows" / f"{workflow}.yml").read_text("utf-8"))
        declared = whole["jobs"][job]
        if "if" in declared and not self._holds(declared["if"]):
            self.log = "skipped"
            return self
        for step in declared["steps"]:
            if self._holds(step.get("if", "success()")):
                self._step(step, whole.get("env", {}))
            if step.get("name") == until:
                return self
        self.outputs = {name: self._text(text) for name, text in declared.get("outputs", {}).items()}
        return self

    def _step(self, step: Mapping[str, Any], env: Mapping[str, str]) -> None:
        uses, options = step.get("uses", ""), step.get("with", {})
        if uses.startswith("actions/upload-artifact@"):
            path = Path(self._text(options["path"]))
            commit = str(self.context.get("github.event.pull_request.head.sha", ""))
            self.github.upload(self._text(options["name"]), path, commit)
        elif uses.startswith("actions/download-artifact@"):
            self.github.download(options["name"], Path(self._text(options["path"])))
        elif uses:
            assert uses.startswith(_ELSEWHERE)
        elif step["name"] not in _NETWORK:
            own = {name: self._text(str(text)) for name, text in {**env, **step.get("env", {})}.items()}
            self.steps.update(
                {f"steps.{step.get('id')}.outputs.{name}": text for name, text in self._shell(step["run"], own)}
            )

    def _shell(self, commands: str, env: Mapping[str, str]) -> list[tuple[str, str]]:
        self.temp.mkdir(exist_ok=True)
        output = self.temp / "output"
        output.write_text("", "utf-8")
        runner = {
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
            "GITHUB_SHA": str(self.context.get("github.sha", "")),
            "GITHUB_RUN_ID": "99",
        }
        done = subprocess.run(
            ["bash", "-e", "-c", commands],
            cwd=self.folder,
            env={**self.environ, **runner, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self.log += done.stdout
        self.code = self.code or done.returncode
        return [
            (name, text) for name, _, text in (line.partition("=") for line in output.read_text("utf-8").splitlines())
        ]

    def _holds(self, condition: str) -> bool:
        expression = condition.removeprefix("${{").removesuffix("}}").strip()
        if self.code and "cancelled()" not in expression:
            return False
        return bool(self._value(expression))

    def _text(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            found = self._value(match[1])
            return str(found).lower() if isinstance(found, bool) else found

        return re.sub(r"\$\{\{ (.+?) \}\}", value, text)

    def _value(self, expression: str) -> Value:
        known = {
            "success()": True,
            "!cancelled()": True,
            "runner.temp": str(self.temp),
            "github.token": "token",
            **self.context,
            **self.steps,
        }
        found: Value = ""
        for alternative in expression.split(" || "):
            for term in alternative.split(" && "):
                # A step that did not run has no outputs; all else has to be known.
                found = known.get(term, "") if term.startswith("steps.") else known[term]
                if not found:
                    break
            if found:
                return found
        return found
