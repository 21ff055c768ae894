"""A repository created from the example for pull requests, with its stack and its Userplane."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engine.conftest import environment
from tests.engine.stack import CANARY, check_key, copy_links
from tests.engine.workflow import Event, Job
from tests.support.github_server import REPOSITORY, GitHubServer
from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Asked

EXAMPLE = Path(__file__).parents[2] / "examples" / "pull-request-review"
HELP, APP = 'url="help.acme.example"', 'url="app.acme.example"'
APPROVAL = "links-may-die"
SEVERITIES = ("links: none", "links: change", "links: address dies")
_LINKS = "links.sqlite"
_FORK = {"full_name": "mallory/links"}

_REPLAY = """#!/usr/bin/env bash
set -euo pipefail
case $1 in
preview)
    while [[ $# -gt 0 ]]; do
        if [[ $1 == --save-plan ]]; then cp "$RECORDED/plan.json" "$2"; fi
        shift
    done
    cat "$RECORDED/preview.json" ;;
refresh) cat "$RECORDED/refresh.json" ;;
stack) cat "$RECORDED/state.json" 2>/dev/null || echo '{"deployment": null}' ;;
config) echo "{}" ;;
*)
    # The refusal of a plan, if a test has one.
    if [[ -f $RECORDED/$1.txt ]]; then cat "$RECORDED/$1.txt"; exit 255; fi
    echo "nobody recorded pulumi $*"; exit 70 ;;
esac
"""
"""A CLI that replays what the real one printed. It can't apply anything."""

_RECORD = """#!/usr/bin/env bash
set -euo pipefail
code=0
case $1 in
preview | refresh) "$REAL" "$@" | tee "$RECORDED/$1.json" || code=$? ;;
*) exec "$REAL" "$@" ;;
esac
while [[ $# -gt 0 ]]; do
    if [[ $1 == --save-plan ]]; then cp "$2" "$RECORDED/plan.json"; fi
    shift
done
exit "$code"
"""
"""The real CLI; what it prints of a preview or a refresh is kept, the last time each."""


