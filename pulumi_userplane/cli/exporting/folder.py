"""Writes the files of an export, and overwrites no file but its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

WRITTEN = "Written by `pulumi-userplane export`."
"""Stands in the first or second line of each file; who changes the file and wants to keep it takes the line out."""

_LINES_OF_MARKER = 2


def refuse_to_lose(folder: Path, managed: int) -> None:
    """Returns when no earlier export in a folder may be the program of links that a new one leaves out.

    Args:
        folder: The folder.
        managed: How many links are left out, since the stack manages them.

    Raises:
        ConfigurationError: One may be.
    """
    if managed and folder.is_dir() and any(map(is_ours, folder.iterdir())):
        links = "1 link that the stack manages" if managed == 1 else f"{managed} links that the stack manages"
        raise ConfigurationError(
            f"{folder} holds an export, and the new one leaves out {links}: nothing was written, since a `pulumi up` "
            "of it could delete them",
            next_step="name another folder with --out and copy from there what is new, or write here with --force",
        )


def write(folder: Path, files: Mapping[str, str], *, force: bool, outdated: Iterable[str] = ()) -> None:
    """Writes files into a folder, which is made if need be.

    Args:
        folder: The folder.
        files: The texts by the files' names.
        force: Whether files that are not of an export are overwritten, and a folder is filled that is no export's.
        outdated: Files of an earlier export that no longer fit; removed, if they are such.

    Raises:
        ConfigurationError: The folder holds something else, or can't be written; nothing was changed in the first case.
    """
    try:
        if not force:
            _refuse_others(folder, files)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        for name in outdated:
            if is_ours(folder / name):
                (folder / name).unlink()
    except OSError as error:
        # A full disk names no file.
        raise ConfigurationError(f"{error.filename or folder} can't be written: {error.strerror}") from None


def _refuse_others(folder: Path, files: Mapping[str, str]) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    there = [folder / name for name in files if (folder / name).exists()]
    others = [each for each in there if not is_ours(each)]
    if others:
        raise ConfigurationError(
            f"{others[0]} was not written by an export: nothing was written",
            next_step="name an empty folder with --out, or overwrite it with --force",
        )
    if not there:
        held = "an export of another format" if any(map(is_ours, folder.iterdir())) else "no export"
        raise ConfigurationError(
            f"{folder} is not empty and holds {held}: nothing was written",
            next_step="name an empty folder with --out, or write there with --force",
        )


def is_ours(file: Path) -> bool:
    """Returns whether an export has written this file, and nobody has claimed it since."""
    if not file.is_file():
        return False
    return WRITTEN.encode() in b"\n".join(file.read_bytes().split(b"\n", _LINES_OF_MARKER)[:_LINES_OF_MARKER])
