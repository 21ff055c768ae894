"""One request on the wire: where the key goes and does not go, and what is said when no answer comes."""

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


def send(base_url: str, body: dict[str, Any] | None = None, seconds: float = 120.0) -> Response:
    request = Request("GET", "/public/me", body=body)
    return Transport(base_url, "uspl_canary").send(READ, request, Deadline(seconds))


def failure(base_url: str, kind: type[UserplaneError], seconds: float = 120.0) -> str:
    with pytest.raises(kind) as caught:
        send(base_url, seconds=seconds)
    assert type(caught.value) is kind
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "uspl_canary" not in str(caught.value) + repr(caught.value)
    assert str(caught.value).startswith("read of recording link lnk_1 failed: ")
    return str(caught.value)


def test_the_whole_answer_comes_back_with_its_headers(serve: Serve) -> None:
    head = b"HTTP/1.1 418 x\r\nContent-Type: text/x\r\nLocation: /y\r\nContent-Length: 2\r\n\r\n"
    base_url = serve(lambda connection: connection.sendall(head + b"hi"))
    answer = send(base_url)
    assert (answer.status, answer.body) == (418, b"hi")
    assert (answer.headers["content-type"], answer.headers["Location"]) == ("text/x", "/y")


def test_an_answer_may_lack_all_headers(serve: Serve) -> None:
    base_url = serve(lambda connection: connection.sendall(b"HTTP/1.1 204 x\r\n\r\n"))
    answer = send(base_url)
    assert (answer.status, dict(answer.headers), answer.body) == (204, {}, b"")


def test_a_server_that_is_not_there_was_sent_nothing(closed_port: int) -> None:
    assert f"no connection to 127.0.0.1:{closed_port}; check the network" in failure(
        f"http://127.0.0.1:{closed_port}", ConnectError
    )


def test_a_name_that_is_not_known_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "no connection to api.example" in failure("https://api.example", ConnectError)


def test_a_server_that_takes_no_connection_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        for _ in range(4):  # fills the queue, so that the next one has to wait
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert "did not accept the connection within 0 s" in failure(base_url, ConnectError)


