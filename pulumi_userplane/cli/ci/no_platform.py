"""Any other CI system: `ci` leaves files and sends no request, whatever tokens the environment has."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Literal

import typer

from pulumi_userplane.cli.review.safe_text import make_loggable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pulumi_userplane.cli.ci.platform import Comment, Issue, PullRequest


# ruff: noqa: ARG002 - the arguments are those of every platform


class NoPlatform:
    """A platform without pull requests; what needs one is refused before it gets here."""

    name = "none"

    def pull_request(self) -> PullRequest | None:
        """Returns None."""
        return None

    def commit(self) -> str:
        """Returns an empty text: nothing tells the commit."""
        return ""

    def read_head(self, pull: PullRequest) -> str:
        """Returns the commit that is known."""
        return pull.head

    def read_labels(self, pull: PullRequest) -> set[str]:
        """Returns no label."""
        return set()

    def list_comments(self, pull: PullRequest) -> list[Comment]:
        """Returns no comment."""
        return []

    def create_comment(self, pull: PullRequest, body: str) -> None:
        """Does nothing."""

    def update_comment(self, pull: PullRequest, comment: Comment, body: str) -> None:
        """Does nothing."""

    def delete_comment(self, pull: PullRequest, comment: Comment) -> None:
        """Does nothing."""

    def add_label(self, pull: PullRequest, name: str) -> None:
        """Does nothing."""

    def remove_label(self, pull: PullRequest, name: str) -> None:
        """Does nothing."""

    def find_merged(self, commit: str) -> list[PullRequest]:
        """Returns no pull request."""
        return []

    def download_plan(self, pull: PullRequest, stack: str, folder: Path) -> Path | None:
        """Returns None."""
        return None

    def download_report(self, job: str, path: str, folder: Path) -> bool:
        """Returns that there is none."""
        return False

    def list_issues(self, label: str) -> list[Issue]:
        """Returns no issue."""
        return []

    def create_issue(self, title: str, body: str, label: str) -> None:
        """Does nothing."""

    def update_issue(self, issue: Issue, body: str) -> None:
        """Does nothing."""

    def close_issue(self, issue: Issue, comment: str) -> None:
        """Does nothing."""

    def run_url(self) -> str:
        """Returns an empty text."""
        return ""

    def write_summary(self, markdown: str) -> None:
        """Does nothing: `ci` leaves the summary in its folder."""

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Does nothing: `ci` leaves the same in `report.json`."""

    def log(self, level: Literal["error", "warning"], text: str) -> None:
        """Writes the line to standard error."""
        typer.echo(make_loggable(f"{level}: {text}"), err=True)

    def quiet_log(self) -> AbstractContextManager[None]:
        """Returns a block that changes nothing: an unknown runner obeys nothing that is known."""
        return nullcontext()
