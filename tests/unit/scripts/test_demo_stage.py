"""The demo's processes end when the demo ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import psutil
import pytest

from scripts import demo_stage


def test_process_ends_when_the_demo_is_interrupted_while_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []
    start = subprocess.Popen

    def interrupted(*arguments: Any, **options: Any) -> subprocess.Popen[str]:
        started.append(start(*arguments, **options))
        os.kill(os.getpid(), signal.SIGINT)
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    before = signal.getsignal(signal.SIGINT)
    with (
        pytest.raises(KeyboardInterrupt),
        demo_stage._process(["sleep", "600"], dict(os.environ), subprocess.DEVNULL),
    ):
        raise AssertionError

    assert started[0].returncode == -signal.SIGTERM
    assert signal.getsignal(signal.SIGINT) == before


def test_session_ends_when_a_child_has_a_process_group_of_its_own() -> None:
    # As Pulumi's plugins have.
    plugin = "subprocess.Popen(['sleep', '600'], preexec_fn=lambda: os.setpgid(0, 0))"
    code = f"import os, subprocess; print({plugin}.pid)"
    with demo_stage._process([sys.executable, "-c", code], dict(os.environ), subprocess.PIPE) as process:
        assert process.stdout
        with process.stdout as output:
            left = psutil.Process(int(output.readline()))

    assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE
