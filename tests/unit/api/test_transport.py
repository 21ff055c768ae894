"""One request on the wire: where the key goes, and what is said when no response comes."""

from __future__ import annotations

import logging
import platform
import socket
import struct
import threading
import time
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pulumi_userplane.api import transport
from pulumi_userplane.api.client import Client
from pulumi_userplane.api.constants import META_LIMIT
from pulumi_userplane.api.errors import (
    CertificateError,
    ConfigurationError,
    ConnectError,
    InvalidResponseError,
    Operation,
    ResponseLostError,
    ResponseTimeoutError,
    ResponseTooLargeError,
    TLSConnectionError,
    TransportError,
    UserplaneError,
)
from pulumi_userplane.api.retry import Deadline
from pulumi_userplane.api.transport import Request, Response, Transport
from pulumi_userplane.lifecycle.validation import validate
from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.unit.api.conftest import Serve, Talk


READ = Operation("read", "recording link lnk_1")


ME = Request("GET", "/public/me")


def send(
    base_url: str, body: dict[str, Any] | None = None, seconds: float = 120.0, **timeouts: float | None
) -> Response:
    request = Request("GET", "/public/me", body=body)
    return Transport(base_url, "uspl_canary", **timeouts).send(READ, request, Deadline(seconds))


def failure(base_url: str, kind: type[UserplaneError], seconds: float = 120.0, **timeouts: float | None) -> str:
    with pytest.raises(kind) as caught:
        send(base_url, None, seconds, **timeouts)
    assert type(caught.value) is kind
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "uspl_canary" not in str(caught.value) + repr(caught.value)
    assert str(caught.value).startswith("read of recording link lnk_1 failed: ")
    return str(caught.value)


def test_send_returns_the_whole_response(serve: Serve) -> None:
    head = b"HTTP/1.1 418 x\r\nContent-Type: text/x\r\nLocation: /y\r\nContent-Length: 2\r\n\r\n"
    base_url = serve(lambda connection: connection.sendall(head + b"hi"))
    response = send(base_url)
    assert (response.status, response.body) == (418, b"hi")
    assert (response.headers["content-type"], response.headers["Location"]) == ("text/x", "/y")


def test_send_returns_response_when_it_has_no_headers(serve: Serve) -> None:
    base_url = serve(lambda connection: connection.sendall(b"HTTP/1.1 204 x\r\n\r\n"))
    response = send(base_url)
    assert (response.status, dict(response.headers), response.body) == (204, {}, b"")


def test_send_raises_connect_error_when_server_is_not_there(closed_port: int) -> None:
    assert f"no connection to 127.0.0.1:{closed_port}; check the network" in failure(
        f"http://127.0.0.1:{closed_port}", ConnectError
    )


def test_send_raises_connect_error_when_host_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "no connection to api.example" in failure("https://api.example", ConnectError)


def test_send_raises_connect_error_when_server_accepts_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        for _ in range(4):  # fills the queue, so that the next one has to wait
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert "did not accept the connection in time" in failure(base_url, ConnectError, connect_seconds=0.2)


