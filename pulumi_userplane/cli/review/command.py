"""`pulumi-userplane review`: what a preview does to links, for those who approve the change."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import stack as stacks
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.cli.options import FolderOption
from pulumi_userplane.cli.review.applied_files import refuse_without_applied, review_applied
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.failed_preview import read_failed_preview
from pulumi_userplane.cli.review.input_files import HOW_TO_PREVIEW, HOW_TO_REFRESH, STANDARD_INPUT, read_input
from pulumi_userplane.cli.review.model import Review
from pulumi_userplane.cli.review.preview_digest import parse_digest
from pulumi_userplane.cli.review.render import Format, render
from pulumi_userplane.cli.review.safe_text import make_loggable
from pulumi_userplane.cli.review.section import ReviewedStack
from pulumi_userplane.cli.review.violations import Limit, Limits, find_violations, read_limits

EXAMPLE = (
    "Example: `pulumi preview --refresh --show-replacement-steps --json > preview.json`, then `pulumi-userplane review "
    "preview.json --max-replaced 0` writes a pull request's comment, and exits with 3 if a replacement "
    "would end an address."
)
STOPPED = 3
"""The exit code of a review that a limit stops; 1 is for what went wrong, 2 for a wrong command line."""


def _parse_limit(text: str) -> Limit:
    try:
        return Limit.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def review(
    *,
    previews: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            help="Files from `pulumi preview --json`, one a stack. Default: `-`, which means standard input.",
            show_default=False,
        ),
    ] = None,
    drift: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File from `pulumi refresh --preview-only --json`. Needs no preview."),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File from `pulumi stack export`. Give it for a percentage of all links if the preview ran without "
            "--refresh or with --target.",
        ),
    ] = None,
    failed: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What a `pulumi preview` that failed printed, with --json or not. Says why, and exits with 1.",
        ),
    ] = None,
    applied: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File from `pulumi stack export` after a `pulumi up`. Says what that did, and needs no preview.",
        ),
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --applied: file from `pulumi stack export` before that `pulumi up`."),
    ] = None,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --applied: what that `pulumi up` printed.")
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option(
            metavar="PROJECT/STACK", help="Stack that the files are of. Needed only if nothing in them tells it."
        ),
    ] = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="markdown: a pull request's comment; text: for a terminal or a log; json: for a program; "
            "github-summary: a summary of a GitHub job; csv: with --applied, a table of the links.",
        ),
    ] = Format.MARKDOWN,
    max_replaced: Annotated[
        Limit | None,
        typer.Option(parser=_parse_limit, metavar="N|N%", help="Fail if more links than this would get a new address."),
    ] = None,
    max_deleted: Annotated[
        Limit | None,
        typer.Option(parser=_parse_limit, metavar="N|N%", help="Fail if more links than this would be deleted."),
    ] = None,
    fail_on_drift: Annotated[
        bool | None,
        typer.Option(
            "--fail-on-drift/--no-fail-on-drift", help="Fail if links were changed or deleted outside Pulumi."
        ),
    ] = None,
    folder: FolderOption = Path(),
) -> None:
    """Say which links a preview changes, and which addresses stop working; or, after the `up`, the new ones.

    Sends no request to Userplane and needs no key.

    Limits that the command line does not give come from the table tool.pulumi-userplane.review in the nearest
    pyproject.toml. A percentage applies only from 10 links on.

    Several stacks become one comment, and the limits are those of each. Exit code 3 if a limit is exceeded, 1 if a
    preview failed.
    """
    with exit_on_error(neutralize=make_loggable):
        if applied:
            has_preview = any((previews, drift, state, failed))
            text = review_applied(applied, before, log, stack, form, has_preview=has_preview)
            typer.echo(text.encode(), nl=False)
            return
        refuse_without_applied(has_before=before is not None, has_log=log is not None, form=form)
        project_limits = read_limits(folder.absolute())
        reviews = _review_files(previews or [], drift, state, is_needed=failed is None)
        failures = [read_failed_preview(failed, stack, {review.stack for review in reviews})] if failed else []
    limits = Limits(
        project_limits.max_replaced if max_replaced is None else max_replaced,
        project_limits.max_deleted if max_deleted is None else max_deleted,
        fail_on_drift=project_limits.fail_on_drift if fail_on_drift is None else fail_on_drift,
    )
    results = [ReviewedStack(result, tuple(find_violations(result, limits))) for result in reviews]
    # As bytes: what is written goes into a file or a comment, whatever this terminal's encoding is.
    typer.echo(render([*failures, *results], form).encode(), nl=False)
    violations = [violation for section in results for violation in section.violations]
    for section in results:
        of_stack = f" {sanitize('/'.join(section.stack))}:" if len(reviews) + len(failures) > 1 else ""
        for violation in section.violations:
            typer.echo(make_loggable(f"Stopped:{of_stack} {violation}"), err=True)
    if failures:
        raise typer.Exit(1)
    if violations:
        raise typer.Exit(STOPPED)


def _review_files(previews: Sequence[Path], drift: Path | None, state: Path | None, *, is_needed: bool) -> list[Review]:
    if not (previews or drift or state or is_needed):
        return []
    if len(previews) > 1:
        return _review_stacks(previews, has_more=drift is not None or state is not None)
    preview = previews[0] if previews else None if drift else STANDARD_INPUT
    return [
        build_review(
            parse_digest(*read_input(preview, HOW_TO_PREVIEW)) if preview else None,
            parse_digest(*read_input(drift, HOW_TO_REFRESH)) if drift else None,
            stacks.read_file(state, may_be_empty=True) if state else None,
        )
    ]


def _review_stacks(previews: Sequence[Path], *, has_more: bool) -> list[Review]:
    if has_more:
        raise ConfigurationError(
            "--drift and --state are of one stack, and there are several previews",
            next_step="review that stack alone, or write the previews with --refresh",
        )
    reviews: dict[tuple[str, str], Review] = {}
    for file in previews:
        result = build_review(parse_digest(*read_input(file, HOW_TO_PREVIEW)))
        if result.stack in reviews:
            raise ConfigurationError(
                f"{file} is the second preview of {sanitize('/'.join(result.stack))}",
                next_step="give one of each stack",
            )
        reviews[result.stack] = result
    return [*reviews.values()]