def test_a_server_without_tls_was_sent_nothing(serve: Serve) -> None:
    base_url = serve(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    said = failure(base_url.replace("http:", "https:"), CertificateError)
    assert "the TLS connection to 127.0.0.1:" in said
    assert "broke before anything was sent; check the base URL" in said


def test_a_tls_connection_that_breaks_later_may_have_carried_the_request(tls_serve: Callable[[Talk], str]) -> None:
    def talk(connection: socket.socket) -> None:
        with socket.socket(fileno=connection.detach()) as bare:
            bare.sendall(b"no TLS at all")

    assert "the TLS connection to 127.0.0.1:" in failure(tls_serve(talk), TLSConnectionError)


def test_a_connection_that_is_cut_in_the_tls_handshake_was_sent_nothing(serve: Serve) -> None:
    def cut(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert "no connection to 127.0.0.1:" in failure(serve(cut).replace("http:", "https:"), ConnectError)


def test_a_body_that_is_no_json_was_never_sent(closed_port: int) -> None:
    with pytest.raises(ConfigurationError, match="remove NaN and infinity from `meta`"):
        send(f"http://127.0.0.1:{closed_port}", {"meta": {"ratio": float("nan")}})


@pytest.mark.slow
@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_a_server_that_stays_silent_may_have_done_it(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.1)

    def talk(connection: socket.socket) -> None:
        connection.sendall(said)
        time.sleep(0.3)

    assert "stayed silent" in failure(serve(talk), ResponseTimeoutError)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n{}\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
def test_an_answer_that_breaks_off_may_have_been_done(serve: Serve, said: bytes) -> None:
    base_url = serve(lambda connection: connection.sendall(said))
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
"""How an answer begins, and what of it then comes for ever, every 50 ms."""


def trickling(begin: bytes, more: bytes) -> Talk:
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
def test_an_answer_that_trickles_is_given_up_when_the_time_is_over(serve: Serve, begin: bytes, more: bytes) -> None:
    base_url = serve(trickling(begin, more))
    began = time.monotonic()
    assert "did not finish its response before the operation's deadline" in failure(base_url, ResponseTimeoutError, 0.3)
    assert 0.3 <= time.monotonic() - began < 1


@pytest.mark.slow
def test_what_was_heard_late_gives_a_silent_server_no_more_time(serve: Serve) -> None:
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
def test_an_answer_over_tls_that_trickles_is_given_up_when_the_time_is_over(
    tls_serve: Callable[[Talk], str], begin: bytes, more: bytes
) -> None:
    base_url = tls_serve(trickling(begin, more))
    began = time.monotonic()
    assert "did not finish its response before the operation's deadline" in failure(base_url, ResponseTimeoutError, 0.5)
    assert 0.5 <= time.monotonic() - began < 1.2


@pytest.mark.slow
def test_a_tls_handshake_that_trickles_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.3)
    base_url = serve(trickling(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"x"))
    began = time.monotonic()
    assert "did not accept the connection" in failure(base_url.replace("http:", "https:"), ConnectError)
    assert 0.3 <= time.monotonic() - began < 1


@pytest.mark.slow
def test_a_proxys_answer_that_trickles_is_given_up_when_the_time_is_over(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", serve(trickling(b"", b"H")))
    began = time.monotonic()
    assert "of HTTPS_PROXY did not respond in time" in failure("https://api.example", ConnectError, 0.3)
    assert 0.3 <= time.monotonic() - began < 1


@pytest.mark.slow
def test_what_ended_late_leaves_later_requests_their_time(server: Emulator) -> None:
    shared = Transport(server.base_url, server.api_key)
    server.fault(latency=0.3)
    with pytest.raises(ResponseTimeoutError):
        shared.send(READ, ME, Deadline(0.1))
    server.fault(latency=0.3)
    assert [shared.send(READ, ME, Deadline(5)).status for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("size", [transport.MAX_RESPONSE_BYTES, transport.MAX_RESPONSE_BYTES + 1])
@pytest.mark.parametrize("length", ["Content-Length: {}", "Connection: close"])
def test_an_answer_is_at_most_8_mib(serve: Serve, size: int, length: str) -> None:
    def answer(connection: socket.socket) -> None:
        try:
            connection.sendall(f"HTTP/1.1 200 OK\r\n{length.format(size)}\r\n\r\n".encode() + b" " * size)
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    base_url = serve(answer)
    if size == transport.MAX_RESPONSE_BYTES:
        assert len(send(base_url).body) == size
    else:
        assert "(status 200) is larger than 8 MiB" in failure(base_url, ResponseTooLargeError)


def test_an_answer_that_says_it_is_too_large_is_not_read(serve: Serve) -> None:
    heads = {status: f"HTTP/1.1 {status} X\r\nContent-Length: {20 * 1024**2}\r\n\r\n".encode() for status in (200, 500)}
    with pytest.raises(ResponseTooLargeError) as caught:
        send(serve(lambda connection: connection.sendall(heads[200])))
    assert caught.value.times == 2.5
    assert "(status 500) is larger than 8 MiB" in failure(
        serve(lambda each: each.sendall(heads[500])), InvalidResponseError
    )


@pytest.mark.parametrize("text", ["a", "é", "😀", '"', "\\", "\n", "<", "\x7f"])
def test_check_counts_the_bytes_of_meta_that_are_sent(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_redirect_is_not_followed_and_the_key_does_not_go_there(server: Emulator, serve: Serve) -> None:
    arrived: list[bytes] = []
    target = serve(lambda connection: arrived.append(connection.recv(1)))
    server.fault(answer="redirect", status=302, target=f"{target}/public/me")
    answer = Transport(server.base_url, server.api_key).send(READ, ME, Deadline())
    assert (answer.status, answer.headers["Location"]) == (302, f"{target}/public/me")
    assert arrived == []
    socket.create_connection(("127.0.0.1", int(target.rpartition(":")[2]))).close()


def test_a_netrc_can_not_replace_the_key(server: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login mallory password hunter22\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    Client(server.api_key, base_url=server.base_url).get_me()
    assert [request.user for request in RequestLog(server).entries()] == ["usr_owner"]


def test_each_thread_has_a_session_of_its_own_and_keeps_it(server: Emulator) -> None:
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


def test_the_key_is_in_no_log_and_no_repr(server: Emulator, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = Client(server.api_key, base_url=server.base_url, clock=clock)
    server.fault(answer="status", status=401, code="API_KEY_INVALID", message=f"{server.api_key} is unknown")
    server.fault(answer="drop", times=None)
    said = [repr(client), repr(client._transport)]
    for _ in range(2):
        with pytest.raises(UserplaneError) as caught:
            client.get_me()
        said += [str(caught.value), repr(caught.value), repr(vars(caught.value))]
    server.clear_faults()
    said.append(repr(client.get_me()))
    assert any(record.name.startswith("urllib3") for record in caplog.records)
    assert server.api_key not in caplog.text + "".join(said)


def test_requests_say_what_sends_them(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_all_that_brings_no_answer_is_a_transport_error() -> None:
    assert issubclass(ConnectError, TransportError)
    assert issubclass(ResponseLostError, TransportError)
