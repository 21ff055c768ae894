"""One text that `ci comment` posts, and how it is kept: rewritten where one of ours stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.approval import APPROVAL_LABEL
from pulumi_userplane.cli.ci.comment_state import find_standing, write_hidden_lines
from pulumi_userplane.cli.ci.report import Outcome, Report
from pulumi_userplane.cli.review.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.cli.ci.platform import Comment, Platform, PullRequest


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


def keep_comment(platform: Platform, pull: PullRequest, post: Post, body: str, comments: Sequence[Comment]) -> None:
    """Rewrites our comment, or writes one where there is something to say; deletes further ones.

    Args:
        platform: The platform.
        pull: The pull request.
        post: What the comment is about.
        body: Its text.
        comments: Our comments on the pull request.

    Raises:
        PlatformError: That is not possible.
    """
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
