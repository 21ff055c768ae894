"""The connection to a limit store: each failure is one line without a secret, and an optional store can be lost."""

from __future__ import annotations

import builtins
import contextlib
import re
import socket
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from pulumi_userplane.api.errors import ConfigurationError, LimitStoreError, Operation
from pulumi_userplane.api.limit_store import LimitStore
from pulumi_userplane.api.store_address import parse_store_address
from tests.support.store_server import WHY_NOT, StoreServer, find_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from redis import Redis

READ = Operation("read", "recording link lnk_1")
GO_ON = "then run again; with userplane:limitStoreRequired false a run goes on without it"


def open_store(address: str, *, is_required: bool = True, warn: Callable[[str], None] = print) -> LimitStore:
    return LimitStore(parse_store_address(address), "uspl_canary", "https://a", is_required=is_required, warn=warn)


def write(redis: Redis) -> Any:
    return redis.set("a", "b")


def write_by_script(redis: Redis) -> Any:
    return redis.eval("return redis.call('SET', 'a', 'b')", 0)


def fail(address: str, work: Callable[[Redis], Any] = write) -> str:
    """Returns the line of a call that fails; nothing that could be printed of it holds the password."""
    store = open_store(address)
    with contextlib.closing(store), pytest.raises(LimitStoreError) as caught:
        store.call(work, lambda: None, READ)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not {"hunter22", "canary"} & set(shown.replace(":", " ").replace("@", " ").split())
    assert "hunter22" not in shown
    return str(caught.value)


@pytest.fixture
def password(store_server: StoreServer) -> Iterator[None]:
    """The server wants a password."""
    store_server.client.config_set("requirepass", "hunter22")
    yield
    store_server.stop()


@pytest.fixture
def silent_server() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def other_server() -> Iterator[Callable[[bytes], int]]:
    """Starts servers that answer each command with the same bytes; returns the port."""
    with contextlib.ExitStack() as servers:

        def start(answer: bytes) -> int:
            server = servers.enter_context(socket.create_server(("127.0.0.1", 0)))

            def serve() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        connection, _ = server.accept()
                        with connection, contextlib.suppress(ConnectionError):
                            if not answer:
                                connection.shutdown(socket.SHUT_WR)
                            while commands := connection.recv(1000):
                                connection.sendall(answer * (len(re.findall(rb"(?:^|\n)\*", commands)) or 1))

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            servers.callback(thread.join)
            servers.callback(lambda: server.shutdown(socket.SHUT_RDWR))
            return int(server.getsockname()[1])

        yield start


def test_call_returns_what_work_returns(store_server: StoreServer) -> None:
    assert open_store(store_server.address).call(write, lambda: None)
    assert open_store(f"unix://{store_server.socket}?db=3").call(write, lambda: None)
    assert store_server.client.keys() == [b"a"]


def test_keys_are_of_one_key_at_one_server_and_do_not_show_it() -> None:
    one = open_store("redis://h")
    other = LimitStore(parse_store_address("redis://h"), "uspl_canary", "https://b")
    assert one.key("a", "b") == open_store("redis://other").key("a", "b")
    assert one.key("a", "b").startswith("userplane:1:")
    assert one.key("a", "b").endswith(":a:b")
    assert one.key("a") != other.key("a")
    assert "canary" not in one.key("a")


def test_call_fails_when_the_store_is_down(store_server: StoreServer) -> None:
    store_server.stop()
    assert fail(f"redis://:hunter22@127.0.0.1:{store_server.port}") == (
        f"read of recording link lnk_1 failed: the limit store at 127.0.0.1:{store_server.port} can't be used: "
        "there is no connection (Connection refused); start the limit store, or correct userplane:limitStore, " + GO_ON
    )


def test_call_fails_when_the_socket_is_missing(tmp_path: Path) -> None:
    assert "there is no connection (No such file or directory)" in fail(f"unix://{tmp_path}/none")


