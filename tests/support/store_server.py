"""A real Redis or Valkey of a test's own, on a socket and a port of this machine; nothing of it remains."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis import Redis

_START_SECONDS = 10.0
WHY_NOT = "there is no redis-server or valkey-server on PATH (Debian: apt-get install redis-server)"


class StoreServer:
    """One server, without persistence.

    Args:
        folder: A folder for its socket; its path must be short.
        options: More options, as on its command line.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.socket = folder / "store.sock"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def address(self) -> str:
        """Its address, as the setting has it."""
        return f"redis://127.0.0.1:{self.port}"

    @property
    def client(self) -> Redis:
        """A client that may do everything."""
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        # By itself it waits between two attempts for a random time, which is too long for a fast test now and then.
        return Redis(unix_socket_path=str(self.socket), protocol=2, retry=Retry(NoBackoff(), 3))

    def start(self) -> None:
        """Starts it, empty."""
        program = find_server()
        assert program is not None
        options = ["--port", str(self.port), "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        options += ["--bind", "127.0.0.1", "--dir", str(self.socket.parent), *self._options]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + _START_SECONDS
        while not self._responds():
            assert self._process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self) -> None:
        """Ends it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def reset(self) -> None:
        """Makes it as new, and starts it if it was stopped."""
        if self._process is None:
            self.start()
        else:
            self.client.flushall()

    def texts(self) -> str:
        """Everything that it holds, as one text."""
        client: Any = self.client
        values = {b"string": client.get, b"hash": client.hgetall, b"set": client.smembers}
        held = []
        for key in client.scan_iter():
            kind = client.type(key)
            held.append((key, values[kind](key) if kind in values else client.zrange(key, 0, -1)))
        return repr(held)

    def _responds(self) -> bool:
        from redis.exceptions import RedisError

        try:
            return bool(self.client.ping())
        except RedisError:
            return False


def find_server() -> str | None:
    """Returns the program, or None where there is none."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


@pytest.fixture(scope="session")
def _one_store_server() -> Iterator[StoreServer]:
    if find_server() is None:
        pytest.skip(WHY_NOT)
    # The path of a socket has at most a hundred characters.
    with tempfile.TemporaryDirectory(prefix="store-", dir=os.environ.get("XDG_RUNTIME_DIR")) as folder:
        server = StoreServer(Path(folder))
        yield server
        server.stop()


@pytest.fixture
def store_server(_one_store_server: StoreServer) -> StoreServer:
    """A server that holds nothing."""
    _one_store_server.reset()
    return _one_store_server
