"""One small file for all processes of the machine; without it a run goes on alone."""

from __future__ import annotations

import logging
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api import shared_file
from pulumi_userplane.api.shared_file import SharedFile

if TYPE_CHECKING:
    from pathlib import Path

KEY = "uspl_canary_5c1e7"


def count(file: SharedFile) -> int:
    with file.transaction() as database:
        database.execute("INSERT INTO requests VALUES (1)")
        found: int = database.execute("SELECT count(*) FROM requests").fetchone()[0]
    return found


def test_all_of_a_key_and_server_share_it_and_its_name_shows_neither(tmp_path: Path) -> None:
    assert [count(SharedFile(KEY, "https://a", tmp_path)) for _ in range(2)] == [1, 2]
    assert count(SharedFile(KEY, "https://b", tmp_path)) == 1
    names = [path.name for path in tmp_path.iterdir()]
    assert not any("canary" in name or "https" in name for name in names)
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_it_is_in_the_users_cache(tmp_path: Path) -> None:
    assert SharedFile(KEY, "https://a").shared
    assert list((tmp_path / "cache" / "pulumi-userplane").glob("*.sqlite"))


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    file = SharedFile(KEY, "https://a", tmp_path)

    def half() -> None:
        with file.transaction() as database:
            database.execute("INSERT INTO requests VALUES (1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert count(file) == 1


def test_threads_take_turns(tmp_path: Path) -> None:
    file = SharedFile(KEY, "https://a", tmp_path)
    threads = [threading.Thread(target=lambda: [count(file) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(file) == 81


def test_a_file_that_is_no_database_is_begun_anew(tmp_path: Path) -> None:
    count(SharedFile(KEY, "https://a", tmp_path))
    (path,) = tmp_path.glob("*.sqlite")
    for left in tmp_path.glob("*.sqlite-*"):
        left.unlink()
    path.write_bytes(b"no database at all " * 100)
    file = SharedFile(KEY, "https://a", tmp_path)
    assert file.shared
    assert count(file) == 1


def test_without_a_folder_the_process_goes_on_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "file").write_text("")
    file = SharedFile(KEY, "https://a", tmp_path / "file")
    assert not file.shared
    assert count(file) == 1
    assert "this process counts its requests alone" in caplog.text


@pytest.mark.parametrize("kind", [sqlite3.OperationalError, sqlite3.DatabaseError])
def test_a_file_that_can_not_be_opened_is_replaced_by_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[sqlite3.Error]
) -> None:
    real = shared_file._prepared

    def prepared(path: str) -> sqlite3.Connection:
        if path != ":memory:":
            raise kind("x")
        return real(path)

    monkeypatch.setattr(shared_file, "_prepared", prepared)
    file = SharedFile(KEY, "https://a", tmp_path)
    assert not file.shared
    assert count(file) == 1
