"""The process of the plugin ends as soon as the CLI asks it to, without a word."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

PLUGIN = Path(sys.executable).with_name("pulumi-resource-userplane")
SOON = 4
"""Seconds. After five the CLI kills the process; every command would take that much longer."""


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
