"""`pulumi new` on examples/template, then the wheel of this checkout: the start of a project of one's own."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

from pulumi_userplane.emulator import Emulator

CHECKOUT = Path(__file__).parents[2]
TEMPLATE = CHECKOUT / "examples" / "template"


def run(*command: str | Path, cwd: Path, env: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def env(pulumi_env: dict[str, str], tmp_path: Path, userplane: Emulator) -> dict[str, str]:
    """The new project's environment comes first on PATH, as after its activation; the base URL is the emulator's."""
    first = {**pulumi_env, "PATH": f"{tmp_path / 'my-links' / 'venv' / 'bin'}:{pulumi_env['PATH']}"}
    first.pop("PYTHONPATH", None)
    return {**first, "USERPLANE_BASE_URL": userplane.base_url}


def install(project: Path, env: dict[str, str], wheels: Path) -> None:
    """Makes the project's venv; pip takes this checkout's wheel, and the rest from the environment of the tests."""
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", wheels, CHECKOUT)
    run(sys.executable, *build, cwd=project, env=env)
    run(sys.executable, "-m", "venv", "venv", cwd=project, env=env)
    python = project / "venv" / "bin" / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = Path(run(python, "-c", where, cwd=project, env=env).strip())
    (site_packages / "tests.pth").write_text(sysconfig.get_path("purelib"))
    pip = ("-m", "pip", "install", "--no-index", "--find-links", wheels, "--requirement", "requirements.txt")
    # The first brings the wheel in beside the tests' editable one, the second sees that its dependencies are met.
    run(python, *pip, "--force-reinstall", "--no-deps", cwd=project, env=env)
    run(python, *pip, cwd=project, env=env)


def test_a_new_project_previews_and_updates(tmp_path: Path, env: dict[str, str], userplane: Emulator) -> None:
    project = tmp_path / "my-links"
    project.mkdir()

    def pulumi(*arguments: str) -> str:
        return run("pulumi", *arguments, "--non-interactive", cwd=project, env=env)

    pulumi("new", str(TEMPLATE), "--yes", "--generate-only", "--name", "my-links", "--description", "Our links")
    install(project, env, tmp_path / "wheels")
    pulumi("stack", "init", "dev")
    pulumi("config", "set", "--secret", "userplane:apiKey", userplane.api_key)
    pulumi("config", "set", "userplane:workspaceId", userplane.workspace_id)
    pulumi("config", "set", "domain", "help.acme.example")

    where = run("python", "-c", "import pulumi_userplane; print(pulumi_userplane.__file__)", cwd=project, env=env)
    assert Path(where).is_relative_to(project / "venv")
    assert yaml.safe_load((project / "Pulumi.yaml").read_text())["name"] == "my-links"
    assert "2 to create" in pulumi("preview")
    assert "2 created" in pulumi("up", "--yes")
    assert "2 unchanged" in pulumi("preview", "--expect-no-changes")
    assert [link["linkTitle"] for link in userplane.links] == ["Report a problem"]
    assert userplane.api_key not in (project / "Pulumi.dev.yaml").read_text()


def test_pulumi_new_asks_for_what_the_program_needs() -> None:
    config = yaml.safe_load((TEMPLATE / "Pulumi.yaml").read_text())["template"]["config"]

    assert set(config) == {"userplane:apiKey", "userplane:workspaceId", "domain"}
    assert config["userplane:apiKey"]["secret"] is True
    assert all(setting["description"] for setting in config.values())
