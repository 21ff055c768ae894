"""Writes of a failed preview which link has a problem, what is wrong, and what to do: as Markdown, text or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane.cli.review.safe_text import Bold, Code, escape_invisible, to_markdown, to_plain_text, truncate
from pulumi_userplane.cli.text import pluralize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pulumi_userplane.cli.review.failed_preview import FailedPreview, Problem
    from pulumi_userplane.cli.review.safe_text import Phrase

_MAX_NAMES = 20
_HEAD = ("| Link | What is wrong | What to do |", "| --- | --- | --- |")
_RESERVE = 200
"""More than the sentence about problems without a row takes."""


def write_headline(failed: FailedPreview) -> str:
    """Returns the first line."""
    return f"The preview failed: {pluralize(len(_group(failed)), 'problem')}"


def render_table(failed: FailedPreview, limit: int) -> str:
    """Returns the problems as a table of Markdown, as many as have room in so many bytes."""
    lines, groups = [*_HEAD], _group(failed)
    room = limit - _size(lines) - _RESERVE
    for index, problems in enumerate(groups):
        cells = ("<br>".join(map(to_markdown, _name(problems))), *map(to_markdown, _describe(problems[0])))
        row = f"| {' | '.join(cells)} |"
        room -= _size([row])
        if room < 0:
            lines += ["", to_markdown((Bold((f"{pluralize(len(groups) - index, 'more problem')} not shown.",)),))]
            break
        lines.append(row)
    return "\n".join(lines)


def write_text(failed: FailedPreview) -> str:
    """Returns all problems as text for a terminal or a log; see `make_loggable`."""
    stack = escape_invisible("/".join(failed.stack))
    lines = [write_headline(failed), f"Recording links of {stack}: what this change does to them is not known"]
    for problems in _group(failed):
        names = [to_plain_text(name) for name in _name(problems)]
        what, what_to_do = map(to_plain_text, _describe(problems[0]))
        lines += ["", ", ".join(names), f"  what is wrong: {what}", f"  what to do: {what_to_do}"]
    return "\n".join(lines)


def to_json(failed: FailedPreview) -> dict[str, Any]:
    """Returns all that is known as JSON; keys are only ever added."""
    project, stack = failed.stack
    return {
        "headline": write_headline(failed),
        "severity": failed.severity.value,
        "project": project,
        "stack": stack,
        "failed": True,
        "problems": [_problem_to_json(problem) for problem in failed.problems],
    }


def _problem_to_json(problem: Problem) -> dict[str, Any]:
    what, what_to_do = map(to_plain_text, _describe(problem))
    type_, name = problem.resource or (None, None)
    return {
        "link": problem.link,
        "title": problem.title,
        "resource": {"type": type_, "name": name} if problem.resource else None,
        "what": what,
        "what_to_do": what_to_do,
    }


def _group(failed: FailedPreview) -> list[list[Problem]]:
    """Returns the problems, those together that are the same but for the link."""
    groups: dict[object, list[Problem]] = {}
    for problem in failed.problems:
        groups.setdefault(_describe(problem), []).append(problem)
    return [*groups.values()]


def _describe(problem: Problem) -> tuple[Phrase, Phrase]:
    return problem.what, problem.what_to_do


def _name(problems: Sequence[Problem]) -> Sequence[Phrase]:
    """Returns the names of what has the problem, a line each."""
    if len(problems) == 1:
        return [*_name_one(problems[0])]
    names = [*dict.fromkeys(name for problem in problems for name in [[*_name_one(problem)][-1]])]
    left = len(names) - _MAX_NAMES
    return [*names[:_MAX_NAMES], *([(f"and {left} more",)] if left > 0 else [])]


def _name_one(problem: Problem) -> Iterator[Phrase]:
    if problem.link is not None:
        yield from [(Code(truncate(problem.title)),)] if problem.title else []
        yield (Code(truncate(problem.link)),)
    elif problem.resource:
        type_, name = problem.resource
        yield (Code(truncate(name)), " (", Code(truncate(type_)), ")")
    else:
        yield ("the whole stack",)


def _size(lines: Sequence[str]) -> int:
    return len("\n".join(lines).encode()) + 1
