"""A company's network under the real CLI: a tinyproxy with a password, and a Userplane whose CA is the company's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.stack import Stack
from tests.support.company_network import ESCAPED_PASSWORD, HOST, KEY, PASSWORD, USER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.stack import Templates
    from tests.support.company_network import CompanyNetwork
    from tests.support.tinyproxy import Tinyproxy

LINK = {"domain_id": "dom_help", "link_title": "Help"}
BLOCKED = b"HTTP/1.1 403 Forbidden\r\nServer: acme-gate\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"


@pytest.fixture
def inside(
    tmp_path: Path, pulumi_env: dict[str, str], templates: Templates, network: CompanyNetwork, private_proxy: Tinyproxy
) -> Iterator[Stack]:
    """Yields a stack inside the company; it may print and write neither the key nor the proxy's password."""
    others = {name: value for name, value in pulumi_env.items() if not name.lower().endswith(("_proxy", "_bundle"))}
    stack = Stack(tmp_path, others, network.userplane, templates)
    environ = network.environ(f"http://{USER}:{ESCAPED_PASSWORD}@{private_proxy.host}")
    # gRPC reads the names in small letters alone.
    environ |= {"https_proxy": environ.pop("HTTPS_PROXY"), "no_proxy": "localhost,127.0.0.1"}
    stack.env |= environ
    yield stack
    written = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and not file.is_symlink()]
    for secret in (KEY, PASSWORD, ESCAPED_PASSWORD):
        assert secret not in "".join(stack.printed)
        assert [text for text in written if secret.encode() in text] == []


def test_stack_lives_behind_a_proxy_and_names_it_when_it_responds(
    inside: Stack, network: CompanyNetwork, private_proxy: Tinyproxy
) -> None:
    inside.declare(help=LINK)
    inside.up()
    assert [link["linkTitle"] for link in inside.live().values()] == ["Help"]
    assert f"CONNECT {HOST}:443" in private_proxy.log

    network.intercept(BLOCKED)
    output = inside.refresh(code=1)
    assert (
        f"failed: the proxy {private_proxy.host} of https_proxy, or something behind it, responded 403 with an HTML "
        f"page in Userplane's place (Server: acme-gate); ask the proxy's owner to allow {HOST}; or check https_proxy, "
        f"or add {HOST} to no_proxy to go without the proxy"
    ) in output
    assert "help" in inside.links()

    network.names.respond = None
    inside.pulumi("destroy", "--yes", "--skip-preview")
    assert inside.live() == {}
