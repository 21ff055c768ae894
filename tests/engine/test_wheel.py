"""The built wheel in an empty environment, with the real CLI."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.engine.stack import Stack

CHECKOUT = Path(__file__).parents[2]


def run(*command: str | Path, env: Mapping[str, str]) -> str:
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True, timeout=120, cwd=env["HOME"])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def pulumi_env(pulumi_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An activated environment that has the wheel, and borrows the dependencies from the one of the tests."""
    env = {**pulumi_env, "HOME": str(tmp_path), "PATH": f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{pulumi_env['PATH']}"}
    env.pop("PYTHONPATH", None)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", CHECKOUT, env=env)
    run(sys.executable, "-m", "venv", tmp_path / "venv", env=env)
    here = Path(run("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", env=env).strip())
    (here / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    [wheel] = (tmp_path / "dist").glob("*.whl")
    pip = ("python", "-m", "pip", "install", "--no-index", wheel)
    # The first puts the wheel before a package that is borrowed, the second sees that its dependencies are there.
    run(*pip, "--force-reinstall", "--no-deps", env=env)
    run(*pip, env=env)
    return env


def test_the_wheel_is_typed_has_the_command_and_makes_links(stack: Stack) -> None:
    venv = stack.folder.parent / "venv"
    where = Path(run("python", "-c", "import pulumi_userplane; print(pulumi_userplane.__file__)", env=stack.env)).parent
    assert where.is_relative_to(venv)
    assert (where / "py.typed").is_file()
    assert (venv / "bin" / "pulumi-userplane").is_file()
    assert "emulator" in run("pulumi-userplane", "--help", env=stack.env)

    stack.declare(help={"domain_id": "dom_help", "link_title": "Help"})
    stack.up()
    assert [link["linkTitle"] for link in stack.live().values()] == ["Help"]
    stack.refresh()
    stack.preview("--expect-no-changes")
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert stack.live() == {}
