"""GitHub as `ci` uses it; the library for its API is imported here and nowhere else."""

from __future__ import annotations

import os
import zipfile
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from io import BytesIO
from itertools import takewhile
from typing import TYPE_CHECKING

import requests
from github import Auth, Github, GithubException, GithubRetry, RateLimitExceededException
from urllib3.util import Retry

from pulumi_userplane.cli.ci.github_runner import GitHubRunner
from pulumi_userplane.cli.ci.platform import Comment, Issue, PlatformError, PullRequest, describe_unreachable
from pulumi_userplane.cli.ci.pulumi_runs import OWN_TOKEN
from pulumi_userplane.cli.ci.report import name_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from github.Artifact import Artifact
    from github.Issue import Issue as GitHubIssue
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest as GitHubPullRequest
    from github.Repository import Repository

ACTIONS_AUTHOR = "github-actions[bot]"
MAX_PLAN = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_SECONDS = 30
_MAX_WAIT = 60.0
_SLACK = timedelta(hours=1)


def connect() -> GitHubPlatform:
    """Returns GitHub as the environment of its runner describes it; sends no request.

    Raises:
        PlatformError: The environment lacks what GitHub's runner sets.
    """
    return GitHubPlatform(os.environ)


class GitHubPlatform(GitHubRunner):
    """GitHub, by its REST API and the files of its runner.

    Args:
        environ: The runner's variables. A token is read only if a request is sent: USERPLANE_CI_TOKEN, or else
            GITHUB_TOKEN. USERPLANE_CI_AUTHOR names who writes the comments if it is an app's.
        retry: How requests are repeated. A POST is not: GitHub may have done what it did not respond to.
    """

    name = "GitHub"

    def __init__(self, environ: Mapping[str, str], retry: Retry | None = None) -> None:
        super().__init__(environ)
        self._retry = retry or GithubRetry(
            total=3, backoff_factor=1, max_rate_limit_wait=_MAX_WAIT, allowed_methods=Retry.DEFAULT_ALLOWED_METHODS
        )
        self._author = environ.get("USERPLANE_CI_AUTHOR") or ACTIONS_AUTHOR

    def read_head(self, pull: PullRequest) -> str:
        """Returns the newest commit of a pull request, from the API."""
        with self._sending(f"reading the newest commit of pull request {pull.number}", "pull-requests: read"):
            return self._repository.get_pull(pull.number).head.sha

    def read_labels(self, pull: PullRequest) -> set[str]:
        """Returns the labels that a pull request has now, from the API."""
        with self._sending(f"reading the labels of pull request {pull.number}", "pull-requests: read"):
            return {label.name for label in self._conversation(pull).get_labels()}

    def list_comments(self, pull: PullRequest) -> list[Comment]:
        """Returns the comments that our own author wrote, the oldest first."""
        with self._sending(f"reading the comments on pull request {pull.number}", "pull-requests: read"):
            comments = self._conversation(pull).get_comments()
            return [Comment(found.id, found.body or "") for found in comments if self._is_ours(found)]

    def create_comment(self, pull: PullRequest, body: str) -> None:
        """Writes a new comment."""
        with self._sending(f"commenting on pull request {pull.number}", "pull-requests: write"):
            self._conversation(pull).create_comment(body)

    def update_comment(self, pull: PullRequest, comment: Comment, body: str) -> None:
        """Replaces the text of a comment."""
        with self._sending(f"rewriting a comment on pull request {pull.number}", "pull-requests: write"):
            self._conversation(pull).get_comment(comment.id).edit(body)

    def delete_comment(self, pull: PullRequest, comment: Comment) -> None:
        """Deletes a comment, if it is still there."""
        what = f"deleting a comment on pull request {pull.number}"
        with self._sending(what, "pull-requests: write", may_be_missing=True):
            self._conversation(pull).get_comment(comment.id).delete()

    def add_label(self, pull: PullRequest, name: str) -> None:
        """Sets a label. GitHub makes a missing one only for a token that can write issues."""
        permission = "pull-requests: write` and create the label in the repository, or give it `issues: write"
        with self._sending(f'setting the label "{name}" on pull request {pull.number}', permission):
            self._conversation(pull).add_to_labels(name)

    def remove_label(self, pull: PullRequest, name: str) -> None:
        """Takes a label off, if it is set."""
        what = f'taking the label "{name}" off pull request {pull.number}'
        with self._sending(what, "pull-requests: write", may_be_missing=True):
            self._conversation(pull).remove_from_labels(name)

    def find_merged(self, commit: str) -> list[PullRequest]:
        """Returns the pull requests merged into this branch since the last successful run of this workflow.

        The merge by the commit itself counts even if a run of it has succeeded before.
        """
        with self._sending("looking for the pull requests that were merged", "pull-requests: read"):
            found = [
                pull for pull in self._repository.get_commit(commit).get_pulls() if pull.merge_commit_sha == commit
            ]
        # Somebody may have moved this branch to a commit that merged into another one.
        branch = self.read_variable("GITHUB_REF_NAME")
        merged = {pull.number: pull for pull in found if pull.merged_at and pull.base.ref == branch}
        last = self._find_last_success()
        if last is not None and last[0] != commit:
            merged |= self._find_merged_between(*last, commit)
        return [
            PullRequest(pull.number, pull.head.sha, self._is_from_fork(pull), pull.merge_commit_sha)
            for _, pull in sorted(merged.items())
        ]

    def download_plan(self, pull: PullRequest, stack: str, folder: Path) -> Path | None:
        """Downloads the newest plan of a commit; None if no run of this repository, which is not a fork's, left one."""
        name = f"plan-{pull.head}"
        with self._sending(f"looking for the plan of commit {pull.head}", "actions: read"):
            artifacts = [found for found in self._repository.get_artifacts(name) if _is_plan_of(pull.head, found)]
        for artifact in sorted(artifacts, key=lambda found: (found.created_at, found.id), reverse=True):
            content = _extract(self._download(artifact), name_plan(stack))
            if content is not None:
                file = folder / name_plan(stack)
                file.write_bytes(content)
                return file
        return None

    def download_report(self, job: str, path: str, folder: Path) -> bool:  # noqa: ARG002 - those of every platform
        """Refuses it: on GitHub a job takes one artifact by its name, and no variable of another job."""
        raise PlatformError(
            "--from-job can't be used on GitHub: let actions/download-artifact bring the report, and leave the option "
            "out"
        )

    def list_issues(self, label: str) -> list[Issue]:
        """Returns the open issues with a label that our own author wrote, the oldest first."""
        with self._sending(f'listing the issues with the label "{label}"', "issues: read"):
            issues = self._repository.get_issues(state="open", labels=[label], sort="created", direction="asc")
            # GitHub lists pull requests, too. The attribute that tells them would take a request for each issue.
            ours = [found for found in issues if self._is_ours(found) and "/pull/" not in found.html_url]
            return [Issue(found.number, found.body or "") for found in ours]

    def create_issue(self, title: str, body: str, label: str) -> None:
        """Opens an issue."""
        with self._sending("opening an issue", "issues: write"):
            self._repository.create_issue(title, body, labels=[label])

    def update_issue(self, issue: Issue, body: str) -> None:
        """Replaces the text of an issue."""
        with self._sending(f"rewriting issue {issue.number}", "issues: write"):
            self._repository.get_issue(issue.number).edit(body=body)

    def close_issue(self, issue: Issue, comment: str) -> None:
        """Writes a comment, and closes the issue."""
        with self._sending(f"closing issue {issue.number}", "issues: write"):
            found = self._repository.get_issue(issue.number)
            found.create_comment(comment)
            found.edit(state="closed")

    @cached_property
    def _token(self) -> str:
        # Ours first: the other may be the program's own, with other permissions.
        if token := self._environ.get(OWN_TOKEN) or self._environ.get("GITHUB_TOKEN"):
            return token
        raise PlatformError(
            f"no request can be sent to GitHub: {OWN_TOKEN} is not set; give the step "
            f"`env: {OWN_TOKEN}: ${{{{ github.token }}}}`"
        )

    @cached_property
    def _repository(self) -> Repository:
        github = Github(
            auth=Auth.Token(self._token),
            base_url=self.read_variable("GITHUB_API_URL"),
            user_agent="pulumi-userplane",
            timeout=_SECONDS,
            per_page=100,
            retry=self._retry,
            # One run sends few requests.
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )
        return github.get_repo(self.repository_name)

    def _conversation(self, pull: PullRequest) -> GitHubIssue:
        # Comments and labels of a pull request are those of an issue with its number.
        return self._repository.get_issue(pull.number)

    def _is_ours(self, written: IssueComment | GitHubIssue) -> bool:
        # Anybody can write a comment with our marker. A deleted account is None.
        return bool(written.user) and written.user.login == self._author

    def _is_from_fork(self, pull: GitHubPullRequest) -> bool:
        # A deleted fork is None.
        return not pull.head.repo or pull.head.repo.full_name != self.repository_name

    def _find_last_success(self) -> tuple[str, datetime] | None:
        """Returns the commit and the moment of the last successful run of this workflow on this branch, if any."""
        # For example acme/links/.github/workflows/up.yml@refs/heads/main.
        workflow = self.read_variable("GITHUB_WORKFLOW_REF").partition("@")[0].rpartition("/")[2]
        with self._sending(f"looking for the last successful run of {workflow}", "actions: read"):
            runs = self._repository.get_workflow(workflow).get_runs(
                branch=self.read_variable("GITHUB_REF_NAME"), status="success"
            )
            others = (run for run in runs if str(run.id) != self.read_variable("GITHUB_RUN_ID"))
            last = next(others, None)
            return None if last is None else (last.head_sha, last.created_at)

    def _find_merged_between(self, base: str, since: datetime, commit: str) -> dict[int, GitHubPullRequest]:
        merged: dict[int, GitHubPullRequest] = {}
        # If somebody has rewritten the branch, the commit may be missing.
        with self._sending("comparing with the last successful run", "contents: read", may_be_missing=True):
            commits = {found.sha for found in self._repository.compare(base, commit).commits}
            closed = self._repository.get_pulls("closed", "updated", "desc", base=self.read_variable("GITHUB_REF_NAME"))
            recent = takewhile(lambda pull: (pull.updated_at or since) >= since - _SLACK, closed)
            merged.update((pull.number, pull) for pull in recent if pull.merged_at and pull.merge_commit_sha in commits)
        return merged

    def _download(self, artifact: Artifact) -> bytes:
        """Returns an archive; one that is larger than a plan can be, only in part."""
        with self._sending(f"downloading the artifact {artifact.name}", "actions: read"):
            headers = {"Authorization": f"Bearer {self._token}"}
            # It redirects to another host, which refuses the token; `requests` does not send it there.
            with requests.get(
                artifact.archive_download_url, headers=headers, timeout=_SECONDS, stream=True
            ) as response:
                response.raise_for_status()
                content = bytearray()
                for chunk in response.iter_content(_CHUNK):
                    content += chunk
                    if len(content) > MAX_PLAN:
                        break
                return bytes(content)

    @contextmanager
    def _sending(self, what: str, permission: str, *, may_be_missing: bool = False) -> Iterator[None]:
        """Reports in one line what a block could not do."""
        try:
            yield
        except GithubException as error:
            if error.status == 404 and may_be_missing:
                return
            raise PlatformError(f"{what} failed: GitHub said {_quote(error)}; {_advise(error, permission)}") from None
        except (requests.RequestException, ValueError) as error:
            raise PlatformError(f"{what} failed: GitHub can't be reached {describe_unreachable(error)}") from None
        except RuntimeError as error:
            # So the library says that a response leads to another host, where it sends no token.
            raise PlatformError(f"{what} failed: {error}; check GITHUB_API_URL") from None


def _is_plan_of(commit: str, artifact: Artifact) -> bool:
    # A fork's run can upload an artifact of any name.
    run = artifact.raw_data.get("workflow_run") or {}
    is_own = run.get("head_repository_id") == run.get("repository_id")
    return not artifact.expired and run.get("head_sha") == commit and is_own


def _extract(archive: bytes, name: str) -> bytes | None:
    """Returns one file of an archive; None without it, or if it is larger than a plan can be."""
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened, opened.open(name) as file:
            content = file.read(MAX_PLAN + 1)
    except Exception:  # noqa: BLE001 - others have made it: each method of packing has errors of its own
        return None
    return content if len(content) <= MAX_PLAN else None


def _quote(error: GithubException) -> str:
    said = error.data.get("message") if isinstance(error.data, dict) else None
    return f'{error.status} "{" ".join(str(said).split())}"' if said else str(error.status)


def _advise(error: GithubException, permission: str) -> str:
    if isinstance(error, RateLimitExceededException):
        return "run the job again in an hour"
    if error.status == 401:
        return "check the token"
    if error.status in {403, 404}:
        return f"give the job `{permission}`"
    return "run the job again"
