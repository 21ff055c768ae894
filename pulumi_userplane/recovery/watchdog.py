"""Ends this provider process when the Pulumi CLI that it serves has been killed.

The CLI ends its providers when it ends in order, but a killed CLI leaves them running for ever: one that waits for its
turn would make a link after the next run has looked for it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import threading
import time

import psutil

from pulumi_userplane.recovery.processes import find_cli

_LOOK_SECONDS = 0.5


@functools.cache
def exit_with_cli() -> None:
    """Watches the CLI from now on; does nothing in a process that no CLI has started."""
    cli = find_cli()
    if cli is not None:
        threading.Thread(target=_watch, args=(cli,), name="userplane-lifetime", daemon=True).start()


def _watch(cli: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        while cli.is_running() and cli.status() != psutil.STATUS_ZOMBIE:
            time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
