"""Standing comments: what our comments say in hidden lines about the stack, the commit and the severity."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.addresses import make_digests
from pulumi_userplane.cli.ci.report import Kind
from pulumi_userplane.cli.review.model import Severity, find_worst

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pulumi_userplane.cli.ci.platform import Comment
    from pulumi_userplane.cli.ci.report import StackReport

NO_COMMIT = "-"
"""Stands for the commit where a comment may approve nothing."""

_WORDS = {Kind.PREVIEW: "review", Kind.RESULT: "result", Kind.DRIFT: "review"}
_NAME = r"([A-Za-z0-9_.-]+)"
_MARKER = re.compile(rf"<!-- pulumi-userplane (review|result) {_NAME}/{_NAME} -->")
_STATE = re.compile(
    rf"<!-- pulumi-userplane state {_NAME}/{_NAME} (\S+) (none|change|address dies)(?: ([0-9a-f,]+))? -->"
)

Key = tuple[str, str]
"""Project and stack."""


@dataclass(frozen=True)
class State:
    """What a comment says of one stack.

    Attributes:
        commit: Of which commit it was.
        severity: How serious the change was.
        dying: The digests of the addresses that it listed as dying.
    """

    commit: str
    severity: Severity
    dying: frozenset[str] = frozenset()

    def lists(self, commit: str) -> frozenset[str]:
        """Returns the digests of the addresses that it has shown to die by a commit."""
        is_shown = self.commit == commit and self.severity is Severity.ADDRESS_DIES
        return self.dying if is_shown else frozenset()


def write_hidden_lines(stacks: Sequence[StackReport], kind: Kind, commit: str | None = None) -> str:
    """Returns the hidden lines of a comment: what it says of each stack, then a marker for each.

    Args:
        stacks: The stacks.
        kind: What the comment is about.
        commit: The commit of a preview.
    """
    lines = [
        f"<!-- pulumi-userplane state {'/'.join(stack.key)} {commit} {stack.severity.value}{_write_digests(stack)} -->"
        for stack in stacks
        if commit
    ]
    lines += [f"<!-- pulumi-userplane {_WORDS[kind]} {'/'.join(stack.key)} -->" for stack in stacks]
    return "\n".join(lines) + "\n"


def _write_digests(stack: StackReport) -> str:
    return f" {','.join(sorted(make_digests(stack.dying)))}" if stack.dying else ""


def find_markers(text: str, kind: Kind) -> set[Key]:
    """Returns the stacks that a comment or an issue of this kind is about; empty for one of another kind."""
    found = map(_MARKER.fullmatch, _split_lines(text))
    return {(marker[2], marker[3]) for marker in found if marker and marker[1] == _WORDS[kind]}


def read_states(text: str) -> dict[Key, State]:
    """Returns what a comment of a preview says of each stack."""
    found = map(_STATE.fullmatch, _split_lines(text))
    return {
        (state[1], state[2]): State(state[3], Severity(state[4]), frozenset((state[5] or "").split(",")) - {""})
        for state in found
        if state
    }


def read_all_states(comments: Iterable[Comment]) -> dict[Key, State]:
    """Returns what all comments say; of two that speak of a stack the first counts, as it is the one that is kept."""
    states: dict[Key, State] = {}
    for comment in comments:
        states = {**read_states(comment.body), **states}
    return states


def find_standing(comments: Iterable[Comment], keys: Collection[Key], kind: Kind) -> list[Comment]:
    """Returns the comments of this kind that are about one of these stacks."""
    return [comment for comment in comments if not find_markers(comment.body, kind).isdisjoint(keys)]


def find_worst_standing(comments: Iterable[Comment]) -> Severity:
    """Returns the worst that any comment of a preview says."""
    return find_worst(state.severity for comment in comments for state in read_states(comment.body).values())


def is_stale(state: State | None, commit: str, stack: StackReport) -> bool:
    """Returns whether an approval that was given under this comment is about something else than what is previewed.

    Args:
        state: What the comment says of the stack; None if there is none.
        commit: The commit that is previewed.
        stack: What is said of it now.
    """
    if stack.severity is Severity.ADDRESS_DIES:
        is_shown = state is not None and (state.commit, state.severity) == (commit, stack.severity)
        return state is None or not (is_shown and make_digests(stack.dying) <= state.dying)
    return state is not None and state.commit != commit


def _split_lines(text: str) -> list[str]:
    # Platforms return the line breaks of their forms.
    return re.split("\r?\n", text)
