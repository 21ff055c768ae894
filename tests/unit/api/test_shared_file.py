"""The file that all processes of this machine share, and memory if it can't be used."""

from __future__ import annotations

import importlib.util
import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api import shared_file
from pulumi_userplane.api.errors import Operation
from pulumi_userplane.api.rate_limit import RateLimit
from pulumi_userplane.api.request_limit import RateLimitUsage
from pulumi_userplane.api.shared_file import SharedDatabase, SharedFile

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "uspl_canary_5c1e7"


def insert_and_count(file: SharedFile) -> int:
    with file.transaction() as database:
        database.execute("INSERT INTO requests VALUES (1)")
        rows: int = database.execute("SELECT count(*) FROM requests").fetchone()[0]
    return rows


def test_shared_file_is_one_for_key_and_server_and_reveals_neither(tmp_path: Path) -> None:
    assert [insert_and_count(SharedFile(KEY, "https://a", tmp_path)) for _ in range(2)] == [1, 2]
    assert insert_and_count(SharedFile(KEY, "https://b", tmp_path)) == 1
    names = [path.name for path in tmp_path.iterdir()]
    assert not any("canary" in name or "https" in name for name in names)
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_shared_file_is_in_the_user_cache(tmp_path: Path) -> None:
    assert SharedFile(KEY, "https://a").is_shared
    assert list((tmp_path / "cache" / "pulumi-userplane").glob("*.sqlite"))


def test_transaction_is_rolled_back_when_it_fails(tmp_path: Path) -> None:
    file = SharedFile(KEY, "https://a", tmp_path)

    def half() -> None:
        with file.transaction() as database:
            database.execute("INSERT INTO requests VALUES (1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert insert_and_count(file) == 1


def test_transaction_excludes_other_threads(tmp_path: Path) -> None:
    file = SharedFile(KEY, "https://a", tmp_path)
    threads = [threading.Thread(target=lambda: [insert_and_count(file) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert insert_and_count(file) == 81


def test_shared_file_is_replaced_when_it_is_not_a_database(tmp_path: Path) -> None:
    insert_and_count(SharedFile(KEY, "https://a", tmp_path))
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"no database at all " * 100)
    file = SharedFile(KEY, "https://a", tmp_path)
    assert file.is_shared
    assert [insert_and_count(file), insert_and_count(file)] == [1, 2]


def test_shared_file_uses_memory_when_there_is_no_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "file").write_text("")
    file = SharedFile(KEY, "https://a", tmp_path / "file")
    assert not file.is_shared
    assert insert_and_count(file) == 1
    assert file.problem in caplog.text
    assert file.problem == (
        "the file that records requests and creations can't be used (FileExistsError): parallel runs may exceed the "
        "rate limit, and an interrupted creation can't be resumed; set XDG_CACHE_HOME to a writable folder"
    )


@pytest.mark.parametrize("kind", [sqlite3.OperationalError, sqlite3.DatabaseError])
def test_shared_file_uses_memory_when_it_can_not_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[sqlite3.Error]
) -> None:
    real = shared_file._connect

    def connect(path: str, tables: str) -> sqlite3.Connection:
        if path != ":memory:":
            raise kind("x")
        return real(path, tables)

    monkeypatch.setattr(shared_file, "_connect", connect)
    file = SharedFile(KEY, "https://a", tmp_path)
    assert not file.is_shared
    assert insert_and_count(file) == 1


def test_run_uses_memory_when_file_is_damaged_in_use(tmp_path: Path) -> None:
    file = SharedFile(KEY, "https://a", tmp_path)
    insert_and_count(file)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"no database at all " * 1000)
    assert [file.run_transaction(_insert_and_count), file.run_transaction(_insert_and_count)] == [1, 2]
    assert not file.is_shared


def test_run_uses_memory_when_disk_is_full(tmp_path: Path) -> None:
    file = SharedFile(KEY, "https://a", tmp_path)
    file.run_transaction(_insert_and_count)

    def full(database: sqlite3.Connection) -> int:
        counted = _insert_and_count(database)
        if counted > 1:
            database.execute("ROLLBACK")
            raise sqlite3.OperationalError("database or disk is full")
        return counted

    assert (file.run_transaction(full), file.is_shared) == (1, False)
    with pytest.raises(sqlite3.OperationalError):
        file.run_transaction(full)
    assert file.run_transaction(_insert_and_count) == 2


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 0)])
def test_run_waits_for_the_disk_when_durable(tmp_path: Path, durable: bool, level: int) -> None:
    file = SharedFile(KEY, "https://a", tmp_path)
    synchronous = file.run_transaction(
        lambda database: database.execute("PRAGMA synchronous").fetchone(), durable=durable
    )
    assert synchronous == (level,)


