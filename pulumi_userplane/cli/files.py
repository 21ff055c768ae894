"""Writes several files whole or not at all: no file changes before all texts are on the disk."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_userplane.cli.errors import make_write_error

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_files(files: Mapping[Path, str]) -> None:
    """Writes texts as UTF-8; no file changes before all of them are on the disk.

    An existing file keeps its permissions and its owner; a symbolic link stays one, and its target is written. A
    terminal, another character device or a FIFO gets the text, and stays what it is.

    Args:
        files: The texts by the files' paths; the folders exist.

    Raises:
        ConfigurationError: A file can't be written. No file was changed, unless the disk refused to move one.
    """
    staged: dict[Path, Path] = {}
    streams: dict[Path, int] = {}
    path = Path()
    try:
        for path, text in files.items():
            if _is_stream(path):
                streams[path] = _open_stream(path)
            else:
                target = Path(os.path.realpath(path))
                staged[path] = target.with_name(f".pulumi-userplane-{secrets.token_hex(8)}")
                _stage(staged[path], target, text)
        for path, stream in streams.items():
            _write_all(stream, files[path].encode())
        for path, temporary in staged.items():
            temporary.replace(os.path.realpath(path))
    except OSError as error:
        # The error may name the temporary file, and that of a full disk names none.
        raise make_write_error(path, error) from None
    finally:
        for stream in streams.values():
            os.close(stream)
        for temporary in staged.values():
            with suppress(OSError):
                temporary.unlink()


def _is_stream(path: Path) -> bool:
    """Returns whether a text is written into what is there, since a file in its place would destroy it.

    Raises:
        OSError: It takes no text.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if stat.S_ISCHR(mode) or stat.S_ISFIFO(mode):
        return True
    if not stat.S_ISREG(mode):
        # A disk would lose what is on it.
        raise OSError(errno.ENXIO, "Not a file, a terminal or a pipe")
    return False


def _open_stream(path: Path) -> int:
    # O_NONBLOCK, since it would wait for a reader of a FIFO; O_NOCTTY, since a terminal would send its signals here.
    # Windows has neither.
    stream = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    # A reader that has fallen behind is waited for.
    with suppress(AttributeError, OSError):
        os.set_blocking(stream, True)
    return stream


def _write_all(stream: int, content: bytes) -> None:
    while content:
        content = content[os.write(stream, content) :]


def _stage(temporary: Path, target: Path, text: str) -> None:
    with temporary.open("x", encoding="utf-8", newline="\n") as file:
        if os.path.lexists(target):
            # A file that may not be written could still be replaced.
            os.close(os.open(target, os.O_WRONLY))
            _copy_permissions(target, temporary)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _copy_permissions(source: Path, to: Path) -> None:
    shutil.copystat(source, to)
    # Only root may give a file away; Windows has no owner of this kind.
    with suppress(AttributeError, PermissionError):
        os.chown(to, source.stat().st_uid, source.stat().st_gid)
