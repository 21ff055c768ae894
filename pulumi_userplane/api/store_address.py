"""The address of a limit store: a Redis or Valkey that several machines share; its password is never shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pulumi_userplane.api.errors import ConfigurationError

_DEFAULT_PORT = 6379
_TLS_SCHEMES = {"rediss", "valkeys"}
_SCHEMES = {"redis", "valkey", "unix", *_TLS_SCHEMES}
_FORM = (
    "write it like rediss://user:password@host:6379/0; it may also begin with redis://, valkey://, valkeys:// or, "
    "for a socket, unix:///; in user and password, characters such as / ? # @ : % must be percent-encoded"
)


@dataclass(frozen=True)
class StoreAddress:
    """Where a limit store is, and how to log in. `str()` and `repr()` show host and port only.

    Attributes:
        host: The host's name or address; empty for a socket.
        port: The port.
        socket: The path of a Unix socket; empty for a host.
        has_tls: Whether the connection is encrypted.
        database: The number of the database.
        certificates: A file with the certificates to trust; empty for those of the system.
        username: The user; empty for the server's default one.
        password: The password; empty for none.
    """

    host: str
    port: int
    socket: str = ""
    has_tls: bool = field(default=False, repr=False)
    database: int = field(default=0, repr=False)
    certificates: str = field(default="", repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        if self.socket:
            return self.socket
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def connection(self) -> dict[str, Any]:
        """The arguments of `redis.Redis` for it."""
        login = {"db": self.database, "username": self.username or None, "password": self.password or None}
        if self.socket:
            return {**login, "unix_socket_path": self.socket}
        trusted = {"ssl_ca_certs": self.certificates} if self.certificates else {}
        return {**login, **trusted, "host": self.host, "port": self.port, "ssl": self.has_tls}


def parse_store_address(text: str) -> StoreAddress:
    """Returns the parts of an address such as `rediss://user:password@host:6379/0`.

    Raises:
        ConfigurationError: It is malformed. The error shows no part of it: any part may belong to the password.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or _DEFAULT_PORT
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise ConfigurationError(f"it is not an address of Redis or Valkey: {_FORM}") from None
    is_socket = parts.scheme == "unix"
    database = options.pop("db", "") if is_socket else parts.path.strip("/")
    certificates = options.pop("ssl_ca_certs", "") if parts.scheme in _TLS_SCHEMES else ""
    host = unquote(parts.hostname or "")
    if (
        parts.scheme not in _SCHEMES
        or bool(host) == is_socket
        or (is_socket and not parts.path.strip("/"))
        or parts.fragment
        or not (text.isprintable() and database.isdecimal() == bool(database) and len(database) < 6)
    ):
        raise ConfigurationError(f"it is not an address of Redis or Valkey: {_FORM}")
    if options:
        raise ConfigurationError(
            "after a ? it may only have db= (for a socket) or ssl_ca_certs= (with TLS), a file of certificates"
        )
    return StoreAddress(
        host,
        port,
        socket=unquote(parts.path) if is_socket else "",
        has_tls=parts.scheme in _TLS_SCHEMES,
        database=int(database or 0),
        certificates=certificates,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
