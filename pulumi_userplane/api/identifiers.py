"""Checks and compares keys, ids and addresses."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from pulumi_userplane.api.errors import ConfigurationError

_DEFAULT_PORTS = {"https": 443, "http": 80}


def validate_api_key(api_key: str) -> str:
    """Returns the key without the white space around it.

    Raises:
        ConfigurationError: It is empty or holds characters that no key has. The error does not show it.
    """
    key = api_key.strip()
    if not key or not key.isascii() or not key.isprintable() or set(key) & set(" \"'"):
        raise ConfigurationError("the API key is empty or holds characters that no key has: copy it again")
    return key


def validate_limit(count: int, maximum: int, name: str = "it") -> int:
    """Returns a limit of requests; 0 means no limit.

    Raises:
        ConfigurationError: It is negative or above the maximum.
    """
    if not 0 <= count <= maximum:
        raise ConfigurationError(f"{name} must be at most {maximum:,}, 0 for no limit")
    return count


def validate_base_url(base_url: str) -> str:
    """Returns the base URL in its normal form, so that two spellings of one server are equal.

    Scheme and host are in lower case. There is no default port, no dot after the host and no slash at the end.

    Raises:
        ConfigurationError: It is not https (or http to loopback), or has a user, a query or a fragment.
    """
    text = base_url.strip()
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").removesuffix(".")
        address = f"[{ipaddress.ip_address(host).compressed}]" if ":" in host else host
        port = f":{parts.port}" if parts.port not in {None, _DEFAULT_PORTS.get(parts.scheme)} else ""
    except ValueError:
        raise ConfigurationError("the base URL is not a web address") from None
    if not all(0 < len(label) < 64 for label in host.split(".")) or not text.isprintable() or " " in text:
        raise ConfigurationError("the base URL is not a web address: write one like https://api.userplane.io/api/v1")
    if parts.username is not None or "?" in text or "#" in text:
        raise ConfigurationError("the base URL must not hold a user, a query or a fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ConfigurationError(f"the base URL must begin with https:// (http is for this machine only, not {host})")
    return f"{parts.scheme}://{address}{port}{parts.path}".rstrip("/")


def is_same_server(one: str, other: str) -> bool:
    """Returns whether two base URLs mean the same server; a state may spell its own in another way."""
    return _normalize_base_url(one) == _normalize_base_url(other)


def _normalize_base_url(base_url: str) -> str:
    try:
        return validate_base_url(base_url)
    except ConfigurationError:
        return base_url


def is_id(value: str) -> bool:
    """Returns whether a text can be an id: a single path segment that leads nowhere else."""
    return value not in {"", ".", ".."} and value.isprintable() and value == value.strip()


def identifies(text: str, link_id: str, link_url: str | None) -> bool:
    """Returns whether a text names a link: by its id, its address, or a dashboard address that holds its id."""
    return link_id in re.split(r"[/?&=#]", text) or (
        link_url is not None and normalize_url(text) == normalize_url(link_url)
    )


def normalize_url(address: str) -> str:
    """Returns a web address for comparison: without the scheme and the last slash, the host in lower case."""
    host, slash, rest = re.sub("^https?://", "", address.strip(), flags=re.IGNORECASE).partition("/")
    return host.lower() + (slash + rest).rstrip("/")


def is_loopback(host: str) -> bool:
    """Returns whether a host name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