def _insert_and_count(database: sqlite3.Connection) -> int:
    database.execute("INSERT INTO requests VALUES (1)")
    (number,) = database.execute("SELECT count(*) FROM requests").fetchone()
    return int(number)


def _all_rows(database: sqlite3.Connection) -> tuple[object, list[object], list[object]]:
    database.executemany("INSERT INTO requests VALUES (?)", [(1,)])
    cursor = database.execute("SELECT at FROM requests")
    return cursor.fetchone(), cursor.fetchall(), list(cursor)


KILLED = """
import os, sys
from pathlib import Path
from pulumi_userplane.api.shared_file import SharedFile
file = SharedFile(sys.argv[1], "https://a", Path(sys.argv[2]))
with file.transaction() as database:
    database.execute("INSERT INTO requests VALUES (1)")
with file.transaction() as database:
    # More than fits into memory, so that some of it is in the file already.
    database.execute("PRAGMA cache_size = 1")
    database.executemany("INSERT INTO requests VALUES (?)", [(number,) for number in range(20000)])
    os.kill(os.getpid(), 9)
"""


def test_shared_file_keeps_what_was_done_when_process_is_killed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, KEY, str(tmp_path)], check=False, timeout=30)
    assert len(list(tmp_path.iterdir())) == 2
    assert insert_and_count(SharedFile(KEY, "https://a", tmp_path)) == 2
    assert [path.suffix for path in tmp_path.iterdir()] == [".sqlite"]


def test_shared_file_is_created_again_when_removed_in_use(tmp_path: Path) -> None:
    file = SharedFile(KEY, "https://a", tmp_path)
    insert_and_count(file)
    for path in tmp_path.iterdir():
        path.unlink()
    assert [
        insert_and_count(file),
        insert_and_count(SharedFile(KEY, "https://a", tmp_path)),
        insert_and_count(file),
    ] == [1, 2, 3]


