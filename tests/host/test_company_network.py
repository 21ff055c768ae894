"""Both providers and the commands behind a real tinyproxy, and Userplane's TLS by the company's own CA."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.host.doors import only
from tests.host.links import FULL, MINIMAL
from tests.support.company_network import ESCAPED_PASSWORD, HOST, KEY, PASSWORD, USER
from tests.support.operations import HostError

if TYPE_CHECKING:
    from tests.host.conftest import StartHost
    from tests.support.company_network import CompanyNetwork
    from tests.support.tinyproxy import Tinyproxy

pytestmark = pytest.mark.slow

SECRETS = (KEY, PASSWORD, ESCAPED_PASSWORD)
LOGIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"
BLOCKED = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"


@pytest.fixture
def environ(network: CompanyNetwork, private_proxy: Tinyproxy) -> dict[str, str]:
    """The variables of a machine in that network, the password of the proxy among them."""
    return network.environ(f"http://{USER}:{ESCAPED_PASSWORD}@{private_proxy.host}")


def test_link_lives_behind_a_proxy_that_wants_a_password(
    start_host: StartHost, environ: dict[str, str], network: CompanyNetwork, private_proxy: Tinyproxy
) -> None:
    host = start_host({}, {**environ, "USERPLANE_TRACEBACK": "1"})
    made = host.create(FULL)
    made = host.up(made, {**FULL, "link_title": "Other"})
    assert [link["linkTitle"] for link in network.userplane.links] == ["Other"]

    network.intercept(BLOCKED)
    for attempt in (host.refresh, host.delete):
        with pytest.raises(
            HostError,
            match=f"{made.id}. failed: the proxy {private_proxy.host} of HTTPS_PROXY, or something behind it, "
            f"responded 403 with an HTML page in Userplane's place; ask the proxy's owner to allow {HOST}; ",
        ) as failed:
            attempt(made)
        assert not [secret for secret in SECRETS if secret in str(failed.value)]

    network.names.respond = None
    host.delete(made)
    assert [link["live"] for link in network.userplane.links] == [False]
    assert not [secret for secret in SECRETS if secret in host.output]


def test_user_reads_at_once_which_proxy_fails_for_a_moment(
    start_host: StartHost, environ: dict[str, str], network: CompanyNetwork, private_proxy: Tinyproxy
) -> None:
    host = start_host({}, {**environ, "USERPLANE_LOOK_FOR_INTERRUPTED": "never"})
    network.names.refusals = 1
    host.create(MINIMAL)
    assert (
        f"failed: the proxy {private_proxy.host} of HTTPS_PROXY responded 503 and does not connect to {HOST}; "
        "trying again"
    ) in host.output
    assert [request.method for request in network.userplane.requests] == ["POST"]


def test_creation_says_that_the_link_may_exist_when_a_login_page_came(
    start_host: StartHost, environ: dict[str, str], network: CompanyNetwork, private_proxy: Tinyproxy
) -> None:
    host = start_host({}, environ)
    network.intercept(LOGIN)
    with pytest.raises(
        HostError,
        match=rf"^creation of .* failed: the proxy {private_proxy.host} of HTTPS_PROXY, or something behind it, "
        "responded 200 with an HTML page in Userplane's place; whether the link was created is unknown",
    ):
        host.create(MINIMAL)


@only("plugin", "of the other one Pulumi's own host sends the messages")
def test_messages_reach_the_engine_when_grpc_would_ask_a_proxy(
    start_host: StartHost, environ: dict[str, str], network: CompanyNetwork
) -> None:
    host = start_host({}, {**environ, "https_proxy": environ.pop("HTTPS_PROXY")})
    made = host.create(MINIMAL)
    network.userplane.fault(method="GET", path="/links/", answer="status", status=410, code="LINK_GONE")
    fresh, _ = host.refresh(made)
    assert fresh is None
    assert f"({made.id}) was deleted outside Pulumi" in host.output


class Commands:
    """Runs commands in a machine's network; none prints a secret."""

    def __init__(self, environ: dict[str, str], folder: Path) -> None:
        self.environ = environ
        self._folder = folder
        self._own = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder), "COLUMNS": "400"}

    def run(self, *arguments: str, code: int = 0, **environ: str) -> str:
        """Returns both things that a command prints."""
        programs = Path(sys.executable).parent
        others = {name: value for name, value in os.environ.items() if not name.startswith(("USERPLANE_", "PULUMI_"))}
        done = subprocess.run(
            [str(programs / "pulumi-userplane"), *arguments],
            cwd=self._folder,
            # There is no Pulumi CLI: each start takes its time.
            env={**others, **self.environ, **self._own, "PATH": str(programs), **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert done.returncode == code, printed
        assert "Traceback" not in printed
        assert not [secret for secret in SECRETS if secret in printed]
        return printed


@pytest.fixture
def commands(environ: dict[str, str], tmp_path: Path) -> Commands:
    return Commands(environ, tmp_path)


def test_doctor_says_which_proxy_is_used(commands: Commands, network: CompanyNetwork, private_proxy: Tinyproxy) -> None:
    # It fails, since there is no Pulumi CLI.
    checks = {check["name"]: check for check in json.loads(commands.run("doctor", "--json", code=1))["checks"]}
    proxy = f"the proxy {private_proxy.host} of HTTPS_PROXY"
    assert checks["address"]["detail"] == f"{network.base_url} responds as Userplane does, through {proxy}"
    assert checks["TLS"]["detail"] == "trusted"

    report = json.loads(commands.run("doctor", "--json", code=1, SSL_CERT_FILE=""))
    checks = {check["name"]: check for check in report["checks"]}
    assert checks["address"]["detail"] == f"{HOST} takes connections, through {proxy}"
    assert f"no trusted TLS connection to {HOST} through {proxy} (" in checks["TLS"]["detail"]


def test_commands_name_the_proxy_when_it_responds(
    commands: Commands, network: CompanyNetwork, private_proxy: Tinyproxy
) -> None:
    commands.run("links")
    network.intercept(BLOCKED)
    reason = f"the proxy {private_proxy.host} of HTTPS_PROXY, or something behind it, responded 403 with an HTML page"
    printed = commands.run("links", code=1)
    assert reason in printed
    assert "ask an admin" not in printed
    assert reason in commands.run("doctor", code=1)


def test_doctor_says_how_to_set_the_password_when_it_is_wrong(commands: Commands, private_proxy: Tinyproxy) -> None:
    printed = commands.run("doctor", code=1, HTTPS_PROXY=f"http://{USER}:hunter22@{private_proxy.host}")
    assert f"the proxy {private_proxy.host} of HTTPS_PROXY responded 40" in printed
    assert "correct user and password in HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT" in printed
    assert "hunter22" not in printed
