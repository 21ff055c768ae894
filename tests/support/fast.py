"""The option `--fast` of `make test-fast`: nothing that is slow, few examples, no real wait, no Pulumi CLI."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.surroundings import MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

LONGEST_WAIT = 0.05
"""What a fast test may wait for real, in seconds."""

_OURS = {"pulumi_userplane", "scripts", "tests"}
_BETWEEN = {"concurrent", "queue", "socket", "threading"}

_WAITS: list[tuple[str, str]] = []
"""The waits of this process: in which test each began, and what it was."""

# The machine of a test run may be busy with something else: no example has a time limit.
settings.register_profile("full", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", settings.get_profile("full"), max_examples=10)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast",
        action="store_true",
        help="leave out what is marked slow, draw few examples, check the emulator without HTTP; "
        f"a real wait of over {LONGEST_WAIT * 1000:.0f} ms or a start of the Pulumi CLI is a failure",
    )


def pytest_configure(config: pytest.Config) -> None:
    fast = config.getoption("--fast")
    settings.load_profile("fast" if fast else "full")
    if fast:
        _note_real_waits()
        sys.addaudithook(_refuse_cli)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--fast"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(autouse=True)
def _no_real_wait() -> Iterator[None]:
    """With `--fast`, a test that waits is one that should be marked slow, or whose clock should be a stand-in."""
    yield
    # A thread may outlive the test that it began in.
    if waits := [wait for test, wait in _WAITS if test == _test()]:
        pytest.fail("really waited: " + ", ".join(waits), pytrace=False)


def _note_real_waits() -> None:
    """Records each sleep, and each wait for another thread or for a socket that brought nothing in its whole time.

    What other processes do is not seen: tests of programs that wait have to be marked slow.
    """
    sleep, wait, read = time.sleep, threading.Condition.wait, socket.SocketIO.readinto

    def noted_sleep(seconds: Any) -> None:
        _note("time.sleep", seconds, _test())
        sleep(seconds)

    def noted_wait(self: threading.Condition, timeout: float | None = None) -> bool:
        test = _test()
        came = wait(self, timeout)
        if not came and timeout is not None and _caller().partition(".")[0] in _OURS:
            _note("a wait for another thread", timeout, test)
        return came

    def noted_read(self: socket.SocketIO, b: Any) -> int | None:
        test, began = _test(), time.monotonic()
        try:
            return read(self, b)
        except TimeoutError:
            _note("a read of a socket", time.monotonic() - began, test)
            raise

    time.sleep = noted_sleep
    threading.Condition.wait = noted_wait  # type: ignore[method-assign]
    socket.SocketIO.readinto = noted_read  # type: ignore[method-assign]


def _note(what: str, seconds: float, test: str) -> None:
    if seconds > LONGEST_WAIT:
        _WAITS.append((test, f"{what} for {seconds:.2f} s in {_caller()}"))


def _test() -> str:
    """The test that runs now, without its phase."""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]


def _caller() -> str:
    """The module and the line that a wait was asked for in."""
    frame: FrameType | None = sys._getframe(1)
    while frame and (frame.f_code.co_filename == __file__ or frame.f_globals["__name__"].split(".")[0] in _BETWEEN):
        frame = frame.f_back
    return f"{frame.f_globals['__name__']}:{frame.f_lineno}" if frame else ""


def _refuse_cli(event: str, details: tuple[Any, ...]) -> None:
    """Lets no Pulumi CLI start but a stand-in from a temporary folder."""
    if event != "subprocess.Popen":
        return
    program, _, _, environ = details
    if Path(os.fsdecode(program)).stem != "pulumi":
        return
    found = shutil.which(program, path=(environ or os.environ).get("PATH"))
    temporary = [Path(tempfile.gettempdir()), MEMORY]
    if found and not any(Path(found).is_relative_to(folder) for folder in temporary):
        raise AssertionError(f"--fast starts no Pulumi CLI: {found}")
