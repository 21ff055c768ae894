"""Which proxy is used, what is said of one that can't be used, and that its password never appears."""

from __future__ import annotations

import base64
import contextlib
import logging
import socket
import struct
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import requests.adapters
from requests.exceptions import InvalidSchema
from urllib3.exceptions import LocationParseError, NameResolutionError, NewConnectionError

from pulumi_userplane.api.client import Client
from pulumi_userplane.api.errors import (
    CertificateError,
    ConfigurationError,
    ConnectError,
    Operation,
    ProxyError,
    UserplaneError,
)
from pulumi_userplane.api.proxies import Proxy, find_proxy, proxy_failure
from pulumi_userplane.api.read_deadline import NotConnectedError, TimedAdapter
from pulumi_userplane.api.retry import Deadline
from pulumi_userplane.api.transport import Request, Transport

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator
    from tests.unit.api.conftest import Serve, Talk, Wrap

READ = Operation("read", "recording link lnk_1")
ME = Request("GET", "/public/me")
THERE = "https://api.example"
PASSWORD = "pa55w0rd"


def send(connect_seconds: float | None = None) -> bytes:
    return Transport(THERE, "uspl_canary", connect_seconds=connect_seconds).send(READ, ME, Deadline(5)).body


def failure(kind: type[UserplaneError], connect_seconds: float | None = None) -> str:
    with pytest.raises(kind) as caught:
        send(connect_seconds)
    assert type(caught.value) is kind
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert str(caught.value).startswith("read of recording link lnk_1 failed: ")
    return str(caught.value).removeprefix("read of recording link lnk_1 failed: ")


def find(base_url: str = THERE) -> Proxy | None:
    return find_proxy(base_url, TimedAdapter())


def respond_with(response: bytes) -> Talk:
    return lambda connection: connection.sendall(response)


