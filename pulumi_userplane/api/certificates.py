"""Decides which certificate authorities a TLS connection trusts: the system's, or those of a variable."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import truststore
from urllib3.util.ssl_ import create_urllib3_context

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Mapping

# The files that truststore knows on Linux and BSD, where Python's OpenSSL was built to look elsewhere.
_STORES = (
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")


def tls_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Returns the context that checks a TLS connection.

    `REQUESTS_CA_BUNDLE`, else `CURL_CA_BUNDLE`, replaces all other certificates. Without them the system's store is
    trusted, with certifi's list for a system that has none. `SSL_CERT_FILE` and `SSL_CERT_DIR` add to these: they are
    often set for another tool, which uses them instead of the store. An empty variable counts as not set.

    Args:
        environ: The environment.

    Raises:
        ConfigurationError: A variable does not name usable certificates.
    """
    if variable := _replacing_variable(environ):
        path = environ[variable]
        only = create_urllib3_context()
        (_load_folders if _files(path) else _load_file)(only, variable, path)
        return only
    # It holds a lock for the whole handshake: one for each session, or a silent server would hold up all threads.
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    if {"SSL_CERT_FILE", "SSL_CERT_DIR"} & environ.keys() and platform.system() not in ("Darwin", "Windows"):
        _load_store(context)
    if file := environ.get("SSL_CERT_FILE"):
        _load_file(context, "SSL_CERT_FILE", file)
    if folders := environ.get("SSL_CERT_DIR"):
        _load_folders(context, "SSL_CERT_DIR", folders)
    return context


def advise_trust(environ: Mapping[str, str]) -> str:
    """Returns what to do to let a CA be trusted that is not.

    Args:
        environ: The environment.
    """
    if variable := _replacing_variable(environ):
        return f"add its CA to what {variable} names, since nothing else is trusted while that is set"
    return "put its CA into the system's store, or name its file in SSL_CERT_FILE"


def _replacing_variable(environ: Mapping[str, str]) -> str | None:
    """Returns the variable whose certificates replace all others."""
    return next((name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if environ.get(name)), None)


def _load_store(context: ssl.SSLContext) -> None:
    """Loads the system's store: with a variable set, even an empty one, OpenSSL does not look at its own path."""
    built_in = ssl.get_default_verify_paths()
    context.load_verify_locations(capath=built_in.openssl_capath)
    for file in (built_in.openssl_cafile, *_STORES):
        with contextlib.suppress(OSError):
            context.load_verify_locations(file)
            break


def _load_file(context: ssl.SSLContext, variable: str, path: str) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise _unusable(variable, path, "which is not a PEM file with certificates") from None
    except OSError as error:
        raise _unusable(variable, path, f"which can't be read ({error.strerror})") from None


def _load_folders(context: ssl.SSLContext, variable: str, paths: str) -> None:
    """Loads folders, in which OpenSSL finds a certificate by its hashed name; it reports no folder without any."""
    if not any(_HASHED_NAME.fullmatch(file.name) for path in paths.split(os.pathsep) for file in _files(path)):
        raise _unusable(variable, paths, "where no certificate has a name that `openssl rehash` gives")
    context.load_verify_locations(capath=paths)


def _files(folder: str) -> list[Path]:
    try:
        return list(Path(folder).iterdir())
    except OSError:
        return []


def _unusable(variable: str, path: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"{variable} names `{sanitize(path)}`, {problem}",
        next_step=f"set {variable} to certificates in PEM form, without quotes around the path, or unset it",
    )
