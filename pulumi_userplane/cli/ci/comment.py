"""Posts a report: as a comment on its pull request, as comments on those that were merged, or as an issue about drift.

The job that does this has a token that can write. So it takes nothing from the report but a text, which it cleans, and
words of fixed lists. Where the comment goes, whose it is and of which commit comes from the platform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.clean_text import clean_comment
from pulumi_userplane.cli.ci.comment_state import find_markers
from pulumi_userplane.cli.ci.platform import PlatformError
from pulumi_userplane.cli.ci.post import MOST_BYTES, Post, keep_comment
from pulumi_userplane.cli.ci.preview_comment import mark_unknown, post_preview, post_unreadable
from pulumi_userplane.cli.ci.report import (
    COMMENT,
    MAX_COMMENT_BYTES,
    Kind,
    Outcome,
    Report,
    ReportError,
    read_file,
    read_report,
    split_stack,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from pulumi_userplane.cli.ci.platform import Comment, Platform, PullRequest

DRIFT_LABEL = "userplane-drift"
_LONGEST_COMMIT = "0" * 64


class _AnotherProjectError(ReportError):
    """Nobody can tell which project's stack a report and a comment are about."""


def post_report(platform: Platform, folder: Path, stacks: Sequence[str]) -> bool:
    """Posts the report in a folder, in which anything may stand.

    Args:
        platform: The platform.
        folder: The folder.
        stacks: The stacks of which it may speak, as `--stack` names them.

    Returns:
        Whether there was one.

    Raises:
        PlatformError: It can't be posted.
    """
    pull = platform.pull_request()
    if pull and pull.is_fork:
        platform.log("warning", "a fork gets no secrets, so there is no preview to comment on")
        return True
    try:
        post = _read_post(platform, folder, stacks, {Kind.PREVIEW} if pull else {Kind.RESULT, Kind.DRIFT})
        if pull:
            _refuse_another_project(platform.list_comments(pull), post, stacks)
    except ReportError as error:
        reason = f"the report can't be taken, since {error}"
        platform.log("error", f"{reason}; see the log of the job that was to write it")
        if pull and isinstance(error, _AnotherProjectError):
            # The comment can be right.
            mark_unknown(platform, pull)
        elif pull:
            post_unreadable(platform, pull, stacks, reason)
        return False
    if pull:
        post_preview(platform, pull, post)
    elif post.report.kind is Kind.RESULT:
        post_result(platform, post)
    else:
        post_drift(platform, post)
    return True


def _read_post(platform: Platform, folder: Path, stacks: Sequence[str], kinds: Collection[Kind]) -> Post:
    report = read_report(folder, stacks)
    # A program in a pull request could otherwise write into others, and into issues.
    if report.kind not in kinds:
        raise ReportError(f"a {report.kind.value} does not come from a run of this kind")
    return clean_post(platform, folder, report)


def _refuse_another_project(comments: Iterable[Comment], post: Post, stacks: Sequence[str]) -> None:
    """Refuses a report if it names another project than a comment that stands, and nothing tells which is right.

    Raises:
        _AnotherProjectError: It is so.
    """
    named = {*map(split_stack, stacks)}
    standing = {key for comment in comments for key in find_markers(comment.body, Kind.PREVIEW)} - named
    for project, name in post.keys - named:
        if (None, name) in named and any(other != project for other, stack in standing if stack == name):
            raise _AnotherProjectError(
                f"a comment on another project's stack {name} stands here: name it whole in --stack, as "
                "ORGANISATION/PROJECT/STACK, or delete that comment"
            )


def clean_post(platform: Platform, folder: Path, report: Report) -> Post:
    """Returns what is posted of a report.

    Raises:
        ReportError: The text can't be taken.
    """
    text = read_file(folder / COMMENT, MAX_COMMENT_BYTES)
    url = platform.run_url()
    around = Post(report, "", url).write_body(f"Of commit {_LONGEST_COMMIT}", _LONGEST_COMMIT)
    cleaned = clean_comment(text, MOST_BYTES - len(around.encode()))
    if not cleaned.strip():
        raise ReportError(f"its {COMMENT} is empty")
    return Post(report, cleaned, url)


def post_result(platform: Platform, post: Post) -> None:
    """Writes what an `up` did into each pull request whose merge it applied.

    Raises:
        PlatformError: A comment can't be written; the others are.
    """
    commit = platform.commit()
    body = post.write_body(f"Of commit {commit}")
    failures = [failure for pull in platform.find_merged(commit) if (failure := _post_into(platform, pull, post, body))]
    if failures:
        raise PlatformError("; ".join(failures))


def _post_into(platform: Platform, pull: PullRequest, post: Post, body: str) -> str | None:
    """Keeps the comment of a result on a pull request; returns what went wrong."""
    try:
        keep_comment(platform, pull, post, body, platform.list_comments(pull))
    except PlatformError as error:
        return str(error)
    return None


def post_drift(platform: Platform, post: Post) -> None:
    """Keeps one issue about the drift of a stack: drift opens or rewrites it, without drift it is closed.

    Raises:
        PlatformError: The issue can't be written.
    """
    [stack] = post.report.stacks
    ours = [issue for issue in platform.list_issues(DRIFT_LABEL) if stack.key in find_markers(issue.body, Kind.DRIFT)]
    if stack.outcome is Outcome.CLEAN:
        for issue in ours:
            platform.close_issue(issue, f"The links are as declared again: {post.url}.")
        return
    body = post.write_body("Seen")
    if ours:
        platform.update_issue(ours[0], body)
    else:
        title = f"Recording links of {stack.stack} were changed outside Pulumi"
        platform.create_issue(title, body, DRIFT_LABEL)
