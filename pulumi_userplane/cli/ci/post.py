"""One text that `ci comment` posts, and how it is kept: rewritten where one of ours stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.addresses import make_digests
from pulumi_userplane.cli.ci.approval import APPROVAL_LABEL
from pulumi_userplane.cli.ci.comment_state import find_standing, read_all_states, write_hidden_lines
from pulumi_userplane.cli.ci.platform import PlatformError
from pulumi_userplane.cli.ci.report import Kind, Outcome, Report
from pulumi_userplane.cli.review.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.cli.ci.platform import Comment, Platform, PullRequest

MOST_BYTES = 65_536
"""GitHub takes as many characters; what `review` writes leaves room for our lines."""

_HEADING = f"---\n\n#### What `{APPROVAL_LABEL}` lets die\n\n"
"""Begins our own words: `clean_text` lets neither of the two lines through from a report."""

_CODE = re.compile("`([^`]+)`")


class RefusedError(PlatformError):
    """The platform did not take a comment.

    Attributes:
        body: Its text.
    """

    def __init__(self, error: PlatformError, body: str) -> None:
        super().__init__(*error.args)
        self.body = body


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
        return self.report.severity is not Severity.NONE or self.report.outcome is not Outcome.FINE

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
        if self.report.kind is not Kind.PREVIEW:
            return ""
        serious = [stack for stack in self.report.stacks if stack.severity is Severity.ADDRESS_DIES]
        dying = sorted({address for stack in serious for address in stack.dying})
        lines = [f"The label `{APPROVAL_LABEL}` lets these addresses die: {', '.join(f'`{one}`' for one in dying)}."]
        lines = lines if dying else []
        if unlisted := [f"`{'/'.join(stack.key)}`" for stack in serious if not stack.dying]:
            names = ", ".join(unlisted)
            lines.append(
                f"The label lets no address of {names} die: there are too many to list, or one can't be shown."
            )
        return "".join(f"{line}\n\n" for line in lines and [_HEADING.rstrip(), *lines])

    def keep_listed(self, comments: Sequence[Comment], commit: str) -> Post:
        """Returns the same with the addresses that our comments listed for this commit, where a preview failed since.

        What was listed was shown, so an approval of it outlasts a run that fails by chance.

        Args:
            comments: Our comments on the pull request.
            commit: The commit.
        """
        states = read_all_states(comments)
        shown = {address for comment in comments for address in _CODE.findall(comment.body)}
        stacks = []
        for stack in self.report.stacks:
            state = states.get(stack.key)
            listed = state.lists(commit) if state and stack.outcome is Outcome.FAILED else frozenset()
            dying = tuple(sorted(address for address in shown if make_digests([address]) <= listed))
            kept = {"severity": Severity.ADDRESS_DIES, "dying": dying}
            stacks.append(stack.model_copy(update=kept) if dying and make_digests(dying) == listed else stack)
        kept_post = replace(self, report=self.report.model_copy(update={"stacks": tuple(stacks)}))
        is_short = len(kept_post.write_body(f"Of commit {commit}", commit).encode()) <= MOST_BYTES
        return kept_post if is_short else self


def keep_comment(platform: Platform, pull: PullRequest, post: Post, body: str, comments: Sequence[Comment]) -> None:
    """Rewrites our comment, or writes one where there is something to say; deletes further ones.

    Args:
        platform: The platform.
        pull: The pull request.
        post: What the comment is about.
        body: Its text.
        comments: Our comments on the pull request.

    Raises:
        RefusedError: The platform does not take the text.
        PlatformError: Something else is not possible.
    """
    standing = find_standing(comments, post.keys, post.report.kind)
    if not standing:
        if not post.is_news:
            return
        try:
            platform.create_comment(pull, body)
        except PlatformError as error:
            raise RefusedError(error, body) from error
        # Another run may have done the same at the same time. All runs keep the oldest comment, with the newest text.
        standing = find_standing(platform.list_comments(pull), post.keys, post.report.kind)
        if len(standing) < 2:
            return
    try:
        platform.update_comment(pull, standing[0], body)
    except PlatformError as error:
        raise RefusedError(error, body) from error
    for comment in standing[1:]:
        platform.delete_comment(pull, comment)
