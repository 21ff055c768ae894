"""A repository created from the example for pull requests, with its stack and its Userplane."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engine.conftest import environment
from tests.engine.github import GitHub
from tests.engine.stack import CANARY, check_key, copy_links
from tests.engine.workflow import Job, Value
from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Asked

EXAMPLE = Path(__file__).parents[2] / "examples" / "pull-request-review"
PULL = 1
HELP, APP = 'url="help.acme.example"', 'url="app.acme.example"'
LABEL = "links-may-die"
LABELS = [{"name": "docs"}, {"name": LABEL}]
_LINKS = "links.sqlite"

_REPLAY = """#!/usr/bin/env bash
set -euo pipefail
case $1 in
preview) cp "$RECORDED/plan.json" "$RUNNER_TEMP/plan.json"; cat "$RECORDED/preview.json" ;;
refresh) cat "$RECORDED/refresh.json" ;;
stack) cat "$RECORDED/state.json" 2>/dev/null || echo '{"deployment": null}' ;;
config) echo "{}" ;;
*) echo "nobody recorded pulumi $*"; exit 70 ;;
esac
"""
"""A CLI that replays what the real one printed. It can't apply anything."""


class Repository:
    """A repository in one folder, so that a copy can continue where another one stopped."""

    def __init__(self, folder: Path, userplane: Emulator, kept: Path | None = None) -> None:
        if kept:
            shutil.copytree(kept, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_LINKS))
            copy_links(userplane, kept / _LINKS, back=True)
        else:
            shutil.copytree(EXAMPLE, folder / "links", ignore=shutil.ignore_patterns("__pycache__"))
            GitHub.empty(folder / "github")
            (folder / "jobs").mkdir()
        userplane.clear_requests()
        self.root = folder
        self.folder = folder / "links"
        self.github = GitHub(folder / "github")
        self.userplane = userplane
        env = environment(folder)
        # The account comes from the workflows.
        self.environ = {**env, **self.github.environ, "USERPLANE_BASE_URL": userplane.base_url}
        self.environ["PATH"] = f"{self.github.folder / 'bin'}{os.pathsep}{env['PATH']}"
        self.key = CANARY
        self.printed: list[str] = []

    def keep(self, folder: Path) -> Path:
        """Copies all of it to a new folder."""
        shutil.copytree(self.root, folder, ignore=shutil.ignore_patterns("pulumi-home"))
        copy_links(self.userplane, folder / _LINKS, back=False)
        return folder

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
        cli = self.root / "replay" / "pulumi"
        cli.parent.mkdir(exist_ok=True)
        cli.write_text(_REPLAY, "utf-8")
        cli.chmod(0o755)
        real = self.environ
        self.environ = {**real, "PATH": f"{cli.parent}{os.pathsep}{real['PATH']}", "RECORDED": str(recorded)}
        yield
        self.environ = real

    def edit(self, old: str, new: str) -> None:
        """Changes the program."""
        program = self.folder / "__main__.py"
        text = program.read_text("utf-8")
        assert old in text
        program.write_text(text.replace(old, new), "utf-8")

    def job(self, workflow: str, job: str, **context: Value) -> Job:
        """Runs a job; in the context's names `__` stands for a dot."""
        return self._job(workflow, job, context)

    def _job(self, workflow: str, job: str, context: Mapping[str, Value], until: str = "") -> Job:
        known: dict[str, Value] = {
            "secrets.PULUMI_ACCESS_TOKEN": "",
            "secrets.USERPLANE_API_KEY": self.key,
            "vars.USERPLANE_WORKSPACE_ID": self.userplane.workspace_id,
            **{name.replace("__", "."): value for name, value in context.items()},
        }
        temp = self.root / "jobs" / str(len(list((self.root / "jobs").iterdir())))
        done = Job(self.github, self.folder, temp, self.environ, known).run(workflow, job, until)
        self.printed.append(done.log)
        return done

    def preview(self, commit: str, *, labelled: bool = False, fork: bool = False, action: str = "labeled") -> Job:
        """Does what an event of the pull request does, with its comment."""
        pull = "github.event.pull_request"
        context: dict[str, Value] = {
            f"{pull}.head.repo.full_name != github.repository": fork,
            f"{pull}.head.sha": commit,
            f"{pull}.number": str(PULL),
            f"contains({pull}.labels.*.name, '{LABEL}')": labelled,
            **{f"github.event.action != '{other}'": action != other for other in ("synchronize", "reopened")},
        }
        done = self.job("preview", "preview", **context)
        verdict = {"needs.preview.outputs.verdict": done.outputs["verdict"]}
        commented = self.job("preview", "comment", **context, **verdict)
        assert not commented.code, commented.log
        return done

    def drop_label(self, *, labelled: bool = True, fork: bool = False) -> Job:
        """Does what a push to the pull request does, apart from the preview."""
        pull = "github.event.pull_request"
        context: dict[str, Value] = {
            f"{pull}.head.repo.full_name == github.repository": not fork,
            f"{pull}.number": str(PULL),
            f"contains({pull}.labels.*.name, '{LABEL}')": labelled,
        }
        return self.job("label", "drop", **context)

    def merge(self, commit: str, *, labelled: bool = False, until: str = "") -> Job:
        """Does what merging the pull request does, or the steps of that up to one."""
        merge = {"merge_commit_sha": f"merge-of-{commit}", "head": {"sha": commit}}
        store = self.github.read()
        store["pulls"] = [{"number": PULL, **merge, "labels": LABELS if labelled else LABELS[:1]}]
        self.github.write(store)
        return self.push(f"merge-of-{commit}", until)

    def push(self, commit: str, until: str = "") -> Job:
        """Does what a push to main does, or the steps of that up to one."""
        main = {"github.ref == 'refs/heads/main'": True}
        context: dict[str, Value] = {**main, "github.event_name == 'push'": True, "github.sha": commit}
        return self._job("up", "up", context, until)

    def run_up(self, *, links_may_die: bool) -> Job:
        """Starts the workflow manually."""
        main = {"github.ref == 'refs/heads/main'": True}
        context = {**main, "github.event_name == 'push'": False, "inputs.links-may-die": links_may_die}
        return self.job("up", "up", **context)

    def drift(self, *, is_main: bool = True) -> Job:
        """Does what the schedule does, with its issue."""
        done = self.job("drift", "look", **{"github.ref == 'refs/heads/main'": is_main})
        if done.outputs.get("verdict"):
            issued = self.job("drift", "issue", needs__look__outputs__verdict=done.outputs["verdict"])
            assert not issued.code, issued.log
        return done

    def comments(self, on: int = PULL) -> list[str]:
        """Returns the comments of the workflows on a pull request or an issue."""
        return [comment["body"] for comment in self.github.read()["comments"] if comment["on"] == on]

    def sent(self) -> list[Asked]:
        """Returns method and body of each write since the last call."""
        log = RequestLog(self.userplane)
        sent = log.writes()
        log.forget()
        return sent

    def live(self) -> dict[str, str]:
        """Returns the address of each live link by its title."""
        return {str(link["linkTitle"]): link["linkURL"] for link in self.userplane.links if link["live"]}

    def check_key(self) -> None:
        """Asserts that the key is in nothing that was printed or written, plans, comments and artifacts included."""
        check_key(self.root, self.printed)
