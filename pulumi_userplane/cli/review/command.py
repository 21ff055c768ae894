"""`pulumi-userplane review`: what a preview does to links, for those who approve the change."""

import codecs
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import stack as stacks
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.cli.options import FolderOption
from pulumi_userplane.cli.review import markdown
from pulumi_userplane.cli.review.as_json import as_json
from pulumi_userplane.cli.review.build import decide
from pulumi_userplane.cli.review.digest import Digest, digest
from pulumi_userplane.cli.review.limits import Limit, Limits, stops
from pulumi_userplane.cli.review.plain_text import plain_text
from pulumi_userplane.cli.review.safe_text import without_commands
from pulumi_userplane.cli.review.thresholds import thresholds

EXAMPLE = (
    "Example: `pulumi preview --refresh --show-replacement-steps --json > preview.json`, then `pulumi-userplane review "
    "preview.json --max-replaced 0` writes a pull request's comment, and ends with 3 if a replacement would kill an "
    "address."
)
STOPPED = 3
"""The exit code of a review that a limit stops; 1 is for what went wrong, 2 for a wrong command line."""

_STANDARD_INPUT = Path("-")


class Format(str, Enum):
    """What is written."""

    MARKDOWN = "markdown"
    TEXT = "text"
    JSON = "json"
    GITHUB_SUMMARY = "github-summary"


_WRITERS = {
    Format.MARKDOWN: markdown.comment,
    Format.TEXT: plain_text,
    Format.JSON: as_json,
    Format.GITHUB_SUMMARY: markdown.summary,
}


def _limit(text: str) -> Limit:
    try:
        return Limit.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def review(
    *,
    preview: Annotated[
        Path | None,
        typer.Argument(
            help="File from `pulumi preview --json`; `-`, or nothing at all, is the standard input.", show_default=False
        ),
    ] = None,
    drift: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File from `pulumi refresh --preview-only --json`; may be given alone."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File from `pulumi stack export`, to count the stack's links.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.MARKDOWN,
    max_replaced: Annotated[
        Limit | None, typer.Option(parser=_limit, metavar="N|N%", help="Stop above that many replaced links.")
    ] = None,
    max_deleted: Annotated[
        Limit | None, typer.Option(parser=_limit, metavar="N|N%", help="Stop above that many deleted links.")
    ] = None,
    fail_on_drift: Annotated[
        bool | None, typer.Option("--fail-on-drift/--no-fail-on-drift", help="Stop if links were changed outside.")
    ] = None,
    folder: FolderOption = Path(),
) -> None:
    """Say which links a preview changes, and which addresses stop working.

    Nothing is asked at Userplane, and no key is needed. Limits that the command line does not give come from the table
    tool.pulumi-userplane.review in the nearest pyproject.toml; a share counts from 10 links on. Exit code 3: a limit
    stops the change.
    """
    with exit_on_error(neutralize=without_commands):
        file = thresholds(folder.absolute())
        found = decide(
            _preview(preview, is_needed=drift is None),
            digest(_text(drift), str(drift)) if drift else None,
            stacks.read(state, may_be_empty=True) if state else None,
        )
    limits = Limits(
        file.max_replaced if max_replaced is None else max_replaced,
        file.max_deleted if max_deleted is None else max_deleted,
        fail_on_drift=file.fail_on_drift if fail_on_drift is None else fail_on_drift,
    )
    reasons = stops(found, limits)
    # As bytes: what is written goes into a file or a comment, whatever this terminal's encoding is.
    typer.echo(_WRITERS[form](found, reasons).encode(), nl=False)
    for reason in reasons:
        typer.echo(f"Stopped: {reason}", err=True)
    if reasons:
        raise typer.Exit(STOPPED)


def _preview(file: Path | None, *, is_needed: bool) -> Digest | None:
    if file is None and not is_needed:
        return None
    if file in {None, _STANDARD_INPUT}:
        if sys.stdin is None or sys.stdin.isatty():
            raise ConfigurationError(
                "no preview: give the file, or pipe `pulumi preview --refresh "
                "--show-replacement-steps --json` into this command"
            )
        return digest(_decoded(sys.stdin.buffer.read(), "the standard input"), "the standard input")
    return digest(_text(file), str(file))


def _text(file: Path) -> str:
    try:
        return _decoded(file.read_bytes(), str(file))
    except OSError as error:
        raise ConfigurationError(f"{file} can't be read: {error}") from None


def _decoded(content: bytes, source: str) -> str:
    # What an older PowerShell's `>` writes.
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{source} can't be read: {error}", next_step="write it again, as UTF-8, from the `pulumi` command"
        ) from None
