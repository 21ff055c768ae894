"""Merge requests through the GitLab component: what its jobs write, stop and apply, on the real CLI."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.gitlab_runner import Runner
from tests.engine.stack import CANARY, check_key
from tests.support.gitlab_project import BOT, MALLORY
from tests.support.gitlab_server import WRITE_TOKEN, GitLabServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.stack import Stack
    from tests.support.gitlab_project import GitLabProject

NUMBER = 7
PROGRAM = """
userplane.RecordingLink("checkout", {"domain_id": "dom_help", "link_title": "Help with checkout"})
"""
APPROVAL = "links-may-die"
RUNS_PROGRAM = ("preview", "up", "drift")
DIES, CHANGE, NONE = "links: address dies", "links: change", "links: none"


class Site:
    """A project at GitLab with one deployed link, and a merge request of it."""

    def __init__(self, stack: Stack, server: GitLabServer, folder: Path) -> None:
        stack.program(PROGRAM)
        stack.deploy()
        self.stack = stack
        self.project: GitLabProject = server.project
        userplane = stack.userplane
        account = {"USERPLANE_API_KEY": CANARY, "USERPLANE_WORKSPACE_ID": userplane.workspace_id}
        variables = [(name, f"links/{job}", value) for name, value in account.items() for job in ("preview", "up")]
        image = {name: value for name, value in stack.env.items() if name not in account}
        self.runner = Runner(
            server,
            checkout=stack.folder,
            folder=folder,
            environ=image,
            variables=[
                *variables,
                ("GITLAB_TOKEN", "links/comment", WRITE_TOKEN),
                ("GITLAB_TOKEN_USER", "links/preview", BOT["username"]),
                ("GITLAB_TOKEN_USER", "links/up", BOT["username"]),
            ],
            inputs={"package": "not installed", "stacks": "dev", "install": "true"},
            tools=Path(sys.executable).parent.parent,
            # Would send the token that can write to another server.
            dotenv={f"links-{name}": {"CI_API_V4_URL": "http://127.0.0.1:9/api/v4"} for name in RUNS_PROGRAM},
        )
        self.project.commits.append("begin")
        self.project.deploy(0, "links/up", "begin")

    def edit(self, old: str, new: str) -> None:
        """Changes the program."""
        assert old in PROGRAM
        self.stack.program(PROGRAM.replace(old, new))

    def push(self, commit: str) -> None:
        """Pushes a commit to the merge request, which is opened by the first."""
        if NUMBER in self.project.merge_requests:
            self.project.merge_requests[NUMBER]["sha"] = commit
        else:
            self.project.open_merge_request(NUMBER, commit)

    def preview(self, *, merged_results: bool = False) -> tuple[int, str, str]:
        """Runs the merge request's pipeline; returns how the preview ended, the comment, and the severity's label."""
        ran = self.runner.run_merge_request(NUMBER, merged_results=merged_results)
        self.stack.printed += [job.log for job in ran.values()]
        assert ran["links-comment"].code == 0, ran["links-preview"].log + ran["links-comment"].log
        [comment] = self.project.notes(NUMBER)
        [label] = [label for label in self.labels if label != APPROVAL]
        return ran["links-preview"].code, comment, label

    def merge(self, commit: str) -> tuple[int, str]:
        """Merges the merge request, and runs the pipeline of that; returns how the update ended, and its comment."""
        before = self.project.notes(NUMBER)
        self.project.merge(NUMBER, merge_commit_sha=commit)
        ran = self.runner.run_main(commit)
        self.stack.printed += [job.log for job in ran.values()]
        assert ran["links-result"].code == 0, ran["links-result"].log
        [result] = [body for body in self.project.notes(NUMBER) if body not in before]
        return ran["links-up"].code, result

    @property
    def labels(self) -> list[str]:
        """The merge request's labels."""
        labels: list[str] = self.project.merge_requests[NUMBER]["labels"]
        return labels

    def addresses(self) -> set[str]:
        """Returns the addresses that work."""
        return {str(link["linkURL"]) for link in self.stack.live().values()}


