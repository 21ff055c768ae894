"""Writes the files of an export: marked as generated, YAML as people edit it, and over no other file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import files as atomic_files
from pulumi_userplane.cli.errors import make_read_error, make_write_error

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

GENERATED = "Written by `pulumi-userplane export`."
"""In the first or second line of each file. To keep a file from being overwritten, delete the line."""

_MARKER_LINES = 2
_ONE_LINE = 10**6


def read_generated(folder: Path) -> str:
    """Returns the text of all files of an earlier export, joined; empty where there is none.

    Raises:
        ConfigurationError: One can't be read.
    """
    try:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        return "".join(file.read_text(encoding="utf-8", errors="replace") for file in files if is_generated(file))
    except OSError as error:
        raise make_read_error(
            error.filename, error, "let your user read it, or name another folder with --out"
        ) from None


def write_generated(folder: Path, files: Mapping[str, str], *, force: bool, outdated: Collection[str] = ()) -> None:
    """Writes files into a folder, which is created if it does not exist.

    Args:
        folder: The folder.
        files: The texts by the files' names.
        force: Whether other files are overwritten, and files are written into a folder that holds no export.
        outdated: Names of files of an earlier export to delete; a file that is not generated stays.

    Raises:
        ConfigurationError: The folder holds something else, and nothing was changed; or it can't be written.
    """
    try:
        if not force:
            _check_overwrites(folder, files, outdated)
        folder.mkdir(parents=True, exist_ok=True)
        atomic_files.write_files({folder / name: text for name, text in files.items()})
        for name in outdated:
            if is_generated(folder / name):
                (folder / name).unlink()
    except OSError as error:
        raise make_write_error(error.filename, error) from None


def _check_overwrites(folder: Path, names: Collection[str], outdated: Collection[str]) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    existing = [folder / name for name in names if (folder / name).exists()]
    others = [file for file in existing if not is_generated(file)]
    if others:
        raise ConfigurationError(
            f"{others[0]} was not written by an export: nothing was written",
            next_step="name an empty folder with --out, or overwrite it with --force",
        )
    of_other_format = any(is_generated(file) for file in folder.iterdir() if file.name not in {*names, *outdated})
    if of_other_format or not existing:
        content = "an export of another format" if of_other_format else "no export"
        raise ConfigurationError(
            f"{folder} is not empty and holds {content}: nothing was written",
            next_step="name an empty folder with --out, or write there with --force",
        )


def is_generated(file: Path) -> bool:
    """Returns whether an export has written this file, and its marker is still there."""
    if not file.is_file():
        return False
    return GENERATED.encode() in b"\n".join(file.read_bytes().split(b"\n", _MARKER_LINES)[:_MARKER_LINES])


class _Dumper(yaml.SafeDumper):
    """Keeps a text with line breaks on one line, and writes no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - PyYAML's signature
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if len(text.splitlines()) > 1 or text.endswith("\n") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _represent_text)


def to_yaml(content: Mapping[str, Any]) -> str:
    """Returns the content as YAML as people edit it: an entry a line, in the order given, texts unchanged."""
    return yaml.dump(dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_ONE_LINE)
