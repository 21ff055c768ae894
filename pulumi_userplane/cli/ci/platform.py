"""What `ci` needs of the platform that runs it: pull requests, comments, labels, issues, plans and the log."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol

from pulumi_userplane.cli.ci.no_platform import NoPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path


class PlatformName(str, Enum):
    """The platforms, as `--platform` names them."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"


class PlatformError(Exception):
    """A request to the platform failed: one line that says what was being done, what the platform said, what to do."""


def describe_unreachable(error: Exception) -> str:
    """Returns why a request got no response that can be used, in brackets, and what to do."""
    response = getattr(error, "response", None)
    reason = type(error).__name__ if response is None else f"it said {response.status_code}"
    # An address that can't be read, or a password or token that fits no header: its words may hold them.
    is_unusable = isinstance(error, ValueError)
    advice = "check the token, and user and password in HTTPS_PROXY" if is_unusable else "run the job again"
    return f"({reason}); {advice}"


@dataclass(frozen=True)
class PullRequest:
    """A pull request, or a merge request.

    Attributes:
        number: Its number in the repository.
        head: For a run about the pull request the commit that the run is about; else the last commit of its branch.
        is_fork: Whether its branch is in another repository.
        merge_commit: The commit by which it was merged; None if it is open.
    """

    number: int
    head: str
    is_fork: bool = False
    merge_commit: str | None = None


@dataclass(frozen=True)
class Comment:
    """A comment of ours on a pull request."""

    id: int
    body: str


@dataclass(frozen=True)
class Issue:
    """An issue of ours."""

    number: int
    body: str


class Platform(Protocol):
    """A code host with its CI system.

    The events of a run and its variables can be old, so labels, comments and the newest commit are read from the API.

    Each request that fails raises `PlatformError`.
    """

    @property
    def name(self) -> str:
        """Its name in messages, for example "GitHub"."""

    def pull_request(self) -> PullRequest | None:
        """Returns the pull request that this run is about; None for a push, a schedule or a manual start."""

    def commit(self) -> str:
        """Returns the commit that this run has checked out; for a pull request that is `PullRequest.head`."""

    def read_head(self, pull: PullRequest) -> str:
        """Returns the newest commit of a pull request, from the API: another one may have been pushed meanwhile."""

    def read_labels(self, pull: PullRequest) -> set[str]:
        """Returns the labels that a pull request has now, from the API."""

    def list_comments(self, pull: PullRequest) -> list[Comment]:
        """Returns the comments that our own author wrote, the oldest first; those of all others are left out."""

    def create_comment(self, pull: PullRequest, body: str) -> None:
        """Writes a new comment."""

    def update_comment(self, pull: PullRequest, comment: Comment, body: str) -> None:
        """Replaces the text of a comment."""

    def delete_comment(self, pull: PullRequest, comment: Comment) -> None:
        """Deletes a comment; nothing happens if it is not there any more."""

    def add_label(self, pull: PullRequest, name: str) -> None:
        """Sets a label, which is made if the repository has none of that name."""

    def remove_label(self, pull: PullRequest, name: str) -> None:
        """Takes a label off; nothing happens if it is not set."""

    def find_merged(self, commit: str) -> list[PullRequest]:
        """Returns the pull requests whose merges a run of this commit applies.

        Those are the ones merged into its branch since the last successful run of this workflow or pipeline, that of
        the commit itself included.
        """

    def download_plan(self, pull: PullRequest, stack: str, folder: Path) -> Path | None:
        """Downloads the plan that the reviewers of `PullRequest.head` saw, the newest one.

        Args:
            pull: The pull request.
            stack: The stack, as `--stack` names it; `report.name_plan` names its file.
            folder: An existing folder.

        Returns:
            The file; None if no run of this repository, which is not a fork's, has left one.
        """

    def download_report(self, job: str, path: str, folder: Path) -> bool:
        """Downloads what `ci comment` reads of a report, for a job that takes nothing else of the one that wrote it.

        Args:
            job: The job of this pipeline that left it.
            path: Its folder there.
            folder: An existing folder, for `report.json` and `comment.md`.

        Returns:
            Whether the job has left one.
        """

    def list_issues(self, label: str) -> list[Issue]:
        """Returns the open issues with a label that our own author wrote, the oldest first."""

    def create_issue(self, title: str, body: str, label: str) -> None:
        """Opens an issue."""

    def update_issue(self, issue: Issue, body: str) -> None:
        """Replaces the text of an issue."""

    def close_issue(self, issue: Issue, comment: str) -> None:
        """Writes a comment, and closes the issue."""

    def run_url(self) -> str:
        """Returns the address of this run."""

    def write_summary(self, markdown: str) -> None:
        """Adds to the summary of the job, if the platform shows one."""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Writes the outputs of the step, for the steps and jobs after it."""

    def log(self, level: Literal["error", "warning"], text: str) -> None:
        """Writes one line to the log, so that the platform shows it as an error or a warning."""

    def quiet_log(self) -> AbstractContextManager[None]:
        """Keeps the platform's runner from obeying what is printed until the block ends."""


def choose_platform(name: PlatformName | None) -> Platform:
    """Returns a platform, by default the one that runs this process; sends no request.

    Raises:
        PlatformError: The environment lacks what the platform needs, or the extra `ci` is not installed.
    """
    chosen = name or detect_platform()
    if chosen is PlatformName.NONE:
        return NoPlatform()
    try:
        module = import_module(f"pulumi_userplane.cli.ci.{chosen.value}")
    except ModuleNotFoundError as error:
        raise PlatformError(
            f"--platform {chosen.value} can't be used: {error.name} is not installed; install pulumi-userplane[ci], or "
            "use --platform none"
        ) from None
    connected: Platform = module.connect()
    return connected


def detect_platform() -> PlatformName:
    """Returns the platform that the environment names."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return PlatformName.GITHUB
    if os.environ.get("GITLAB_CI") == "true":
        return PlatformName.GITLAB
    return PlatformName.NONE
