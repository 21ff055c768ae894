"""`pulumi-userplane ci drift`: looks whether links were changed or deleted outside Pulumi."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci import pulumi_runs
from pulumi_userplane.cli.ci.log_text import print_quietly
from pulumi_userplane.cli.ci.report import (
    COMMENT,
    SUMMARY,
    Kind,
    Outcome,
    Report,
    StackReport,
    write_report,
)
from pulumi_userplane.cli.ci.report_folder import prepare_folder
from pulumi_userplane.cli.ci.run_review import EXIT_CODES, judge_refresh
from pulumi_userplane.cli.review.comment import render_comment, render_summary
from pulumi_userplane.cli.review.render import render_text
from pulumi_userplane.cli.review.safe_text import mask_keys

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.cli.ci.platform import Platform


def look_for_drift(platform: Platform, stack: str, folder: Path, out: Path) -> int:
    """Reads all resources of a stack, prints and writes what was changed outside Pulumi.

    Args:
        platform: The platform.
        stack: The stack, as the CLI knows it.
        folder: The project's folder.
        out: The folder for the report; without a look there is none.

    Returns:
        The exit code: 0 if all links are as declared, 3 if some were changed or deleted.

    Raises:
        UserplaneError: The refresh failed, or something can't be read or written.
    """
    prepare_folder(out)
    run = pulumi_runs.preview_refresh(folder, stack)
    print_quietly(platform, run.errors)
    section = judge_refresh(run, f"the refresh of {stack}", folder)
    outcome = Outcome.DRIFTED if section.violations else Outcome.CLEAN
    [project, name] = section.stack
    report = Report(
        kind=Kind.DRIFT,
        stacks=(StackReport(project=project, stack=name, outcome=outcome, severity=section.severity),),
    )
    summary = mask_keys(render_summary([section]))
    write_report(out, report, {COMMENT: mask_keys(render_comment([section])), SUMMARY: summary})
    print_quietly(platform, render_text([section]))
    platform.write_summary(summary)
    platform.write_outputs(report.outputs)
    return EXIT_CODES[outcome]
