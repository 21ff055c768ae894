"""Fixtures of every test with the real CLI: its own backend, home, cache and settings."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_userplane.emulator import Emulator
from tests.engine.fresh_machine import Machine, Proxy
from tests.engine.stack import CANARY, STATE, Stack, Templates, check_key
from tests.engine.yaml_stack import YamlStack


def environment(folder: Path) -> dict[str, str]:
    """Returns the environment of a CLI that sees no account of this shell and keeps everything in the folder."""
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
    """Returns the environment of one test."""
    return environment(tmp_path)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Returns the folder of templates: an empty stack, and what tests keep here for others that begin alike."""
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
    """Yields one Userplane for all stacks of this process, so that tests can start from each other's templates."""
    with Emulator(api_key=CANARY) as userplane:
        yield userplane


@pytest.fixture
def yaml_stack(
    tmp_path: Path, pulumi_env: dict[str, str], templates: Templates, one_userplane: Emulator
) -> Iterator[YamlStack]:
    """Yields an empty stack of a YAML program. After the test its key may be in nothing that was printed or written."""
    one_userplane.reset()
    stack = YamlStack(tmp_path, pulumi_env, one_userplane, templates)
    yield stack
    check_key(tmp_path, stack.printed)


@pytest.fixture
def stack(tmp_path: Path, pulumi_env: dict[str, str], templates: Templates, one_userplane: Emulator) -> Iterator[Stack]:
    """Yields an empty stack. After the test its key may be in nothing that was printed or written."""
    one_userplane.reset()
    stack = Stack(tmp_path, pulumi_env, one_userplane, templates)
    yield stack
    check_key(tmp_path, stack.printed)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Yields what the CLI meets on its way to the outside."""
    with Proxy() as proxy:
        threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
        yield proxy
        proxy.shutdown()


@pytest.fixture
def machine(tmp_path: Path, one_userplane: Emulator, proxy: Proxy) -> Iterator[Machine]:
    """Yields a machine without settings. After the test the key may be in nothing that was printed or written."""
    one_userplane.reset()
    machine = Machine(tmp_path / "home", proxy)
    yield machine
    check_key(machine.home, machine.output)