@pytest.fixture
def site(stack: Stack, tmp_path: Path) -> Iterator[Site]:
    """Yields the project. Afterwards nothing that was kept or said holds a token that can write, or the key."""
    with GitLabServer() as server:
        site = Site(stack, server, tmp_path / "gitlab")
        yield site
        said = json.dumps([site.project.all_notes, site.project.merge_requests], default=str)
        assert not [secret for secret in (CANARY, WRITE_TOKEN) if secret in said]
        check_key(tmp_path, stack.printed)
        assert site.project.obeyed == []
        for name, saw in site.runner.saw.items():
            runs_program = name.removeprefix("links-") in RUNS_PROGRAM
            assert ("USERPLANE_API_KEY" in saw, "GITLAB_TOKEN" in saw) == (runs_program, not runs_program)


def test_harmless_change_is_previewed_and_applied(site: Site) -> None:
    [address] = site.addresses()
    site.edit("Help with checkout", "Help with paying")
    site.push("c1")

    code, comment, label = site.preview(merged_results=True)

    assert (code, label) == (0, CHANGE)
    assert "Help with paying" in comment
    assert "Of commit c1 ([run](https://gitlab.example/acme/links/-/pipelines/1))." in comment
    code, result = site.merge("m1")
    assert code == 0
    assert "Help with paying" in result
    assert "Of commit m1 " in result
    assert site.addresses() == {address}
    assert [link["linkTitle"] for link in site.stack.live().values()] == ["Help with paying"]


def test_address_dies_only_by_commit_that_was_approved(site: Site) -> None:
    [old] = site.addresses()
    site.edit("dom_help", "dom_app")
    site.push("c1")

    code, comment, label = site.preview()
    assert (code, label) == (3, DIES)
    assert old in comment

    # Set for c1, and nobody has seen what the next commit does.
    site.labels.append(APPROVAL)
    site.push("c2")
    code, comment, _ = site.preview()
    assert code == 3
    assert APPROVAL not in site.labels
    assert "Of commit c2 " in comment

    site.labels.append(APPROVAL)
    code, comment, label = site.preview()
    assert (code, label) == (0, DIES)
    assert old in comment
    assert APPROVAL in site.labels

    code, result = site.merge("m1")
    assert code == 0
    [new] = site.addresses()
    assert new != old
    assert result.index(old) < result.index(new)


def test_failed_preview_replaces_comment_that_is_no_longer_true(site: Site) -> None:
    marker = "<!-- pulumi-userplane review p/dev -->"
    site.push("c2")
    site.project.add_note(NUMBER, f"Nothing would change.\n\nOf commit c1.\n\n{marker}\n", MALLORY)
    site.project.add_note(NUMBER, f"Nothing would change.\n\nOf commit c1.\n\n{marker}\n")
    site.labels.append(NONE)
    site.edit('"dom_help"', '"dom_help", "link_provider_type": "zendsk"')

    code, comment, label = site.preview()

    assert (code, label) == (1, CHANGE)
    assert "zendesk" in comment
    assert "Nothing would change" not in comment
    assert "Of commit c2 " in comment
    assert "Of commit c1." in site.project.notes(NUMBER, MALLORY)[0]
    assert [method for method, _ in site.stack.sent() if method != "GET"] == []


def test_fork_is_refused_without_preview(site: Site) -> None:
    site.push("c1")
    ran = site.runner.run_merge_request(NUMBER, fork=True)

    assert ran["links-preview"].code == 1
    assert "a fork gets no secrets" in ran["links-preview"].log
    assert site.project.notes(NUMBER) == []


def test_drift_opens_issue(site: Site) -> None:
    [link] = site.stack.live()
    site.stack.userplane.edit_link(link, linkTitle="Changed in the dashboard")

    ran = site.runner.run_main("begin", source="schedule")

    assert (ran["links-drift"].code, ran["links-issue"].code) == (3, 0), ran
    [issue] = site.project.issues.values()
    assert "Changed in the dashboard" in issue["description"]
    assert issue["labels"] == ["userplane-drift"]
