"""`pulumi-userplane ci preview`: previews stacks, and reports what an `up` would do to their links."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.ci import pulumi_runs
from pulumi_userplane.cli.ci.approval import APPROVAL_LABEL, read_approval
from pulumi_userplane.cli.ci.log_text import print_quietly
from pulumi_userplane.cli.ci.platform import PlatformError
from pulumi_userplane.cli.ci.report import (
    COMMENT,
    MAX_STACKS,
    SUMMARY,
    Kind,
    Report,
    keep_plan,
    list_stacks,
    write_report,
)
from pulumi_userplane.cli.ci.report_folder import prepare_folder
from pulumi_userplane.cli.ci.run_review import (
    EXIT_CODES,
    judge_preview,
    report_section,
    review_preview,
    say_how_to_approve,
)
from pulumi_userplane.cli.review.comment import render_comment, render_summary
from pulumi_userplane.cli.review.failed_comment import write_headline
from pulumi_userplane.cli.review.failed_preview import FailedPreview
from pulumi_userplane.cli.review.render import render_text
from pulumi_userplane.cli.review.safe_text import mask_keys
from pulumi_userplane.cli.stack import find_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.cli.ci.approval import Approval
    from pulumi_userplane.cli.ci.platform import Platform
    from pulumi_userplane.cli.ci.report import StackReport
    from pulumi_userplane.cli.review.model import Review
    from pulumi_userplane.cli.review.section import Section


def preview_stacks(platform: Platform, stacks: Sequence[str], folder: Path, out: Path, *, links_may_die: bool) -> int:
    """Previews stacks, prints and writes what that means.

    Args:
        platform: The platform; it tells whether addresses may die.
        stacks: The stacks, as the CLI knows them.
        folder: The project's folder.
        out: The folder for the report.
        links_may_die: Whether addresses may die in any case.

    Returns:
        The exit code: 0, 3 if a limit stops a stack, 1 if a preview failed.

    Raises:
        UserplaneError: The CLI can't run, or something can't be read or written.
    """
    prepare_folder(out, stacks)
    if len(stacks) > MAX_STACKS:
        raise ConfigurationError(
            f"--stack names {len(stacks)} stacks, and a report has room for {MAX_STACKS}",
            next_step="preview the others in another run, with another --out",
        )
    keys = [find_names(stack, folder.absolute()) for stack in stacks]
    if len(set(keys)) < len(keys):
        raise ConfigurationError("--stack names a stack twice", next_step="name each once")
    if _is_from_fork(platform):
        return 1
    approval = None if links_may_die else _read_approval(platform)
    sections = []
    for stack, key in zip(stacks, keys, strict=True):
        allowed = _Allowed(key, approval, links_may_die)
        sections.append(_preview_stack(platform, stack, allowed, folder, out))
    report = Report(kind=Kind.PREVIEW, stacks=list_stacks(map(report_section, sections)))
    _warn_of_stale_label(platform, approval, sections, report)
    sections = [
        _say_how_to_approve(platform, section, stack) for section, stack in zip(sections, report.stacks, strict=True)
    ]
    summary = mask_keys(render_summary(sections))
    write_report(out, report, {COMMENT: mask_keys(render_comment(sections)), SUMMARY: summary})
    print_quietly(platform, render_text(sections))
    platform.write_summary(summary)
    platform.write_outputs(report.outputs)
    print_problems(platform, sections)
    return EXIT_CODES[report.outcome]


def _is_from_fork(platform: Platform) -> bool:
    pull = platform.pull_request()
    if pull is None or not pull.is_fork:
        return False
    # Failed, not skipped: a check that is skipped counts as passed.
    platform.log("error", "a fork gets no secrets; push the branch to this repository to have it previewed")
    return True


def _read_approval(platform: Platform) -> Approval | None:
    pull = platform.pull_request()
    if pull is None:
        return None
    try:
        return read_approval(platform, pull)
    except PlatformError as error:
        platform.log("warning", f"{error}; without the approval, no address may die")
        return None


@dataclass(frozen=True)
class _Allowed:
    """Which addresses of a stack may die."""

    stack: tuple[str, str]
    approval: Approval | None
    links_may_die: bool

    def covers(self, review: Review) -> bool:
        """Returns whether all that die may."""
        return self.links_may_die or bool(self.approval and self.approval.covers(self.stack, review))


def _preview_stack(platform: Platform, stack: str, allowed: _Allowed, folder: Path, out: Path) -> Section:
    with TemporaryDirectory(prefix="pulumi-userplane-") as temporary:
        plan = Path(temporary) / "plan.json"
        run = pulumi_runs.preview(folder, stack, plan)
        print_quietly(platform, run.errors)
        review = review_preview(run, allowed.stack, f"the preview of {stack}")
        if isinstance(review, FailedPreview):
            return review
        section = judge_preview(review, folder, links_may_die=allowed.covers(review))
        _keep_plan(platform, plan, out, stack)
    return section


def _keep_plan(platform: Platform, plan: Path, out: Path, stack: str) -> None:
    """Copies a plan into the report, which others can download, unless it holds a key."""
    text = plan.read_text(encoding="utf-8")
    if mask_keys(text) == text:
        keep_plan(out, stack, text)
        return
    platform.log(
        "warning",
        f"the plan of {stack} is not kept, since it holds an API key in plaintext: make that value a secret. Without "
        "the plan, `up` lets no address die",
    )


def _say_how_to_approve(platform: Platform, section: Section, stack: StackReport) -> Section:
    if platform.pull_request() is None or isinstance(section, FailedPreview):
        return section
    if not stack.dying:
        return say_how_to_approve(
            section,
            f"The label `{APPROVAL_LABEL}` does not help here: there are too many addresses to list, or one can't be "
            f"shown. Split the change, or ask whoever may run the preview and `up` with `--{APPROVAL_LABEL}`.",
        )
    return say_how_to_approve(
        section,
        f"Whoever agrees sets the label `{APPROVAL_LABEL}` on this pull request, which holds for this commit only, and "
        "runs this check again if the platform does not.",
    )


def _warn_of_stale_label(
    platform: Platform, approval: Approval | None, sections: Sequence[Section], report: Report
) -> None:
    if approval is None or not approval.is_set:
        return
    removals = [
        (section, stack)
        for section, stack in zip(sections, report.stacks, strict=True)
        if not isinstance(section, FailedPreview) and section.violations and section.review.removes_addresses
    ]
    if not all(stack.dying for _, stack in removals):
        platform.log(
            "warning",
            f"the label {APPROVAL_LABEL} lets no address die here, since they can't all be listed in a comment: see "
            '"The approval" in docs/ci.md of pulumi-userplane',
        )
    elif removals and not approval.states:
        platform.log(
            "warning",
            f"the label {APPROVAL_LABEL} does not count, since no comment of ours was found: if one stands on the pull "
            "request, check `author` on GitHub or GITLAB_TOKEN_USER on GitLab; else set the label anew once one does",
        )
    elif not all(approval.covers(section.stack, section.review) for section, _ in removals):
        platform.log(
            "warning",
            f"the comment did not list these addresses when the label {APPROVAL_LABEL} was set, so it does not count: "
            "read the comment on this commit, then take the label off and set it again",
        )


def print_problems(platform: Platform, sections: Sequence[Section]) -> None:
    """Writes a line for each limit that is exceeded and each preview that failed, where the platform shows errors."""
    for section in sections:
        name = "/".join(section.stack)
        if isinstance(section, FailedPreview):
            platform.log("error", f"{name}: {write_headline(section)}; see what is printed above")
            continue
        for violation in section.violations:
            platform.log("error", f"Stopped: {name}: {violation}")
