"""What one stack adds to a comment: its review, with the limits that this exceeds, or its failed preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.failed_preview import FailedPreview
    from pulumi_userplane.cli.review.model import Review, Severity
    from pulumi_userplane.cli.review.violations import Violation


@dataclass(frozen=True)
class ReviewedStack:
    """The review of a stack.

    Attributes:
        review: What its preview means.
        violations: Why the previewed `up` must not run.
    """

    review: Review
    violations: tuple[Violation, ...] = ()

    @property
    def stack(self) -> tuple[str, str]:
        """Project and stack."""
        return self.review.stack

    @property
    def severity(self) -> Severity:
        """How serious the change is."""
        return self.review.severity


Section: TypeAlias = "ReviewedStack | FailedPreview"
"""A part of a comment, with its stack and its severity."""
