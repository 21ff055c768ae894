"""Writes the report of an `up`: what it did to links, or why it did nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.ci.comment_state import write_hidden_lines
from pulumi_userplane.cli.ci.report import (
    COMMENT,
    LINKS_CSV,
    LINKS_JSON,
    SUMMARY,
    Kind,
    Outcome,
    Report,
    StackReport,
    write_report,
)
from pulumi_userplane.cli.ci.run_review import EXIT_CODES, report_section
from pulumi_userplane.cli.review.applied import compare
from pulumi_userplane.cli.review.applied_files import render_applied
from pulumi_userplane.cli.review.comment import render_summary
from pulumi_userplane.cli.review.headline import write_stop
from pulumi_userplane.cli.review.model import Severity
from pulumi_userplane.cli.review.render import Format
from pulumi_userplane.cli.review.safe_text import Code, mask_keys, to_markdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pulumi_userplane.cli.ci.platform import Platform
    from pulumi_userplane.cli.ci.pulumi_runs import Run
    from pulumi_userplane.cli.review.section import Section
    from pulumi_userplane.cli.stack import Stack

_LEFT_BEHIND = (
    "an interrupted run created links that the state lacks, too long ago for `up` to resume them; the summary says "
    "what to do"
)

_NOT_LOOKED = (
    "nobody knows whether an interrupted run left links behind; the log of the run says which workspace can't be read"
)
_MOST_OF_ERROR = 1_000


@dataclass(frozen=True)
class Result:
    """The report of an `up`.

    Attributes:
        platform: The platform.
        stack: The stack, as `--stack` names it.
        key: Project and stack.
        out: The folder for it.
        deviations: What was done otherwise than reviewed.
    """

    platform: Platform
    stack: str
    key: tuple[str, str]
    out: Path
    deviations: list[str] = field(default_factory=list)

    def stop_after_interruption(self, printed: str) -> int:
        """Writes that an interrupted run left links behind; returns the exit code.

        Args:
            printed: What the check printed.
        """
        self.platform.log("error", _LEFT_BEHIND)
        text = f"### `up` stopped: links of an interrupted run\n\nNothing was changed: {_LEFT_BEHIND}.\n"
        summary = f"{text}\n~~~\n{printed.rstrip()}\n~~~\n"
        return self._write(Outcome.STOPPED, Severity.CHANGE, text, summary)

    def fail(self, error: Exception) -> None:
        """Writes that nothing was changed, since something could not be read.

        Args:
            error: What went wrong.
        """
        text = f"### `up` failed before it changed anything\n\n{_quote(error)}\n"
        self._write(Outcome.FAILED, Severity.CHANGE, text, text)

    def fail_to_look(self) -> int:
        """Writes that nobody knows whether an interrupted run left links behind; returns the exit code."""
        self.platform.log("error", _NOT_LOOKED)
        text = (
            "### `up` failed before it changed anything\n\nNobody knows whether an interrupted run left links behind. "
            "The log of the run says which workspace can't be read.\n"
        )
        return self._write(Outcome.FAILED, Severity.CHANGE, text, text)

    def end_without_state(self, error: Exception) -> int:
        """Writes that `pulumi up` has run, and nobody knows what it did; returns the exit code.

        Args:
            error: Why the state after it can't be read.
        """
        self.platform.log("error", f"nobody knows which links of {self.stack} `pulumi up` changed: {error}")
        text = (
            "### `up` ran; nobody knows which addresses changed\n\nThe log of the run shows what `pulumi up` printed. "
            f"The state after it can't be read: {_quote(error)}\n"
        )
        return self._write(Outcome.FAILED, Severity.CHANGE, text, text)

    def end_before_update(self, sections: Sequence[Section]) -> int:
        """Writes why nothing was changed; returns the exit code.

        Args:
            sections: The preview, that failed or that a limit stops.
        """
        [stack] = map(report_section, sections)
        text = render_summary(sections, write_stop(sections))
        return self._write(stack.outcome, stack.severity, text, text)

    def end(self, before: Stack, after: Stack, run: Run) -> int:
        """Writes what the `up` did; returns the exit code.

        Args:
            before: The state before.
            after: The state after it.
            run: What the `up` printed.
        """
        applied = compare(before, after, run.output, self.key)
        outcome = Outcome.FAILED if run.code else Outcome.FINE
        severity = Severity.CHANGE if applied.links or run.code else Severity.NONE
        files = {
            LINKS_CSV: render_applied(applied, Format.CSV),
            LINKS_JSON: render_applied(applied, Format.JSON),
        }
        if run.code:
            self.platform.log("error", f"`pulumi up` of {self.stack} failed; its output is above")
        comment = render_applied(applied, Format.MARKDOWN)
        return self._write(outcome, severity, comment, render_applied(applied, Format.GITHUB_SUMMARY), files=files)

    def _write(
        self,
        outcome: Outcome,
        severity: Severity,
        comment: str,
        summary: str,
        *,
        files: Mapping[str, str] | None = None,
    ) -> int:
        project, name = self.key
        stack = StackReport(project=project, stack=name, outcome=outcome, severity=severity)
        report = Report(kind=Kind.RESULT, stacks=(stack,))
        marker = write_hidden_lines([stack], Kind.RESULT)
        if marker not in comment:
            comment = f"{comment.rstrip()}\n\n{marker}"
        comment, summary = self._add_deviations(comment), self._add_deviations(summary)
        texts = {COMMENT: comment, SUMMARY: summary, **(files or {})}
        write_report(self.out, report, {name: mask_keys(text) for name, text in texts.items()})
        self.platform.write_summary(mask_keys(summary))
        self.platform.write_outputs(report.outputs)
        return EXIT_CODES[outcome]

    def _add_deviations(self, text: str) -> str:
        """Returns a text with what was done otherwise below its heading."""
        heading, rest = text.split("\n", 1)
        return "".join((f"{heading}\n", *(f"\nTo know: {deviation}.\n" for deviation in self.deviations), rest))


def _quote(error: Exception) -> str:
    return to_markdown((Code(sanitize(str(error), _MOST_OF_ERROR)),))
