"""The process of the plugin ends as soon as the CLI asks it to, without a word."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.processes import wait_until_ended

PLUGIN = Path(sys.executable).with_name("pulumi-resource-userplane")
SOON = 4
"""Seconds. After five the CLI kills the process; every command would take that much longer."""


CLI = """
import socket, subprocess, sys
engine = socket.create_server(("127.0.0.1", 0))
address = f"127.0.0.1:{engine.getsockname()[1]}"
plugin = subprocess.Popen([sys.argv[1], "--logtostderr", address], stdout=subprocess.PIPE)
plugin.stdout.readline()
print(plugin.pid, flush=True)
plugin.wait()
"""
"""Starts the plugin as the CLI does, listens as its engine does, and asks it for nothing."""


@pytest.mark.slow
def test_plugin_that_was_asked_for_nothing_ends_when_cli_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", CLI, PLUGIN], stdout=subprocess.PIPE) as cli:
        assert cli.stdout is not None
        plugin = psutil.Process(int(cli.stdout.readline()))
        cli.kill()
    try:
        # It would never end by itself.
        assert wait_until_ended([plugin], 30) == []
    finally:
        if plugin.is_running():
            plugin.kill()


def test_plugin_ends_at_once_when_cli_interrupts_it() -> None:
    plugin = subprocess.Popen([PLUGIN, "127.0.0.1:1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert plugin.stdout is not None
        assert int(plugin.stdout.readline()) > 0

        plugin.send_signal(signal.SIGINT)

        _, error = plugin.communicate(timeout=SOON)
    finally:
        plugin.kill()
        plugin.communicate()
    assert (plugin.returncode, error) == (-signal.SIGINT, "")
