"""What every test with the real CLI needs: a backend, a home and settings of its own."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_userplane.emulator import Emulator
from tests.engine.stack import CANARY, Stack


@pytest.fixture
def pulumi_env(tmp_path: Path) -> dict[str, str]:
    """The environment for a CLI that sees nothing of this shell's accounts; the stack's state is a file."""
    assert shutil.which("pulumi"), "there is no Pulumi CLI on PATH; `make test` gets one"
    state = tmp_path / "pulumi-state"
    state.mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "USERPLANE_"))}
    return {
        **inherited,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_HOME": str(tmp_path / "pulumi-home"),
        "PULUMI_CONFIG_PASSPHRASE": "tests",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


@pytest.fixture
def stack(tmp_path: Path, pulumi_env: dict[str, str]) -> Iterator[Stack]:
    """An empty stack; when the test is over, its key may be in nothing that was printed or written."""
    folder = tmp_path / "p"
    folder.mkdir()
    with Emulator(api_key=CANARY) as userplane:
        stack = Stack(folder, pulumi_env, userplane)
        yield stack
    assert CANARY not in "\n".join(stack.said)
    assert [file for file in tmp_path.rglob("*") if file.is_file() and CANARY.encode() in file.read_bytes()] == []
