"""GitLab as `ci` uses it; the library for its API is imported here and nowhere else.

What GitLab's documentation states, and this module builds on:

- "CI/CD job token": a job's own token reads merge requests, their comments, the jobs of a pipeline, artifacts and
  deployments. It reads no comparison of commits and no user, and it writes none of all this.
- "Merge requests API": `add_labels` makes a label that the project lacks.
- "Quick actions": GitLab looks for them in comments and issues that the API writes, too, and obeys them with the rights
  of the token. `ci` writes no text in which there is one.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Literal

import gitlab
import requests
import typer

from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.ci.gitlab_job import read_job
from pulumi_userplane.cli.ci.gitlab_merges import list_commits, read_merged
from pulumi_userplane.cli.ci.gitlab_session import open_session, save
from pulumi_userplane.cli.ci.platform import Comment, Issue, PlatformError, PullRequest, describe_unreachable
from pulumi_userplane.cli.ci.report import COMMENT, MAX_COMMENT_BYTES, REPORT, name_plan
from pulumi_userplane.cli.review.safe_text import make_loggable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gitlab.v4.objects import Project, ProjectJob, ProjectMergeRequest

    from pulumi_userplane.cli.ci.gitlab_job import Job

_TIMEOUT_SECONDS = 30
_PAGE = 100
_MAX_PLAN_BYTES = 50_000_000
_NOT_FOUND = 404
_MAY_NOT = (401, 403, _NOT_FOUND)


def connect() -> GitLab:
    """Returns the platform of the job that runs this process; sends no request.

    Raises:
        PlatformError: The environment is not that of a job.
    """
    return GitLab(read_job(os.environ))


class GitLab:
    """One project at GitLab, seen by a job of it."""

    name = "GitLab"

    def __init__(self, job: Job) -> None:
        self._job = job
        self._server = gitlab.Gitlab(
            job.server,
            private_token=job.write_token or job.read_token,
            job_token=job.job_token if job.has_only_own_token else None,
            ssl_verify=job.certificates or True,
            timeout=_TIMEOUT_SECONDS,
            per_page=_PAGE,
            # The token stays with the address that the job was given.
            keep_base_url=True,
            session=open_session(),
        )

    def pull_request(self) -> PullRequest | None:
        """Returns the merge request of a merge request pipeline."""
        return self._job.pull_request

    def commit(self) -> str:
        """Returns the commit of the branch; in a merged results pipeline not the one that was made for the run."""
        return self._job.commit

    def read_head(self, pull: PullRequest) -> str:
        """Returns the newest commit of a merge request."""
        return str(self._read(pull).sha)

    def read_labels(self, pull: PullRequest) -> set[str]:
        """Returns the labels that a merge request has now."""
        return set(self._read(pull).labels)

    def list_comments(self, pull: PullRequest) -> list[Comment]:
        """Returns the comments of the user that `GITLAB_TOKEN` belongs to."""
        with self._request(f"reading the comments on !{pull.number}"):
            is_ours = self._find_author()
            rows = self._merge_request(pull).notes.list(iterator=True, sort="asc", order_by="created_at")
            return [Comment(row.id, row.body) for row in rows if not row.system and is_ours(row.author)]

    def create_comment(self, pull: PullRequest, body: str) -> None:
        """Writes a comment."""
        with self._request(f"writing a comment on !{pull.number}", writes=True):
            self._merge_request(pull).notes.create({"body": body})

    def update_comment(self, pull: PullRequest, comment: Comment, body: str) -> None:
        """Replaces the text of a comment."""
        with self._request(f"writing the comment {comment.id} on !{pull.number} anew", writes=True):
            self._merge_request(pull).notes.update(comment.id, {"body": body})

    def delete_comment(self, pull: PullRequest, comment: Comment) -> None:
        """Deletes a comment."""
        with self._request(f"deleting the comment {comment.id} on !{pull.number}", writes=True), _no_error_if_absent():
            self._merge_request(pull).notes.delete(comment.id)

    def add_label(self, pull: PullRequest, name: str) -> None:
        """Sets a label."""
        with self._request(f"setting the label {name} on !{pull.number}", writes=True):
            self._project.mergerequests.update(pull.number, {"add_labels": name})

    def remove_label(self, pull: PullRequest, name: str) -> None:
        """Takes a label off."""
        with self._request(f"taking the label {name} off !{pull.number}", writes=True):
            self._project.mergerequests.update(pull.number, {"remove_labels": name})

    def find_merged(self, commit: str) -> list[PullRequest]:
        """Returns the merge requests that were merged since the last successful deployment of the job that applies.

        A job's own token can't compare commits: with it these are the ones that were merged by this commit.
        """
        with self._request(f"looking for the merge requests that were merged by {commit}"):
            applied = self._list_applied(commit)
            rows: Iterable[Mapping[str, Any]]
            if applied == {commit}:
                listed = self._project.commits.get(commit, lazy=True).merge_requests(iterator=True, state="merged")
                rows = (dict(row) for row in listed)
            else:
                merged = self._project.mergerequests.list(iterator=True, state="merged", target_branch=self._job.branch)
                rows = (row.attributes for row in merged)
            found = [read_merged(row) for row in rows if self._has_applied(row, applied)]
        return sorted(found, key=lambda pull: pull.number)

    def download_plan(self, pull: PullRequest, stack: str, folder: Path) -> Path | None:
        """Downloads it from the preview's job in the merge request's last pipeline.

        The job keeps plans in a folder that is named after the commit, so that no other commit's plan is taken for it.
        """
        if pull.is_fork:
            return None
        name = name_plan(stack)
        job_name = f"{self._job.prefix}-preview"
        file = folder / name
        doing = f"downloading the plan of {pull.head} for !{pull.number}"
        with self._request(doing):
            pipeline = self._merge_request(pull, lazy=False).attributes.get("head_pipeline")
            if not pipeline or pipeline.get("project_id") != self._job.project:
                return None
            job = self._find_artifacts(pipeline["id"], job_name)
            if job is None or not _download(job, f"{job_name}/{pull.head}/plans/{name}", file, _MAX_PLAN_BYTES):
                return None
        if file.stat().st_size > _MAX_PLAN_BYTES:
            raise PlatformError(f"GitLab: {doing} failed: it has over {_MAX_PLAN_BYTES} bytes")
        return file

    def download_report(self, job: str, path: str, folder: Path) -> bool:
        """Downloads it from the artifacts of the last run of the job in this pipeline."""
        with self._request(f"downloading the report in {path} of the job {job}"):
            run = self._find_artifacts(self._job.pipeline, job)
            if run is None or not _download(run, f"{path}/{REPORT}", folder / REPORT, MAX_COMMENT_BYTES):
                return False
            _download(run, f"{path}/{COMMENT}", folder / COMMENT, MAX_COMMENT_BYTES)
        return True

    def list_issues(self, label: str) -> list[Issue]:
        """Returns the open issues of the user that `GITLAB_TOKEN` belongs to."""
        with self._request(f"reading the issues with the label {label}"):
            is_ours = self._find_author()
            rows = self._project.issues.list(iterator=True, labels=[label], state="opened", sort="asc")
            return [Issue(row.iid, row.description or "") for row in rows if is_ours(row.author)]

    def create_issue(self, title: str, body: str, label: str) -> None:
        """Opens an issue."""
        with self._request("opening an issue", writes=True):
            self._project.issues.create({"title": title, "description": body, "labels": label})

    def update_issue(self, issue: Issue, body: str) -> None:
        """Replaces the text of an issue."""
        with self._request(f"writing issue {issue.number} anew", writes=True):
            self._project.issues.update(issue.number, {"description": body})

    def close_issue(self, issue: Issue, comment: str) -> None:
        """Writes a comment, and closes the issue."""
        with self._request(f"closing issue {issue.number}", writes=True):
            self._project.issues.get(issue.number, lazy=True).notes.create({"body": comment})
            self._project.issues.update(issue.number, {"state_event": "close"})

    def run_url(self) -> str:
        """Returns the address of the pipeline."""
        return self._job.url

    def write_summary(self, markdown: str) -> None:
        """Does nothing: GitLab shows no summary of a job, and `ci` leaves it in its folder."""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Does nothing: the jobs after this one read `report.json`."""

    def log(self, level: Literal["error", "warning"], text: str) -> None:
        """Writes the line to standard error."""
        typer.echo(make_loggable(f"{level}: {text}"), err=True)

    def quiet_log(self) -> AbstractContextManager[None]:
        """Returns a block that changes nothing: GitLab's runner obeys no line of a log."""
        return nullcontext()

    @property
    def _project(self) -> Project:
        return self._server.projects.get(self._job.project, lazy=True)

    def _find_artifacts(self, pipeline: int, job: str) -> ProjectJob | None:
        """Returns the last run of a job in a pipeline, if it has left artifacts."""
        listed = self._project.pipelines.get(pipeline, lazy=True).jobs.list(iterator=True)
        runs = [run.id for run in listed if run.name == job and run.attributes.get("artifacts_file")]
        return self._project.jobs.get(max(runs), lazy=True) if runs else None

    def _merge_request(self, pull: PullRequest, *, lazy: bool = True) -> ProjectMergeRequest:
        return self._project.mergerequests.get(pull.number, lazy=lazy)

    def _read(self, pull: PullRequest) -> ProjectMergeRequest:
        with self._request(f"reading !{pull.number}"):
            return self._merge_request(pull, lazy=False)

    def _has_applied(self, row: Mapping[str, Any], applied: set[str]) -> bool:
        return row["target_branch"] == self._job.branch and not applied.isdisjoint(list_commits(row))

    def _list_applied(self, commit: str) -> set[str]:
        """Returns the commits since the last deployment, or this one if there was none or nobody may know."""
        since = None if self._job.has_only_own_token else self._find_last_deployment()
        compared: Any = {"commits": []}
        if since:
            # That commit is not there any more after a forced push.
            with _no_error_if_absent():
                compared = self._project.repository_compare(since, commit)
        return {commit, *(str(entry["id"]) for entry in compared["commits"])}

    def _find_last_deployment(self) -> str | None:
        """Returns the commit that the last pipeline before this one has deployed."""
        wanted = {"environment": f"{self._job.prefix}/up", "status": "success", "order_by": "id", "sort": "desc"}
        for deployment in self._project.deployments.list(iterator=True, **wanted):
            pipeline = (deployment.deployable or {}).get("pipeline") or {}
            if 0 < pipeline.get("id", 0) < self._job.pipeline:
                return str(deployment.sha)
        return None

    def _find_author(self) -> Callable[[Mapping[str, Any]], bool]:
        """Returns whether an author is the user of `GITLAB_TOKEN`.

        A job without that token can't ask whose it is, so it has to be told. It guesses no name, since anybody can
        register one that looks like that of a token's user.
        """
        if self._job.write_token:
            self._server.auth()
            ours = self._server.user.id if self._server.user else None
            return lambda author: author["id"] == ours
        if not self._job.bot:
            self.log("warning", "GITLAB_TOKEN_USER is not set in this job: no comment counts, so no address may die")
        return lambda author: author["username"] == self._job.bot

    @contextmanager
    def _request(self, doing: str, *, writes: bool = False) -> Iterator[None]:
        try:
            yield
        except gitlab.GitlabError as error:
            advice = "run the job again"
            if error.response_code in _MAY_NOT:
                advice = self._job.advise(writes=writes)
            raise PlatformError(f"GitLab: {doing} failed: {sanitize(str(error))}; {advice}") from None
        except (requests.RequestException, ValueError) as error:
            raise PlatformError(f"GitLab: {doing} failed: no response {describe_unreachable(error)}") from None


@contextmanager
def _no_error_if_absent() -> Iterator[None]:
    try:
        yield
    except gitlab.GitlabError as error:
        if error.response_code != _NOT_FOUND:
            raise


def _download(job: ProjectJob, path: str, file: Path, most: int) -> bool:
    """Downloads a file of a job's artifacts; returns whether it is there."""
    with _no_error_if_absent():
        save(job.artifact(path, iterator=True), file, most)
    return file.exists()
