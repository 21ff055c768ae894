"""The approval: the label under which addresses may die, which holds for the one commit whose comment showed that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.standing import has_shown, read_all_states

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_userplane.cli.ci.platform import Platform, PullRequest
    from pulumi_userplane.cli.ci.standing import Key, State

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

    def covers(self, stack: Key) -> bool:
        """Returns whether addresses of a stack may die: the label is set, and the comment showed this commit's."""
        return self.is_set and has_shown(self.states.get(stack), self.commit)


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
class Approved:
    """What an `up` may apply.

    Attributes:
        plan: The plan that the reviewers saw, if there is one.
        links_may_die: Whether they agreed that addresses die.
    """

    plan: Path | None
    links_may_die: bool


def find_approved(platform: Platform, stack: str, key: Key, folder: Path) -> Approved:
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
        return Approved(None, links_may_die=False)
    pull = next((pull for pull in platform.find_merged(commit) if pull.merge_commit == commit), None)
    if pull is None:
        platform.log("warning", "no pull request was merged by this commit: no address may die")
        return Approved(None, links_may_die=False)
    plan = platform.download_plan(pull, stack, folder)
    if plan is None:
        platform.log("warning", "the plan that the reviewers saw is not there any more: no address may die")
        return Approved(None, links_may_die=False)
    return Approved(plan, read_approval(platform, pull).covers(key))
