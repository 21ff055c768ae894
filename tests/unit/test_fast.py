"""The option `--fast` lets no test really wait, start a Pulumi CLI, or run if it is slow."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support import fast

ROOT = Path(__file__).parents[2]
TESTS = """
import queue, socket, threading, time
import pytest
from hypothesis import settings

__name__ = "tests.made"  # what a library waits for is its own affair

def test_short(): time.sleep(0.04)
def test_budget(): assert settings().max_examples == 10
def test_sleep(): time.sleep(0.06)
def test_event(): threading.Event().wait(0.06)
def test_queue():
    with pytest.raises(queue.Empty): queue.Queue().get(timeout=0.06)
def test_socket():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.settimeout(0.06)
        with pytest.raises(TimeoutError), client.makefile("rb") as file: file.read(1)
@pytest.mark.slow
def test_slow(): time.sleep(0.06)
"""


@pytest.mark.slow
def test_fast_fails_a_test_when_it_really_waits(tmp_path: Path) -> None:
    (tmp_path / "test_made.py").write_text(TESTS)
    options = ("-p", "tests.support.fast", "-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider", "--fast")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, tmp_path],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},  # or the reasons are cut off
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "6 passed, 1 deselected, 4 errors" in done.stdout, done.stdout
    failed = re.findall(r"^ERROR .*::(\w+) - Failed: really waited: (.*) for \d\.\d\d s", done.stdout, re.MULTILINE)
    another = "a wait for another thread"
    assert sorted(failed) == [
        ("test_event", another),
        ("test_queue", another),
        ("test_sleep", "time.sleep"),
        ("test_socket", "a read of a socket"),
    ]


@pytest.mark.slow
def test_fast_fails_a_test_when_it_starts_a_cli(tmp_path: Path) -> None:
    (tmp_path / "test_made.py").write_text("import subprocess\ndef test_cli(): subprocess.run(['pulumi', 'version'])\n")
    # What lies in a temporary folder counts as a stand-in.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        cli = Path(folder, "pulumi")
        cli.write_text("#!/bin/sh\n")
        cli.chmod(0o755)
        plugins = ("-p", "tests.support.fast", "-p", "tests.support.cli_starts", "-p", "no:cacheprovider", "--fast")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *plugins, "-c", ROOT / "pyproject.toml", tmp_path],
            cwd=ROOT,
            env={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert f"--fast starts no Pulumi CLI: {cli}" in done.stdout, done.stdout


def test_fast_refuses_the_cli_and_allows_a_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(program: str) -> None:
        fast._refuse_cli("subprocess.Popen", (program, [program], None, None))

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "which", lambda program, path: f"/opt/pulumi/{program}")
        start("pulumi-userplane")
        with pytest.raises(AssertionError, match="starts no Pulumi CLI: /opt/pulumi/pulumi"):
            start("pulumi")
    stand_in = tmp_path / "pulumi"
    stand_in.touch(mode=0o755)
    start(str(stand_in))
    start("no-such-folder/pulumi")