def test_call_fails_when_the_host_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert "at nowhere:6379 can't be used: its host name is unknown; correct userplane" in fail("redis://nowhere")


@pytest.mark.usefixtures("password")
@pytest.mark.parametrize("login", ["", ":hunter223@", "hunter:hunter224@"])
def test_call_fails_when_the_login_is_refused(store_server: StoreServer, login: str) -> None:
    said = fail(f"redis://{login}127.0.0.1:{store_server.port}")
    assert "can't be used: it refuses the user or the password; correct userplane:limitStore, then" in said


@pytest.mark.parametrize("work", [write, write_by_script])
def test_call_fails_when_memory_is_full(store_server: StoreServer, work: Callable[[Redis], Any]) -> None:
    store_server.client.config_set("maxmemory", "1")
    try:
        assert "can't be used: its memory is full; raise its maxmemory, then" in fail(store_server.address, work)
    finally:
        store_server.client.config_set("maxmemory", "0")


@pytest.mark.parametrize("work", [write, write_by_script])
def test_call_fails_when_the_server_is_a_replica(store_server: StoreServer, work: Callable[[Redis], Any]) -> None:
    store_server.client.replicaof("127.0.0.1", "1")
    try:
        assert "it is a read-only replica; name the primary" in fail(store_server.address, work)
    finally:
        store_server.client.replicaof("NO", "ONE")


@pytest.mark.parametrize(("work", "rights"), [(write, "+ping"), (write_by_script, "+eval")])
def test_call_fails_when_the_user_may_not(store_server: StoreServer, work: Callable[[Redis], Any], rights: str) -> None:
    store_server.client.acl_setuser(
        "ci", enabled=True, passwords=["+hunter22"], keys=["*"], commands=["+select", rights]
    )
    said = fail(f"redis://ci:hunter22@127.0.0.1:{store_server.port}", work)
    assert "its user may not run a command that is needed; give that user the commands in docs/scale.md, then" in said


