"""Reads the states around an `up` and its log, and writes what it did in a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import stack as stacks
from pulumi_userplane.cli.review.applied import compare
from pulumi_userplane.cli.review.input_files import parse_stack, read_input
from pulumi_userplane.cli.review.render import Format
from pulumi_userplane.cli.review.up_log import is_up_log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.cli.review.applied_model import Applied
    from pulumi_userplane.cli.stack import Stack

_HOW_TO_LOG = "write it with `pulumi up … > FILE 2>&1`"


def read_applied(before: Path, after: Path, log: Path | None, stack: tuple[str, str] | None) -> Applied:
    """Returns what an `up` did, from files.

    Args:
        before: The state before, from `pulumi stack export`.
        after: The state after it.
        log: What it printed.
        stack: Project and stack, if they are known.

    Raises:
        ConfigurationError: A file can't be read or is another kind of file, or the states don't belong together.
    """
    states = stacks.read_file(before, may_be_empty=True), stacks.read_file(after, may_be_empty=True)
    _require_order(*states)
    return compare(*states, _read_log(log) if log else None, stack)


def _require_order(before: Stack, after: Stack) -> None:
    """Refuses states that are exchanged: living addresses would be called dead."""
    if before.written_at and after.written_at and before.written_at > after.written_at:
        raise ConfigurationError(
            "the state of --before was written after that of --applied",
            next_step="name with --before the one from before the `pulumi up`, and with --applied the one from after",
        )


def _read_log(file: Path) -> str:
    text, source = read_input(file, _HOW_TO_LOG)
    if not is_up_log(text):
        raise ConfigurationError(f"{source} is not what a `pulumi up` printed", next_step=_HOW_TO_LOG)
    return text


def render_applied(applied: Applied, form: Format) -> str:
    """Returns what an `up` did in a format."""
    # The template engine is loaded only where a comment is written.
    from pulumi_userplane.cli.review import result_comment, result_table  # noqa: PLC0415

    renderers: dict[Format, Callable[[Applied], str]] = {
        Format.MARKDOWN: result_comment.render_result,
        Format.GITHUB_SUMMARY: result_comment.render_result_summary,
        Format.TEXT: result_comment.render_result_text,
        Format.JSON: result_table.render_result_json,
        Format.CSV: result_table.render_csv,
    }
    return renderers[form](applied)


def review_applied(
    after: Path, before: Path | None, log: Path | None, stack: str | None, form: Format, *, has_preview: bool
) -> str:
    """Returns what the command writes for the option --applied.

    Raises:
        ConfigurationError: --before is missing, a file is not what it should be, or a preview is given as well.
    """
    if has_preview:
        raise ConfigurationError(
            "--applied says what a `pulumi up` did, and a preview, --drift, --state or --failed what one would do",
            next_step="give them to a command of their own",
        )
    if before is None:
        raise ConfigurationError(
            "--applied needs the state before the `pulumi up`, too",
            next_step="write it with `pulumi stack export --file FILE` before the next one, and name it with --before",
        )
    return render_applied(read_applied(before, after, log, parse_stack(stack) if stack is not None else None), form)


def refuse_without_applied(*, has_before: bool, has_log: bool, form: Format) -> None:
    """Refuses what only makes sense together with --applied.

    Raises:
        ConfigurationError: It was given.
    """
    given = {"--before": has_before, "--log": has_log, "--format csv": form is Format.CSV}
    names = [name for name, is_given in given.items() if is_given]
    if names:
        raise ConfigurationError(
            f"{names[0]} is about a `pulumi up` that was run",
            next_step="name the state after it with --applied, or leave it out for the review of a preview",
        )
