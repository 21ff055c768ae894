"""The demo's processes end when the demo ends, and each step checks its own requests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from pulumi_userplane.emulator import Emulator
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


def test_step_checks_what_it_sent_itself_and_the_log_keeps_all() -> None:
    with Emulator() as emulator:
        demo = demo_stage.Demo(urlsplit(emulator.page_url).port or 0)
        links = f"/api/v1/public/workspace/{demo_stage.WORKSPACE}/links"
        demo.curl("POST", links, {"domainId": "dom_help"})
        demo.begin_step()
        demo.check_writes()
        (link,) = demo.live_links()
        demo.curl("GET", links)
        demo.curl("PUT", f"{links}/{link['linkId']}", {"linkTitle": "Help"})
        demo.check_writes(("PUT", link["linkId"], {"linkTitle": "Help"}))
        with pytest.raises(demo_stage.DemoError, match=r"this step has sent \[\('PUT', "):
            demo.check_writes()
        assert [entry.method for entry in emulator.requests] == ["POST", "GET", "PUT"]