class CompanyProxy:
    """A proxy that signs connections itself, as a company's does that looks into them."""

    def __init__(self, serve: Serve, with_tls: Wrap) -> None:
        self.received: list[bytes] = []
        self.address = serve(self._talk).removeprefix("http://")
        self._with_tls = with_tls

    def _talk(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self._with_tls(connection) as inside:
            self.received.append(inside.recv(65536))
            inside.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


@pytest.fixture
def company(serve: Serve, with_tls: Wrap, ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> CompanyProxy:
    """Such a proxy, whose authority the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    return CompanyProxy(serve, with_tls)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("value", ["http://{}", "{}", " http://{}/\n", "HTTP://USER:pa%40ss@{}"])
def test_transport_uses_the_proxy_of_the_environment(
    company: CompanyProxy, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "socks5://nobody.example")
    monkeypatch.setenv(variable, value.format(company.address.replace("127.0.0.1", "localhost")))
    assert send() == b"{}"
    assert b"Authorization: Bearer uspl_canary" in company.received[0]
    assert b"Proxy-Authorization" not in company.received[0]


def test_transport_reaches_the_proxy_by_tls(
    serve: Serve, with_tls: Wrap, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_file))
    monkeypatch.setenv(
        "HTTPS_PROXY", serve(respond_with(b"HTTP/1.1 403 x\r\n\r\n"), with_tls).replace("http:", "https:")
    )
    assert "responded 403" in failure(ProxyError)


@pytest.mark.parametrize(
    ("exempt", "direct"),
    [
        ("api.example", True),
        ("API.example", True),
        ("other.example, api.example", True),
        (".example", True),
        ("example", True),
        ("api.example:443", False),
        ("*.example", False),
        ("https://api.example", False),
        ("other.example", False),
        ("*", True),
    ],
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_find_proxy_returns_none_when_no_proxy_names_the_host(
    monkeypatch: pytest.MonkeyPatch, name: str, exempt: str, direct: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv(name, exempt)
    assert (find() is None) is direct


@pytest.mark.parametrize(("value", "counts"), [("other.example", "no_proxy"), ("", "NO_PROXY")])
def test_proxy_error_names_the_variable_that_exempts_a_host(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, value: str, counts: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", serve(respond_with(b"HTTP/1.1 403 x\r\n\r\n")))
    monkeypatch.setenv("NO_PROXY", "another.example")
    monkeypatch.setenv("no_proxy", value)
    assert failure(ProxyError).endswith(f"or add api.example to {counts} to go without the proxy")
    monkeypatch.setenv(counts, "api.example")
    assert find() is None


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        (("HTTPS_PROXY", "https_proxy"), "https_proxy"),
        (("https_proxy", "HTTPS_PROXY"), "https_proxy"),
        (("ALL_PROXY", "HTTPS_PROXY"), "HTTPS_PROXY"),
        (("all_proxy", "HTTPS_PROXY"), "HTTPS_PROXY"),
        (("all_proxy", "ALL_PROXY", "http_proxy"), "all_proxy"),
    ],
)
def test_find_proxy_names_the_variable_that_counts_when_several_say_the_same(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], counts: str
) -> None:
    for name in names:
        monkeypatch.setenv(name, "http://proxy.example:3128")
    assert str(find()) == f"the proxy proxy.example:3128 of {counts}"


def test_find_proxy_prefers_scheme_and_lower_case(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find() is None
    monkeypatch.setenv("HTTPS_PROXY", "")
    assert find() is None
    for name in ("ALL_PROXY", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"{name.lower().replace('_', '-')}{name[0]}.example:3128")
        proxy = find()
        assert proxy is not None
        assert proxy.variable == name


def test_find_proxy_names_the_system_when_no_variable_holds_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.utils.getproxies", lambda: {"https": "http://proxy.example:3128"})
    assert str(find()) == "the proxy proxy.example:3128 of the system's settings"


def test_find_proxy_returns_none_when_server_is_loopback(
    server: Emulator, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}")
    assert Client(server.api_key, base_url=server.base_url).get_me().user.id == "usr_owner"
    for name in ("HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:1")
    assert find("https://127.0.0.1:1") is find("https://localhost:1") is find("https://[::1]:1") is None


@pytest.mark.parametrize(
    "value",
    [
        "http://proxy.example:port",
        "proxy.example:31x28",
        "http://proxy.example:70000",
        "http://proxy.example:0",
        "http://",
        "http://:3128",
        "http:///proxy.example:3128",
        '"http://proxy.example:3128"',
        "http://pro xy.example:3128",
        f"http://user:{PASSWORD}#1@proxy.example:3128",
        f"http://user:{PASSWORD}/1@proxy.example:3128",
        f"http://{PASSWORD}:4711/1@proxy.example:3128",
        f"http://{PASSWORD}:4711#1@proxy.example:3128",
        f"http://{PASSWORD}:4711?1@proxy.example:3128",
        f"http://{PASSWORD}:4711\\1@proxy.example:3128",
        f"{PASSWORD}:4711/1@proxy.example:3128",
        f"http://{PASSWORD}/1@proxy.example:3128",
        f"ftp://user:{PASSWORD}@proxy.example:3128",
        "wss://proxy.example",
        "://proxy.example",
    ],
)
def test_find_proxy_hides_the_address_when_it_cant_be_read(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    message = failure(ConfigurationError)
    assert message.startswith("HTTPS_PROXY names a proxy whose address can't be read; write it as http://HOST:PORT, or")
    assert "xy.example" not in message
    assert PASSWORD not in message


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "SOCKS5"])
def test_find_proxy_raises_when_socks_library_is_missing(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    def missing(*_: object, **__: object) -> None:
        raise InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", missing)
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://user:{PASSWORD}@127.0.0.1:1080")
    assert failure(ConfigurationError) == (
        "ALL_PROXY names a SOCKS proxy, and the library for SOCKS is not installed; "
        "run `pip install pysocks` in the environment that runs the program, or use an http proxy"
    )


def test_adapter_gives_socks_proxy_the_server_context_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    managers: list[dict[str, object]] = []
    monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", lambda *_, **options: managers.append(options))
    monkeypatch.setenv("HTTPS_PROXY", "socks5h://127.0.0.1:1080")
    assert str(find()) == "the proxy 127.0.0.1:1080 of HTTPS_PROXY"
    assert [set(options) & {"ssl_context", "proxy_ssl_context"} for options in managers] == [{"ssl_context"}]


def test_transport_raises_proxy_error_when_host_name_of_proxy_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@nobody.example:3128")
    assert failure(ProxyError) == (
        "the host name of the proxy nobody.example:3128 of HTTPS_PROXY is not known; "
        "check HTTPS_PROXY, or add api.example to NO_PROXY to go without the proxy"
    )


def test_transport_raises_proxy_error_when_host_name_of_proxy_is_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{'x' * 64}.example:3128")
    assert failure(ProxyError).startswith("the host name of the proxy xxx")


@pytest.mark.parametrize("kind", [NameResolutionError, NewConnectionError, LocationParseError])
def test_proxy_failure_recognizes_an_unknown_host_name_of_each_library(kind: type[Exception]) -> None:
    cause = Exception.__new__(kind)
    cause.__cause__ = socket.gaierror()
    error = NotConnectedError(cause, is_at_first_host=True)
    assert type(proxy_failure(error, Proxy("", "ALL_PROXY", "proxy:1080"), "api.example", READ)) is ProxyError


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 407, 511])
def test_transport_raises_proxy_error_when_proxy_refuses(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    host = serve(respond_with(f"HTTP/1.1 {status} {PASSWORD}\r\n\r\n".encode())).removeprefix("http://")
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@{host}")
    message = failure(ProxyError)
    assert message.startswith(
        f"the proxy {host} of HTTPS_PROXY responded {status} and does not connect to api.example; "
    )
    is_about_user = status in (401, 407)
    assert ("; correct user and password in HTTPS_PROXY: http://USER:" in message) is is_about_user
    assert message.endswith("; sign in at the proxy (open any page in a browser), then run again") is (status == 511)
    to_allow = "ask the proxy's owner to allow api.example, port 443 (CONNECT); or check HTTPS_PROXY, "
    assert (to_allow in message) is (not is_about_user and status != 511)
    assert PASSWORD not in message


def test_proxy_error_says_where_to_write_the_user_when_there_is_none(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", serve(respond_with(b"HTTP/1.1 407 x\r\n\r\n")))
    assert "does not connect to api.example; write user and password into HTTPS_PROXY: http://" in failure(ProxyError)


@pytest.mark.parametrize("password", ["a b", "@:/#?%", "ü", "€", "%41", "a+b", "[x]", "\\"])
def test_proxy_gets_any_password_that_is_escaped(serve: Serve, monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    received: list[bytes] = []

    def refuse(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 407 x\r\n\r\n")

    def keep(connection: socket.socket) -> socket.socket:
        received.append(connection.recv(65536, socket.MSG_PEEK))
        return connection

    escaped = quote(password, safe="")
    monkeypatch.setenv("HTTPS_PROXY", serve(refuse, keep).replace("http://", f"http://maria:{escaped}@"))
    message = failure(ProxyError)
    assert escaped not in message
    [header] = [line for line in received[0].split(b"\r\n") if line.lower().startswith(b"proxy-authorization: basic ")]
    assert base64.b64decode(header.split()[-1]).decode() == f"maria:{password}"


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("http://[::1]:3128", "[::1]:3128"),
        ("[::1]:3128", "[::1]:3128"),
        (f"http://user:{PASSWORD}@[fd00::1]:3128", "[fd00::1]:3128"),
        ("http://proxy.example", "proxy.example"),
        ("http://proxy.example:3128/path?query", "proxy.example:3128"),
    ],
)
def test_find_proxy_names_host_and_port(monkeypatch: pytest.MonkeyPatch, value: str, host: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    assert str(find()) == f"the proxy {host} of HTTPS_PROXY"


def test_transport_uses_a_proxy_with_an_ipv6_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://[::1]:{port}")
    assert f"no connection to api.example through the proxy [::1]:{port} of HTTPS_PROXY; " in failure(ConnectError)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_transport_raises_connect_error_when_proxy_fails_for_now(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", serve(respond_with(f"HTTP/1.1 {status} x\r\n\r\n".encode())))
    assert f"of HTTPS_PROXY responded {status} and does not connect to api.example; " in failure(ConnectError)


@pytest.mark.parametrize("response", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1"])
def test_transport_raises_connect_error_when_proxy_is_not_a_proxy(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, response: bytes
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", serve(respond_with(response)))
    assert failure(ConnectError).startswith("no connection to api.example through the proxy 127.0.0.1:")


def test_transport_raises_connect_error_when_proxy_is_not_there(
    monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port}")
    assert failure(ConnectError) == (
        f"no connection to api.example through the proxy 127.0.0.1:{closed_port} of HTTPS_PROXY; "
        "check HTTPS_PROXY, or add api.example to NO_PROXY to go without the proxy"
    )


@pytest.mark.slow
def test_transport_raises_connect_error_when_proxy_stays_silent(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(connection: socket.socket) -> None:
        connection.recv(1)

    monkeypatch.setenv("HTTPS_PROXY", serve(wait))
    assert "of HTTPS_PROXY did not respond in time; check HTTPS_PROXY" in failure(ConnectError, 0.2)


def test_transport_names_the_proxy_when_it_connects_to_something_else(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = serve(respond_with(b"HTTP/1.1 200 OK\r\n\r\n<html>a page that is no server at all</html>"))
    monkeypatch.setenv("HTTPS_PROXY", address)
    host = address.removeprefix("http://")
    assert failure(CertificateError).startswith(
        f"the TLS connection to api.example through the proxy {host} of HTTPS_PROXY broke before anything was sent; "
    )


CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def test_transport_names_the_proxy_when_a_firewall_ends_its_tunnel(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reset(connection: socket.socket) -> None:
        connection.sendall(CONNECTED)
        connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    monkeypatch.setenv("HTTPS_PROXY", address := serve(reset))
    proxy = f"the proxy {address.removeprefix('http://')} of HTTPS_PROXY"
    assert failure(ConnectError) == (
        f"no connection to api.example through {proxy}; ask the proxy's owner to allow api.example; or check "
        "HTTPS_PROXY, or add api.example to NO_PROXY to go without the proxy"
    )


@pytest.mark.slow
def test_transport_names_the_proxy_when_its_tunnel_stays_silent(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(connection: socket.socket) -> None:
        connection.sendall(CONNECTED)
        while connection.recv(65536):
            pass

    monkeypatch.setenv("HTTPS_PROXY", serve(wait))
    message = failure(ConnectError, 0.2)
    assert message.startswith("api.example through the proxy 127.0.0.1:")
    assert " of HTTPS_PROXY did not accept the connection in time; ask the proxy's owner" in message


@pytest.mark.slow
def test_transport_keeps_the_deadline_when_tls_trickles_through_a_proxy_with_tls(
    serve: Serve, with_tls: Wrap, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trickle(connection: socket.socket) -> None:
        connection.sendall(CONNECTED)
        # A record that is read whole before anybody looks into it; the client ends the connection before.
        connection.sendall(b"\x16\x03\x03\x3f\xff")
        with contextlib.suppress(OSError):
            for _ in range(100):
                connection.sendall(b"\0")
                time.sleep(0.05)
            left.append("the client waited for the whole record")

    left: list[str] = []
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    monkeypatch.setenv("HTTPS_PROXY", serve(trickle, with_tls).replace("http:", "https:"))
    with pytest.raises(ConnectError, match=r" of HTTPS_PROXY did not accept the connection in time; ask the proxy's"):
        Transport(THERE, "uspl_canary").send(READ, ME, Deadline(0.5))
    assert left == []


def test_transport_names_the_proxy_when_it_does_not_use_tls(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    address = serve(respond_with(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    monkeypatch.setenv("HTTPS_PROXY", address.replace("http:", "https:"))
    assert failure(ProxyError).endswith(
        " of HTTPS_PROXY; if the proxy itself does not use TLS, write http:// in HTTPS_PROXY"
    )


def test_transport_names_the_proxy_when_its_certificate_is_not_trusted(
    serve: Serve, with_tls: Wrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", serve(respond_with(b""), with_tls).replace("http:", "https:"))
    message = failure(ProxyError)
    assert message.startswith("no trusted TLS connection to the proxy 127.0.0.1:")
    assert message.endswith("; put its CA into the system's store, or name its file in SSL_CERT_FILE")


def test_proxy_password_is_in_no_log_and_no_repr(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    host = serve(respond_with(b"HTTP/1.1 503 x\r\n\r\n")).removeprefix("http://")
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@{host}")
    message = [repr(find()), failure(ConnectError)]
    assert caplog.records
    assert PASSWORD not in caplog.text + "".join(message)
