"""Reviews what the CLI printed of a preview or a refresh, and judges it by the limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.report import StackReport, Verdict
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.failed_preview import FailedPreview, parse_failed_preview
from pulumi_userplane.cli.review.preview_digest import parse_digest
from pulumi_userplane.cli.review.section import ReviewedStack
from pulumi_userplane.cli.review.violations import Limit, find_violations, read_policy

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.cli.ci.pulumi_runs import Run
    from pulumi_userplane.cli.review.model import Review
    from pulumi_userplane.cli.review.section import Section

STOPPED = 3
"""The exit code of a command that a limit stops; 1 is for what went wrong."""

EXIT_CODES = {Verdict.FINE: 0, Verdict.STOPPED: STOPPED, Verdict.FAILED: 1, Verdict.CLEAN: 0, Verdict.DRIFTED: STOPPED}


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
    return build_review(parse_digest(run.output, source))


def judge_preview(review: Review, folder: Path, *, links_may_die: bool) -> ReviewedStack:
    """Returns a review with the limits that it exceeds.

    Args:
        review: The review.
        folder: The project's folder: the limits of its pyproject.toml hold in any case.
        links_may_die: Whether only those hold; else no address may die.

    Raises:
        ConfigurationError: The pyproject.toml is malformed.
    """
    policy = read_policy(folder.absolute())
    if not links_may_die:
        policy = replace(policy, max_replaced=Limit(0), max_deleted=Limit(0))
    return ReviewedStack(review, tuple(find_violations(review, policy)))


def judge_refresh(run: Run, source: str, folder: Path) -> ReviewedStack:
    """Returns the review of a refresh; any drift violates it.

    Raises:
        ConfigurationError: The refresh failed, or the pyproject.toml is malformed.
    """
    review = build_review(None, parse_digest(run.output or run.errors, source))
    policy = replace(read_policy(folder.absolute()), fail_on_drift=True)
    return ReviewedStack(review, tuple(find_violations(review, policy)))


def report_section(section: Section) -> StackReport:
    """Returns what a report says of a previewed stack."""
    if isinstance(section, FailedPreview):
        verdict = Verdict.FAILED
    else:
        verdict = Verdict.STOPPED if section.violations else Verdict.FINE
    project, stack = section.stack
    return StackReport(project=project, stack=stack, verdict=verdict, severity=section.severity)
