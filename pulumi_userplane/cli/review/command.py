"""`pulumi-userplane review`: what a preview does to links, for those who approve the change."""

import codecs
import sys
from pathlib import Path
from typing import Annotated

import typer

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import stack as stacks
from pulumi_userplane.cli.errors import exit_on_error, make_read_error
from pulumi_userplane.cli.options import FolderOption
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.preview_digest import Digest, parse_digest
from pulumi_userplane.cli.review.render import Format, render
from pulumi_userplane.cli.review.safe_text import neutralize_workflow_commands
from pulumi_userplane.cli.review.violations import Limit, Policy, find_violations, read_policy

EXAMPLE = (
    "Example: `pulumi preview --refresh --show-replacement-steps --json > preview.json`, then `pulumi-userplane review "
    "preview.json --max-replaced 0` writes a pull request's comment, and exits with 3 if a replacement "
    "would end an address."
)
STOPPED = 3
"""The exit code of a review that a limit stops; 1 is for what went wrong, 2 for a wrong command line."""

_HOW_TO_PREVIEW = "write it with `pulumi preview --refresh --show-replacement-steps --json`"
_HOW_TO_REFRESH = "write it with `pulumi refresh --preview-only --json`"
_STANDARD_INPUT = Path("-")


def _parse_limit(text: str) -> Limit:
    try:
        return Limit.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def review(
    *,
    preview: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="File from `pulumi preview --json`. Default: `-`, which means standard input.",
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
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="markdown: a pull request's comment; text: for a terminal or a log; json: for a program; "
            "github-summary: a summary of a GitHub job.",
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
    """Say which links a preview changes, and which addresses stop working.

    Sends no request to Userplane and needs no key.

    Limits that the command line does not give come from the table tool.pulumi-userplane.review in the nearest
    pyproject.toml. A percentage applies only from 10 links on.

    Exit code 3 if a limit is exceeded.
    """
    with exit_on_error(neutralize=neutralize_workflow_commands):
        project_policy = read_policy(folder.absolute())
        review_result = build_review(
            _read_preview(preview, is_needed=drift is None),
            parse_digest(_read_text(drift, _HOW_TO_REFRESH), str(drift)) if drift else None,
            stacks.read_file(state, may_be_empty=True) if state else None,
        )
    policy = Policy(
        project_policy.max_replaced if max_replaced is None else max_replaced,
        project_policy.max_deleted if max_deleted is None else max_deleted,
        fail_on_drift=project_policy.fail_on_drift if fail_on_drift is None else fail_on_drift,
    )
    violations = find_violations(review_result, policy)
    # As bytes: what is written goes into a file or a comment, whatever this terminal's encoding is.
    typer.echo(render(review_result, violations, form).encode(), nl=False)
    for violation in violations:
        typer.echo(f"Stopped: {violation}", err=True)
    if violations:
        raise typer.Exit(STOPPED)


def _read_preview(file: Path | None, *, is_needed: bool) -> Digest | None:
    if file is None and not is_needed:
        return None
    if file in {None, _STANDARD_INPUT}:
        if sys.stdin is None or sys.stdin.isatty():
            raise ConfigurationError(
                "there is no preview to review",
                next_step="name its file, or pipe `pulumi preview --refresh --show-replacement-steps --json` into this "
                "command",
            )
        return parse_digest(
            _decode(sys.stdin.buffer.read(), "the standard input", _HOW_TO_PREVIEW), "the standard input"
        )
    return parse_digest(_read_text(file, _HOW_TO_PREVIEW), str(file))


def _read_text(file: Path, how_to_write: str) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise make_read_error(file, error, how_to_write) from None
    return _decode(content, str(file), how_to_write)


def _decode(content: bytes, source: str, how_to_write: str) -> str:
    # What an older PowerShell's `>` writes.
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise make_read_error(source, error, f"{how_to_write}, as UTF-8") from None
