"""Files that a user names: regular ones of a limited length, and one line about anything else."""

import os
import pty
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pulumi_userplane.emulator import Emulator, EmulatorError
from pulumi_userplane.emulator.input_files import InputFileError, check_regular, read_input


@contextmanager
def opening_no_files() -> Iterator[None]:
    """Lets this process open no file, as when it has too many of them."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def refusal(path: Path) -> str:
    with pytest.raises(InputFileError) as caught:
        read_input(path, 1)
    return str(caught.value)


def test_text_is_read_through_symbolic_links_and_without_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes("\ufeffä\n".encode())
    (tmp_path / "link").symlink_to("file")
    assert read_input(tmp_path / "link", 1) == "ä\n"


def test_file_is_refused_when_it_is_longer_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("x" * 2**20)
    assert read_input(path, 1) == "x" * 2**20
    # A file without end, as far as this machine is concerned.
    os.truncate(path, 2**40)
    assert refusal(path) == "it is longer than 1 MiB"


@pytest.mark.parametrize(
    "content", [b"\xff", "{}".encode("utf-16"), "{}".encode("utf-16-le"), "{}".encode("utf-16-be")]
)
def test_file_is_refused_when_it_is_not_utf_8(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert refusal(tmp_path / "file") == "it is not UTF-8 text"


def test_file_is_refused_when_it_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "dangling").symlink_to("none")
    assert refusal(tmp_path / "none") == refusal(tmp_path / "dangling") == "No such file or directory"
    assert refusal(tmp_path / "circle") == "Too many levels of symbolic links"
    assert refusal(tmp_path / ("x" * 300)) == "File name too long"
    assert refusal(Path("a\0b")) == "no file has such a name"
    assert refusal(Path()) == refusal(tmp_path) == "it is a folder"
    with opening_no_files():
        said = refusal(tmp_path / "file")
    assert said == "Too many open files"


def make_fifo(folder: Path) -> Path:
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


def make_socket(folder: Path) -> Path:
    # A path of a socket has to be short.
    before = Path.cwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket")
    finally:
        os.chdir(before)
    return folder / "socket"


def link_terminal(folder: Path) -> Path:
    # It stays open until the process ends.
    _, terminal = pty.openpty()
    (folder / "terminal").symlink_to(os.ttyname(terminal))
    return folder / "terminal"


STREAMS = [make_fifo, make_socket, link_terminal]


@pytest.mark.parametrize("make", STREAMS)
def test_nothing_waits_and_nothing_changes_when_file_is_a_stream(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    before = path.lstat()
    with pytest.raises(InputFileError, match=r"^it is a pipe or a device$"):
        check_regular(path)
    with pytest.raises(EmulatorError) as caught:
        Emulator(like=path)
    assert str(caught.value) == (
        f"The report {path} can't be read: it is a pipe or a device. Name a file that `pulumi-userplane probe` wrote."
    )
    with pytest.raises(EmulatorError) as caught:
        Emulator(seed=path)
    assert str(caught.value) == f"The seed file {path} can't be read: it is a pipe or a device. Name a YAML file."
    with pytest.raises(EmulatorError) as caught:
        Emulator(data=path)
    assert str(caught.value) == (
        f"The data file {path} can't be used: it is a pipe or a device. Name a new file, or one that this emulator "
        "wrote."
    )
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.lstat() == before


def test_data_file_is_refused_when_it_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match=r"^The data file .* can't be used: it is a folder\. Name a new file"):
        Emulator(data=tmp_path)
    assert list(tmp_path.iterdir()) == []