def test_shared_file_uses_memory_when_folder_is_lost_in_use(tmp_path: Path) -> None:
    file = SharedFile(KEY, "https://a", tmp_path / "folder")
    for path in (tmp_path / "folder").iterdir():
        path.unlink()
    (tmp_path / "folder").rmdir()
    (tmp_path / "folder").write_text("")
    assert [insert_and_count(file), insert_and_count(file)] == [1, 2]
    assert not file.is_shared


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file that nobody has written to for more than a month."""
    file = SharedFile(KEY, "https://old", tmp_path)
    insert_and_count(file)
    RateLimit(file, 120, 0, print).record_refusal(0.0, 5.0)
    (path,) = tmp_path.iterdir()
    make_older(path)
    return path


def make_older(path: Path, days: float = 31.1) -> None:
    then = time.time() - days * 24 * 3600
    os.utime(path, (then, then))


def test_idle_file_is_removed_when_another_is_created(tmp_path: Path, old: Path) -> None:
    assert insert_and_count(SharedFile(KEY, "https://a", tmp_path)) == 1
    assert not old.exists()
    assert len(list(tmp_path.iterdir())) == 1


def test_idle_file_stays_when_no_other_is_created(tmp_path: Path, old: Path) -> None:
    assert insert_and_count(SharedFile(KEY, "https://old", tmp_path)) == 2


def test_idle_file_stays_when_written_to_within_the_month(tmp_path: Path, old: Path) -> None:
    make_older(old, days=30.9)
    SharedFile(KEY, "https://a", tmp_path)
    assert old.exists()


def test_idle_file_stays_when_it_holds_a_journal_entry(tmp_path: Path, old: Path) -> None:
    with SharedFile(KEY, "https://old", tmp_path).transaction() as database:
        database.execute("CREATE TABLE journal_v1 (reference TEXT)")
        database.execute("INSERT INTO journal_v1 VALUES ('m#1')")
    make_older(old)
    SharedFile(KEY, "https://a", tmp_path)
    assert old.exists()


def test_idle_file_stays_when_another_process_writes_to_it(tmp_path: Path, old: Path) -> None:
    with SharedFile(KEY, "https://old", tmp_path).transaction():
        began = time.monotonic()
        SharedFile(KEY, "https://a", tmp_path)
        assert time.monotonic() - began < 1
    assert old.exists()


def test_shared_file_is_reopened_when_it_was_removed_as_idle(tmp_path: Path, old: Path) -> None:
    written = old.stat().st_mtime
    idle = SharedFile(KEY, "https://old", tmp_path)
    os.utime(old, (written, written))
    SharedFile(KEY, "https://a", tmp_path)
    assert not old.exists()
    assert [
        insert_and_count(idle),
        insert_and_count(SharedFile(KEY, "https://old", tmp_path)),
        insert_and_count(idle),
    ] == [1, 2, 3]


def test_idle_file_is_removed_when_others_can_not_be(tmp_path: Path, old: Path) -> None:
    for name in ("0", "z"):
        other = tmp_path / f"{name}.sqlite"
        other.write_bytes(b"no database at all " * 100)
        make_older(other)
    assert SharedFile(KEY, "https://a", tmp_path).is_shared
    assert not old.exists()
    assert (tmp_path / "0.sqlite").exists()


def _no_home(*_: object, **__: object) -> Path:
    raise RuntimeError("could not determine the home directory")


def _no_home_as_older_ones_say_it(*_: object, **__: object) -> Path:
    return Path("~/.cache/pulumi-userplane")


@pytest.mark.parametrize("no_home", [_no_home, _no_home_as_older_ones_say_it])
def test_shared_file_uses_memory_and_notifies_when_user_has_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_home: Callable[..., Path]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shared_file, "user_cache_path", no_home)
    messages: list[str] = []
    files = [SharedFile(KEY, url, notify=messages.append) for url in ("https://a", "https://b")]
    assert [file.run_transaction(_insert_and_count) for file in files for _ in range(2)] == [1, 2, 1, 2]
    assert [file.is_shared for file in files] == [False, False]
    assert messages == [file.problem for file in files]
    assert files[1].problem == (
        "there is no folder to record requests and creations in: parallel runs may exceed the rate limit, "
        "and an interrupted creation can't be resumed; set XDG_CACHE_HOME to a writable folder"
    )
    assert list(tmp_path.iterdir()) == []


def test_shared_file_keeps_nothing_and_notifies_when_python_has_no_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_file, "_HAS_SQLITE", False)
    messages: list[str] = []
    files = [SharedFile(KEY, url, tmp_path, notify=messages.append) for url in ("https://a", "https://b")]
    for file in files:
        assert file.run_transaction(_all_rows, durable=True) == (None, [], [])
        assert not file.is_shared
    assert messages == [file.problem for file in files]
    assert files[1].problem == (
        "this Python has no sqlite3 module: requests are not counted, and an interrupted creation can't be resumed; "
        "use a Python that was built with SQLite"
    )
    rate_limit = RateLimit(files[0], 1, 1, messages.append)
    for _ in range(3):
        rate_limit.acquire(Operation("read", "x"), messages.append)  # type: ignore[arg-type]
    rate_limit.record_refusal(0.0, 60)
    assert rate_limit.usage() == RateLimitUsage(0, 0, 0)
    assert len(messages) == 2
    assert list(tmp_path.iterdir()) == []


def test_module_loads_when_python_has_no_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_sqlite3", None)
    for loaded in ("sqlite3", "sqlite3.dbapi2"):
        monkeypatch.delitem(sys.modules, loaded)
    spec = importlib.util.find_spec(shared_file.__name__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    file = module.SharedFile(KEY, "https://a")
    assert (file.is_shared, file.run_transaction(_all_rows)) == (False, (None, [], []))


def test_every_folder_that_is_made_is_for_the_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "pulumi-userplane" / "runs"
    SharedDatabase(folder / "1.sqlite", "BEGIN; COMMIT;").run_transaction(lambda _database: None)
    assert {path.stat().st_mode & 0o777 for path in (folder, folder.parent, folder.parent.parent)} == {0o700}
