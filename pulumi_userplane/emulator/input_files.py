"""The files that a user names: regular ones alone, so that nothing waits for a pipe, and none without end."""

import os
import stat
from pathlib import Path


class InputFileError(Exception):
    """A file can't be used; says why, as the end of a sentence."""


def check_regular(path: Path) -> None:
    """Raises if something else than a regular file is there.

    Raises:
        InputFileError: It is another kind of file, or nothing can be there.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputFileError(_describe(error)) from error
    except ValueError as error:
        raise InputFileError("no file has such a name") from error
    if not stat.S_ISREG(mode):
        raise InputFileError("it is a folder" if stat.S_ISDIR(mode) else "it is a pipe or a device")


def read_input(path: Path, max_mebibytes: int) -> str:
    """Returns the text of a regular file; a byte order mark at its beginning is left out.

    Args:
        path: The file.
        max_mebibytes: How long it may be.

    Raises:
        InputFileError: It can't be read, is longer, or holds something else than UTF-8 text.
    """
    check_regular(path)
    max_size = max_mebibytes << 20
    try:
        with path.open("rb") as file:
            content = file.read(max_size + 1)
    except OSError as error:
        raise InputFileError(_describe(error)) from error
    if len(content) > max_size:
        raise InputFileError(f"it is longer than {max_mebibytes} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputFileError("it is not UTF-8 text") from error
    # UTF-16 without a mark is valid UTF-8.
    if "\0" in text:
        raise InputFileError("it is not UTF-8 text")
    return text


def _describe(error: OSError) -> str:
    return os.strerror(error.errno or 0)
