"""Which certificates a TLS connection trusts, and what is said of variables that name none."""

from __future__ import annotations

import os
import platform
import shutil
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest
import truststore._openssl

from pulumi_userplane.api import certificates
from pulumi_userplane.api.certificates import advise_trust, tls_context
from pulumi_userplane.api.errors import CertificateError, ConfigurationError, Operation
from pulumi_userplane.api.retry import Deadline
from pulumi_userplane.api.transport import Request, Transport

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    import trustme

    from tests.unit.api.conftest import Serve, Wrap

READ = Operation("read", "recording link lnk_1")
ME = Request("GET", "/public/me")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
CERTIFICATE = Path(__file__).parent / "loopback.pem"
HASHED = "0d001701.0"
"""What `openssl rehash` calls it."""
VARIABLES = (*BUNDLES, "SSL_CERT_FILE", "SSL_CERT_DIR")


def respond(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


@pytest.fixture
def send(serve: Serve, with_tls: Wrap) -> Callable[[], bytes]:
    """Asks a server whose certificate the authority has signed."""

    def send() -> bytes:
        base_url = serve(respond, with_tls).replace("http://127.0.0.1", "https://localhost")
        return Transport(base_url, "uspl_canary").send(READ, ME, Deadline()).body

    return send


@pytest.fixture
def ask_loopback(serve: Serve) -> Callable[[], bytes]:
    """Asks a server whose certificate has signed itself."""

    def send() -> bytes:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATE)
        base_url = serve(respond, lambda connection: tls.wrap_socket(connection, server_side=True))
        return Transport(base_url.replace("http:", "https:"), "uspl_canary").send(READ, ME, Deadline()).body

    return send


def test_tls_context_refuses_server_when_its_authority_is_unknown(send: Callable[[], bytes]) -> None:
    with pytest.raises(CertificateError) as caught:
        send()
    message = str(caught.value)
    assert message.startswith("read of recording link lnk_1 failed: no trusted TLS connection to localhost:")
    assert "(self-signed certificate in certificate chain)" in message or "(unable to get local issuer" in message
    assert "put its CA into the system's store, or name its file in SSL_CERT_FILE" in message


