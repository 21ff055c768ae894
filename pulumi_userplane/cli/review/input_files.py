"""Reads what the Pulumi CLI wrote: a file or standard input, in the encoding of any shell."""

import codecs
import sys
from pathlib import Path

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.errors import make_read_error

HOW_TO_PREVIEW = "write it with `pulumi preview --refresh --show-replacement-steps --json`"
HOW_TO_REFRESH = "write it with `pulumi refresh --preview-only --json`"
STANDARD_INPUT = Path("-")


def read_input(file: Path, how_to_write: str) -> tuple[str, str]:
    """Returns the text of a file or of standard input, and where it comes from in words.

    Args:
        file: The file, or `STANDARD_INPUT`.
        how_to_write: What to do if it can't be read.

    Raises:
        ConfigurationError: It can't be read.
    """
    if file == STANDARD_INPUT:
        source, content = "the standard input", _read_standard_input()
    else:
        source, content = str(file), _read_bytes(file, how_to_write)
    # What an older PowerShell's `>` writes.
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_utf_16 else "utf-8-sig"), source
    except UnicodeDecodeError as error:
        raise make_read_error(source, error, f"{how_to_write}, as UTF-8") from None


def _read_standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise ConfigurationError(
            "there is no preview to review",
            next_step="name its file, or pipe `pulumi preview --refresh --show-replacement-steps --json` into this "
            "command",
        )
    return sys.stdin.buffer.read()


def _read_bytes(file: Path, how_to_write: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise make_read_error(file, error, how_to_write) from None


def parse_stack(text: str) -> tuple[str, str]:
    """Returns project and stack of `PROJECT/STACK`, or of `ORGANISATION/PROJECT/STACK`.

    Raises:
        ConfigurationError: It is something else.
    """
    if not text.strip():
        raise ConfigurationError("--stack is empty", next_step="give it a value, or leave it out")
    *_, project, stack = ["", "", *text.split("/")]
    if not project or not stack:
        raise ConfigurationError(f"--stack {sanitize(text)} names no project", next_step="write it as PROJECT/STACK")
    return project, stack
