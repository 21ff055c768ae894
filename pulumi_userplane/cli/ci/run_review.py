"""Reviews what the CLI printed of a preview or a refresh, and judges it by the limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.ci.addresses import list_dying
from pulumi_userplane.cli.ci.report import Outcome, StackReport
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.failed_preview import FailedPreview, parse_failed_preview
from pulumi_userplane.cli.review.headline import write_verdict
from pulumi_userplane.cli.review.preview_digest import parse_digest
from pulumi_userplane.cli.review.printed_errors import read_printed
from pulumi_userplane.cli.review.safe_text import to_plain_text
from pulumi_userplane.cli.review.section import ReviewedStack
from pulumi_userplane.cli.review.violations import Violation, find_violations, read_limits

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.cli.ci.pulumi_runs import Run
    from pulumi_userplane.cli.review.model import Review
    from pulumi_userplane.cli.review.section import Section

STOPPED = 3
"""The exit code of a command that a limit stops; 1 is for what went wrong."""

_LIMIT_NAME = "`{}` in pyproject.toml"
"""How to call a limit; `ci` has no option for it."""

_HOW_TO_ALLOW = "Whoever agrees runs this again with `--links-may-die`."

EXIT_CODES = {Outcome.FINE: 0, Outcome.STOPPED: STOPPED, Outcome.FAILED: 1, Outcome.CLEAN: 0, Outcome.DRIFTED: STOPPED}


def review_preview(run: Run, key: tuple[str, str], source: str) -> Review | FailedPreview:
    """Returns the review of a preview, or what went wrong with it.

    Args:
        run: What the CLI printed.
        key: Project and stack.
        source: The preview, in words.

    Raises:
        ConfigurationError: It succeeded, and printed something that is not a preview.
    """
    if run.code:
        # The CLI writes the reason into the JSON only if it comes as far as the program.
        return parse_failed_preview(f"{run.errors}\n{run.output}", source, key)
    return build_review(parse_digest(run.output, source), has_refreshed=True)


def judge_preview(review: Review, folder: Path, *, links_may_die: bool) -> ReviewedStack:
    """Returns a review with the limits that it exceeds.

    Args:
        review: The review.
        folder: The project's folder: the limits of its pyproject.toml hold in any case.
        links_may_die: Whether only those hold; else no address may die.

    Raises:
        ConfigurationError: The pyproject.toml is malformed.
    """
    violations = find_violations(review, read_limits(folder.absolute()), _LIMIT_NAME)
    if review.removes_addresses and not links_may_die:
        reason = f"{write_verdict([ReviewedStack(review)])}, and nobody has approved that."
        violations.insert(0, Violation(reason, _HOW_TO_ALLOW, needs_approval=True))
    return ReviewedStack(review, tuple(violations))


def say_how_to_approve(section: ReviewedStack, what_to_do: str) -> ReviewedStack:
    """Returns the same with another sentence about what to do where only an approval is missing."""
    violations = (
        replace(violation, what_to_do=what_to_do) if violation.needs_approval else violation
        for violation in section.violations
    )
    return replace(section, violations=tuple(violations))


def judge_refresh(run: Run, source: str, folder: Path) -> ReviewedStack:
    """Returns the review of a refresh; any drift violates it.

    Raises:
        ConfigurationError: The refresh failed, or the pyproject.toml is malformed.
    """
    if run.code and not run.output.lstrip().startswith("{"):
        raise _explain_failure(run, source)
    # An error in the JSON says more than the exit code.
    digest = parse_digest(run.output or run.errors, source)
    if run.code:
        raise _say_that_it_ended(run, source)
    review = build_review(None, digest)
    limits = replace(read_limits(folder.absolute()), fail_on_drift=True)
    return ReviewedStack(review, tuple(find_violations(review, limits)))


def _explain_failure(run: Run, source: str) -> ConfigurationError:
    """Returns the error for a refresh that failed before it wrote JSON."""
    text = f"{run.errors}\n{run.output}"
    if not read_printed(text).errors:
        return _say_that_it_ended(run, source)
    [problem, *_] = parse_failed_preview(text, source, ("", "")).problems
    return ConfigurationError(
        f"{source} failed: {to_plain_text(problem.what)}", next_step=to_plain_text(problem.what_to_do)
    )


def _say_that_it_ended(run: Run, source: str) -> ConfigurationError:
    return ConfigurationError(
        f"{source} ended with exit code {run.code} before it was done",
        next_step="run it again; what it printed is above",
    )


def report_section(section: Section) -> StackReport:
    """Returns what a report says of a previewed stack."""
    project, stack = section.stack
    if isinstance(section, FailedPreview):
        return StackReport(project=project, stack=stack, outcome=Outcome.FAILED, severity=section.severity)
    outcome = Outcome.STOPPED if section.violations else Outcome.FINE
    dying = list_dying(section.review)
    return StackReport(project=project, stack=stack, outcome=outcome, severity=section.severity, dying=dying)
