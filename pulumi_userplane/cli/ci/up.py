"""`pulumi-userplane ci up`: applies what reviewers have seen, and reports what that did to links."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import typer

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.cli.ci import pulumi_runs
from pulumi_userplane.cli.ci.approval import APPROVAL_LABEL, MergeApproval, find_merge_approval
from pulumi_userplane.cli.ci.interrupted import check_interrupted
from pulumi_userplane.cli.ci.log_text import print_quietly
from pulumi_userplane.cli.ci.plans import UnknownPlanError, permits_more, require_plan
from pulumi_userplane.cli.ci.platform import PlatformError
from pulumi_userplane.cli.ci.preview import print_problems
from pulumi_userplane.cli.ci.report_folder import prepare_folder
from pulumi_userplane.cli.ci.result import Result
from pulumi_userplane.cli.ci.run_review import STOPPED, judge_preview, review_preview, say_how_to_approve
from pulumi_userplane.cli.review.failed_preview import FailedPreview
from pulumi_userplane.cli.review.render import render_text
from pulumi_userplane.cli.review.safe_text import make_loggable
from pulumi_userplane.cli.stack import export_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pulumi_userplane.cli.ci.platform import Platform
    from pulumi_userplane.cli.ci.pulumi_runs import Run
    from pulumi_userplane.cli.review.model import Review
    from pulumi_userplane.cli.review.section import Section
    from pulumi_userplane.cli.stack import Stack

_REFUSED = re.compile("violates plan|not allowed by the plan|expected resource operations")
_HOW_TO_APPROVE = (
    "If only the label `links-may-die` was forgotten, set it and run this job again; else start `up` with the input "
    "`links-may-die`, or undo the change in a new pull request."
)
_BEGUN = re.compile("^Updating", re.MULTILINE)


def apply_stack(
    platform: Platform, stack: str, folder: Path, out: Path, plan: Path | None, *, links_may_die: bool
) -> int:
    """Plans, judges and applies; the plan that reviewers saw is preferred to the one that is made here.

    Args:
        platform: The platform; it tells what reviewers have approved.
        stack: The stack, as the CLI knows it.
        folder: The project's folder.
        out: The folder for the report.
        plan: The reviewed plan, if the platform is not to be asked.
        links_may_die: Whether addresses may die, if the platform is not to be asked.

    Returns:
        The exit code: 0, 3 if something stopped it before it changed anything, 1 if it failed.

    Raises:
        PlatformError: The platform does not tell what was approved.
        UserplaneError: The CLI can't run, or something can't be read or written.
    """
    if plan is not None:
        require_plan(plan, out)
    prepare_folder(out)
    before = export_stack(stack, folder.absolute())
    key = before.project, before.name
    result = Result(platform, stack, key, out)
    with _reporting(result):
        code, printed = check_interrupted(platform, stack, before, folder, out)
    if code:
        return result.stop_after_interruption(printed) if code == STOPPED else result.fail_to_look()
    with TemporaryDirectory(prefix="pulumi-userplane-") as temporary:
        work = Path(temporary)
        if plan is None and not links_may_die:
            with _reporting(result):
                approved = find_merge_approval(platform, stack, key, work)
        else:
            approved = MergeApproval(plan, links_may_die=links_may_die)
        return _Up(platform, stack, folder, work / "own-plan.json", approved, result).run(before)


@contextmanager
def _reporting(result: Result) -> Iterator[None]:
    """Leaves a report also where something fails before the update."""
    try:
        yield
    except (PlatformError, UserplaneError) as error:
        result.fail(error)
        raise


@dataclass(frozen=True)
class _Up:
    """One `up`: where it runs, and what was approved."""

    platform: Platform
    stack: str
    folder: Path
    own_plan: Path
    approved: MergeApproval
    result: Result

    def run(self, before: Stack) -> int:
        """Plans, judges and applies; returns the exit code.

        Args:
            before: What the stack holds.
        """
        run = pulumi_runs.preview(self.folder, self.stack, self.own_plan)
        print_quietly(self.platform, run.errors)
        review = review_preview(run, self.result.key, f"the preview of {self.stack}")
        if isinstance(review, FailedPreview):
            self._print([review])
            return self.result.end_before_update([review])
        if code := self._judge(review, links_may_die=self._may_die(review)):
            return code
        plan = self._choose_plan()
        applied = self._apply(plan)
        if plan != self.own_plan and _is_refused(applied):
            self._tell("the reviewed plan no longer fits, so a new plan was made, by which no address may die")
            if code := self._judge(review, links_may_die=False):
                return code
            applied = self._apply(self.own_plan)
        try:
            after = export_stack(self.stack, self.folder.absolute())
        except UserplaneError as error:
            return self.result.end_without_state(error)
        return self.result.end(before, after, applied)

    def _may_die(self, review: Review) -> bool:
        if self.approved.covers(review):
            return True
        if self.approved.missing and review.removes_addresses:
            self.platform.log("warning", f"{self.approved.missing}, so no address may die in this run")
        if self.approved.addresses and review.removes_addresses:
            self._tell(f"an address would die that the comment does not list, so `{APPROVAL_LABEL}` does not allow it")
        return False

    def _choose_plan(self) -> Path:
        """Returns the reviewed plan, unless it would let a link go that stays by what was judged here."""
        if self.approved.plan is None:
            return self.own_plan
        try:
            if not permits_more(self.approved.plan, self.own_plan):
                return self.approved.plan
        except UnknownPlanError:
            self._tell("nobody can tell what the reviewed plan allows, so the plan of this run is applied")
        else:
            self._tell(
                "the reviewed plan would replace or delete links that the plan of this run keeps, so the latter is "
                "applied"
            )
        return self.own_plan

    def _tell(self, text: str) -> None:
        """Says to the log, and to those who read the result, that something else is done than was reviewed."""
        self.platform.log("warning", text)
        self.result.deviations.append(text)

    def _judge(self, review: Review, *, links_may_die: bool) -> int:
        """Prints the review; returns 3 if a limit stops it, after the report."""
        section = judge_preview(review, self.folder, links_may_die=links_may_die)
        # Without a platform, there is neither a commit nor a label.
        if self.platform.commit():
            section = say_how_to_approve(section, _HOW_TO_APPROVE)
        self._print([section])
        return self.result.end_before_update([section]) if section.violations else 0

    def _print(self, sections: Sequence[Section]) -> None:
        print_quietly(self.platform, render_text(sections))
        print_problems(self.platform, sections)

    def _apply(self, plan: Path) -> Run:
        # Otherwise what the program prints, or a title with a line break, could give commands to a runner.
        with self.platform.quiet_log():
            return pulumi_runs.up(self.folder, self.stack, plan, lambda line: typer.echo(make_loggable(line), nl=False))


def _is_refused(run: Run) -> bool:
    """Returns whether an `up` has compared its own preview with the plan, and done nothing."""
    return run.code != 0 and not _BEGUN.search(run.output) and _REFUSED.search(run.output) is not None
