"""A real tinyproxy of a test's own, on a port of this machine; nothing of it remains."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_START_SECONDS = 10.0
WHY_NOT = "there is no tinyproxy on PATH (Debian: apt-get install tinyproxy)"


class Tinyproxy:
    """One proxy, which hands everything to a proxy behind it: that one knows the names of the test.

    Args:
        folder: A folder for its files.
        behind: The port of the proxy behind it.
        options: More lines of its configuration.
    """

    def __init__(self, folder: Path, behind: int, options: Iterable[str] = ()) -> None:
        program = find_tinyproxy()
        assert program is not None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._log = folder / "tinyproxy.log"
        self._log.touch()
        file = folder / "tinyproxy.conf"
        lines = [
            f"Port {self.port}",
            "Listen 127.0.0.1",
            "Timeout 20",
            f'LogFile "{self._log}"',
            "LogLevel Info",
            f"Upstream http 127.0.0.1:{behind}",
            *options,
        ]
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        self._process = subprocess.Popen([program, "-d", "-c", str(file)], stdout=subprocess.DEVNULL)
        self._await_port()

    @property
    def host(self) -> str:
        """Its host and port, as messages name it."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()

    def _await_port(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            assert self._process.poll() is None
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            else:
                return


def find_tinyproxy() -> str | None:
    """Returns the program, or None where there is none."""
    return shutil.which("tinyproxy")
