"""Files are written completely or not at all, and no temporary file remains."""

from __future__ import annotations

import os
import pty
import resource
import socket
import stat
import threading
import tty
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import files

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    (tmp_path / "dangling").symlink_to("none/there")
    for path, why in (
        (tmp_path / "file" / "a", "Not a directory"),
        (tmp_path / "none" / "a", "No such file or directory"),
        (tmp_path / ("x" * 300), "File name too long"),
        (tmp_path / "circle", "Too many levels of symbolic links"),
        (tmp_path / "circle" / "a", "Too many levels of symbolic links"),
        (tmp_path / "dangling", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (Path("/"), "Is a directory"),
        (Path(), "Is a directory"),
    ):
        assert failure({path: "new"}) == f"{path} can't be written: {why}{HOW_TO_WRITE}"
    assert {each.name for each in tmp_path.iterdir()} == {"file", "circle", "dangling"}


def test_file_is_written_when_name_has_maximum_length(tmp_path: Path) -> None:
    for text in ("new", "newer"):
        files.write_files({tmp_path / ("x" * 255): text})
        assert contents(tmp_path) == {"x" * 255: text}


def is_fifo(path: Path) -> bool:
    return stat.S_ISFIFO(path.lstat().st_mode)


def test_fifo_gets_text_and_stays_when_somebody_reads_it(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "link").symlink_to("fifo")
    # Longer than a pipe holds, and read while it is written.
    text = "ä" * 200_000
    got: list[bytes] = []
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    with os.fdopen(reader, "rb") as file:
        thread = threading.Thread(target=lambda: got.append(file.read()))
        # The reader sees the end of the pipe until somebody has opened it for writing.
        keeper = os.open(fifo, os.O_WRONLY)
        thread.start()
        files.write_files({tmp_path / "link": text, tmp_path / "a": "new"})
        os.close(keeper)
        thread.join()
    assert b"".join(got).decode() == text
    assert is_fifo(fifo)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_text() == "new"


def test_nothing_changes_when_nobody_reads_the_fifo(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "a").write_text("old")
    for texts in ({tmp_path / "a": "new", fifo: "new"}, {fifo: "new", tmp_path / "a": "new"}):
        said = failure(texts)
        assert said == f"{fifo} can't be written: No such device or address{HOW_TO_WRITE}"
    assert is_fifo(fifo)
    assert (tmp_path / "a").read_text() == "old"
    assert {each.name for each in tmp_path.iterdir()} == {"a", "fifo"}


def test_nothing_changes_when_the_reader_of_the_fifo_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "a").write_text("old")
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    fsync = os.fsync

    def leave_and_sync(file: int) -> None:
        os.close(reader)
        fsync(file)

    # The moment after the FIFO was opened.
    monkeypatch.setattr(os, "fsync", leave_and_sync)
    said = failure({fifo: "new", tmp_path / "a": "new"})
    assert said == f"{fifo} can't be written: Broken pipe{HOW_TO_WRITE}"
    assert (tmp_path / "a").read_text() == "old"


def test_terminal_gets_text_and_stays(tmp_path: Path) -> None:
    screen, terminal = pty.openpty()
    tty.setraw(terminal)
    (tmp_path / "link").symlink_to(os.ttyname(terminal))
    files.write_files({tmp_path / "link": "new\n"})
    assert os.read(screen, 100) == b"new\n"
    assert Path(os.ttyname(terminal)).is_char_device()
    assert [each.name for each in tmp_path.iterdir()] == ["link"]
    os.close(terminal)
    os.close(screen)


def test_socket_stays_and_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        said = failure({tmp_path / "socket": "new"})
    assert said == f"{tmp_path / 'socket'} can't be written: Not a file, a terminal or a pipe{HOW_TO_WRITE}"
    assert stat.S_ISSOCK((tmp_path / "socket").lstat().st_mode)
    assert [each.name for each in tmp_path.iterdir()] == ["socket"]
