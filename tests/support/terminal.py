"""Runs a program on a terminal of its own, and reads and types there."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SECONDS = 60
CTRL_C, CTRL_D = "\x03", "\x04"

# The first terminal that the leader of a session opens becomes its own: from there come Ctrl-C and the end of a window.
_TAKE_TERMINAL = "import os; os.open(os.ttyname(0), os.O_RDWR)\n"


class Terminal:
    """A terminal, and the Python program on it."""

    def __init__(self, program: str, folder: Path, env: Mapping[str, str]) -> None:
        self._window, far_end = os.openpty()
        self._is_open = True
        self._unread = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL + program],
            cwd=folder,
            env=env,
            stdin=far_end,
            stdout=far_end,
            stderr=far_end,
            start_new_session=True,
        )
        os.close(far_end)

    def type(self, text: str) -> None:
        """Types; a line is read once it has its end."""
        os.write(self._window, text.encode())

    def read_until(self, text: str) -> str:
        """Returns what was printed since the last time, until this text."""
        end = time.monotonic() + SECONDS
        while text not in self._unread:
            if not self._read(end):
                raise AssertionError(f"{text!r} was not printed, but:\n{self._unread}")
        before, found, self._unread = self._unread.partition(text)
        return before + found

    def read_to_the_end(self) -> str:
        """Returns the rest, once the program has ended."""
        end = time.monotonic() + SECONDS
        while self._read(end):
            pass
        self.process.wait(SECONDS)
        rest, self._unread = self._unread, ""
        return rest

    def close(self) -> None:
        """Closes the window, whatever runs in it."""
        if self._is_open:
            os.close(self._window)
            self._is_open = False

    def _read(self, end: float) -> bool:
        if not select.select([self._window], [], [], max(0.0, end - time.monotonic()))[0]:
            return False
        # Once no program has the terminal any more, reading from it is an error on Linux.
        with contextlib.suppress(OSError):
            if part := os.read(self._window, 65536):
                self._unread += part.decode(errors="replace").replace("\r\n", "\n")
                return True
        return False


@contextlib.contextmanager
def run_on_terminal(program: str, folder: Path, env: Mapping[str, str]) -> Iterator[Terminal]:
    """Runs a Python program until the block ends."""
    terminal = Terminal(program, folder, env)
    try:
        yield terminal
    finally:
        # As Ctrl-C does: it can then end what it has started itself.
        terminal.process.send_signal(signal.SIGINT)
        terminal.process.wait(SECONDS)
        terminal.close()
