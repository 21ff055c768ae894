"""What `doctor` says of gRPC and a proxy is what gRPC does."""

from __future__ import annotations

import os
import select
import socket

import grpc
import pytest

from pulumi_userplane.cli.doctor.grpc_proxy import find_proxy_of_loopback

PROXY = "PROXY"
"""Stands for the address of the proxy."""


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"https_proxy": PROXY},
        {"http_proxy": PROXY},
        {"grpc_proxy": PROXY},
        {"HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY, "all_proxy": PROXY},
        {"grpc_proxy": "", "https_proxy": PROXY},
        {"https_proxy": "", "http_proxy": PROXY},
        {"https_proxy": PROXY, "NO_PROXY": "127.0.0.1"},
        {"https_proxy": PROXY, "no_proxy": ""},
        {"https_proxy": PROXY, "no_proxy": "127.0.0.1"},
        {"https_proxy": PROXY, "no_proxy": "localhost, 127.0.0.1"},
        {"https_proxy": PROXY, "no_proxy": ".0.0.1"},
        {"https_proxy": PROXY, "no_proxy": "127.0.0.0/8"},
        {"https_proxy": PROXY, "no_proxy": "10.0.0.0/8"},
        {"https_proxy": PROXY, "no_proxy": "localhost,127.,127.0.0.1:443,::1,*/8"},
        {"https_proxy": PROXY, "no_proxy": "*"},
        {"https_proxy": PROXY, "no_grpc_proxy": "127.0.0.1"},
        {"https_proxy": PROXY, "no_grpc_proxy": "", "no_proxy": "127.0.0.1"},
    ],
    ids=str,
)
def test_find_proxy_of_loopback_knows_what_grpc_does(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy, socket.create_server(("127.0.0.1", 0)) as engine:
        for name, value in environ.items():
            monkeypatch.setenv(name, value.replace(PROXY, f"http://127.0.0.1:{proxy.getsockname()[1]}"))
        with grpc.insecure_channel(f"127.0.0.1:{engine.getsockname()[1]}") as channel:
            call = channel.unary_unary("/pulumirpc.Engine/Log").future(b"")
            asked, _, _ = select.select([proxy, engine], [], [], 10)
            call.cancel()
    assert (find_proxy_of_loopback(os.environ) is not None) is (asked == [proxy])
    assert asked
