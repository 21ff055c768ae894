"""Runs the pipelines of the component as GitLab and its runner do: inputs, rules, variables, artifacts, deployments."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.support.gitlab_component import holds, read_component
from tests.support.gitlab_project import FORK, MAIN, PROJECT
from tests.support.gitlab_server import JOB_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support.gitlab_server import GitLabServer

_SECONDS = 120


@dataclass
class Ran:
    """How a job ended."""

    code: int
    log: str


@dataclass
class Runner:
    """A project's pipelines.

    Attributes:
        server: GitLab.
        checkout: The project's files.
        folder: Where jobs run, and where their artifacts are kept.
        environ: What the image brings.
        variables: The project's CI/CD variables: name, scope (an environment, with `*`) and value.
        inputs: How the component is used.
        tools: What the lines of `before_script` would install.
        dotenv: The variables that a job's program gives to those jobs that take its artifacts.
    """

    server: GitLabServer
    checkout: Path
    folder: Path
    environ: Mapping[str, str]
    variables: list[tuple[str, str, str]]
    inputs: Mapping[str, str | bool]
    tools: Path
    dotenv: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pipelines: int = 0
    jobs_run: int = 0
    saw: dict[str, set[str]] = field(default_factory=dict)

    def run_merge_request(self, number: int, *, merged_results: bool = False, fork: bool = False) -> dict[str, Ran]:
        """Does what a push to a merge request does, or `Run pipeline` on its page."""
        merge_request = self.server.project.merge_requests[number]
        head = merge_request["sha"]
        variables = {
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_COMMIT_SHA": f"merged-{head}" if merged_results else head,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head if merged_results else "",
            "CI_MERGE_REQUEST_IID": str(number),
            "CI_MERGE_REQUEST_PROJECT_ID": str(PROJECT),
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(FORK if fork else PROJECT),
        }
        ran = self._run(variables)
        merge_request["head_pipeline"] = {
            "id": self.pipelines,
            "sha": variables["CI_COMMIT_SHA"],
            "project_id": PROJECT,
        }
        return ran

    def run_main(self, commit: str, source: str = "push") -> dict[str, Ran]:
        """Does what a push to the default branch does, or another way to start a pipeline of it."""
        return self._run({"CI_PIPELINE_SOURCE": source, "CI_COMMIT_SHA": commit, "CI_COMMIT_BRANCH": MAIN})

    def _run(self, variables: Mapping[str, str]) -> dict[str, Ran]:
        self.pipelines += 1
        always = {
            "CI_API_V4_URL": self.server.api,
            "CI_DEFAULT_BRANCH": MAIN,
            "CI_JOB_TOKEN": JOB_TOKEN,
            "CI_PIPELINE_ID": str(self.pipelines),
            "CI_PIPELINE_URL": f"https://gitlab.example/acme/links/-/pipelines/{self.pipelines}",
            "CI_PROJECT_ID": str(PROJECT),
            "GITLAB_CI": "true",
            **variables,
        }
        ran: dict[str, Ran] = {}
        artifacts: dict[str, Path] = {}
        for name, job in read_component(self.inputs).items():
            rule = next((rule for rule in job["rules"] if holds(rule["if"], always)), None)
            if rule is None:
                continue
            # Without `when: always` a job waits for the success of those that it needs.
            needed = [ran[need["job"]] for need in job.get("needs", ())]
            if rule.get("when") == "always" or not any(other.code for other in needed):
                ran[name] = self._run_job(name, job, always, artifacts)
        return ran

    def _run_job(self, name: str, job: Mapping[str, Any], always: Mapping[str, str], artifacts: dict[str, Path]) -> Ran:
        self.jobs_run += 1
        build = self.folder / "builds" / str(self.jobs_run)
        own = job.get("variables", {})
        left = self.folder / "builds" / str(self.jobs_run - 1)
        # Without a checkout, a job finds what the one before it has left on the runner.
        source = left if own.get("GIT_STRATEGY") == "none" else self.checkout
        shutil.copytree(source, build, ignore=shutil.ignore_patterns("__pycache__"))
        inherited: dict[str, str] = {}
        for need in job.get("needs", ()):
            other = need["job"]
            if need.get("artifacts", True) and other in artifacts:
                shutil.copytree(artifacts[other], build, dirs_exist_ok=True)
                inherited.update(self.dotenv.get(other, {}))
        environment = job["environment"]["name"]
        scoped = {name: value for name, scope, value in self.variables if fnmatchcase(environment, scope)}
        self.saw[name] = set(scoped)
        predefined = {**always, "CI_ENVIRONMENT_NAME": environment, "CI_PROJECT_DIR": str(build)}
        ran = self._run_shell(build, job["script"], {**self.environ, **own, **scoped, **predefined, **inherited})
        kept = self._keep_artifacts(build, job.get("artifacts", {}))
        if kept:
            artifacts[name] = kept
        pipeline = int(always["CI_PIPELINE_ID"])
        self.server.project.add_job(pipeline, name, always["CI_COMMIT_SHA"], kept)
        if "action" not in job["environment"]:
            status = "failed" if ran.code else "success"
            self.server.project.deploy(pipeline, environment, always["CI_COMMIT_SHA"], status)
        return ran

    def _run_shell(self, build: Path, script: list[str], environ: Mapping[str, str]) -> Ran:
        done = subprocess.run(
            ["bash", "-c", "\n".join(["set -eo pipefail", f"tools={self.tools}", *script])],
            cwd=build,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout)

    def _keep_artifacts(self, build: Path, artifacts: Mapping[str, Any]) -> Path | None:
        kept = self.folder / "artifacts" / str(self.jobs_run)
        for path in artifacts.get("paths", ()):
            if (build / path).is_dir():
                shutil.copytree(build / path, kept / path)
        return kept if kept.exists() else None
