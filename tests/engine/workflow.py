"""Runs the jobs of a workflow as GitHub's runner does: shell steps, the steps of our action, artifacts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.engine.expressions import evaluate, render
from tests.support.github_server import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.github_server import GitHubServer

ROOT = Path(__file__).parents[2]
OUR_ACTION = "OWNER/pulumi-userplane@<full commit>"
_ELSEWHERE = ("actions/checkout@", "actions/setup-python@", "pulumi/actions@")


@dataclass(frozen=True)
class Event:
    """What starts a run.

    Attributes:
        name: For example `push`.
        commit: What is checked out.
        ref: The branch, or the merge that GitHub tries out.
        payload: The event itself.
        inputs: Of a manual start.
    """

    name: str
    commit: str
    ref: str = "refs/heads/main"
    payload: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Job:
    """One run of a job.

    Attributes:
        server: GitHub.
        folder: The checkout.
        temp: The runner's own folder.
        environ: What the runner's environment holds as well as the workflow's.
        event: What started the run.
        run_id: The run's number.
        secrets: Of the repository, as `vars` are.
        needs: The outputs of the jobs before it, by their names.
        outputs: Its own.
        code: The exit code of the step that failed.
        log: What the steps printed.
    """

    server: GitHubServer
    folder: Path
    temp: Path
    environ: Mapping[str, str]
    event: Event
    run_id: int
    secrets: Mapping[str, str]
    variables: Mapping[str, str]
    needs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    code: int = 0
    log: str = ""
    skipped: bool = False

    def run(self, workflow: str, job: str) -> Job:
        """Runs the steps up to the first failure, and those that run nevertheless."""
        whole = yaml.safe_load((self.folder / ".github" / "workflows" / f"{workflow}.yml").read_text("utf-8"))
        declared = whole["jobs"][job]
        self.temp.mkdir()
        (self.temp / "event.json").write_text(json.dumps(self.event.payload), "utf-8")
        permissions = {name.replace("-", "_"): level for name, level in declared.get("permissions", {}).items()}
        contexts = {
            "env": whole.get("env", {}),
            "github": {
                "event": self.event.payload,
                "event_name": self.event.name,
                "ref": self.event.ref,
                "repository": self.server.environ["GITHUB_REPOSITORY"],
                "sha": self.event.commit,
                "token": self.server.grant(**permissions),
            },
            "inputs": self.event.inputs,
            "needs": {name: {"outputs": outputs} for name, outputs in self.needs.items()},
            "runner": {"temp": str(self.temp)},
            "secrets": self.secrets,
            "vars": self.variables,
        }
        self.skipped = not evaluate(str(declared.get("if", "true")), {**contexts, **_status(0)})
        if not self.skipped:
            scope = _Scope(self, contexts, whole.get("env", {}), workflow)
            self.code = scope.run(declared["steps"])
            self.outputs = {name: scope.render(text) for name, text in declared.get("outputs", {}).items()}
        return self


class _Scope:
    """Steps that know each other's outputs: those of a job, or those of an action."""

    def __init__(self, job: Job, contexts: Mapping[str, Any], env: Mapping[str, str], workflow: str) -> None:
        self._job = job
        self._steps: dict[str, Any] = {}
        self._contexts = {**contexts, "steps": self._steps}
        self._env = env
        self._workflow = workflow
        self._code = 0

    def run(self, steps: list[dict[str, Any]]) -> int:
        for step in steps:
            condition = str(step.get("if", "success()"))
            # As on GitHub, a condition that asks for no status asks for success.
            if "()" not in condition and self._code:
                continue
            if evaluate(condition, {**self._contexts, **_status(self._code)}):
                code = self._step(step)
                if not step.get("continue-on-error"):
                    self._code = self._code or code
        return self._code

    def render(self, text: Any) -> str:
        return render(str(text), self._contexts)

    def _step(self, step: Mapping[str, Any]) -> int:
        uses = step.get("uses", "")
        env = {**self._env, **{name: self.render(text) for name, text in step.get("env", {}).items()}}
        options = {name: self.render(text) for name, text in step.get("with", {}).items()}
        if uses == OUR_ACTION:
            return self._act(step.get("id"), options, env)
        if uses.startswith("actions/upload-artifact@"):
            return self._upload(options)
        if uses.startswith("actions/download-artifact@"):
            return self._download(options)
        if uses:
            assert uses.startswith(_ELSEWHERE), uses
            return 0
        if step["name"] == "install":
            # What it would install is installed.
            tools = self._job.temp / "pulumi-userplane"
            if not tools.exists():
                tools.symlink_to(sys.prefix)
            return 0
        code, outputs = self._shell(step, env)
        self._steps[step.get("id", "")] = {"outputs": outputs}
        return code

    def _act(self, name: str | None, options: Mapping[str, str], env: Mapping[str, str]) -> int:
        action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
        declared = action["inputs"]
        assert options.keys() <= declared.keys(), f"the action has no input {options.keys() - declared.keys()}"
        required = {key for key, about in declared.items() if about.get("required")}
        assert required <= options.keys(), f"the action needs {required - options.keys()}"
        inputs = {key: options.get(key, self.render(about.get("default", ""))) for key, about in declared.items()}
        # An action has neither the job's secrets nor its needs.
        contexts = {key: self._contexts[key] for key in ("github", "runner", "env")}
        scope = _Scope(self._job, {**contexts, "inputs": inputs}, env, self._workflow)
        assert all("shell" in step for step in action["runs"]["steps"] if "run" in step)
        code = scope.run(action["runs"]["steps"])
        if name:
            outputs = {key: scope.render(about["value"]) for key, about in action["outputs"].items()}
            self._steps[name] = {"outputs": outputs}
        return code

    def _upload(self, options: Mapping[str, str]) -> int:
        included, *excluded = options["path"].split()
        root = Path(included)
        skipped = [pattern.removeprefix("!") for pattern in excluded]
        files = {
            str(file.relative_to(root if root.is_dir() else root.parent)): file.read_bytes()
            for file in (sorted(root.rglob("*")) if root.is_dir() else [root])
            if file.is_file() and not any(fnmatch(str(file), pattern) for pattern in skipped)
        }
        assert files or options.get("if-no-files-found") == "ignore"
        if files:
            pull = self._job.event.payload.get("pull_request")
            commit = pull["head"]["sha"] if pull else self._job.event.commit
            self._job.server.upload(options["name"], files, commit, run=self._job.run_id)
        return 0

    def _download(self, options: Mapping[str, str]) -> int:
        try:
            files = self._job.server.download(options["name"], self._job.run_id)
        except Refused:
            return 1
        for name, content in files.items():
            file = Path(options["path"]) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return 0

    def _shell(self, step: Mapping[str, Any], env: Mapping[str, str]) -> tuple[int, dict[str, str]]:
        job = self._job
        output = job.temp / "output"
        output.write_text("", "utf-8")
        runner = {
            **job.server.environ,
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_EVENT_NAME": job.event.name,
            "GITHUB_EVENT_PATH": str(job.temp / "event.json"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REF": job.event.ref,
            "GITHUB_REF_NAME": job.event.ref.removeprefix("refs/heads/").removeprefix("refs/pull/"),
            "GITHUB_RUN_ID": str(job.run_id),
            "GITHUB_SHA": job.event.commit,
            "GITHUB_STEP_SUMMARY": str(job.temp / "summary.md"),
            "GITHUB_WORKFLOW_REF": f"acme/links/.github/workflows/{self._workflow}.yml@{job.event.ref}",
            "RUNNER_TEMP": str(job.temp),
        }
        options = ["--noprofile", "--norc", "-eo", "pipefail"] if step.get("shell") == "bash" else ["-e"]
        done = subprocess.run(
            ["bash", *options, "-c", self.render(step["run"])],
            cwd=job.folder / self.render(step.get("working-directory", ".")),
            env={**job.environ, **runner, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        job.log += done.stdout
        return done.returncode, _read_outputs(output)


def _status(code: int) -> dict[str, bool]:
    return {"success()": not code, "failure()": bool(code), "cancelled()": False, "always()": True}


def _read_outputs(file: Path) -> dict[str, str]:
    outputs = {}
    lines = iter(file.read_text("utf-8").split(os.linesep))
    for line in lines:
        name, _, delimiter = line.partition("<<")
        if name:
            outputs[name] = "\n".join(iter(lambda: next(lines), delimiter))
    return outputs