class Repository:
    """A repository in one folder, so that a copy can continue where another one stopped.

    Attributes:
        pull: The number of its pull request.
    """

    def __init__(self, folder: Path, userplane: Emulator, kept: Path | None = None) -> None:
        if kept:
            shutil.copytree(kept, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_LINKS))
            copy_links(userplane, kept / _LINKS, back=True)
        else:
            shutil.copytree(EXAMPLE, folder / "links", ignore=shutil.ignore_patterns("__pycache__"))
            (folder / "jobs").mkdir()
        self.github = GitHubServer(folder / "github")
        if not kept:
            self.github.write({**self.github.read(), "labels": [APPROVAL, "docs", "userplane-drift", *SEVERITIES]})
            self.github.open_pull("c0")
        userplane.clear_requests()
        self.root = folder
        self.folder = folder / "links"
        self.pull: int = self.github.read()["pulls"][0]["number"]
        self.userplane = userplane
        # The account comes from the workflows.
        self.environ = {**environment(folder), "USERPLANE_BASE_URL": userplane.base_url}
        self.key = CANARY
        self.printed: list[str] = []

    def keep(self, folder: Path) -> Path:
        """Copies all of it to a new folder."""
        shutil.copytree(self.root, folder, ignore=shutil.ignore_patterns("pulumi-home"), symlinks=True)
        copy_links(self.userplane, folder / _LINKS, back=False)
        return folder

    def stop(self) -> None:
        """Ends GitHub; the key may be in nothing that was printed or written: plans, comments, artifacts."""
        self.github.stop()
        assert not self.github.leaked
        check_key(self.root, self.printed)

    def shell(self, commands: str, **environ: str) -> str:
        """Runs commands as a person who works on the stack, and returns what they print."""
        account = {"USERPLANE_API_KEY": self.key, "USERPLANE_WORKSPACE_ID": self.userplane.workspace_id}
        done = subprocess.run(
            ["bash", "-e", "-c", commands],
            cwd=self.folder,
            env={**self.environ, **account, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert not done.returncode, done.stdout
        self.printed.append(done.stdout)
        return done.stdout

    @contextlib.contextmanager
    def replayed(self, recorded: Path) -> Iterator[None]:
        """Replays, until the block ends, what the real CLI printed when it wrote these files."""
        with self._other_cli("replay", _REPLAY, recorded):
            yield

    @contextlib.contextmanager
    def recorded(self, folder: Path) -> Iterator[None]:
        """Keeps, until the block ends, what the real CLI prints in a folder, and the plan that it saves."""
        with self._other_cli("record", _RECORD, folder):
            yield

    @contextlib.contextmanager
    def _other_cli(self, name: str, script: str, recorded: Path) -> Iterator[None]:
        cli = self.root / name / "pulumi"
        cli.parent.mkdir(exist_ok=True)
        cli.write_text(script, "utf-8")
        cli.chmod(0o755)
        real = self.environ
        path = f"{cli.parent}{os.pathsep}{real['PATH']}"
        program = shutil.which("pulumi", path=real["PATH"]) or ""
        self.environ = {**real, "PATH": path, "REAL": program, "RECORDED": str(recorded)}
        yield
        self.environ = real

    def edit(self, old: str, new: str) -> None:
        """Changes the program."""
        program = self.folder / "__main__.py"
        text = program.read_text("utf-8")
        assert old in text
        program.write_text(text.replace(old, new), "utf-8")

    def job(self, workflow: str, job: str, event: Event, run: int, **needs: Mapping[str, str]) -> Job:
        """Runs a job.

        Args:
            workflow: The name of the workflow's file.
            job: The job.
            event: What started the run.
            run: The run's number.
            needs: The outputs of the jobs before it.
        """
        temp = self.root / "jobs" / f"{len(list((self.root / 'jobs').iterdir())):02}"
        secrets = {"PULUMI_ACCESS_TOKEN": "", "USERPLANE_API_KEY": self.key}
        variables = {"USERPLANE_WORKSPACE_ID": self.userplane.workspace_id}
        done = Job(self.github, self.folder, temp, self.environ, event, run, secrets, variables, needs)
        done.run(workflow, job)
        self.printed.append(done.log)
        return done

    def approve(self, *others: str) -> None:
        """Sets the label, as a reviewer does."""
        self.github.label(self.pull, *self.github.labels(self.pull), APPROVAL, *others)

    def preview(self, commit: str, *, fork: bool = False) -> Job:
        """Does what an event of the pull request does, with its comment; returns the job that previews."""
        repository = _FORK if fork else {"full_name": REPOSITORY}
        head = {"sha": commit, "repo": repository}
        self.github.change("pulls", self.pull, head=head)
        # What an event says of labels can be old.
        pull = {"number": self.pull, "state": "open", "head": head, "labels": []}
        event = Event("pull_request", f"try-{commit}", f"refs/pull/{self.pull}/merge", {"pull_request": pull})
        return self._with_comment("preview", "preview", "comment", event)

    def merge(self, commit: str) -> Job:
        """Does what merging the pull request does; returns the job that applies."""
        merge = f"merge{commit}"
        self.github.push(merge, merges=self.pull)
        return self.push(merge)

    def push(self, commit: str) -> Job:
        """Does what a push to main does; returns the job that applies."""
        return self._with_comment("up", "up", "comment", Event("push", commit))

    def run_up(self, *, links_may_die: bool, ref: str = "refs/heads/main") -> Job:
        """Starts the workflow manually; returns the job that applies."""
        event = Event("workflow_dispatch", "manual", ref, inputs={"links-may-die": links_may_die})
        return self._with_comment("up", "up", "comment", event)

    def drift(self, ref: str = "refs/heads/main") -> Job:
        """Does what the schedule does, with its issue; returns the job that looks."""
        return self._with_comment("drift", "look", "issue", Event("schedule", "scheduled", ref))

    def _with_comment(self, workflow: str, first: str, second: str, event: Event) -> Job:
        run = 1000 + len(self.printed)
        done = self.job(workflow, first, event, run)
        commented = self.job(workflow, second, event, run, **{first: done.outputs})
        # A preview that left no report is a failure here, too.
        is_own = event.payload.get("pull_request", {}).get("head", {}).get("repo") not in (None, _FORK)
        is_lost = is_own and not done.outputs.get("outcome")
        assert bool(commented.code) == is_lost, commented.log
        if not done.skipped and event.ref == "refs/heads/main":
            self.github.finish(workflow, event.commit, "failure" if done.code else "success", id=run)
        return done

    def comments(self, on: int | None = None) -> list[str]:
        """Returns the comments on the pull request, or on an issue."""
        return self.github.comments(on or self.pull)

    def labels(self) -> set[str]:
        """Returns the labels of the pull request."""
        return self.github.labels(self.pull)

    def sent(self) -> list[Asked]:
        """Returns method and body of each write since the last call."""
        log = RequestLog(self.userplane)
        sent = log.writes()
        log.forget()
        return sent

    def live(self) -> dict[str, str]:
        """Returns the address of each live link by its title."""
        return {str(link["linkTitle"]): link["linkURL"] for link in self.userplane.links if link["live"]}
