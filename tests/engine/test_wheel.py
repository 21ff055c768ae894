"""The built wheel in an environment of its own, in a project that `pulumi new` makes of examples/template."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pulumi_userplane.emulator import Emulator
from tests.engine.stack import CANARY

CHECKOUT = Path(__file__).parents[2]


class Project:
    """A folder for `pulumi new`, whose environment comes first on PATH, as after its activation."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder / "my-links"
        self.folder.mkdir()
        self.venv = self.folder / "venv"
        self.env = {**env, "HOME": str(folder), "PATH": f"{self.venv / 'bin'}{os.pathsep}{env['PATH']}"}
        self.env.pop("PYTHONPATH", None)
        self.said: list[str] = []

    def run(self, *command: str | Path) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self.said.append(done.stdout)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def pulumi(self, *arguments: str) -> str:
        return self.run("pulumi", *arguments, "--non-interactive", "--color=never")

    def install(self) -> None:
        """Makes the environment; pip takes this checkout's wheel, and the rest from the environment of the tests."""
        wheels = self.folder.parent / "wheels"
        self.run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels, CHECKOUT)
        self.run(sys.executable, "-m", "venv", "--without-pip", self.venv)
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        site_packages = Path(self.run(self.venv / "bin" / "python", "-c", where).strip())
        (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
        pip = ("python", "-m", "pip", "install", "--no-index", "--find-links", wheels, "-r", "requirements.txt")
        # The first brings the wheel in before the tests' editable one, the second sees that its dependencies are met.
        self.run(*pip, "--force-reinstall", "--no-deps")
        self.run(*pip)


@pytest.fixture
def project(tmp_path: Path, pulumi_env: dict[str, str], one_userplane: Emulator) -> Iterator[Project]:
    """The base URL is the emulator's; the key may be in nothing that is said or written."""
    one_userplane.reset()
    project = Project(tmp_path, {**pulumi_env, "USERPLANE_BASE_URL": one_userplane.base_url})
    yield project
    assert CANARY not in "\n".join(project.said)
    assert [file for file in tmp_path.rglob("*") if file.is_file() and CANARY.encode() in file.read_bytes()] == []


def test_a_new_project_with_the_wheel_makes_links(project: Project, one_userplane: Emulator) -> None:
    template = str(CHECKOUT / "examples" / "template")
    project.pulumi("new", template, "--yes", "--generate-only", "--name", "my-links", "--description", "Our links")
    assert yaml.safe_load((project.folder / "Pulumi.yaml").read_text())["name"] == "my-links"
    project.install()

    # The wheel is typed and has the command.
    where = Path(project.run("python", "-c", "import pulumi_userplane; print(pulumi_userplane.__file__)")).parent
    assert where.is_relative_to(project.venv)
    assert (where / "py.typed").is_file()
    assert (project.venv / "bin" / "pulumi-userplane").is_file()
    assert "emulator" in project.run("pulumi-userplane", "--help")

    project.pulumi("stack", "init", "dev")
    settings = (f"userplane:workspaceId={one_userplane.workspace_id}", "domain=help.acme.example")
    plain = [part for setting in settings for part in ("--plaintext", setting)]
    project.pulumi("config", "set-all", "--secret", f"userplane:apiKey={one_userplane.api_key}", *plain)
    said = project.pulumi("up", "--yes")
    assert "2 to create" in said
    assert "2 created" in said
    assert [link["linkTitle"] for link in one_userplane.links] == ["Report a problem"]
    project.pulumi("refresh", "--yes", "--skip-preview")
    assert "2 unchanged" in project.pulumi("preview", "--expect-no-changes")
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert [link for link in one_userplane.links if link["live"]] == []
