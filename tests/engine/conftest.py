"""What every test with the real CLI needs: a backend, a home, a cache and settings of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_userplane.emulator import Emulator
from tests.engine.stack import CANARY, STATE, Stack, Templates, check_key


def environment(folder: Path) -> dict[str, str]:
    """The environment for a CLI that sees nothing of this shell's accounts; all that it keeps is in the folder."""
    assert shutil.which("pulumi"), "there is no Pulumi CLI on PATH; `make test` gets one"
    (folder / STATE).mkdir(exist_ok=True)
    own = ("PULUMI_", "USERPLANE_", "PYTHONDONTWRITEBYTECODE")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {
        **inherited,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PULUMI_BACKEND_URL": f"file://{folder / STATE}",
        "PULUMI_HOME": str(folder / "pulumi-home"),
        "PULUMI_CONFIG_PASSPHRASE": "tests",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


@pytest.fixture
def pulumi_env(tmp_path: Path) -> dict[str, str]:
    """The environment of one test."""
    return environment(tmp_path)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """An empty stack, as `pulumi stack init` leaves it; and what tests leave here for those that begin alike."""
    folder = tmp_path_factory.mktemp("templates")
    templates = Templates(folder)
    empty = templates.empty
    (empty / "p").mkdir(parents=True)
    (empty / "p" / "Pulumi.yaml").write_text("name: p\nruntime: python\n", encoding="utf-8")
    init = ["pulumi", "stack", "init", "dev", "--non-interactive"]
    subprocess.run(init, cwd=empty / "p", env=environment(empty), check=True, capture_output=True)
    return templates


@pytest.fixture(scope="session")
def one_userplane() -> Iterator[Emulator]:
    """One Userplane for all stacks of this process, so that what one test leaves fits where another begins."""
    with Emulator(api_key=CANARY) as userplane:
        yield userplane


@pytest.fixture
def stack(tmp_path: Path, pulumi_env: dict[str, str], templates: Templates, one_userplane: Emulator) -> Iterator[Stack]:
    """An empty stack; when the test is over, its key may be in nothing that was printed or written."""
    one_userplane.reset()
    stack = Stack(tmp_path, pulumi_env, one_userplane, templates)
    yield stack
    check_key(tmp_path, stack.said)
