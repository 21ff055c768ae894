"""Reads merge requests that were merged, as GitLab's API lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.ci.platform import PullRequest

if TYPE_CHECKING:
    from collections.abc import Mapping


def list_commits(row: Mapping[str, Any]) -> list[str]:
    """Returns the commits by which the target branch can have got a merge request; the last for a fast-forward."""
    names = ("merge_commit_sha", "squash_commit_sha", "sha")
    return [str(row[name]) for name in names if row.get(name)]


def read_merged(row: Mapping[str, Any]) -> PullRequest:
    """Returns a merge request that was merged."""
    is_fork = row["source_project_id"] != row["target_project_id"]
    return PullRequest(int(row["iid"]), str(row["sha"]), is_fork, list_commits(row)[0])
