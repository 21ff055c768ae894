"""How a command ends when something goes wrong: one line on standard error, and exit code 1."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pulumi_userplane.api.advice import SET_NEW_KEY, steps
from pulumi_userplane.api.errors import ConfigurationError, UserplaneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HOW_TO_SET_KEY = "set it with `pulumi config set --secret userplane:apiKey`, or the variable USERPLANE_API_KEY"
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def exit_on_error(*others: type[Exception], neutralize: Callable[[str], str] = str) -> Iterator[None]:
    """Prints an error of this package in one line, and ends the command with exit code 1.

    Args:
        others: Kinds of errors outside of `UserplaneError` that are reported alike.
        neutralize: Changes the line before it is printed.
    """
    kinds: tuple[type[Exception], ...] = (UserplaneError, *others)
    try:
        yield
    except kinds as error:
        line = describe_error(error) if isinstance(error, UserplaneError) else str(error)
        typer.echo(neutralize(line), err=True)
        raise typer.Exit(1) from error


def describe_error(error: UserplaneError, *more: str) -> str:
    """Returns the line of an error with the advice that `adapt_advice` gives."""
    return steps(error.failure, adapt_advice(error, *more))


def adapt_advice(error: UserplaneError, *more: str) -> str:
    """Returns an error's advice for the user of a command, which reads the configuration each time.

    Args:
        error: The error.
        more: What to say after its next step; parts may be empty.
    """
    return error.advise(steps(error.next_step, *more)).replace(SET_NEW_KEY, _HOW_TO_SET_KEY)


def make_read_error(source: Path | str, error: OSError | ValueError, next_step: str) -> ConfigurationError:
    """Returns the error for a file that can't be read, in one form for all commands.

    Args:
        source: The file.
        error: Why it can't be read.
        next_step: What to do now.
    """
    if isinstance(error, UnicodeDecodeError):
        reason = "it is not UTF-8 text"
    else:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return ConfigurationError(f"{source} can't be read: {reason}", next_step=next_step)


def make_write_error(file: Path | str, error: OSError) -> ConfigurationError:
    """Returns the error for a file that can't be written, in one form for all commands."""
    return ConfigurationError(
        f"{file} can't be written: {error.strerror}",
        next_step="check its permissions and the room on its disk, or name another file",
    )


@contextmanager
def exit_when_output_is_full() -> Iterator[None]:
    """Ends the process with exit code 1 and one line when standard output takes no more, as on a full disk.

    A closed pipe does not get here: typer ends without a word.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        typer.echo(f"the output can't be written: {error.strerror or error}; write it to where there is room", err=True)
        _discard_output()
        sys.exit(1)


def _discard_output() -> None:
    """Drops what standard output still holds: Python would fail to write it once more at its end, and exit with 120."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
