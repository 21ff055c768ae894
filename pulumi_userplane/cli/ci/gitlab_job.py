"""What GitLab's variables tell a job of its run, its merge request and its tokens.

GitLab's page "Predefined variables" states: in a merged results pipeline `CI_COMMIT_SHA` is a merge that was made for
the run, and `CI_MERGE_REQUEST_SOURCE_BRANCH_SHA` is the branch's commit; elsewhere the latter is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.platform import PlatformError, PullRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEEDED = ("CI_API_V4_URL", "CI_COMMIT_SHA", "CI_PIPELINE_ID", "CI_PIPELINE_URL", "CI_PROJECT_ID")
_DEFAULT_PREFIX = "links"


@dataclass(frozen=True)
class Job:
    """A job of a pipeline.

    Attributes:
        server: The address of GitLab.
        certificates: The file with what TLS trusts, if GitLab's certificate is its own.
        project: The project's id.
        branch: The branch of a pipeline that is not about a merge request.
        commit: The commit of the branch.
        pipeline: The pipeline's id.
        url: The pipeline's address.
        prefix: What the jobs of this pipeline are named after, as their environments are: `links/comment`.
        pull_request: The merge request of a merge request pipeline.
        write_token: `GITLAB_TOKEN`, which may write.
        read_token: `GITLAB_READ_TOKEN`, for where `CI_JOB_TOKEN` may not read.
        job_token: `CI_JOB_TOKEN`, which each job has.
        bot: `GITLAB_TOKEN_USER`: the name of the user that `GITLAB_TOKEN` belongs to.
    """

    server: str
    certificates: str | None
    project: int
    branch: str | None
    commit: str
    pipeline: int
    url: str
    prefix: str
    pull_request: PullRequest | None
    write_token: str | None
    read_token: str | None
    job_token: str | None
    bot: str | None

    @property
    def has_only_own_token(self) -> bool:
        """Whether `CI_JOB_TOKEN` is all that the job has."""
        return not (self.write_token or self.read_token)

    def advise(self, *, writes: bool) -> str:
        """Returns what to do when GitLab refuses a request."""
        if self.write_token:
            return "check that GITLAB_TOKEN is not expired, and that it has the role Developer and the scope api"
        if writes:
            return "give this job a masked variable GITLAB_TOKEN, a token of the role Developer with the scope api"
        return "give this job a masked variable GITLAB_READ_TOKEN, a token of the role Reporter with the scope read_api"


def read_job(environ: Mapping[str, str]) -> Job:
    """Returns the job that has these variables.

    Raises:
        PlatformError: They are not those of a job.
    """
    if missing := [name for name in _NEEDED if not environ.get(name)]:
        raise PlatformError(
            f"--platform gitlab can't be used: {', '.join(missing)} is not set, as it is in each job of GitLab; use "
            "--platform none elsewhere"
        )
    commit = environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environ["CI_COMMIT_SHA"]
    return Job(
        server=environ["CI_API_V4_URL"].removesuffix("/api/v4"),
        certificates=environ.get("CI_SERVER_TLS_CA_FILE"),
        project=int(environ["CI_PROJECT_ID"]),
        branch=environ.get("CI_COMMIT_BRANCH"),
        commit=commit,
        pipeline=int(environ["CI_PIPELINE_ID"]),
        url=environ["CI_PIPELINE_URL"],
        prefix=environ.get("CI_ENVIRONMENT_NAME", "").rpartition("/")[0] or _DEFAULT_PREFIX,
        pull_request=_read_pull_request(environ, commit),
        write_token=environ.get("GITLAB_TOKEN"),
        read_token=environ.get("GITLAB_READ_TOKEN"),
        job_token=environ.get("CI_JOB_TOKEN"),
        bot=environ.get("GITLAB_TOKEN_USER"),
    )


def _read_pull_request(environ: Mapping[str, str], commit: str) -> PullRequest | None:
    number = environ.get("CI_MERGE_REQUEST_IID")
    if not number:
        return None
    source, target = (environ.get(f"CI_MERGE_REQUEST_{side}PROJECT_ID") for side in ("SOURCE_", ""))
    return PullRequest(int(number), commit, is_fork=source != target)
