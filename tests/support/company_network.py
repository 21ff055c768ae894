"""A company's network on this machine: a real tinyproxy, and behind it a Userplane with TLS by the company's CA.

Userplane has a name that only a proxy behind tinyproxy knows: a request that goes past tinyproxy reaches nobody, and
all connections are those of loopback.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import socketserver
import ssl
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from typing_extensions import Self

from pulumi_userplane.emulator import Emulator
from tests.support.tinyproxy import WHY_NOT, Tinyproxy, find_tinyproxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "userplane.example"
KEY = "uspl_canary_net_77aa"
USER = "maria"
PASSWORD = "pa.55-w_rd"
ESCAPED_PASSWORD = "pa%2E55-w_rd"


class Names(socketserver.ThreadingTCPServer):
    """The proxy behind tinyproxy: it connects the names that it knows to ports of this machine.

    Attributes:
        ports: The port of each name.
        refusals: How many connections it does not make before it makes one.
        respond: What it does with a connection instead, if anything.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.ports: dict[str, int] = {}
        self.refusals = 0
        self.respond: Callable[[socket.socket], None] | None = None
        self._tunnels: set[socket.socket] = set()

    @property
    def port(self) -> int:
        """Its own port."""
        port: int = self.server_address[1]
        return port

    def connect(self, one: socket.socket, other: socket.socket) -> None:
        """Passes on what both send until both have ended."""
        self._tunnels |= {one, other}
        back = threading.Thread(target=_pump, args=(other, one))
        back.start()
        _pump(one, other)
        back.join()
        self._tunnels -= {one, other}

    def end_tunnels(self) -> None:
        """Ends all connections: a client may keep one open for its next request."""
        for connection in list(self._tunnels):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Tunnel(socketserver.BaseRequestHandler):
    server: Names
    request: socket.socket

    def handle(self) -> None:
        asked = _read_head(self.request)
        name = asked.split()[1].rpartition(":")[0]
        is_refused = self.server.refusals > 0
        self.server.refusals -= is_refused
        if is_refused or name not in self.server.ports:
            self.request.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            return
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if self.server.respond is not None:
            self.server.respond(self.request)
            return
        with socket.create_connection(("127.0.0.1", self.server.ports[name])) as there:
            self.server.connect(self.request, there)


def _read_head(connection: socket.socket) -> str:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            break
        head += byte
    return head.decode() or "CONNECT :0"


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class CompanyNetwork:
    """What a machine inside a company sees.

    Attributes:
        userplane: Userplane itself, reached by its name through the proxy alone.
        names: The proxy behind tinyproxy.
        folder: A folder for certificates.
        authority: The company's CA.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.authority = trustme.CA(organization_name="Acme")
        self.ca_file = folder / "acme.pem"
        self.authority.cert_pem.write_to_path(str(self.ca_file))
        certificate = self.authority.issue_cert(HOST)
        self._server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._server_tls)
        self.userplane = stack.enter_context(_with_tls(Emulator(api_key=KEY), certificate, folder))
        self.names = stack.enter_context(Names())
        self.names.ports[HOST] = int(self.userplane.base_url.split(":")[2].partition("/")[0])
        self._stack = stack

    @property
    def base_url(self) -> str:
        """Userplane's address."""
        return f"https://{HOST}/api/v1"

    def start_proxy(self, *options: str) -> Tinyproxy:
        """Starts another tinyproxy, with more lines in its configuration."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        proxy = Tinyproxy(folder, self.names.port, options)
        self._stack.callback(proxy.stop)
        return proxy

    def environ(self, proxy: str) -> dict[str, str]:
        """Returns the variables of a machine that has everything set: account, proxy and CA."""
        return {
            **self.userplane.environ(),
            "USERPLANE_BASE_URL": self.base_url,
            "HTTPS_PROXY": proxy,
            "SSL_CERT_FILE": str(self.ca_file),
        }

    def intercept(self, response: bytes) -> None:
        """Lets the network respond itself from now on, over TLS by its own CA, whatever is asked.

        tinyproxy can't do that; other companies' proxies do.
        """

        def respond(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), self._server_tls.wrap_socket(connection, server_side=True) as inside:
                # To end a connection with something unread resets it.
                length = re.search(r"(?i)^content-length: (\d+)", _read_head(inside), re.MULTILINE)
                left = int(length[1]) if length else 0
                while left and (piece := inside.recv(left)):
                    left -= len(piece)
                inside.sendall(response)

        self.names.respond = respond
        self.names.end_tunnels()


@contextlib.contextmanager
def _with_tls(emulator: Emulator, certificate: trustme.LeafCert, folder: Path) -> Iterator[Emulator]:
    """Serves the emulator over TLS, which it does not do by itself."""
    file = folder / "userplane.pem"
    certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
    config = emulator._server._server.config
    config.ssl_certfile = config.ssl_keyfile = str(file)
    with emulator:
        yield emulator


@pytest.fixture(scope="session")
def _one_company_network() -> Iterator[CompanyNetwork]:
    if find_tinyproxy() is None:
        pytest.skip(WHY_NOT)
    folder = Path(tempfile.mkdtemp(prefix="network-"))
    with ExitStack() as stack:
        yield CompanyNetwork(folder, stack)
    shutil.rmtree(folder)


@pytest.fixture
def network(_one_company_network: CompanyNetwork, monkeypatch: pytest.MonkeyPatch) -> CompanyNetwork:
    """Returns a network that lets everything through, with a new Userplane; nothing of the shell's network counts."""
    certificates = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    for name in [name for name in os.environ if name.lower().endswith("_proxy") or name in certificates]:
        monkeypatch.delenv(name)
    _one_company_network.userplane.seed({})
    _one_company_network.userplane.reset()
    _one_company_network.names.respond = None
    _one_company_network.names.refusals = 0
    return _one_company_network


@pytest.fixture(scope="session")
def _open_proxy(_one_company_network: CompanyNetwork) -> Tinyproxy:
    return _one_company_network.start_proxy()


@pytest.fixture(scope="session")
def _private_proxy(_one_company_network: CompanyNetwork) -> Tinyproxy:
    return _one_company_network.start_proxy(f"BasicAuth {USER} {PASSWORD}")


@pytest.fixture
def open_proxy(_open_proxy: Tinyproxy) -> Tinyproxy:
    """Returns the network's proxy for everybody."""
    return _open_proxy


@pytest.fixture
def private_proxy(_private_proxy: Tinyproxy) -> Tinyproxy:
    """Returns the network's proxy that wants a user and a password."""
    return _private_proxy
