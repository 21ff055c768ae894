"""The client behind a real tinyproxy: what works, and what is said of each way in which the network says no."""

from __future__ import annotations

import logging
import os
import re
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api import transport
from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import (
    APIError,
    AuthenticationError,
    CertificateError,
    ConnectError,
    InvalidResponseError,
    NotFoundError,
    PermissionDeniedError,
    ProxyError,
    RateLimitError,
    RedirectError,
    ResponseLostError,
    ServerError,
    UserplaneError,
)
from tests.support.company_network import ESCAPED_PASSWORD, HOST, KEY, PASSWORD, USER
from tests.support.tinyproxy import Tinyproxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clock import Clock
    from tests.support.company_network import CompanyNetwork

pytestmark = pytest.mark.slow

OTHER_WAY = f"check HTTPS_PROXY, or add {HOST} to NO_PROXY to go without the proxy"
ALLOW_CONNECT = f"ask the proxy's owner to allow {HOST}, port 443 (CONNECT); or {OTHER_WAY}"
ALLOW = f"ask the proxy's owner to allow {HOST}; or {OTHER_WAY}"
SIGN_IN = "sign in at the proxy (open any page in a browser), then run again"
WITH_USER = "http://USER:PASSWORD@HOST:PORT, where @ is %40, : is %3A, / is %2F, # is %23 and % is %25"