def test_send_raises_certificate_error_when_server_has_no_tls(serve: Serve) -> None:
    base_url = serve(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    message = failure(base_url.replace("http:", "https:"), CertificateError)
    assert "the TLS connection to 127.0.0.1:" in message
    assert "broke before anything was sent; check the base URL" in message


def test_send_raises_tls_connection_error_when_tls_breaks_later(tls_serve: Callable[[Talk], str]) -> None:
    def talk(connection: socket.socket) -> None:
        with socket.socket(fileno=connection.detach()) as bare:
            bare.sendall(b"no TLS at all")

    assert "the TLS connection to 127.0.0.1:" in failure(tls_serve(talk), TLSConnectionError)


def test_send_raises_connect_error_when_tls_handshake_is_cut(serve: Serve) -> None:
    def cut(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert "no connection to 127.0.0.1:" in failure(serve(cut).replace("http:", "https:"), ConnectError)


def test_send_raises_configuration_error_when_body_is_not_json(closed_port: int) -> None:
    with pytest.raises(ConfigurationError, match="remove NaN and infinity from `meta`"):
        send(f"http://127.0.0.1:{closed_port}", {"meta": {"ratio": float("nan")}})


@pytest.mark.slow
@pytest.mark.parametrize("message", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_send_raises_response_timeout_when_server_stays_silent(serve: Serve, message: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(message)
        time.sleep(0.3)

    assert "stayed silent" in failure(serve(talk), ResponseTimeoutError, read_seconds=0.1)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n{}\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
def test_send_raises_response_lost_when_response_breaks_off(serve: Serve, message: bytes) -> None:
    base_url = serve(lambda connection: connection.sendall(message))
    assert "broke before the response was complete" in failure(base_url, ResponseLostError)


TRICKLES = {
    "status line": (b"", b"H"),
    "status lines": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "header": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: x\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", b" "),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "size of a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "compressed body": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 400\r\n\r\n\x1f\x8b\x08\x08" + bytes(6),
        b"x",
    ),
}
"""How a response begins, and which bytes of it then follow every 50 ms, without an end."""


def trickle(begin: bytes, more: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        try:
            connection.sendall(begin)
            for _ in range(60):
                time.sleep(0.05)
                connection.sendall(more)
        except OSError:
            return

    return talk


@pytest.mark.slow
@pytest.mark.parametrize(("begin", "more"), TRICKLES.values(), ids=TRICKLES)
def test_send_gives_up_at_deadline_when_response_trickles(serve: Serve, begin: bytes, more: bytes) -> None:
    base_url = serve(trickle(begin, more))
    began = time.monotonic()
    assert "did not finish its response before the operation's deadline" in failure(base_url, ResponseTimeoutError, 0.3)
    assert 0.3 <= time.monotonic() - began < 1


@pytest.mark.slow
def test_send_gives_up_at_deadline_when_server_is_silent_again(serve: Serve) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        time.sleep(0.8)
        connection.sendall(b"X: ")
        time.sleep(0.8)

    began = time.monotonic()
    failure(serve(talk), ResponseTimeoutError, 1.0)
    assert time.monotonic() - began < 1.4


@pytest.mark.slow
@pytest.mark.parametrize(("begin", "more"), TRICKLES.values(), ids=TRICKLES)
def test_send_gives_up_at_deadline_when_tls_response_trickles(
    tls_serve: Callable[[Talk], str], begin: bytes, more: bytes
) -> None:
    base_url = tls_serve(trickle(begin, more))
    began = time.monotonic()
    assert "did not finish its response before the operation's deadline" in failure(base_url, ResponseTimeoutError, 0.5)
    assert 0.5 <= time.monotonic() - began < 1.2


@pytest.mark.slow
def test_send_gives_up_when_tls_handshake_trickles(serve: Serve) -> None:
    base_url = serve(trickle(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"x"))
    began = time.monotonic()
    message = failure(base_url.replace("http:", "https:"), ConnectError, connect_seconds=0.3)
    assert "did not accept the connection in time" in message
    assert 0.3 <= time.monotonic() - began < 1


@pytest.mark.slow
def test_send_gives_up_at_deadline_when_response_of_proxy_trickles(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", serve(trickle(b"", b"H")))
    began = time.monotonic()
    assert "of HTTPS_PROXY did not respond in time" in failure("https://api.example", ConnectError, 0.3)
    assert 0.3 <= time.monotonic() - began < 1


@pytest.mark.slow
def test_send_leaves_later_requests_their_time_when_one_ended_late(server: Emulator) -> None:
    shared = Transport(server.base_url, server.api_key)
    server.fault(latency=0.3)
    with pytest.raises(ResponseTimeoutError):
        shared.send(READ, ME, Deadline(0.1))
    server.fault(latency=0.3)
    assert [shared.send(READ, ME, Deadline(5)).status for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("size", [transport.MAX_RESPONSE_BYTES, transport.MAX_RESPONSE_BYTES + 1])
@pytest.mark.parametrize("length", ["Content-Length: {}", "Connection: close"])
def test_send_raises_response_too_large_when_body_exceeds_8_mib(serve: Serve, size: int, length: str) -> None:
    def response(connection: socket.socket) -> None:
        try:
            connection.sendall(f"HTTP/1.1 200 OK\r\n{length.format(size)}\r\n\r\n".encode() + b" " * size)
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    base_url = serve(response)
    if size == transport.MAX_RESPONSE_BYTES:
        assert len(send(base_url).body) == size
    else:
        assert "(status 200) is larger than 8 MiB" in failure(base_url, ResponseTooLargeError)


def test_send_does_not_read_body_when_its_length_is_too_large(serve: Serve) -> None:
    heads = {status: f"HTTP/1.1 {status} X\r\nContent-Length: {20 * 1024**2}\r\n\r\n".encode() for status in (200, 500)}
    with pytest.raises(ResponseTooLargeError) as caught:
        send(serve(lambda connection: connection.sendall(heads[200])))
    assert caught.value.times == 2.5
    assert "(status 500) is larger than 8 MiB" in failure(
        serve(lambda connection: connection.sendall(heads[500])), InvalidResponseError
    )


@pytest.mark.parametrize("text", ["a", "é", "😀", '"', "\\", "\n", "<", "\x7f"])
def test_validate_counts_the_bytes_of_meta_that_are_sent(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    def never_sent(_adapter: object, request: requests.PreparedRequest, **_: Any) -> None:
        assert isinstance(request.body, bytes)
        sent.append(request.body)
        raise requests.exceptions.ConnectTimeout

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", never_sent)
    meta = {text: [text * META_LIMIT, 1, 1.5, None, True, {}]}
    with pytest.raises(UserplaneError):
        send("http://127.0.0.1", {"meta": meta})
    (line,) = validate({"domain_id": "dom", "meta": meta}, {}, ())
    of_meta = len(sent[0]) - len('{"meta": }')
    assert f"is {of_meta} bytes long" in line


def test_send_follows_no_redirect(server: Emulator, serve: Serve) -> None:
    arrived: list[bytes] = []
    target = serve(lambda connection: arrived.append(connection.recv(1)))
    server.fault(answer="redirect", status=302, target=f"{target}/public/me")
    response = Transport(server.base_url, server.api_key).send(READ, ME, Deadline())
    assert (response.status, response.headers["Location"]) == (302, f"{target}/public/me")
    assert arrived == []
    socket.create_connection(("127.0.0.1", int(target.rpartition(":")[2]))).close()


def test_send_keeps_the_key_when_netrc_names_the_server(
    server: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login mallory password hunter22\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    Client(server.api_key, base_url=server.base_url).get_me()
    assert [request.user for request in RequestLog(server).entries()] == ["usr_owner"]


def test_transport_keeps_one_session_for_each_thread(server: Emulator) -> None:
    shared = Transport(server.base_url, server.api_key)
    sessions: list[int] = []

    def ask() -> None:
        for _ in range(2):
            shared.send(READ, ME, Deadline())
            sessions.append(id(shared._session()))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sessions) == 6
    assert len(server.requests) == 6
    assert len({session for session in sessions if sessions.count(session) == 2}) >= 1
    assert id(shared._session()) == id(shared._session())


def test_key_is_in_no_log_and_no_repr(server: Emulator, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = Client(server.api_key, base_url=server.base_url, clock=clock)
    server.fault(answer="status", status=401, code="API_KEY_INVALID", message=f"{server.api_key} is unknown")
    server.fault(answer="drop", times=None)
    message = [repr(client), repr(client._transport)]
    for _ in range(2):
        with pytest.raises(UserplaneError) as caught:
            client.get_me()
        message += [str(caught.value), repr(caught.value), repr(vars(caught.value))]
    server.clear_faults()
    message.append(repr(client.get_me()))
    assert any(record.name.startswith("urllib3") for record in caplog.records)
    assert server.api_key not in caplog.text + "".join(message)


def test_user_agent_names_package_pulumi_and_python(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"pulumi-userplane": "1.2.3"}

    def version(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(transport, "version", version)
    monkeypatch.setattr(platform, "python_version", lambda: "3.10.0")
    assert transport.user_agent.__wrapped__() == "pulumi-userplane/1.2.3 python/3.10.0"
    versions["pulumi"] = "3.216.0"
    assert transport.user_agent.__wrapped__() == "pulumi-userplane/1.2.3 pulumi/3.216.0 python/3.10.0"


def test_errors_without_a_response_are_transport_errors() -> None:
    assert issubclass(ConnectError, TransportError)
    assert issubclass(ResponseLostError, TransportError)
