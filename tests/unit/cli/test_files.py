"""Files are written completely or not at all, and no temporary file remains."""

from __future__ import annotations

import os
import resource
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOW_TO_WRITE = "; check its permissions and the room on its disk, or name another file"


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file gets longer than that, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def contents(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir()}


def failure(texts: dict[Path, str]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        files.write_files(texts)
    return str(caught.value)


def test_new_files_have_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    files.write_files({tmp_path / "a": "ä\n", tmp_path / "b": ""})
    assert contents(tmp_path) == {"a": "ä\n", "b": "", "other": ""}
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_files_stay_unchanged_when_disk_is_full(tmp_path: Path) -> None:
    old = {"a": "old a", "b": "old b"}
    for name, text in old.items():
        (tmp_path / name).write_text(text)
    with room_for(100):
        said = failure({tmp_path / "a": "new", tmp_path / "b": "x" * 1000, tmp_path / "c": "new"})
    assert said == f"{tmp_path / 'b'} can't be written: File too large{HOW_TO_WRITE}"
    assert contents(tmp_path) == old


def test_files_stay_unchanged_when_writing_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "a").write_text("old")
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write_files({tmp_path / "a": "new"})
    assert contents(tmp_path) == {"a": "old"}


def test_file_keeps_permissions(tmp_path: Path) -> None:
    for mode in (0o600, 0o664, 0o755):
        (tmp_path / "a").touch()
        (tmp_path / "a").chmod(mode)
        files.write_files({tmp_path / "a": "new"})
        assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


def test_file_keeps_owner(tmp_path: Path) -> None:
    # Only root may give a file away.
    owner = (12, 34) if os.getuid() == 0 else (os.getuid(), os.getgid())
    (tmp_path / "a").touch()
    os.chown(tmp_path / "a", *owner)
    files.write_files({tmp_path / "a": "new"})
    assert ((tmp_path / "a").stat().st_uid, (tmp_path / "a").stat().st_gid) == owner


def test_file_is_written_when_owner_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    (tmp_path / "a").touch()
    monkeypatch.setattr(os, "chown", refused)
    files.write_files({tmp_path / "a": "new"})
    assert contents(tmp_path) == {"a": "new"}


def test_file_stays_unchanged_when_it_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "folder").mkdir()
    assert failure({tmp_path / "a": "new", tmp_path / "folder": "new"}) == (
        f"{tmp_path / 'folder'} can't be written: Is a directory{HOW_TO_WRITE}"
    )
    assert (tmp_path / "a").read_text() == "old"

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    # What every open of a read-only file is for all but root.
    monkeypatch.setattr(os, "open", refused)
    assert failure({tmp_path / "a": "new"}).endswith(f"a can't be written: Permission denied{HOW_TO_WRITE}")
    assert {each.name for each in tmp_path.iterdir()} == {"a", "folder"}


def test_symbolic_link_stays_when_target_is_written(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (tmp_path / "link").symlink_to(there / "file")
    (there / "inner").symlink_to("../link")
    for text in ("new", "newer"):
        files.write_files({there / "inner": text})
        assert (tmp_path / "link").is_symlink()
        assert (there / "inner").is_symlink()
        assert (there / "file").read_text() == text
    assert {each.name for each in tmp_path.iterdir()} == {"there", "link"}


def test_write_files_raises_one_line_when_folder_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to("circle")
    for path, why in (
        (tmp_path / "file" / "a", "Not a directory"),
        (tmp_path / "none" / "a", "No such file or directory"),
        (tmp_path / ("x" * 300), "File name too long"),
        (tmp_path / "circle", "Too many levels of symbolic links"),
    ):
        assert failure({path: "new"}) == f"{path} can't be written: {why}{HOW_TO_WRITE}"
    assert {each.name for each in tmp_path.iterdir()} == {"file", "circle"}


def test_file_is_written_when_name_has_maximum_length(tmp_path: Path) -> None:
    for text in ("new", "newer"):
        files.write_files({tmp_path / ("x" * 255): text})
        assert contents(tmp_path) == {"x" * 255: text}
