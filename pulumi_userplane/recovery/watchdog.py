"""Ends this provider process when the Pulumi CLI that it serves has been killed.

The CLI stops its providers when it exits normally, but a killed CLI leaves them running forever. One that is waiting
for its turn would create a link after the next run has looked for it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import psutil

from pulumi_userplane.recovery.processes import find_cli

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_SECONDS = 0.5


def terminate() -> None:
    """Ends this process."""
    os.kill(os.getpid(), signal.SIGTERM)


def wait_for_exit(
    cli: psutil.Process, then: Callable[[], None] = terminate, poll_seconds: float = POLL_SECONDS
) -> None:
    """Waits until a process no longer runs.

    Args:
        cli: The process.
        then: What to do after it.
        poll_seconds: The time between two looks.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        while cli.is_running() and cli.status() != psutil.STATUS_ZOMBIE:
            time.sleep(poll_seconds)
    then()


@functools.cache
def exit_with_cli(
    find: Callable[[], psutil.Process | None] = find_cli, watch: Callable[[psutil.Process], None] = wait_for_exit
) -> None:
    """Watches the CLI from now on, in one thread; does nothing in a process that no CLI started.

    Args:
        find: Returns the CLI.
        watch: Waits until it has ended, and then ends this process.
    """
    cli = find()
    if cli is not None:
        threading.Thread(target=watch, args=(cli,), name="userplane-watchdog", daemon=True).start()
