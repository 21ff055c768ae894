"""Words and limits of the API, and what makes a key, an id or an address well formed; light to import."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from pulumi_userplane.api.errors import ConfigurationError

DEFAULT_BASE_URL = "https://api.userplane.io/api/v1"
"""Where Userplane answers.

It is `.io`, as in Userplane's present documentation and its own clients. Older pages print `api.userplane.com`, a name
that an unrelated, older product used: a key must never go there by default.
"""

PROVIDER_TYPES = (
    "intercom",
    "zendesk",
    "hubspot",
    "freshdesk",
    "freshchat",
    "jira_service_management",
    "helpscout",
    "happyfox",
    "ada",
    "forethought",
    "servicenow",
    "front",
    "zoho_desk",
    "crisp",
    "pylon",
    "plain",
    "asana",
    "azure_devops",
    "clickup",
    "github",
    "gitlab",
    "jira",
    "linear",
    "notion",
    "sentry",
    "slack",
    "web",
    "others",
)
"""The words that `linkProviderType` takes (https://docs.userplane.io/api/links/update-link)."""

_DEFAULT_PORTS = {"https": 443, "http": 80}

TITLE_LIMIT = 255
PROVIDER_ID_LIMIT = 255
PROVIDER_REF_LIMIT = 2048
META_LIMIT = 64 * 1024
"""The bytes of JSON that a declared `meta` may have, as it is sent. Userplane documents no limit of its own.

20 such links make a page of the list, and another writer may need 6 bytes for one of ours (`<` as `\\u003c`): such a
page still fits into an answer of `transport.LARGEST_ANSWER`.
"""

MOST_PER_MINUTE, MOST_PER_DAY = 100_000, 10_000_000
"""The most that a limit may be set to: far more than Userplane allows, and few enough to be counted."""


def checked_api_key(api_key: str) -> str:
    """Returns the key without white space around it.

    Raises:
        ConfigurationError: It is empty or holds characters that no key has; the text does not show it.
    """
    key = api_key.strip()
    if not key or not key.isascii() or not key.isprintable() or set(key) & set(" \"'"):
        raise ConfigurationError("the API key is empty or holds characters that no key has: copy it again")
    return key


def checked_limit(count: int, most: int, name: str = "it") -> int:
    """Returns a limit of requests; 0 stands for none.

    Raises:
        ConfigurationError: It is negative or beyond the bound.
    """
    if not 0 <= count <= most:
        raise ConfigurationError(f"{name} must be at most {most:,}, 0 for no limit")
    return count


def checked_base_url(base_url: str) -> str:
    """Returns the base URL in its normal form, so that two spellings of one server are equal.

    Scheme and host are in small letters, and there is no default port, no dot behind the host, no slash at the end.

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
    """Returns whether two base URLs mean one server; what a state holds may be spelled in another way."""
    return _comparable(one) == _comparable(other)


def _comparable(base_url: str) -> str:
    try:
        return checked_base_url(base_url)
    except ConfigurationError:
        return base_url


def is_id(value: str) -> bool:
    """Returns whether a text can be an id: one path segment that goes nowhere else."""
    return value not in {"", ".", ".."} and value.isprintable() and value == value.strip()


def names_link(wanted: str, link_id: str, link_url: str | None) -> bool:
    """Returns whether a text names a link: by its id, by its address, or by an address in the dashboard with its id."""
    return link_id in re.split(r"[/?&=#]", wanted) or (
        link_url is not None and bare_address(wanted) == bare_address(link_url)
    )


def bare_address(address: str) -> str:
    """Returns a web address as it is compared: without scheme and slash at the end, its host in small letters."""
    host, slash, rest = re.sub("^https?://", "", address.strip(), flags=re.IGNORECASE).partition("/")
    return host.lower() + (slash + rest).rstrip("/")


def is_loopback(host: str) -> bool:
    """Returns whether a host name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def plain(text: str, most: int = 100) -> str:
    """Returns a text from outside as one short line that can't move a cursor, colour a log or turn its order."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(printable.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def link_name(link_id: str, label: str | None = None) -> str:
    """Returns what a message calls a link: its id, and a label such as its mark, if there is one."""
    return f'recording link "{plain(label)}" ({plain(link_id)})' if label else f"recording link {plain(link_id)}"
