"""The approval: the label under which addresses may die, which holds for what one comment lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.addresses import list_dying, make_digests
from pulumi_userplane.cli.ci.comment_state import read_all_states

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_userplane.cli.ci.comment_state import Key, State
    from pulumi_userplane.cli.ci.platform import Platform, PullRequest
    from pulumi_userplane.cli.review.model import Review

APPROVAL_LABEL = "links-may-die"


@dataclass(frozen=True)
class Approval:
    """What a pull request's label allows.

    Attributes:
        is_set: Whether the label is set.
        commit: The newest commit that it can be about.
        states: What the comments on the pull request show.
    """

    is_set: bool
    commit: str
    states: Mapping[Key, State]

    def list_approved(self, stack: Key) -> frozenset[str]:
        """Returns the digests of the addresses that may die: the label is set, and the comment listed this commit's."""
        state = self.states.get(stack)
        return state.lists(self.commit) if self.is_set and state else frozenset()

    def covers(self, stack: Key, review: Review) -> bool:
        """Returns whether all addresses of a stack that die may."""
        return _is_approved(review, self.list_approved(stack))


def read_approval(platform: Platform, pull: PullRequest) -> Approval:
    """Reads the label and the comments of a pull request.

    Raises:
        PlatformError: They can't be read.
    """
    # In this order: whoever writes a comment on another commit takes the label off before. The other way round, a label
    # that was about the commit before could be read together with the new comment.
    states = read_all_states(platform.list_comments(pull))
    return Approval(APPROVAL_LABEL in platform.read_labels(pull), pull.head, states)


@dataclass(frozen=True)
class MergeApproval:
    """What an `up` may apply.

    Attributes:
        plan: The plan that the reviewers saw, if there is one.
        links_may_die: Whether any address may die.
        addresses: The digests of those that may die in any case.
        missing: What an approval lacks.
    """

    plan: Path | None
    links_may_die: bool = False
    addresses: frozenset[str] = frozenset()
    missing: str | None = None

    def covers(self, review: Review) -> bool:
        """Returns whether all addresses that die may."""
        return self.links_may_die or _is_approved(review, self.addresses)


def find_merge_approval(platform: Platform, stack: str, key: Key, folder: Path) -> MergeApproval:
    """Finds what reviewers have approved for the commit of this run, which must be the merge of a pull request.

    Args:
        platform: The platform.
        stack: The stack, as `--stack` names it.
        key: Project and stack.
        folder: An existing folder, for the plan.

    Raises:
        PlatformError: The platform does not tell.
    """
    commit = platform.commit()
    if not commit:
        return MergeApproval(None)
    merged = [pull for pull in platform.find_merged(commit) if pull.merge_commit == commit]
    if len(merged) != 1:
        # A merge also ends the pull requests whose commits it brings along: one's approval says nothing of the others.
        pulls = "no pull request was" if not merged else "several pull requests were"
        return MergeApproval(None, missing=f"{pulls} merged by this commit")
    [pull] = merged
    plan = platform.download_plan(pull, stack, folder)
    if plan is None:
        return MergeApproval(None, missing="the plan that the reviewers saw is not there any more")
    return MergeApproval(plan, addresses=read_approval(platform, pull).list_approved(key))


def _is_approved(review: Review, approved: frozenset[str]) -> bool:
    dying = list_dying(review)
    return bool(dying) and make_digests(dying) <= approved