def test_tls_context_refuses_server_when_certificate_is_for_another_host(
    serve: Serve, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example").configure_cert(tls)
    base_url = serve(respond, lambda connection: tls.wrap_socket(connection, server_side=True))
    with pytest.raises(CertificateError, match=r"ostname mismatch|IP address mismatch"):
        Transport(base_url.replace("http:", "https:"), "uspl_canary").send(READ, ME, Deadline())


@pytest.mark.skipif(sys.platform != "linux", reason="another system's store")
def test_tls_context_trusts_the_system_store(
    send: Callable[[], bytes], ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = ssl.DefaultVerifyPaths("", "", "", "", "", "")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nothing)
    monkeypatch.setattr(truststore._openssl, "_CA_FILE_CANDIDATES", [str(ca_file)])
    assert send() == b"{}"


@pytest.mark.parametrize("variable", [*BUNDLES, "SSL_CERT_FILE"])
def test_tls_context_trusts_file_when_variable_names_it(
    send: Callable[[], bytes], ca_file: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in VARIABLES:
        monkeypatch.setenv(other, "")
    monkeypatch.setenv(variable, str(ca_file))
    assert send() == b"{}"


@pytest.mark.parametrize("variable", [*BUNDLES, "SSL_CERT_DIR"])
def test_tls_context_trusts_folder_when_variable_names_it(
    ask_loopback: Callable[[], bytes], tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(CERTIFICATE, tmp_path / HASHED)
    folders = [str(tmp_path / "nothing"), str(tmp_path)] if variable == "SSL_CERT_DIR" else [str(tmp_path)]
    monkeypatch.setenv(variable, os.pathsep.join(folders))
    assert ask_loopback() == b"{}"


def test_tls_context_trusts_only_the_bundle_when_variable_names_one(
    send: Callable[[], bytes], ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(ca_file))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    with pytest.raises(CertificateError):
        send()


@pytest.fixture
def other_tools(tmp_path: Path) -> dict[str, str]:
    """What the variables hold for the sake of other tools: an authority that is of no use here."""
    folder = tmp_path / "other tools"
    folder.mkdir()
    shutil.copy(CERTIFICATE, folder / HASHED)
    return {"SSL_CERT_FILE": str(CERTIFICATE), "SSL_CERT_DIR": str(folder)}


def built_to_look_in(monkeypatch: pytest.MonkeyPatch, file: Path, folder: Path) -> None:
    """Says where OpenSSL finds the system's store while no variable replaces it."""
    settings = (os.environ.get("SSL_CERT_FILE", str(file)), os.environ.get("SSL_CERT_DIR", str(folder)))
    file_found, folder_found = (path if path and Path(path).exists() else "" for path in settings)
    paths = ssl.DefaultVerifyPaths(file_found, folder_found, "SSL_CERT_FILE", str(file), "SSL_CERT_DIR", str(folder))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)


@pytest.mark.skipif(sys.platform != "linux", reason="another system's store")
@pytest.mark.parametrize("empty", [False, True])
def test_tls_context_trusts_the_system_file_when_ssl_cert_file_is_set(
    send: Callable[[], bytes],
    ca_file: Path,
    other_tools: dict[str, str],
    empty: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "" if empty else other_tools["SSL_CERT_FILE"])
    built_to_look_in(monkeypatch, ca_file, Path("/nope"))
    assert send() == b"{}"


@pytest.mark.skipif(sys.platform != "linux", reason="another system's store")
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_tls_context_trusts_the_system_file_when_openssl_looks_elsewhere(
    send: Callable[[], bytes],
    ca_file: Path,
    other_tools: dict[str, str],
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, other_tools[variable])
    monkeypatch.setattr(certificates, "_STORES", ["/nope", str(ca_file)])
    built_to_look_in(monkeypatch, Path("/nope"), Path("/nope"))
    assert send() == b"{}"


@pytest.mark.skipif(sys.platform != "linux", reason="another system's store")
@pytest.mark.parametrize("empty", [False, True])
def test_tls_context_trusts_the_system_folder_when_ssl_cert_dir_is_set(
    ask_loopback: Callable[[], bytes], tmp_path: Path, empty: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (system, other) = (tmp_path / "system", tmp_path / "other tools")
    system.mkdir()
    other.mkdir()
    shutil.copy(CERTIFICATE, system / HASHED)
    shutil.copy(certifi.where(), other / "00000000.0")
    monkeypatch.setenv("SSL_CERT_DIR", "" if empty else str(other))
    monkeypatch.setattr(certificates, "_STORES", [])
    built_to_look_in(monkeypatch, Path("/nope"), system)
    assert ask_loopback() == b"{}"


def authorities(context: ssl.SSLContext) -> set[bytes]:
    return set(context.get_ca_certs(binary_form=True))


@pytest.mark.skipif(sys.platform != "linux", reason="another system's store")
def test_tls_context_keeps_all_authorities_when_ssl_cert_file_is_set(
    ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    machine.set_default_verify_paths()
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    context = tls_context(os.environ)
    assert isinstance(context, truststore.SSLContext)
    assert authorities(machine) <= authorities(context._ctx)


@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_tls_context_ignores_openssl_paths_when_the_system_verifies(
    ca_file: Path, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    known.load_verify_locations(certifi.where())
    known.load_verify_locations(ca_file)
    monkeypatch.setattr(platform, "system", lambda: system)
    context = tls_context({"SSL_CERT_FILE": str(ca_file)})
    assert isinstance(context, truststore.SSLContext)
    assert authorities(context._ctx) == authorities(known)


USELESS: dict[str, tuple[str, str]] = {
    "missing": ("{folder}/nope.pem", "which can't be read (No such file or directory)"),
    "quoted": ('"{folder}/acme.pem"', "which can't be read (No such file or directory)"),
    "empty file": ("{folder}/empty.pem", "which is not a PEM file with certificates"),
    "another file": ("{folder}/other.pem", "which is not a PEM file with certificates"),
    "empty folder": ("{folder}/folder", "which can't be read (Is a directory)"),
    "blank": (" ", "which can't be read (No such file or directory)"),
}


@pytest.mark.parametrize("variable", [*BUNDLES, "SSL_CERT_FILE"])
@pytest.mark.parametrize(("value", "problem"), USELESS.values(), ids=USELESS)
def test_tls_context_names_variable_when_its_file_is_unusable(
    ca_file: Path, variable: str, value: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ca_file.parent
    (folder / "empty.pem").touch()
    (folder / "other.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (folder / "folder").mkdir()
    monkeypatch.setenv(variable, value.format(folder=folder))
    with pytest.raises(ConfigurationError) as caught:
        Transport("https://127.0.0.1:1", "uspl_canary").send(READ, ME, Deadline())
    message = str(caught.value)
    assert message.startswith(f"read of recording link lnk_1 failed: {variable} names `")
    assert message.endswith(
        f"`, {problem}; set {variable} to certificates in PEM form, without quotes around the path, or unset it"
    )


@pytest.mark.parametrize("variable", [*BUNDLES, "SSL_CERT_DIR"])
def test_tls_context_names_variable_when_folder_has_no_hashed_names(ca_file: Path, variable: str) -> None:
    with pytest.raises(
        ConfigurationError, match=f"^{variable} names `{ca_file.parent}`, where no certificate has a name"
    ):
        tls_context({variable: str(ca_file.parent)})


@pytest.mark.parametrize("value", ["/nope", "/nope:/neither", '"/etc/ssl/certs"'])
def test_tls_context_names_variable_when_folders_are_missing(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^SSL_CERT_DIR names"):
        tls_context({"SSL_CERT_DIR": value})


def test_transport_reads_no_certificates_when_server_has_no_tls(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "/nope")
    assert Transport(serve(respond), "uspl_canary").send(READ, ME, Deadline()).body == b"{}"


@pytest.mark.parametrize("variable", BUNDLES)
def test_advise_trust_names_the_variable_that_replaces_all_others(variable: str) -> None:
    elsewhere = "put its CA into the system's store, or name its file in SSL_CERT_FILE"
    assert advise_trust({}) == advise_trust({variable: "", "SSL_CERT_FILE": "/x.pem"}) == elsewhere
    assert advise_trust({variable: "/x.pem", "SSL_CERT_FILE": "/x.pem"}) == (
        f"add its CA to what {variable} names, since nothing else is trusted while that is set"
    )
