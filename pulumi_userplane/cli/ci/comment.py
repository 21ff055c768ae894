"""Posts a report: as a comment on its pull request, as comments on those that were merged, or as an issue about drift.

The job that does this has a token that can write. So it takes nothing from the report but a text, which it cleans, and
words of which it knows all. Where the comment goes, whose it is and of which commit comes from the platform.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.approval import APPROVAL_LABEL
from pulumi_userplane.cli.ci.clean_text import clean_comment
from pulumi_userplane.cli.ci.platform import PlatformError
from pulumi_userplane.cli.ci.report import (
    COMMENT,
    MAX_COMMENT_BYTES,
    Kind,
    Report,
    ReportError,
    StackReport,
    Verdict,
    find_worst,
    read_file,
    read_report,
    split_stack,
)
from pulumi_userplane.cli.ci.standing import (
    NO_COMMIT,
    find_markers,
    find_standing,
    find_worst_standing,
    is_stale,
    read_all_states,
    write_hidden_lines,
)
from pulumi_userplane.cli.review.model import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from pulumi_userplane.cli.ci.platform import Comment, Platform, PullRequest

DRIFT_LABEL = "userplane-drift"
_MOST_BYTES = 65_536
"""GitHub takes as many characters; what `review` writes leaves room for our lines."""

_LONGEST_COMMIT = "0" * 64
_SEVERITY_LABELS = {severity: f"links: {severity.value}" for severity in Severity}


@dataclass(frozen=True)
class Post:
    """What is posted.

    Attributes:
        report: What it is about.
        text: The text, cleaned.
        url: The address of the run.
    """

    report: Report
    text: str
    url: str

    @property
    def is_news(self) -> bool:
        """Whether it is worth a comment where there is none."""
        return self.report.severity is not Severity.NONE or self.report.verdict is not Verdict.FINE

    @property
    def keys(self) -> set[tuple[str, str]]:
        """The stacks that it is about."""
        return {stack.key for stack in self.report.stacks}

    def write_body(self, of: str, commit: str | None = None) -> str:
        """Returns the whole text.

        Args:
            of: What the last line that is seen says of the commit.
            commit: The commit that the hidden lines name.
        """
        hidden = write_hidden_lines(self.report.stacks, self.report.kind, commit)
        return f"{self.text}\n\n{self._list_dying()}{of} ([run]({self.url})).\n\n{hidden}"

    def _list_dying(self) -> str:
        """Returns which addresses an approval is about, in our own words: the text above is the report's."""
        serious = [stack for stack in self.report.stacks if stack.severity is Severity.ADDRESS_DIES]
        dying = sorted({address for stack in serious for address in stack.dying})
        lines = [f"Under `{APPROVAL_LABEL}` these addresses may die: {', '.join(f'`{one}`' for one in dying)}."]
        lines = lines if dying else []
        if unlisted := [f"`{'/'.join(stack.key)}`" for stack in serious if not stack.dying]:
            names = ", ".join(unlisted)
            lines.append(
                f"Of {names} no address may die under `{APPROVAL_LABEL}`, since they can't all be listed here."
            )
        return "".join(f"{line}\n\n" for line in lines)


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
        if pull:
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
        ReportError: It is so.
    """
    short = {name for project, name in map(split_stack, stacks) if project is None}
    standing = {key for comment in comments for key in find_markers(comment.body, Kind.PREVIEW)}
    for project, name in post.keys:
        if name in short and any(other != project for other, stack in standing if stack == name):
            raise ReportError("a comment on another project's stack of that name stands here, so --stack has to tell")


def clean_post(platform: Platform, folder: Path, report: Report) -> Post:
    """Returns what is posted of a report.

    Raises:
        ReportError: The text can't be taken.
    """
    text = read_file(folder / COMMENT, MAX_COMMENT_BYTES)
    url = platform.run_url()
    around = Post(report, "", url).write_body(f"Of commit {_LONGEST_COMMIT}", _LONGEST_COMMIT)
    cleaned = clean_comment(text, _MOST_BYTES - len(around.encode()))
    if not cleaned.strip():
        raise ReportError(f"its {COMMENT} is empty")
    return Post(report, cleaned, url)


def post_preview(platform: Platform, pull: PullRequest, post: Post) -> None:
    """Keeps one comment on a pull request about its stacks, and the labels that follow from it.

    Raises:
        PlatformError: The comment can't be written.
    """
    if platform.read_head(pull) != pull.head:
        # A rerun of an old run, or a run that was overtaken.
        platform.log("warning", f"{pull.head} is no longer the newest commit, so that one's run comments")
        return
    before = platform.list_comments(pull)
    states = read_all_states(before)
    write = partial(post.write_body, f"Of commit {pull.head}")
    removes_addresses = post.report.severity is Severity.ADDRESS_DIES
    if any(is_stale(states.get(stack.key), pull.head, stack) for stack in post.report.stacks):
        if removes_addresses:
            # Until the label is off, the comment approves nothing: who sets it afterwards can have seen the new text.
            _keep_comment(platform, pull, post, write(NO_COMMIT), before)
            before = platform.list_comments(pull)
        if not _take_approval_off(platform, pull) and removes_addresses:
            _label_severity(platform, pull, post.report.severity)
            return
    _keep_comment(platform, pull, post, write(pull.head), before)
    _label_severity(platform, pull, post.report.severity)


def post_unreadable(platform: Platform, pull: PullRequest, stacks: Sequence[str], reason: str) -> None:
    """Says on a pull request that nobody knows what would change, instead of what was true once.

    Args:
        platform: The platform.
        pull: The pull request.
        stacks: The stacks, as `--stack` names them; without its project, one is known by its comment only.
        reason: Why the report can't be taken, in our own words.

    Raises:
        PlatformError: The comment can't be written.
    """
    known = {key for comment in platform.list_comments(pull) for key in find_markers(comment.body, Kind.PREVIEW)}
    named = [split_stack(name) for name in stacks]
    known |= {(project, short) for project, short in named if project}
    failed = tuple(
        StackReport(project=project, stack=short, verdict=Verdict.FAILED, severity=Severity.CHANGE)
        for project, short in sorted(known)
        if (project, short) in named or (None, short) in named
    )
    if failed:
        text = (
            f"### The preview left no report\n\nNobody knows what would change: {reason}. The log of the run says more."
        )
        post_preview(platform, pull, Post(Report(kind=Kind.PREVIEW, stacks=failed), text, platform.run_url()))
    else:
        _label_severity(platform, pull, Severity.CHANGE)


def _keep_comment(platform: Platform, pull: PullRequest, post: Post, body: str, comments: Sequence[Comment]) -> None:
    """Rewrites our comment, or writes one where there is something to say; deletes further ones."""
    standing = find_standing(comments, post.keys, post.report.kind)
    if not standing:
        if not post.is_news:
            return
        platform.create_comment(pull, body)
        # Another run may have done the same at the same time. All runs keep the oldest comment, with the newest text.
        standing = find_standing(platform.list_comments(pull), post.keys, post.report.kind)
        if len(standing) < 2:
            return
    platform.update_comment(pull, standing[0], body)
    for comment in standing[1:]:
        platform.delete_comment(pull, comment)


def _take_approval_off(platform: Platform, pull: PullRequest) -> bool:
    """Takes the approval off that was about another commit; returns whether there is none now."""
    try:
        if APPROVAL_LABEL in platform.read_labels(pull):
            platform.remove_label(pull, APPROVAL_LABEL)
            platform.log(
                "warning", f"the label {APPROVAL_LABEL} was set before this commit's comment, so it is taken off"
            )
    except PlatformError as error:
        platform.log("error", f"{error}; until {APPROVAL_LABEL} is taken off, no address may die")
        return False
    return True


def _label_severity(platform: Platform, pull: PullRequest, severity: Severity) -> None:
    """Sets the label of the worst comment that stands. What goes wrong is told, and fails nothing."""
    try:
        # Read anew: of two runs at the same time, the one that reads last has both comments.
        worst = find_worst([severity, find_worst_standing(platform.list_comments(pull))])
        wanted = _SEVERITY_LABELS[worst]
        labels = platform.read_labels(pull)
        if wanted not in labels:
            platform.add_label(pull, wanted)
        for label in labels.intersection(_SEVERITY_LABELS.values()) - {wanted}:
            platform.remove_label(pull, label)
    except PlatformError as error:
        platform.log("warning", str(error))


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
        _keep_comment(platform, pull, post, body, platform.list_comments(pull))
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
    if stack.verdict is Verdict.CLEAN:
        for issue in ours:
            platform.close_issue(issue, f"The links are as declared again: {post.url}.")
        return
    body = post.write_body("Seen")
    if ours:
        platform.update_issue(ours[0], body)
    else:
        title = f"Recording links of {stack.stack} were changed outside Pulumi"
        platform.create_issue(title, body, DRIFT_LABEL)