class Machine:
    """A machine in a company's network."""

    def __init__(self, network: CompanyNetwork, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
        self.network = network
        self.told: list[str] = []
        self._monkeypatch = monkeypatch
        self._clock = clock

    def set(self, proxy: str, **environ: str) -> None:
        """Sets the variables of a machine that has everything, and these; an empty one is not set."""
        for name, value in {**self.network.environ(proxy), **environ}.items():
            self._monkeypatch.setenv(name, value)

    def ask(self) -> str:
        """Returns whose key it is."""
        client = Client(
            KEY, base_url=self.network.base_url, requests_per_minute=0, notify=self.told.append, clock=self._clock
        )
        return client.get_me().user.id

    def fail(self, kind: type[UserplaneError]) -> str:
        """Returns what is said when it fails."""
        with pytest.raises(kind) as caught:
            self.ask()
        assert type(caught.value) is kind
        line = str(caught.value)
        assert "ask an admin" not in line
        assert not (isinstance(caught.value, APIError) and caught.value.proves_link_gone)
        return line.removeprefix("read of the key's owner failed: ")


@pytest.fixture
def machine(network: CompanyNetwork, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Machine:
    return Machine(network, monkeypatch, clock)


def named(proxy: Tinyproxy) -> str:
    return f"the proxy {proxy.host} of HTTPS_PROXY"


def test_request_goes_through_the_proxy(machine: Machine, open_proxy: Tinyproxy) -> None:
    machine.set(f"http://{open_proxy.host}")
    assert machine.ask() == "usr_owner"
    assert f"CONNECT {HOST}:443" in open_proxy.log
    assert KEY not in open_proxy.log


@pytest.mark.parametrize("password", [PASSWORD, ESCAPED_PASSWORD])
def test_request_goes_through_a_proxy_with_a_password(
    machine: Machine, private_proxy: Tinyproxy, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    machine.set(f"http://{USER}:{password}@{private_proxy.host}")
    assert machine.ask() == "usr_owner"
    assert password not in caplog.text


@pytest.mark.parametrize(
    ("user", "status", "verb"),
    # A newer tinyproxy may respond 407 to a wrong password as well.
    [("", "407", "write user and password into"), (f"{USER}:hunter22@", "40[17]", "correct user and password in")],
)
def test_error_says_how_to_set_the_password_when_the_proxy_wants_another(
    machine: Machine, private_proxy: Tinyproxy, user: str, status: str, verb: str
) -> None:
    machine.set(f"http://{user}{private_proxy.host}")
    before, after = (
        f"{named(private_proxy)} responded ",
        f" and does not connect to {HOST}; {verb} HTTPS_PROXY: {WITH_USER}",
    )
    assert re.fullmatch(re.escape(before) + status + re.escape(after), machine.fail(ProxyError))
    assert machine.told == []


@pytest.mark.parametrize("option", ['Filter "{folder}/filter"', "ConnectPort 563", "Allow 192.0.2.1"])
def test_error_says_whom_to_ask_when_the_proxy_refuses_the_host(
    machine: Machine, network: CompanyNetwork, option: str
) -> None:
    (network.folder / "filter").write_text("userplane\n", encoding="utf-8")
    proxy = network.start_proxy(option.format(folder=network.folder))
    machine.set(f"http://{proxy.host}")
    assert machine.fail(ProxyError) == f"{named(proxy)} responded 403 and does not connect to {HOST}; {ALLOW_CONNECT}"


def test_proxy_is_told_at_once_when_it_does_not_reach_the_server(
    machine: Machine, network: CompanyNetwork, tmp_path: Path, clock: Clock
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed_port = listener.getsockname()[1]
    proxy = Tinyproxy(tmp_path, closed_port)
    try:
        machine.set(f"http://{proxy.host}")
        message = machine.fail(ConnectError)
    finally:
        proxy.stop()
    reason = f"{named(proxy)} responded 502 and does not connect to {HOST}"
    assert message == f"{reason}; {ALLOW_CONNECT}"
    assert machine.told[0].startswith(f"read of the key's owner failed: {reason}; trying again ")
    assert 60 < sum(clock.slept) < 120


def test_error_says_to_write_http_when_the_proxy_waits_for_more_than_a_tls_hello(
    machine: Machine, open_proxy: Tinyproxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.2)
    machine.set(f"https://{open_proxy.host}")
    assert machine.fail(ConnectError) == (
        f"{named(open_proxy)} did not respond in time; if the proxy itself does not use TLS, write http:// in "
        f"HTTPS_PROXY; {OTHER_WAY}"
    )
    assert machine.told[0].startswith(f"read of the key's owner failed: {named(open_proxy)} did not respond in time; ")


def test_error_names_the_proxy_when_the_one_behind_it_does_not_reach_the_server(
    machine: Machine, network: CompanyNetwork, open_proxy: Tinyproxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network.names, "ports", {})
    machine.set(f"http://{open_proxy.host}")
    reason = f"{named(open_proxy)} responded 503 and does not connect to {HOST}"
    assert machine.fail(ConnectError) == f"{reason}; {ALLOW_CONNECT}"


def set_certificates(network: CompanyNetwork, variable: str, folder: Path) -> dict[str, str]:
    """Returns the environment in which only this variable names the company's CA."""
    path = network.ca_file
    if variable == "SSL_CERT_DIR":
        openssl = shutil.which("openssl")
        assert openssl
        name = subprocess.run(
            [openssl, "x509", "-noout", "-hash", "-in", path], capture_output=True, text=True, check=True
        ).stdout.strip()
        shutil.copy(path, folder / f"{name}.0")
        path = folder
    return {"SSL_CERT_FILE": "", variable: str(path)}


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_ca_is_trusted_when_a_variable_names_it(
    machine: Machine, network: CompanyNetwork, open_proxy: Tinyproxy, variable: str, tmp_path: Path
) -> None:
    machine.set(f"http://{open_proxy.host}", **set_certificates(network, variable, tmp_path))
    assert machine.ask() == "usr_owner"


def test_error_says_where_to_put_the_ca_when_it_is_not_trusted(machine: Machine, open_proxy: Tinyproxy) -> None:
    machine.set(f"http://{open_proxy.host}", SSL_CERT_FILE="")
    message = machine.fail(CertificateError)
    assert message.startswith(f"no trusted TLS connection to {HOST} through {named(open_proxy)} (")
    assert message.endswith(
        "); if a company's proxy signs connections, put its CA into the system's store, or name its file in "
        "SSL_CERT_FILE"
    )


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_error_names_the_variable_when_that_keeps_the_ca_from_counting(
    machine: Machine, open_proxy: Tinyproxy, variable: str
) -> None:
    import certifi

    machine.set(f"http://{open_proxy.host}", **{variable: certifi.where()})
    assert os.environ["SSL_CERT_FILE"]
    assert machine.fail(CertificateError).endswith(
        f"; if a company's proxy signs connections, add its CA to what {variable} names, since nothing else is trusted "
        "while that is set"
    )


def respond(status: int, headers: str = "", body: str = "<html>", kind: str = "text/html") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return f"{head}{body}".encode()


SQUID = "Server: squid/5.7\r\nVia: 1.1 gw.acme\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n"
BY_SQUID = " (Server: squid/5.7, Via: 1.1 gw.acme, X-Squid-Error: ERR_ACCESS_DENIED 0)"
LATER = f"run again in a few minutes; if it stays so, {ALLOW}"


@pytest.mark.parametrize(
    ("response", "kind", "what", "next_step"),
    [
        (respond(200), InvalidResponseError, "200 with an HTML page", ALLOW),
        (respond(200, body=""), InvalidResponseError, "200 with an empty body", ALLOW),
        (respond(401), AuthenticationError, "401 with an HTML page", ALLOW),
        (respond(403, SQUID), PermissionDeniedError, "403 with an HTML page", ALLOW),
        (respond(404), NotFoundError, "404 with an HTML page", f"it proves no deletion: {ALLOW}"),
        (
            respond(407, body=""),
            APIError,
            "407 with an empty body",
            f"correct user and password in HTTPS_PROXY: {WITH_USER}",
        ),
        (respond(451, kind="text/plain", body="no"), APIError, "451 with a body of type text/plain", ALLOW),
        (respond(502), ServerError, "502 with an HTML page", LATER),
        (respond(503, body=""), ServerError, "503 with an empty body", LATER),
        (respond(504), ServerError, "504 with an HTML page", LATER),
        (respond(511), APIError, "511 with an HTML page", f"{SIGN_IN}; if it stays so, {ALLOW}"),
        (respond(429), RateLimitError, "429 with an HTML page", LATER),
    ],
)
def test_proxy_is_named_when_it_responds_in_userplanes_place(
    machine: Machine,
    private_proxy: Tinyproxy,
    *,
    response: bytes,
    kind: type[UserplaneError],
    what: str,
    next_step: str,
) -> None:
    machine.network.intercept(response)
    machine.set(f"http://{USER}:{PASSWORD}@{private_proxy.host}")
    headers = BY_SQUID if b"squid" in response else ""
    reason = f"{named(private_proxy)}, or something behind it, responded {what} in Userplane's place{headers}"
    assert machine.fail(kind) == f"{reason}; {next_step}"
    is_repeated = kind in (ServerError, RateLimitError)
    assert [line.partition("; ")[0] for line in machine.told[:1]] == [
        f"read of the key's owner failed: {reason}"
    ] * is_repeated
    assert PASSWORD not in "".join(machine.told)


def test_proxy_is_named_when_it_redirects_to_a_login_page(machine: Machine, open_proxy: Tinyproxy) -> None:
    machine.network.intercept(respond(302, "Location: https://login.acme.example/?to=x\r\n"))
    machine.set(f"http://{open_proxy.host}")
    assert machine.fail(RedirectError) == (
        f"{named(open_proxy)}, or something behind it, redirects (302) to https://login.acme.example/?to=x, and a key "
        f"follows no redirect; if that is a login page, sign in there; {ALLOW}"
    )


@pytest.mark.parametrize("response", [b"", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", respond(200, f"X: {'y' * 70000}\r\n")])
def test_proxy_is_named_when_what_it_sends_is_no_response(
    machine: Machine, open_proxy: Tinyproxy, response: bytes
) -> None:
    machine.network.intercept(response)
    machine.set(f"http://{open_proxy.host}")
    assert machine.fail(ResponseLostError).startswith(
        f"the connection to {HOST} through {named(open_proxy)} broke before the response was complete; "
    )


@pytest.mark.parametrize(
    "respond",
    [lambda connection: None, lambda connection: connection.sendall(b"<html>a page, and no TLS")],
    ids=["nothing", "a page"],
)
def test_proxy_is_named_when_its_tunnel_leads_to_something_else(
    machine: Machine, network: CompanyNetwork, open_proxy: Tinyproxy, respond: Callable[[socket.socket], None]
) -> None:
    def respond_after_hello(connection: socket.socket) -> None:
        # To end a connection unread resets it.
        connection.recv(65536)
        respond(connection)

    network.names.respond = respond_after_hello
    machine.set(f"http://{open_proxy.host}")
    assert machine.fail(CertificateError) == (
        f"the TLS connection to {HOST} through {named(open_proxy)} broke before anything was sent; {ALLOW}"
    )
