"""Checks of the server and the key, by the answer to one request about the key's owner."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pulumi_userplane.api.errors import APIError, CertificateError, TLSConnectionError, UserplaneError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.doctor.check import Check, failed

if TYPE_CHECKING:
    from pulumi_userplane.api.models import Me

_ABOUT_THE_KEY = {401, 403, 429}


def address(base_url: str, error: UserplaneError | None) -> Check:
    """Returns whether Userplane answers there; no more than a connection where TLS or the key is refused."""
    if error is None or _is_about_the_key(error):
        return Check("address", ok=True, detail=f"{base_url} answers as Userplane does")
    if isinstance(error, (CertificateError, TLSConnectionError)):
        return Check("address", ok=True, detail=f"{urlsplit(base_url).netloc} takes connections")
    return failed("address", error)


def tls(base_url: str, error: UserplaneError | None) -> Check:
    """Returns whether the connection is encrypted and trusted."""
    if isinstance(error, (CertificateError, TLSConnectionError)):
        return failed("TLS", error)
    encrypted = urlsplit(base_url).scheme == "https"
    return Check("TLS", ok=True, detail="trusted" if encrypted else "none, on this machine's loopback")


def key_state(error: UserplaneError | None) -> Check:
    """Returns whether the server takes the key."""
    if error is not None:
        return failed("key state", error)
    return Check("key state", ok=True, detail="accepted; when it expires can't be asked")


def user(me: Me) -> Check:
    """Returns whose key it is."""
    who = " ".join(text for text in (me.user.name, f"<{me.user.email}>" if me.user.email else None) if text)
    counts = (("workspaces", me.stats.workspaces), ("links", me.stats.links))
    has = ", ".join(f"{what}: {count}" for what, count in counts if count is not None)
    return Check("user", ok=True, detail="; ".join(part for part in (sanitize(who or me.user.id), has) if part))


def _is_about_the_key(error: UserplaneError) -> bool:
    return isinstance(error, APIError) and error.status in _ABOUT_THE_KEY and bool(error.code)
