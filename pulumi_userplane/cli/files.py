"""Writes several files whole or not at all: no file changes before all texts are on the disk."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_userplane.cli.errors import make_write_error

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_files(files: Mapping[Path, str]) -> None:
    """Writes texts as UTF-8; no file changes before all of them are on the disk.

    An existing file keeps its permissions and its owner; a symbolic link stays one, and its target is written.

    Args:
        files: The texts by the files' paths; the folders exist.

    Raises:
        ConfigurationError: A file can't be written. No file was changed, unless the disk refused to move one.
    """
    staged: dict[Path, Path] = {}
    path = Path()
    try:
        for path, text in files.items():
            target = Path(os.path.realpath(path))
            staged[path] = target.with_name(f".pulumi-userplane-{secrets.token_hex(8)}")
            _stage(staged[path], target, text)
        for path, temporary in staged.items():
            temporary.replace(os.path.realpath(path))
    except OSError as error:
        # The error may name the temporary file, and that of a full disk names none.
        raise make_write_error(path, error) from None
    finally:
        for temporary in staged.values():
            with suppress(OSError):
                temporary.unlink()


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
