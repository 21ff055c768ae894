"""Keeps the comment about a preview on its pull request, and the labels that follow from it.

Runs of several commits can be at it at the same time. So each run reads the newest commit again right before and after
it writes. One that was overtaken writes no more; what it has written over, it replaces by a text that is true in any
case. The run of the newest commit looks whether its text has stayed, so that its comment is the last.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.approval import APPROVAL_LABEL
from pulumi_userplane.cli.ci.comment_state import (
    NO_COMMIT,
    find_markers,
    find_standing,
    find_worst_standing,
    is_stale,
    read_all_states,
    read_states,
)
from pulumi_userplane.cli.ci.platform import PlatformError
from pulumi_userplane.cli.ci.post import Post, RefusedError, keep_comment
from pulumi_userplane.cli.ci.report import Kind, Outcome, Report, StackReport, split_stack
from pulumi_userplane.cli.review.model import Severity, find_worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.cli.ci.platform import Comment, Platform, PullRequest

_SEVERITY_LABELS = {severity: f"links: {severity.value}" for severity in Severity}


def post_preview(platform: Platform, pull: PullRequest, post: Post) -> None:
    """Keeps one comment on a pull request about its stacks, and the labels that follow from it.

    Raises:
        PlatformError: The comment can't be written. A shorter one stands in its place, if that can be.
    """
    keeper = _Keeper(platform, pull)
    try:
        try:
            keeper.keep(post)
        except RefusedError as error:
            with suppress(PlatformError):
                keeper.say_less(post, error.body)
            raise
    except _OvertakenError:
        platform.log(
            "warning", f"{pull.head} is no longer the newest commit; the run of the newest one writes the comment"
        )


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
    failed = [
        StackReport(project=project, stack=short, outcome=Outcome.FAILED, severity=Severity.CHANGE)
        for project, short in sorted(known)
        if (project, short) in named or (None, short) in named
    ]
    if failed:
        because = f"{reason[0].upper()}{reason[1:]}"
        text = f"### Nobody knows what would change\n\n{because}. The log of the run says more."
        post_preview(platform, pull, _make_post(platform, failed, text))
    else:
        mark_unknown(platform, pull)


def mark_unknown(platform: Platform, pull: PullRequest) -> None:
    """Labels a pull request as one by which something can change, and writes no comment."""
    _Keeper(platform, pull).set_label(Severity.CHANGE)


def _make_post(platform: Platform, stacks: Sequence[StackReport], text: str) -> Post:
    return Post(Report(kind=Kind.PREVIEW, stacks=tuple(stacks)), text, platform.run_url())


def _fail_all(post: Post) -> list[StackReport]:
    """Returns the stacks of a post where its comment may show nothing of what it knows."""
    unknown = {"dying": (), "outcome": Outcome.FAILED, "severity": Severity.CHANGE}
    return [stack.model_copy(update=unknown) for stack in post.report.stacks]


class _OvertakenError(Exception):
    """A newer commit was pushed than the one that the run is about."""


@dataclass(frozen=True)
class _Keeper:
    """What keeps the comment on one pull request, for the commit of this run."""

    platform: Platform
    pull: PullRequest

    def keep(self, post: Post) -> None:
        """Writes a comment and the labels.

        Raises:
            _OvertakenError: There is a newer commit.
            PlatformError: The comment can't be written.
        """
        self._require_newest()
        before = self._list_comments()
        states = read_all_states(before)
        post = post.keep_listed(before, self.pull.head)
        removes_addresses = post.report.severity is Severity.ADDRESS_DIES
        if any(is_stale(states.get(stack.key), self.pull.head, stack) for stack in post.report.stacks):
            if removes_addresses:
                # Until the label is off, the comment approves nothing: who sets it afterwards can have seen the text.
                self._write(post, NO_COMMIT, before)
                before = self._list_comments()
            self._require_newest()
            if not self._take_approval_off() and removes_addresses:
                self.set_label(post.report.severity)
                return
        self._write(post, self.pull.head, before)
        if not self._stands(post):
            self._write(post, self.pull.head, self._list_comments())
        self.set_label(post.report.severity)

    def say_less(self, post: Post, refused: str) -> None:
        """Writes a short text where the platform has refused a comment, so that no older one stays as if it were true.

        Args:
            post: What the comment was about.
            refused: Its whole text.

        Raises:
            _OvertakenError: There is a newer commit.
            PlatformError: It can't be written, either.
        """
        self._require_newest()
        standing = find_standing(self._list_comments(), post.keys, Kind.PREVIEW)
        # The request can have failed after the platform took the text.
        if standing and standing[0].body.replace("\r\n", "\n").strip() == refused.strip():
            return
        # First, since an older comment could stand on.
        self._take_approval_off()
        text = (
            f"### The comment could not be written\n\n{self.platform.name} did not take it, so nobody was shown what "
            "would change. The log of the run says more."
        )
        short = _make_post(self.platform, _fail_all(post), text)
        self._write(short, NO_COMMIT, self._list_comments())
        self.set_label(find_worst([Severity.CHANGE, post.report.severity]))

    def set_label(self, severity: Severity) -> None:
        """Sets the label of the worst comment that stands. What goes wrong is told, and fails nothing."""
        try:
            if not self._is_newest():
                return
            # Read anew: of two runs at the same time, the one that reads last has both comments.
            self._set_label(find_worst([severity, find_worst_standing(self._list_comments())]))
            if not self._is_newest():
                self._set_label(find_worst_standing(self._list_comments()))
        except PlatformError as error:
            self.platform.log("warning", str(error))

    def _set_label(self, severity: Severity) -> None:
        wanted = _SEVERITY_LABELS[severity]
        labels = self.platform.read_labels(self.pull)
        if wanted not in labels:
            self.platform.add_label(self.pull, wanted)
        for label in labels.intersection(_SEVERITY_LABELS.values()) - {wanted}:
            self.platform.remove_label(self.pull, label)

    def _write(self, post: Post, commit: str, comments: Sequence[Comment]) -> None:
        self._require_newest()
        body = post.write_body(f"Of commit {self.pull.head}", commit)
        keep_comment(self.platform, self.pull, post, body, comments)
        newest = self.platform.read_head(self.pull)
        if newest != self.pull.head:
            self._give_way(post, newest)
            raise _OvertakenError

    def _give_way(self, post: Post, newest: str) -> None:
        """Replaces what this run has written by a text that is true, if the run of the newest commit has not.

        That run may have written before, and its text is gone.
        """
        text = (
            f"### A newer commit was pushed\n\nThe run for `{newest}` will write here. If it has ended already, run it "
            "again."
        )
        stacks = _fail_all(post)
        for comment in find_standing(self._list_comments(), post.keys, Kind.PREVIEW)[:1]:
            commits = {state.commit for state in read_states(comment.body).values()}
            if commits <= {self.pull.head, NO_COMMIT}:
                body = _make_post(self.platform, stacks, text).write_body(
                    f"Written by the run of commit {self.pull.head}", NO_COMMIT
                )
                self.platform.update_comment(self.pull, comment, body)

    def _stands(self, post: Post) -> bool:
        """Returns whether no run of an older commit has written over the comment."""
        standing = find_standing(self._list_comments(), post.keys, Kind.PREVIEW)
        states = read_all_states(standing)
        return not standing or all(key in states and states[key].commit == self.pull.head for key in post.keys)

    def _require_newest(self) -> None:
        if not self._is_newest():
            # A rerun of an old run, or a run that was overtaken.
            raise _OvertakenError

    def _is_newest(self) -> bool:
        return self.platform.read_head(self.pull) == self.pull.head

    def _list_comments(self) -> list[Comment]:
        return self.platform.list_comments(self.pull)

    def _take_approval_off(self) -> bool:
        """Takes the approval off that was about another commit; returns whether there is none now."""
        try:
            if APPROVAL_LABEL in self.platform.read_labels(self.pull):
                self.platform.remove_label(self.pull, APPROVAL_LABEL)
                self.platform.log(
                    "warning",
                    f"the label {APPROVAL_LABEL} was taken off, since it was set before the comment showed what it "
                    "shows now: whoever agrees with that sets it again",
                )
        except PlatformError as error:
            self.platform.log("error", f"{error}; until {APPROVAL_LABEL} is taken off, no address may die")
            return False
        return True
