"""What a limit store's address may look like, and that no part of a secret is shown."""

from __future__ import annotations

import copy
import pickle

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.store_address import StoreAddress, parse_store_address


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("redis://cache", StoreAddress("cache", 6379), "cache:6379"),
        ("valkey://cache:7000/3", StoreAddress("cache", 7000, database=3), "cache:7000"),
        (
            "rediss://ci:p%40ss%2F@cache:6380/0",
            StoreAddress("cache", 6380, has_tls=True, username="ci", password="p@ss/"),
            "cache:6380",
        ),
        ("valkeys://:hunter22@[::1]", StoreAddress("::1", 6379, has_tls=True, password="hunter22"), "[::1]:6379"),
        (
            "rediss://cache?ssl_ca_certs=/etc/ca.pem",
            StoreAddress("cache", 6379, has_tls=True, certificates="/etc/ca.pem"),
            "cache:6379",
        ),
        (
            "unix://ci:hunter22@/run/my%20redis.sock?db=2",
            StoreAddress("", 6379, "/run/my redis.sock", database=2, username="ci", password="hunter22"),
            "/run/my redis.sock",
        ),
    ],
)
def test_parse_returns_the_parts_of_an_address(text: str, address: StoreAddress, shown: str) -> None:
    assert parse_store_address(text) == address
    assert str(address) == shown
    assert "hunter22" not in repr(address)
    assert "ci" not in repr(address).replace("socket", "").replace("StoreAddress", "").replace("cache", "")


def test_connection_has_the_arguments_of_the_library() -> None:
    login = {"db": 0, "username": None, "password": "x"}
    assert parse_store_address("unix://:x@/run/redis.sock").connection == {
        **login,
        "unix_socket_path": "/run/redis.sock",
    }
    assert parse_store_address("redis://:x@h").connection == {**login, "host": "h", "port": 6379, "ssl": False}
    assert parse_store_address("rediss://:x@h?ssl_ca_certs=/ca").connection == {
        **login,
        "host": "h",
        "port": 6379,
        "ssl": True,
        "ssl_ca_certs": "/ca",
    }


@pytest.mark.parametrize(
    "text",
    [
        "cache:6379",
        "http://cache",
        "redis+cluster://cache",
        "redis://",
        "redis:///0",
        "redis://:hunter22@cache:port",
        "redis://:hunter22@cache:99999",
        "redis://:hunter/22@cache",
        "redis://:hunter#22@cache",
        "redis://:hunter?22@cache",
        "redis://[hunter22",
        "redis://cache/hunter22",
        "redis://cache/1234567",
        "redis://cache/²",
        "redis://ca\tche",
        "redis://:hunter22@cache#0",
        "unix://cache/run/redis.sock",
        "unix://",
        "unix:///",
        "unix:///run/redis.sock?db=x",
    ],
)
def test_parse_refuses_what_is_not_an_address(text: str) -> None:
    with pytest.raises(ConfigurationError, match="it is not an address of Redis or Valkey: write it like ") as caught:
        parse_store_address(text)
    assert "hunter" not in str(caught.value).replace("percent-encoded", "")
    assert (caught.value.__cause__, caught.value.__context__ is None or caught.value.__suppress_context__) == (
        None,
        True,
    )


@pytest.mark.parametrize(
    "text",
    ["rediss://h?ssl_cert_reqs=none", "redis://h?db=1", "redis://h?ssl_ca_certs=x", "redis://h?socket_timeout=0"],
)
def test_parse_refuses_options_that_switch_checks_off_or_have_no_effect(text: str) -> None:
    with pytest.raises(ConfigurationError, match="may only have db="):
        parse_store_address(text)


def test_address_is_a_key_and_can_be_copied() -> None:
    address = parse_store_address("redis://:x@h")
    assert {address: 1}[pickle.loads(pickle.dumps(copy.copy(address)))] == 1
    assert address != parse_store_address("redis://:y@h")
