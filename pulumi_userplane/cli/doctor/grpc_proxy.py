"""Finds a proxy that keeps Pulumi's own processes on this machine from each other: gRPC does not spare loopback."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOPBACK = "127.0.0.1"
# In gRPC's order; it reads no name in capital letters, and the first that is set counts, even an empty one.
_PROXY_VARIABLES = ("grpc_proxy", "https_proxy", "http_proxy")
_EXEMPTING_VARIABLES = ("no_grpc_proxy", "no_proxy")


def find_proxy_of_loopback(environ: Mapping[str, str]) -> str | None:
    """Returns the variable that names a proxy through which gRPC would reach this machine itself, or None.

    Args:
        environ: The environment.
    """
    variable = next((name for name in _PROXY_VARIABLES if name in environ), None)
    if variable is None or not environ[variable]:
        return None
    exempt = next((environ[name] for name in _EXEMPTING_VARIABLES if name in environ), "")
    return None if any(_is_about_loopback(part.strip()) for part in exempt.split(",")) else variable


def _is_about_loopback(part: str) -> bool:
    if part and _LOOPBACK.endswith(part):
        return True
    try:
        return "/" in part and ipaddress.ip_address(_LOOPBACK) in ipaddress.ip_network(part, strict=False)
    except ValueError:
        return False
