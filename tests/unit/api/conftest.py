"""Servers that do with a connection what no HTTP server would, with TLS by a certificate authority of their own."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest
import trustme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Talk = Callable[[socket.socket], None]
    Wrap = Callable[[socket.socket], socket.socket]

    class Serve(Protocol):
        """Runs one server and returns its address."""

        def __call__(self, talk: Talk, wrap: Wrap = ...) -> str: ...


def _plain(connection: socket.socket) -> socket.socket:
    return connection


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Runs servers that do with a connection, once the request is there, what no HTTP server would."""
    with ExitStack() as stack:

        def start(talk: Talk, wrap: Wrap = _plain) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            listener.settimeout(5)

            def accept() -> None:
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    return
                try:
                    wrapped = wrap(connection)
                except OSError:  # the client doesn't trust it
                    connection.close()
                    return
                with wrapped:
                    wrapped.recv(65536)
                    talk(wrapped)

            thread = threading.Thread(target=accept)
            thread.start()
            stack.callback(thread.join)
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield start


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody trusts unless told to, as a company's own is."""
    return trustme.CA(organization_name="Acme")


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    """Its certificate, as a company hands it out."""
    file = tmp_path / "acme.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


@pytest.fixture(scope="session")
def with_tls(authority: trustme.CA) -> Wrap:
    """Makes a connection one of TLS, with a certificate of the authority's for this machine and api.example."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost", "api.example").configure_cert(tls)
    return lambda connection: tls.wrap_socket(connection, server_side=True)


@pytest.fixture
def tls_serve(serve: Serve, with_tls: Wrap, ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Talk], str]:
    """Runs the servers over TLS, and trusts the authority."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_file))
    return lambda talk: serve(talk, with_tls).replace("http:", "https:")


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
