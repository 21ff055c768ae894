"""A machine of a user without settings: a home folder with a project, and no outside address that answers."""

from __future__ import annotations

import os
import shutil
import socketserver
import subprocess
import sys
from pathlib import Path

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

    def run(self, *command: str | Path, code: int = 0) -> str:
        """Runs a command in the project's folder, asserts how it ends, and returns what it printed."""
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
        assert done.returncode == code, done.stdout
        return done.stdout

    def install(self) -> None:
        """Creates the project's environment: the wheel and its dependencies, without a package index."""
        wheels = self.home / "wheels"
        build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels, CHECKOUT)
        self.run(*build)
        [wheel] = wheels.iterdir()
        make_environment(self.folder / "venv", wheel)
