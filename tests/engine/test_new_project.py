"""A project of `pulumi new` with examples/template and the wheel works on a machine without settings."""

import os
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pulumi_userplane.emulator import Emulator
from tests.engine.stack import check_key
from tests.support.environment import make_environment

CHECKOUT = Path(__file__).parents[2]


class Proxy(socketserver.ThreadingTCPServer):
    """Lets nothing through, and records the requested hosts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refusal)
        self.hosts: set[str] = set()


class _Refusal(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        asked = self.rfile.readline().decode()
        while self.rfile.readline().strip():
            pass
        self.server.hosts.add(asked.split()[1].partition(":")[0])
        self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")


class Machine:
    """A home folder with a project, whose environment comes first on PATH, as after its activation.

    Plugins are got and updates looked for as the CLI does by itself, the state lies in the home folder, and where no
    outside address answers all of it works as well.
    """

    def __init__(self, home: Path, proxy: Proxy) -> None:
        self.home = home
        self.folder = home / "my-links"
        self.folder.mkdir(parents=True)
        self.programs = self.folder / "venv" / "bin"
        cli = shutil.which("pulumi")
        assert cli, "there is no Pulumi CLI on PATH; `make test` gets one"
        # Not the one of the tests.
        others = [
            folder for folder in os.environ["PATH"].split(os.pathsep) if not Path(folder, "pulumi-userplane").exists()
        ]
        self.env = {
            "HOME": str(home),
            # The CLI asks the system for the home folder, and there it would write over a person's own credentials.
            "PULUMI_HOME": str(home / ".pulumi"),
            "PATH": os.pathsep.join([str(self.programs), *others]),
            # No outside address answers: the proxy says no, and loopback goes past it.
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.server_address[1]}",
            # Who is not asked for it has to say it.
            "PULUMI_CONFIG_PASSPHRASE": "tests",
        }
        self.output: list[str] = []

    def run(self, *command: str | Path) -> str:
        """Runs a command in the project's folder, asserts that it succeeds, and returns what it printed."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self.output.append(done.stdout)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def install(self) -> None:
        """Creates the project's environment: the wheel and its dependencies, without a package index."""
        wheels = self.home / "wheels"
        build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels, CHECKOUT)
        self.run(*build)
        [wheel] = wheels.iterdir()
        make_environment(self.folder / "venv", wheel)
        # It finds that all is there.
        self.run("python", "-m", "pip", "install", "--dry-run", "--no-index", "--requirement", "requirements.txt")


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as proxy:
        threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
        yield proxy
        proxy.shutdown()


@pytest.fixture
def machine(tmp_path: Path, one_userplane: Emulator, proxy: Proxy) -> Iterator[Machine]:
    """Asserts that the key is in nothing that was printed or written."""
    one_userplane.reset()
    machine = Machine(tmp_path / "home", proxy)
    yield machine
    check_key(machine.home, machine.output)


def test_new_project_creates_links_with_defaults_of_user(
    machine: Machine, one_userplane: Emulator, proxy: Proxy
) -> None:
    machine.run("pulumi", "login", machine.home.as_uri())
    template = str(CHECKOUT / "examples" / "template")
    new = ("pulumi", "new", template, "--yes", "--generate-only", "--name", "my-links", "--description", "Our links")
    machine.run(*new)
    assert yaml.safe_load((machine.folder / "Pulumi.yaml").read_text())["name"] == "my-links"
    machine.install()

    # The wheel is typed and has the command.
    where = Path(machine.run("python", "-c", "import pulumi_userplane; print(pulumi_userplane.__file__)")).parent
    assert where.is_relative_to(machine.folder)
    assert (where / "py.typed").is_file()
    assert "recover" in machine.run("pulumi-userplane", "--help")
    # What pip would get is there. Python packages named so have a plugin to download, unless they say no.
    machine.run("pulumi", "install", "--no-dependencies")

    machine.run("pulumi", "stack", "init", "dev")
    settings = {
        "userplane:workspaceId": one_userplane.workspace_id,
        "userplane:baseUrl": one_userplane.base_url,
        "domain": "help.acme.example",
    }
    plain = [part for key, value in settings.items() for part in ("--plaintext", f"{key}={value}")]
    machine.run("pulumi", "config", "set-all", "--secret", f"userplane:apiKey={one_userplane.api_key}", *plain)
    output = machine.run("pulumi", "up", "--yes")
    assert "2 to create" in output
    assert "2 created" in output
    assert [link["linkTitle"] for link in one_userplane.links] == ["Report a problem"]
    machine.run("pulumi", "refresh", "--yes", "--skip-preview")
    assert "2 unchanged" in machine.run("pulumi", "preview", "--expect-no-changes")
    machine.run("pulumi", "destroy", "--yes", "--skip-preview")
    assert [link for link in one_userplane.links if link["live"]] == []
    # It looks for a newer CLI, and for nothing of ours.
    assert proxy.hosts <= {"api.pulumi.com"}