def test_call_fails_when_there_is_no_such_database(store_server: StoreServer) -> None:
    assert "it has no database of this number" in fail(f"{store_server.address}/999")


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (
            b"-MISCONF Redis is configured to save\r\n",
            "it takes no changes, since it can't save them; look into its log",
        ),
        (b"-NOREPLICAS Not enough good replicas\r\n", "it takes no changes without its replicas"),
        (b"-MOVED 1 10.0.0.1:6379\r\n", "it is a part of a cluster, which is not supported"),
        (b"-CLUSTERDOWN Hash slot not served\r\n", "it is a part of a cluster, which is not supported"),
        (b"-LOADING Redis is loading the dataset\r\n", "it is still loading its data; run again in a moment"),
        (b"-ERR max number of clients reached\r\n", "it has too many clients"),
        (b"-ERR unknown command `SET`, with args beginning with: `hunter22`\r\n", "it does not respond as Redis does"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "it does not respond as Redis does"),
        (b"", "the connection broke; start the limit store"),
    ],
    ids=lambda value: value.decode()[:12] if isinstance(value, bytes) else "",
)
def test_call_fails_when_the_answer_is_an_error(other_server: Callable[[bytes], int], answer: bytes, what: str) -> None:
    assert what in fail(f"redis://127.0.0.1:{other_server(answer)}")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_call_fails_soon_when_the_store_is_silent(
    silent_server: int, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulumi_userplane.api.limit_store._TIMEOUT_SECONDS", 0.2)
    said = fail(f"{scheme}://127.0.0.1:{silent_server}")
    assert (
        "it does not respond within 5 s; start the limit store, or correct userplane:limitStore (rediss:// is with TLS"
        in said
    )


@pytest.mark.slow
@pytest.mark.skipif(find_server() is None, reason=WHY_NOT)
def test_tls_is_used_and_checked(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    pem = str(tmp_path / "server.pem")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--tls-port", str(port), "--tls-cert-file", pem, "--tls-key-file", pem, "--tls-ca-cert-file", pem]
    server = StoreServer(tmp_path, *options, "--tls-auth-clients", "no")
    try:
        trusting = f"rediss://127.0.0.1:{port}?ssl_ca_certs={tmp_path}/ca.pem"
        assert open_store(trusting).call(write, lambda: None)
        assert "its certificate is not trusted; add ?ssl_ca_certs=<file>" in fail(
            f"valkeys://:hunter22@127.0.0.1:{port}"
        )
        assert "there is no connection (No such file" in fail(f"rediss://127.0.0.1:{port}?ssl_ca_certs={tmp_path}/none")
    finally:
        server.stop()


def test_call_fails_when_there_is_no_tls(other_server: Callable[[bytes], int]) -> None:
    said = fail(f"rediss://:hunter22@127.0.0.1:{other_server(b'-ERR Protocol error')}")
    assert "no TLS connection can be made; correct userplane:limitStore: rediss:// is with TLS, redis://" in said


def test_store_connects_again_when_the_server_was_restarted(store_server: StoreServer) -> None:
    store = open_store(store_server.address)
    assert store.call(write, lambda: None)
    store_server.stop()
    store_server.start()
    assert store.call(write, lambda: None)


def test_optional_store_is_left_for_good_with_one_warning(store_server: StoreServer) -> None:
    warnings: list[str] = []
    store = open_store(f"redis://:hunter22@127.0.0.1:{store_server.port}", is_required=False, warn=warnings.append)
    store_server.stop()
    assert store.call(write, lambda: "file", READ) == "file"
    assert store.is_lost
    store_server.start()
    assert store.call(write, lambda: "file", READ) == "file"
    store.try_call(write)
    assert store_server.client.keys() == []
    (warning,) = warnings
    assert warning == (
        f"the limit store at 127.0.0.1:{store_server.port} can't be used: there is no connection (Connection refused): "
        "this run counts requests and keeps its journal in this machine's own file from here on; runs on other "
        "machines may exceed the rate limit, and don't see what this one creates; "
        "start the limit store, or correct userplane:limitStore"
    )


def test_optional_store_warns_once_when_calls_fail_side_by_side(store_server: StoreServer) -> None:
    warnings: list[str] = []
    store = open_store(store_server.address, is_required=False, warn=warnings.append)
    both = threading.Barrier(2)

    def fail_together(redis: Redis) -> Any:
        both.wait(5)
        return write(redis)

    store_server.stop()
    threads = [threading.Thread(target=store.call, args=(fail_together, lambda: None)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(warnings) == 1


def test_try_call_does_its_work_or_nothing(store_server: StoreServer) -> None:
    store = open_store(store_server.address)
    store.try_call(write)
    assert store_server.client.get("a") == b"b"
    store_server.stop()
    store.try_call(write)
    assert not store.is_lost


def test_check_writes_and_tells_what_may_be_wrong(store_server: StoreServer) -> None:
    store = open_store(store_server.address, is_required=False)
    assert store.check() == ""
    store_server.client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert store.check() == (
            "its maxmemory-policy is allkeys-lru: set noeviction, or it may drop entries of the journal"
        )
    finally:
        store_server.client.config_set("maxmemory-policy", "noeviction")
    store_server.stop()
    assert store.check() == (
        f"the limit store at 127.0.0.1:{store_server.port} can't be used: there is no connection (Connection refused); "
        "start the limit store, or correct userplane:limitStore"
    )


@pytest.mark.parametrize("missing", ["redis", "pyrate_limiter"])
def test_store_names_the_extra_when_a_package_is_missing(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import_module = builtins.__import__

    def refuse(name: str, *arguments: Any) -> Any:
        if name == missing:
            raise ImportError(name)
        return import_module(name, *arguments)

    monkeypatch.delitem(sys.modules, missing, raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ConfigurationError) as caught:
        open_store("redis://h")
    assert str(caught.value) == (
        "userplane:limitStore needs the packages redis and pyrate-limiter, which are not installed; "
        "run `pip install 'pulumi-userplane[redis]'` in the environment of the program"
    )
